"""Running the platform on one machine: web, one worker and its schedule, kept alive until told to stop."""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from annotations.core.errors import Refusal
from annotations.management.backups import back_up, drop_drafts
from annotations.responses.restored import finish_restore

LOW_DISK = 500 * 1024 * 1024
GRACE = 15.0
RESTART_AFTER = 1.0
RUNNING = b"running\n"


@contextmanager
def only_one(var: Path) -> Iterator[bool]:
    """Hold the lock of `var` for as long as the platform runs on it. Raises Refusal if another does.

    Gives whether the last one was killed: its programs may still be about to end.
    """
    with (var / "up.lock").open("a+b", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refusal(
                f"The platform is running on {var} already. Stop it first, or give this one a folder of its"
                " own by STUDYPLATFORM_VAR."
            ) from error
        file.seek(0)
        killed = file.read() == RUNNING
        if not killed:
            with suppress(OSError):  # a full disk
                file.write(RUNNING)
        try:
            yield killed
        finally:
            file.truncate(0)


def disk_warning(var: Path) -> str:
    free = shutil.disk_usage(var).free
    if free >= LOW_DISK:
        return ""
    return f"Only {free // 1_000_000} MB are free on the disk of {var}: make room before people answer."


def prepare_database(tell: Callable[[str], None]) -> None:
    """Migrate if need be, after a backup of a database that holds something; finish a restore."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        if executor.loader.applied_migrations:
            tell(f"The database was backed up to {back_up_first()} before its migration.")
        call_command("migrate", verbosity=0, interactive=False)
    drop_drafts(settings.VAR / "backups")
    # Before anybody is served.
    if count := finish_restore():
        tell(f"A restore had been broken off: {count} people who had been erased were erased again.")


def back_up_first() -> Path:
    """A backup in `var/backups`. Raises Refusal where there is none to be had: then nothing is migrated."""
    folder = settings.VAR / "backups"
    ending = "sqlite3" if settings.EMBEDDED else "zip"
    target: Path = folder / f"before-migration-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.{ending}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        back_up(target)
    except (OSError, Refusal) as error:
        raise Refusal(f"The database was not migrated, since it could not be backed up. {error}") from error
    return target


def empty_broker() -> None:
    """The embedded broker begins empty: the job rows are the record, and are sent again."""
    if settings.CELERY_BROKER_URL.startswith("filesystem"):
        for note in (settings.BROKER_FOLDER / "queue").glob("*"):
            note.unlink(missing_ok=True)


class Child:
    """One program, started again whenever it ends before it was told to."""

    def __init__(self, name: str, command: list[str], inherited: Sequence[int] = ()) -> None:
        self.name = name
        self.command = command
        self.inherited = inherited
        self.started_at = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            cwd=settings.BASE_DIR,
            start_new_session=True,
            preexec_fn=_die_with_parent,
            pass_fds=self.inherited,
        )

    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def stop(self) -> None:
        """Ask the program itself, which stops its own processes in order."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)


def children(port: socket.socket) -> list[Child]:
    python, number = sys.executable, port.fileno()
    web = [
        python, "-m", "gunicorn", "studyplatform.wsgi:application", "--bind", f"fd://{number}",
        "--worker-class", "studyplatform.webworker.Worker", "--workers", "3", "--threads", "4", "--preload",
        "--worker-tmp-dir", str(settings.VAR),
        "--log-level", "warning",
    ]  # fmt: skip
    celery = [python, "-m", "celery", "--quiet", "-A", "studyplatform"]
    worker = [
        *celery, "worker", "--concurrency", "2", "--loglevel", "WARNING", "--without-gossip",
        "--without-mingle",
    ]  # fmt: skip
    # The schedule is a program of its own: as a child of the worker it would not be started again.
    schedule = [
        *celery, "beat", "--loglevel", "WARNING", "--schedule", str(settings.VAR / "schedule"),
        "--pidfile", "",
    ]  # fmt: skip
    return [Child("web", web, [number]), Child("worker", worker), Child("schedule", schedule)]


def run(programs: list[Child], tell: Callable[[str], None], when_started: Callable[[], None]) -> None:
    """Keep the programs running until SIGINT or SIGTERM, then stop them and wait.

    `when_started` returns at once: nothing is looked after meanwhile.
    """
    wanted = {"stop": False}

    def stop(number: int, frame: FrameType | None) -> None:
        wanted["stop"] = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    for program in programs:
        program.start()
    when_started()
    while not wanted["stop"]:
        for program in programs:
            if program.ended() and time.monotonic() - program.started_at > RESTART_AFTER:
                tell(f"The {program.name} ended unexpectedly and is started again.")
                program.start()
        time.sleep(0.2)
    _stop_all(programs)


def _stop_all(programs: list[Child]) -> None:
    for program in programs:
        program.stop()
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline and not all(program.ended() for program in programs):
        time.sleep(0.1)
    for program in programs:
        program.kill()


def _die_with_parent() -> None:
    """On Linux, the kernel ends the child if this process is killed without a chance to do so."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
