"""`manage.py up`, run as a user runs it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotations.management import supervisor
from tests.servers import free_port, rows, run_manage
from tests.servers.up import PROGRAMS, Up

pytestmark = pytest.mark.sqlite


@pytest.fixture
def up(sqlite_env: dict[str, str]) -> Iterator[Up]:
    with Up(sqlite_env) as process:
        process.wait_until(process.answers)
        yield process


def alive(env: dict[str, str]) -> bool:
    return bool(rows(env, "SELECT 1 FROM annotations_workerbeat"))


def test_up_serves_and_works_and_stops_in_order(up: Up, sqlite_env: dict[str, str]):
    up.wait_until(lambda: alive(sqlite_env))
    assert up.answers("/readyz")
    children = up.children()
    assert set(children) == PROGRAMS
    assert up.terminate() == 0
    assert not up.answers()
    for pid in children.values():
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_up_refuses_a_second_one_on_the_same_folder(up: Up, sqlite_env: dict[str, str]):
    second = run_manage(sqlite_env, "up", "--port", str(free_port()), check=False)
    assert second.returncode == 1
    assert "is running on" in second.stderr
    assert "STUDYPLATFORM_VAR" in second.stderr
    assert up.answers()


def test_up_refuses_a_busy_port(sqlite_env: dict[str, str]):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused = run_manage(sqlite_env, "up", "--port", str(port), check=False)
    assert refused.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in refused.stderr
    assert "--port" in refused.stderr


def test_up_refuses_a_host_that_is_not_here(sqlite_env: dict[str, str]):
    refused = run_manage(sqlite_env, "up", "--host", "no-such-host.invalid", check=False)
    assert refused.returncode == 1
    assert "--host no-such-host.invalid is no address of this machine" in refused.stderr


def test_up_waits_for_programs_of_one_that_was_killed(sqlite_env: dict[str, str]):
    # What is left of one that was killed: its mark, and a program that is about to end.
    (Path(sqlite_env["STUDYPLATFORM_VAR"]) / "up.lock").write_bytes(supervisor.RUNNING)
    with socket.socket() as ending:
        ending.bind(("127.0.0.1", 0))
        ending.listen()
        port = ending.getsockname()[1]
        with Up(sqlite_env, port=port) as process:
            process.wait_until(lambda: "waiting for what is left" in process.log())
            ending.close()
            process.wait_until(lambda: "The platform is up" in process.log())


def test_up_says_bad_port_as_bad_input(sqlite_env: dict[str, str]):
    refused = run_manage(sqlite_env, "up", "--port", "70000", "--json", check=False)
    assert refused.returncode == 2
    assert json.loads(refused.stdout)["ok"] is False


def test_up_starts_a_killed_program_again(up: Up, sqlite_env: dict[str, str]):
    before = up.children()
    for pid in before.values():
        os.killpg(pid, signal.SIGKILL)
    up.wait_until(lambda: set(up.children()) == PROGRAMS and up.answers())
    assert not set(before.values()) & set(up.children().values())
    assert "ended unexpectedly" in up.log()


def test_up_looks_after_its_programs_before_the_web_answers(sqlite_env: dict[str, str]):
    with Up(sqlite_env) as up:
        up.wait_until(lambda: set(up.children()) == PROGRAMS)
        before = up.children()
        os.killpg(before["web"], signal.SIGSTOP)
        os.killpg(before["schedule"], signal.SIGKILL)
        up.wait_until(lambda: up.children().get("schedule", before["schedule"]) != before["schedule"])
        os.killpg(before["web"], signal.SIGCONT)
        up.wait_until(lambda: "The platform is up" in up.log())


def test_who_comes_while_the_web_is_replaced_waits_and_is_served(up: Up):
    for how in (signal.SIGTERM, signal.SIGKILL):
        before = up.children()["web"]
        os.kill(before, how) if how == signal.SIGTERM else os.killpg(before, how)
        up.wait_until(lambda: not exists(before))  # noqa: B023
        with urllib.request.urlopen(f"http://127.0.0.1:{up.port}/healthz", timeout=30) as answer:
            assert answer.status == 200
        assert up.children()["web"] != before


def test_up_killed_alone_leaves_no_orphans_and_starts_again_at_once(up: Up, sqlite_env: dict[str, str]):
    orphans = set(up.children().values())
    assert len(orphans) == len(PROGRAMS)
    os.kill(up.pid, signal.SIGKILL)
    up.process.wait()
    with Up(sqlite_env, port=up.port) as again:
        again.wait_until(lambda: "The platform is up" in again.log())
        again.wait_until(lambda: not any(exists(pid) for pid in orphans))
        assert again.answers()
        assert again.terminate() == 0


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Nobody may have asked yet how the orphan ended.
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return state.stdout[:1] not in ("Z", "")
