"""Many people who think, and how long the platform makes them wait. Nothing fails, nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.core.jobs_case import database_of
from tests.load.checker import find_faults
from tests.load.crowd import Crowd, play
from tests.load.history import ANSWER, PAGE, History, Request
from tests.load.steal import PART, Watch
from tests.load.stored import read_stored
from tests.participation.kit import write_bundle
from tests.servers import run_manage
from tests.servers.up import Up


@dataclass(frozen=True)
class Size:
    """`each`: units a person, so many that few finish before time is up, or there are `answers` enough."""

    people: int
    think: float
    seconds: float
    each: int
    timed: bool
    answers: int | None = None


SIZES = [
    pytest.param(Size(20, 0.2, 120, 20, timed=False, answers=100), id="small"),
    pytest.param(Size(500, 10, 600, 60, timed=True), id="full", marks=pytest.mark.proof),
]


@pytest.fixture
def env(request):
    """At full size on a server that writes as in production."""
    full = request.node.callspec.params["size"].timed
    return request.getfixturevalue("own_database_env" if full else "database_env")


@pytest.mark.usefixtures("database_env")
@pytest.mark.parametrize("size", SIZES)
def test_everybody_is_served(env, tmp_path, django_db_blocker, size):
    folder = write_bundle(
        tmp_path / "load",
        protocol="supervision",
        items=4 * size.each,
        participants=4 * size.people,
        overlap=size.people,
        units_per_participant=size.each,
        settings={"conditions": [{"name": name} for name in "abc"]},
    )
    with Up(env) as up:
        up.wait_until(up.answers, timeout=60)
        run_manage(env, "load_bundle", str(folder), "--open")
        crowd = Crowd(
            size.people, size.think, size.seconds, answers=size.answers, arrive_within=6 * size.think
        )
        with Watch() as watch:
            history = play(up.port, "load", crowd)
    assert set(history.statuses) <= {0, 200, 303, 409}
    assert not history.of(PAGE, "fail", "unknown")
    with django_db_blocker.unblock(), database_of(env):
        assert find_faults(history, read_stored()) == {}
    report("all", history)
    assert len(history.acknowledged) > size.people
    if size.timed:
        assert_in_time(history, watch)


def assert_in_time(history: History, watch: Watch) -> None:
    """In the time in which the machine was ours, which has to be half of it at least."""
    begin = min(one.at for one in history.requests)
    away = watch.disturbed(begin)
    calm = History(
        [
            one
            for one in history.requests
            if away.isdisjoint({part_of(one, begin), part_of(one, begin, at_end=True)})
        ]
    )
    report(f"all but {len(away)} half minutes in which the host gave the processors to others", calm)
    assert len(calm.requests) > len(history.requests) / 2
    assert calm.seconds(ANSWER, 0.95) < 0.150
    assert calm.seconds(ANSWER, 0.99) < 0.500
    assert calm.seconds(PAGE, 0.95) < 0.100


def report(what: str, history: History) -> None:
    print(f"{what}: {len(history.requests)} requests, {len(history.acknowledged)} answers acknowledged")
    for act in (ANSWER, PAGE):
        quantiles = (
            f"p{share * 100:g} {history.seconds(act, share) * 1000:.0f} ms" for share in (0.5, 0.95, 0.99, 1)
        )
        print(f"{act}: {len(history.of(act))}, {', '.join(quantiles)}")
    print("slowest in each half minute, ms:", *(f"{seconds * 1000:.0f}" for seconds in slowest(history)))


def slowest(history: History) -> list[float]:
    begin = min(one.at for one in history.requests)
    found: dict[int, float] = {}
    for one in history.requests:
        part = part_of(one, begin)
        found[part] = max(found.get(part, 0.0), one.seconds)
    return [found[part] for part in sorted(found)]


def part_of(request: Request, begin: float, *, at_end: bool = False) -> int:
    return int((request.at + at_end * request.seconds - begin) / PART)
