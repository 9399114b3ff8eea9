"""A power cut at `manage.py up`: what it left behind, a lock, notes in the broker's folder, jobs half done,
keeps nobody from starting again."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

import pytest

from annotations.core.models import Job
from tests.servers import rows
from tests.servers.up import Up

pytestmark = pytest.mark.sqlite


def cut_power(up: Up) -> None:
    """SIGKILL to `up` and its programs, the parent first so that it starts none of them again."""
    groups = up.children().values()
    up.kill()
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def test_up_starts_after_a_power_cut_and_finishes_what_was_under_way(house):
    queue = Path(house.env["STUDYPLATFORM_VAR"]) / "broker" / "queue"
    with Up(house.env) as up:
        up.wait_until(up.answers)
        cut_off = [house.want(say=say, gate="gate") for say in ("one", "other")]
        for job in cut_off:
            house.until(job, Job.RUNNING)
        queued = house.want(say="queued")
        cut_power(up)
    # A note that was being written, and one that came out empty.
    torn = [queue / f"1_torn.{house.env['TEST_QUEUE']}.msg", queue / "2_torn.msg.draft"]
    for note in torn:
        note.touch()
    house.open("gate")
    with Up(house.env, port=up.port) as again:
        again.wait_until(again.answers)
        assert not any(note.exists() for note in torn)
        for job in (*cut_off, queued):
            house.until(job, Job.DONE, Job.FAILED)
    assert [job.state for job in (*cut_off, queued)] == [Job.DONE] * 3
    assert [job.attempts for job in (*cut_off, queued)] == [2, 2, 1]
    assert [house.stored(job) for job in (*cut_off, queued)] == [1, 1, 1]
    assert rows(house.env, "PRAGMA integrity_check") == [("ok",)]
