"""Redis emptied, absent or dead: participants notice nothing, jobs wait and are done when it is back."""

from __future__ import annotations

import secrets
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from annotations.core import clock
from annotations.core.jobs import outbox
from annotations.core.jobs.sweeper import RESEND_AFTER
from annotations.core.models import Job
from annotations.responses.models import Response
from tests.load.checker import find_faults
from tests.load.crowd import Crowd, play
from tests.load.history import ANSWER, PAGE
from tests.load.people import RUDE
from tests.load.stored import read_stored
from tests.participation.kit import make_study
from tests.servers.web import Web

pytestmark = pytest.mark.postgresql


@dataclass(frozen=True)
class Size:
    people: int
    think: float
    answers: int
    jobs: int
    timed: bool


SIZES = [
    pytest.param(Size(8, 0.2, 20, 3, timed=False), id="small"),
    pytest.param(Size(60, 2, 2000, 50, timed=True), id="full", marks=pytest.mark.proof),
]


@pytest.fixture
def broker(own_redis):
    """Nobody listens there yet."""
    return own_redis.url


@contextmanager
def people_who_notice_nothing(house, tmp_path, size):
    """Play while the block does what it does. At full size nobody waits for a connection to Redis."""
    make_study(
        tmp_path, "broker", protocol="supervision", items=40, participants=10_000, overlap=5_000,
        units_per_participant=20,
    )  # fmt: skip
    crowd = Crowd(size.people, size.think, seconds=600, manners=RUDE)
    with Web(house.env) as web, ThreadPoolExecutor(1) as threads:
        playing = threads.submit(play, web.port, "broker", crowd)
        try:
            yield
            house.wait(lambda: Response.objects.count() >= size.answers or playing.done(), timeout=300)
        finally:
            crowd.over.set()
        history = playing.result()
    assert set(history.statuses) <= {0, 200, 303, 409}
    assert not history.of(PAGE, "fail", "unknown")
    assert find_faults(history, read_stored()) == {}
    if size.timed:
        assert max(history.seconds(act, 0.99) for act in (ANSWER, PAGE)) < 1.0  # what a connection may take


def want(house, size):
    return [house.want(say=secrets.token_hex(4)) for _ in range(size.jobs)]


def assert_done_once(house, jobs):
    for job in jobs:
        house.until(job, Job.DONE, Job.FAILED, timeout=60)
    assert [(job.state, house.stored(job)) for job in jobs] == [(Job.DONE, 1)] * len(jobs)


def later():
    """As if the time had passed after which jobs are sent again."""
    Job.objects.update(created_at=clock.now() - RESEND_AFTER)
    Job.objects.filter(sent_at__isnull=False).update(sent_at=clock.now() - RESEND_AFTER)


def ask(server, command):
    with socket.create_connection(("127.0.0.1", server.port), 5) as line:
        line.sendall(f"{command}\r\n".encode())
        return line.recv(100).decode().strip()


@pytest.mark.parametrize("size", SIZES)
def test_redis_that_is_not_there_dies_or_forgets(house, own_redis, tmp_path, monkeypatch, size):
    with people_who_notice_nothing(house, tmp_path, size):
        wait_for_its_first_start(house, own_redis, size)
        with house.worker() as worker:
            outlive_its_death(house, own_redis, size)
            assert worker.alive()
        monkeypatch.setattr(outbox, "_down_until", 0.0)  # it is known to be back
        outlive_its_emptying(house, own_redis, size)


def wait_for_its_first_start(house, redis, size):
    jobs = want(house, size)
    assert set(Job.objects.values_list("state", "sent_at")) == {(Job.QUEUED, None)}
    redis.start()
    later()
    with house.worker():
        assert_done_once(house, jobs)


def outlive_its_death(house, redis, size):
    """The same worker goes on; what it was doing is not done again, what came meanwhile is not lost."""
    under_way = house.want(say="under way", gate="gate")
    house.until(under_way, Job.RUNNING)
    redis.kill()
    house.open("gate")
    house.until(under_way, Job.DONE)
    jobs = want(house, size)
    assert {job.state for job in jobs} == {Job.QUEUED}
    redis.start()
    later()
    assert_done_once(house, [under_way, *jobs])
    assert under_way.attempts == 1


def outlive_its_emptying(house, redis, size):
    jobs = want(house, size)
    # Beside them may lie what the worker before had no time for.
    assert int(ask(redis, f"LLEN {house.env['TEST_QUEUE']}").removeprefix(":")) >= size.jobs
    assert ask(redis, "FLUSHALL") == "+OK"
    later()
    with house.worker():
        assert_done_once(house, jobs)
