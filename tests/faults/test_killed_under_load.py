"""Power cuts under load: SIGKILL to web and worker while people answer, who send again what got no reply.

What was acknowledged is stored, once; every counter equals a recount; the analyses that were cut off are
done after the restart. Kills come at seeded shares of the answers, so each comes while others answer.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q

from annotations.analysis.models import Run
from annotations.analysis.pipeline import want_analysis
from annotations.core.models import Job
from annotations.responses.models import Response
from annotations.studies.models import Study
from tests.concurrency.driver import Crowd, Log, run_clients
from tests.core.jobs_case import House, database_of
from tests.participation.kit import assert_balanced, make_study
from tests.servers import rows
from tests.servers.web import Web
from tests.servers.worker import Worker

EACH = 5


@dataclass(frozen=True)
class Size:
    """Places of five units each, and quotas that just suffice for them."""

    places: int
    items: int
    clients: int
    kills_of_web: int
    kills_of_worker: int
    seconds: float

    @property
    def answers(self) -> int:
        return self.places * EACH


SIZES = [
    pytest.param(Size(40, 20, 4, 3, 1, 180), id="small"),
    pytest.param(Size(2400, 200, 8, 40, 8, 1800), id="full", marks=pytest.mark.proof),
]


@pytest.mark.parametrize("size", SIZES)
def test_kills_of_web_and_worker_lose_and_double_nothing(house, tmp_path, size):
    study = make_study(
        tmp_path,
        "killed",
        protocol="supervision",
        items=size.items,
        systems=1,
        participants=size.places,
        overlap=size.answers // size.items,
        units_per_participant=EACH,
        strata=["domain", "system"],
    )
    crowd = Crowd(clients=size.clients, polite=True, patient=True, seconds=size.seconds)
    began = time.monotonic()
    with ThreadPoolExecutor(3) as threads, Cut(lambda port=None: Web(house.env, port=port)) as web:
        playing = threads.submit(run_clients, web.server.port, "killed", crowd)
        analysing = threads.submit(cut_off_analyses, house, study, size)
        chance = random.Random(1)
        for share in sorted(chance.uniform(0.02, 0.9) for _ in range(size.kills_of_web)):
            wait_for_answers(house, share * size.answers, playing)
            time.sleep(chance.uniform(0, 0.05))
            web.kill()
            web.start(web.server.port)
        log, jobs = playing.result(), analysing.result()
    print(f"{len(log.acknowledged)} acknowledged, {log.dropped} dropped, {time.monotonic() - began:.0f} s")
    assert not log.trouble
    assert log.dropped >= size.kills_of_web
    assert {status for status in log.statuses if status >= 500} == set()
    assert len(log.acknowledged) > 0.9 * size.answers
    assert faults(log) == {}
    assert_balanced()
    for job in jobs:
        assert_done_once(job)
    if connection.vendor == "sqlite":
        assert rows(house.env, "PRAGMA integrity_check") == [("ok",)]
    # The control: this bookkeeping notices what is lost, changed, doubled or made up.
    first, second, third = Response.objects.order_by("pk")[:3]
    Response.objects.filter(pk=first.pk).delete()
    Response.objects.filter(pk=second.pk).update(confidence=0.5)
    Response.objects.filter(pk=third.pk).update(submission_key="made-up", participant=second.participant)
    Response.objects.filter(pk=third.pk).update(item=second.item, output=second.output)
    found = faults(log)
    assert found["lost"] == sorted([first.submission_key, third.submission_key])
    assert found["changed"] == [second.submission_key]
    assert found["made up"] == ["made-up"]
    assert len(found["doubled"]) == 1
    with pytest.raises(AssertionError):
        assert_balanced()


class Cut:
    """A server that is killed and started again."""

    def __init__(self, start: Callable[..., Any]) -> None:
        self.begin = start

    def start(self, *arguments: Any) -> None:
        self.server = self.begin(*arguments)

    def kill(self) -> None:
        self.server.kill()
        self.server.close()

    def __enter__(self) -> Cut:
        self.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self.server.__exit__(*error)


def wait_for_answers(house: House, count: float, playing: Future[Log]) -> None:
    """Until so many are stored. What comes after the wait comes under load: `count` is not all."""
    while rows(house.env, "SELECT count(*) FROM annotations_response")[0][0] < count:
        assert not playing.done(), playing.result()
        time.sleep(0.02)


def cut_off_analyses(house: House, study: Study, size: Size) -> list[Job]:
    """Have the study analysed while people answer; each time the worker is killed at it, and started again.

    Runs beside the test, with a connection of its own.
    """
    done = []
    with database_of(house.env), Cut(lambda: Worker(house.env)) as worker:
        for number in range(1, size.kills_of_worker + 1):
            share = 0.6 * number / size.kills_of_worker
            house.wait(
                lambda share=share: Response.objects.count() >= share * size.answers, timeout=size.seconds
            )
            job = want_analysis(study=study, wanted_by="tests", resamples=200)
            parts = job.parts.filter(state=Job.RUNNING)
            house.wait(parts.exists)
            worker.kill()
            job.refresh_from_db()
            assert not job.finished, "the analysis was done before the worker could be killed"
            worker.start()
            done.append(house.until(job, Job.DONE, Job.FAILED, timeout=90))
        connection.close()
    return done


def assert_done_once(job: Job) -> None:
    assert (job.state, job.error) == (Job.DONE, "")
    assert max(job.parts.values_list("attempts", flat=True)) == 2
    runs = Run.objects.filter(Q(job=job) | Q(job__parent=job))
    assert runs
    assert sorted(runs.values_list("kind", flat=True)) == sorted(job.result["runs"])
    assert set(runs.values_list("pk", flat=True)) == set(job.result["runs"].values())


def faults(log: Log) -> dict[str, list[Any]]:
    """How the database differs from what the people saw. Empty where it does not."""
    stored = {row.submission_key: row for row in Response.objects.all()}
    told = set(log.acknowledged)
    units = Counter((row.participant_id, row.output_id) for row in stored.values())
    found = {
        "lost": sorted(told - set(stored)),
        # Nobody gave up, so each answer that was stored was confirmed in the end.
        "made up": sorted(set(stored) - told),
        "changed": sorted(key for key in told & set(stored) if said(stored[key]) != wanted(log.said[key])),
        "doubled": sorted(unit for unit, count in units.items() if count > 1),
        "told twice": sorted(key for key, count in Counter(log.acknowledged).items() if count > 1),
    }
    return {name: what for name, what in found.items() if what}


def said(response: Response) -> tuple[str, float | None]:
    return response.verdict, response.confidence


def wanted(form: dict[str, str]) -> tuple[str, float]:
    return form["verdict"], float(form["confidence"])
