"""Power cuts under load: SIGKILL to web, worker, Redis and PostgreSQL while people answer.

People send again what got no reply. What was acknowledged is stored, once; every counter equals a recount;
the analyses that were cut off are done after the restart, with one run each. Kills come after a seeded
number of further answers, so each comes while others answer.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

import pytest
from django.db import connection
from django.db.models import Q

from annotations.analysis.models import Run
from annotations.analysis.pipeline import want_analysis
from annotations.core.models import Job
from annotations.responses.models import Response
from annotations.studies.models import Study
from tests.core.jobs_case import House
from tests.load.checker import find_faults
from tests.load.crowd import Crowd, play
from tests.load.history import History
from tests.load.people import STAYING
from tests.load.stored import read_stored
from tests.participation.kit import make_study
from tests.servers import rows
from tests.servers.web import Web
from tests.servers.worker import Worker

EACH = 5


@dataclass(frozen=True)
class Size:
    """`between`: how many answers come between two kills, at the least and at the most."""

    people: int
    think: float
    kills_of_each: int
    between: tuple[int, int]
    seconds: float


SIZES = [
    pytest.param(Size(12, 0.2, 2, (3, 20), 300), id="small"),
    pytest.param(Size(60, 1, 20, (20, 200), 3000), id="full", marks=pytest.mark.proof),
]


class Victim(Protocol):
    def start(self) -> None: ...
    def kill(self) -> None: ...


class Program:
    """A server that is begun anew at each start."""

    def __init__(self, begin: Callable[[], Any]) -> None:
        self.begin = begin

    def start(self) -> None:
        self.server = self.begin()

    def kill(self) -> None:
        self.server.kill()
        self.server.close()


@pytest.fixture
def database_env(own_database_env):
    return own_database_env


@pytest.fixture
def broker(request, database_env):
    if database_env["DATABASE_URL"].startswith("sqlite"):
        return "filesystem://localhost//"
    server = request.getfixturevalue("own_redis")
    server.start()
    return server.url


@pytest.fixture
def servers(request, house) -> dict[str, Victim]:
    """What there is to kill, beside the web."""
    found: dict[str, Victim] = {"worker": Program(lambda: Worker(house.env, concurrency=2))}
    if connection.vendor == "postgresql":
        found["redis"] = request.getfixturevalue("own_redis")
        found["postgres"] = request.getfixturevalue("own_postgres")
    return found


@pytest.mark.parametrize("size", SIZES)
def test_kills_lose_and_double_nothing(house, servers, tmp_path, size):
    study = make_study(
        tmp_path,
        "killed",
        protocol="supervision",
        items=20,
        systems=1,
        participants=20_000,
        overlap=5_000,
        units_per_participant=EACH,
        strata=["domain", "system"],
        settings={"conditions": [{"name": name} for name in "abc"]},
    )
    began = time.monotonic()
    chance = random.Random(1)
    work = Work(house, study)
    with crowd_at_web(house, size) as (web, playing, over), worker_of(servers):
        servers["web"] = web
        for name in seeded_order(servers, size, chance):
            wait_for_answers(house, Response.objects.count() + chance.randint(*size.between), playing)
            with work.under_way(name) if name != "web" else nullcontext():
                time.sleep(chance.uniform(0, 0.05))
                servers[name].kill()
                connection.close()
                servers[name].start()
        wait_for_answers(house, Response.objects.count() + size.between[0], playing)
        over.set()
        history = playing.result()
        work.wait()
    print(
        f"{len(servers) * size.kills_of_each} kills, {len(history.acknowledged)} answers acknowledged,"
        f" {history.without_reply} requests without a reply, {history.statuses[503]} told to wait,"
        f" {time.monotonic() - began:.0f} s"
    )
    assert history.without_reply >= size.kills_of_each
    assert set(history.statuses) <= {0, 200, 303, 409} | ({503} if "postgres" in servers else set())
    assert find_faults(history, read_stored()) == {}
    work.assert_done_once()
    if connection.vendor == "sqlite":
        assert rows(house.env, "PRAGMA integrity_check") == [("ok",)]
    # The control: what is lost, changed, doubled or made up is found in this database too.
    first, second, third = Response.objects.order_by("pk")[:3]
    Response.objects.filter(pk=first.pk).delete()
    Response.objects.filter(pk=second.pk).update(confidence=0.5)
    Response.objects.filter(pk=third.pk).update(submission_key="made-up", participant=second.participant)
    Response.objects.filter(pk=third.pk).update(item=second.item, output=second.output)
    found = find_faults(history, read_stored())
    assert found["lost"] == sorted([first.submission_key, third.submission_key])
    assert found["changed"] == [second.submission_key]
    assert found["invented"] == sorted(["made-up", second.submission_key])
    assert found["item_twice"] == [(second.participant_id, second.item_id)]
    assert found["unit_counters"]


class Work:
    """What the worker is at when something is killed: an analysis, and a job that waits for its gate.

    Analyses come one after the other, and in each at most two kills: a third loss would rightly end it.
    """

    def __init__(self, house: House, study: Study) -> None:
        self.house, self.study = house, study
        self.analyses: list[Job] = []
        self.waiting: dict[Job, str] = {}
        self.kills = 0

    @contextmanager
    def under_way(self, victim: str) -> Iterator[None]:
        """For the time of a kill."""
        if self.kills == 2:
            self.wait()
        while not self.analyses or not self._goes_on():
            self.analyses.append(want_analysis(study=self.study, wanted_by="tests", resamples=200))
            self.kills = 0
        self.kills += 1
        name = f"gate-{len(self.waiting)}"
        job = self.house.want(say=name, gate=name)
        self.waiting[job] = victim
        self.house.until(job, Job.RUNNING)
        yield
        self.house.open(name)

    def _goes_on(self) -> bool:
        """Once a worker is at the last analysis; False if it is done."""
        running = self.analyses[-1].parts.filter(state=Job.RUNNING)
        self.house.wait(lambda: running.exists() or self._done(), timeout=60)
        return not self._done()

    def _done(self) -> bool:
        self.analyses[-1].refresh_from_db()
        return self.analyses[-1].finished

    def wait(self) -> None:
        for job in (*self.analyses[-1:], *self.waiting):
            self.house.until(job, Job.DONE, Job.FAILED, timeout=120)

    def assert_done_once(self) -> None:
        for job in self.analyses:
            assert (job.state, job.error) == (Job.DONE, "")
            runs = Run.objects.filter(Q(job=job) | Q(job__parent=job))
            assert sorted(runs.values_list("kind", flat=True)) == sorted(job.result["runs"]) != []
            assert set(runs.values_list("pk", flat=True)) == set(job.result["runs"].values())
        for job, victim in self.waiting.items():
            assert (job.state, self.house.stored(job)) == (Job.DONE, 1)
            assert (job.attempts > 1) == (victim != "redis")


@contextmanager
def crowd_at_web(house: House, size: Size) -> Iterator[tuple[Victim, Future[History], Any]]:
    """Threads as `up` has them: a connection is kept, and what was sent over it may be half done."""
    env = {**house.env, "GUNICORN_CMD_ARGS": "--threads 4"}
    with ExitStack() as stack:
        first = Web(env)
        web = Program(lambda: Web(env, port=first.port))
        web.server = first
        stack.callback(lambda: web.server.close())
        threads = stack.enter_context(ThreadPoolExecutor(1))
        crowd = Crowd(size.people, size.think, size.seconds, manners=STAYING)
        stack.callback(crowd.over.set)
        yield web, threads.submit(play, first.port, "killed", crowd), crowd.over


@contextmanager
def worker_of(servers: dict[str, Victim]) -> Iterator[None]:
    worker = servers["worker"]
    assert isinstance(worker, Program)
    worker.start()
    try:
        yield
    finally:
        worker.server.close()


def seeded_order(servers: dict[str, Victim], size: Size, chance: random.Random) -> list[str]:
    order = [name for name in sorted(servers) for _ in range(size.kills_of_each)]
    chance.shuffle(order)
    return order


def wait_for_answers(house: House, count: int, playing: Future[History]) -> None:
    """Until so many are stored."""
    while rows(house.env, "SELECT count(*) FROM annotations_response")[0][0] < count:
        assert not playing.done(), playing.result()
        time.sleep(0.02)
