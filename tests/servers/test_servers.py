"""The servers the tests stand on do start, stop, and leave nothing behind."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tests.servers import ROOT, Process, ServerError, free_port, postgres, rows, run_manage
from tests.servers.redis import Redis, answers
from tests.servers.web import Web
from tests.servers.worker import Worker


def test_process_ends_with_its_block() -> None:
    with Process(["sleep", "60"], name="sleeper") as sleeper:
        assert sleeper.alive()
    assert not sleeper.alive()


def test_process_that_dies_says_so_with_its_log() -> None:
    with (
        Process(["sh", "-c", "echo the reason; exit 3"], name="dier") as dier,
        pytest.raises(ServerError, match=r"(?s)ended with code 3.*the reason"),
    ):
        dier.wait_until(lambda: False, timeout=5)


def test_killed_tests_leave_no_server(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    script = f"""
import os
from pathlib import Path
from tests.servers import Process
sleeper = Process(["sleep", "60"], name="sleeper", folder=Path({str(folder)!r}))
print(sleeper.pid, flush=True)
os.kill(os.getpid(), 9)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL
    group = int(done.stdout)
    wait_until(lambda: not runs(group), seconds=10)
    wait_until(lambda: not folder.exists(), seconds=10)


def test_postgres_runs_from_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "find_binaries", postgres.wheel_binaries)
    server = postgres.Postgres()
    try:
        server.start()
        with postgres.connect(server.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.close()
    assert not server.folder.exists()


def test_postgres_keeps_commits_over_a_kill() -> None:
    server = postgres.Postgres()
    try:
        server.start()
        url = postgres.create_database(server.url)
        with postgres.psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        server.kill()
        server.start()
        with postgres.psycopg.connect(postgres.with_name(server.url, url.rpartition("/")[2])) as connection:
            assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    finally:
        server.close()


def test_killed_postgres_leaves_no_backend_behind() -> None:
    server = postgres.Postgres()
    try:
        server.start()
        with postgres.connect(server.url) as connection:
            backend = connection.info.backend_pid
            os.kill(backend, signal.SIGSTOP)  # it cannot notice by itself
            server.kill()
            assert not runs(backend)
    finally:
        server.close()


def test_redis_starts_again_on_its_port_with_what_it_held() -> None:
    with Redis(durable=True) as server:
        server.start()
        said(server.url, "SET kept 1")
        server.kill()
        assert not answers(server.url)
        server.start()
        assert said(server.url, "GET kept") == "$1"


def said(url: str, command: str) -> str:
    """The first line of the server's reply."""
    with socket.create_connection(("127.0.0.1", urlsplit(url).port), 5) as line:
        line.sendall(f"{command}\r\n".encode())
        return line.recv(100).decode().splitlines()[0]


def test_postgres_without_any_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "find_binaries", lambda: None)
    with pytest.raises(ServerError, match="apt install postgresql"):
        postgres.Postgres()


def test_web_answers_on_a_fresh_database(database_env: dict[str, str]) -> None:
    with Web(database_env) as web, urllib.request.urlopen(f"{web.url}/healthz", timeout=5) as answer:
        assert answer.status == 200


def test_worker_starts_on_the_embedded_broker(database_env: dict[str, str]) -> None:
    with Worker(database_env) as worker:
        assert worker.alive()
        worker.kill()
        assert not worker.alive()


def test_worker_starts_on_redis(database_env: dict[str, str], redis_url: str) -> None:
    with Worker({**database_env, "CELERY_BROKER_URL": redis_url}) as worker:
        assert worker.terminate() == 0


def test_fresh_databases_are_migrated(database_env: dict[str, str]) -> None:
    assert run_manage(database_env, "migrate", "--check").returncode == 0
    assert rows(database_env, "SELECT count(*) FROM django_migrations WHERE app = 'annotations'")[0][0] > 0


def test_page_opens_in_the_browser(browser_page, database_env: dict[str, str]) -> None:
    with Web(database_env, workers=1, port=free_port()) as web:
        assert browser_page.goto(f"{web.url}/healthz").ok


def runs(pid: int) -> bool:
    """Whether it runs; where nobody collects the dead, a zombie counts as gone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def wait_until(condition, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "in vain"
        time.sleep(0.05)


def test_the_tests_use_a_var_of_their_own() -> None:
    assert Path(os.environ["STUDYPLATFORM_VAR"]).resolve() != (ROOT / "var").resolve()
