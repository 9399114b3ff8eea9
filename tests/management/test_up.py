"""`manage.py up`, run as a user runs it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Process, free_port, manage, rows, run_manage

pytestmark = pytest.mark.sqlite
PROGRAMS = {"web", "worker", "schedule"}


class Up(Process):
    def __init__(self, env: dict[str, str]) -> None:
        self.port = free_port()
        super().__init__(manage("up", "--port", str(self.port)), name="up", env=env)

    def answers(self, address: str = "/healthz") -> bool:
        with (
            contextlib.suppress(urllib.error.URLError, OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}{address}", timeout=2) as answer,
        ):
            return bool(answer.status == 200)
        return False

    def children(self) -> dict[str, int]:
        """The main process of each program, by name."""
        found = {}
        listing = subprocess.run(
            ["ps", "-ww", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True
        )
        for line in listing.stdout.splitlines()[1:]:
            pid, parent, command = line.split(None, 2)
            if int(parent) == self.pid:
                kind = "web" if "gunicorn" in command else "schedule" if " beat " in command else "worker"
                found[kind] = int(pid)
        return found


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


def test_up_leaves_no_orphans_when_killed(up: Up):
    children = up.children()
    os.kill(up.pid, signal.SIGKILL)
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and up.answers():
        time.sleep(0.1)
    assert not up.answers()
    assert children


def test_up_copies_the_database_before_it_migrates(sqlite_env: dict[str, str]):
    run_manage(sqlite_env, "create_user", "kept@example.org", "--role", "admin", "--json", check=True)
    database = Path(sqlite_env["STUDYPLATFORM_VAR"]) / "db.sqlite3"
    # A database of yesterday: its last migration is yet to come.
    with sqlite3.connect(database) as connection:
        connection.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
        connection.execute("DROP TABLE django_session")
    with Up(sqlite_env) as process:
        process.wait_until(process.answers)
        copies = list(database.parent.glob("backups/before-migration-*.sqlite3"))
    assert len(copies) == 1
    with sqlite3.connect(copies[0]) as connection:
        assert connection.execute("SELECT email FROM annotations_user").fetchall() == [("kept@example.org",)]
    assert rows(sqlite_env, "SELECT 1 FROM django_migrations WHERE app = 'sessions'")
