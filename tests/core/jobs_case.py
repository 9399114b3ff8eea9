"""Wanting jobs here and having them run by real workers in other processes."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dj_database_url
import pytest
from celery import Celery
from django.db import connections

from annotations.core.jobs import outbox
from annotations.core.models import AuditEntry, Job
from tests.core import job_kinds
from tests.servers.worker import Worker


class House:
    """A database and a broker that this process and its workers share."""

    def __init__(self, env: dict[str, str], folder: Path, app: Celery) -> None:
        self.env = env
        self.folder = folder
        self.app = app

    @contextlib.contextmanager
    def worker(self, **options: Any) -> Iterator[Worker]:
        """Killed at the end of the block: what a test has seen is in the database."""
        with Worker(self.env, **options) as worker:
            try:
                yield worker
            finally:
                worker.kill()

    def want(self, kind: str = job_kinds.ACT, *, parts: Any = (), **params: Any) -> Job:
        params = {"folder": str(self.folder), **params}
        return outbox.want_job(kind=kind, subject="tests", params=params, wanted_by="tests", parts=parts)

    def open(self, gate: str) -> None:
        (self.folder / gate).touch()

    def trace(self, what: str) -> list[str]:
        """What the jobs said when they came by, in the order in which they did."""
        path = self.folder / "trace"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line.partition(" ")[2] for line in lines if line.startswith(f"{what} ")]

    def stored(self, job: Job) -> int:
        return AuditEntry.objects.filter(action="stored", subject=str(job.pk)).count()

    def until(self, job: Job, *states: str, timeout: float = 30.0) -> Job:
        """The job once it is in one of the states."""

        def there() -> bool:
            job.refresh_from_db()
            return job.state in states

        self.wait(there, f"{job.kind} is not {states}: ", lambda: f"{job.as_dict()}", timeout=timeout)
        return job

    def wait(self, ready: Any, what: str = "", more: Any = lambda: "", *, timeout: float = 30.0) -> None:
        deadline = time.monotonic() + timeout
        while not ready():
            assert time.monotonic() < deadline, what + more()
            time.sleep(0.05)

    def empty_broker(self) -> None:
        with self.app.connection_for_write() as connection:
            connection.default_channel.queue_purge(self.env["TEST_QUEUE"])


@pytest.fixture
def broker(database_env: dict[str, str], request: pytest.FixtureRequest) -> str:
    """Each database with the broker it goes with: the embedded one with SQLite, Redis with PostgreSQL."""
    if database_env["DATABASE_URL"].startswith("sqlite"):
        return "filesystem://localhost//"
    return request.getfixturevalue("redis_url")


@pytest.fixture
def house(
    database_env: dict[str, str],
    broker: str,
    tmp_path: Path,
    django_db_blocker: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[House]:
    queue = f"tests-{secrets.token_hex(4)}"
    env = {
        **database_env,
        "CELERY_BROKER_URL": broker,
        "TEST_QUEUE": queue,
        "DJANGO_SETTINGS_MODULE": "tests.core.worker_settings",
    }
    folder = tmp_path / "jobs"
    folder.mkdir()
    app = celery_app(env)
    monkeypatch.setattr(outbox, "current_app", app)
    monkeypatch.setattr(outbox, "_down_until", 0.0)
    with django_db_blocker.unblock(), database_of(env):
        yield House(env, folder, app)
    app.close()


def celery_app(env: dict[str, str], **options: Any) -> Celery:
    """Who tells the broker of `env`, apart from this process's own app."""
    app = Celery("tests", set_as_current=False)
    transport: dict[str, Any] = {"socket_connect_timeout": 1, "socket_timeout": 5}
    if env["CELERY_BROKER_URL"].startswith("filesystem"):
        folders = {name: Path(env["STUDYPLATFORM_VAR"]) / "broker" / name for name in ("queue", "control")}
        for folder in folders.values():
            folder.mkdir(parents=True, exist_ok=True)
        transport = {
            "data_folder_in": str(folders["queue"]),
            "data_folder_out": str(folders["queue"]),
            "control_folder": str(folders["control"]),
        }
    app.conf.update(
        broker_url=env["CELERY_BROKER_URL"],
        broker_transport_options=transport | options,
        task_default_queue=env["TEST_QUEUE"],
        task_ignore_result=True,
        task_publish_retry=False,
    )
    return app


@contextlib.contextmanager
def database_of(env: dict[str, str]) -> Iterator[None]:
    """Django in this process works on the database of `env`."""
    own = connections["default"]
    theirs = own.copy()
    address = dj_database_url.parse(env["DATABASE_URL"])
    theirs.settings_dict.update({key: address[key] for key in ("NAME", "HOST", "PORT", "USER", "PASSWORD")})
    connections["default"] = theirs
    try:
        yield
    finally:
        theirs.close()
        connections["default"] = own
