"""A new version is put in the old one's place while people answer: the web is told to end, nobody's request fails.

`manage.py up` holds the port, so that whoever comes in between waits; gunicorn ends what it has begun.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.core.jobs_case import database_of
from tests.load.checker import find_faults
from tests.load.crowd import Crowd, play
from tests.load.stored import read_stored
from tests.participation.kit import write_bundle
from tests.servers import run_manage
from tests.servers.up import Up


@dataclass(frozen=True)
class Size:
    people: int
    times: int


SIZES = [
    pytest.param(Size(12, 2), id="small"),
    pytest.param(Size(40, 20), id="full", marks=pytest.mark.proof),
]


@pytest.mark.parametrize("size", SIZES)
def test_no_request_fails_while_the_web_is_replaced(database_env, tmp_path, django_db_blocker, size):
    folder = write_bundle(
        tmp_path / "load",
        protocol="supervision",
        items=200,
        participants=1000 * size.people,
        overlap=20 * size.people,
        units_per_participant=20,
    )
    over = threading.Event()
    with Up(database_env) as up, ThreadPoolExecutor(1) as threads:
        up.wait_until(up.answers)
        run_manage(database_env, "load_bundle", str(folder), "--open")
        crowd = Crowd(size.people, think=0.1, seconds=600, over=over)
        playing = threads.submit(play, up.port, "load", crowd)
        try:
            for _ in range(size.times):
                before = up.children()["web"]
                time.sleep(1)
                os.kill(before, signal.SIGTERM)
                up.wait_until(lambda: up.children().get("web", before) != before)  # noqa: B023
                up.wait_until(up.answers)
        finally:
            over.set()
        history = playing.result()
    # But for those that were under way when it was over.
    assert {one.status for one in history.requests if one.outcome} <= {200, 303, 409}
    assert len(history.acknowledged) > size.people * size.times
    with django_db_blocker.unblock(), database_of(database_env):
        assert find_faults(history, read_stored()) == {}
    print(f"{len(history.requests)} requests, the web replaced {size.times} times")
