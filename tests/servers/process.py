"""One way to start, watch, kill and clean up a server process."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parent.parent.parent
GUARD = Path(__file__).with_name("guard.py")


class ServerError(RuntimeError):
    """A server that the tests need cannot be had; the message says what to do."""


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on now; someone may take it before you do."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """A server in a process group of its own, its output in a log file.

    It ends with the `with` block, and also when the test process is killed: a guard watches for that.
    `kill` is a power cut (SIGKILL to the whole group), `terminate` the polite way (SIGTERM to the
    server alone, which is expected to end its children).
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        name: str,
        env: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
        user: int | None = None,
        folder: Path | None = None,
    ) -> None:
        self.name = name
        self.log_file = tempfile.NamedTemporaryFile(prefix=f"studyplatform-{name}-", suffix=".log")  # noqa: SIM115
        self.process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=self.log_file,
            stderr=subprocess.STDOUT,
            env=dict(env) if env is not None else None,
            cwd=cwd,
            start_new_session=True,
            **identity(user),
        )
        self.guard = subprocess.Popen(
            [
                sys.executable,
                str(GUARD),
                str(self.pid),
                self.log_file.name,
                *([str(folder)] if folder else []),
            ],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self.process.pid

    def alive(self) -> bool:
        return self.process.poll() is None

    def log(self) -> str:
        return Path(self.log_file.name).read_text(errors="replace") if not self.log_file.closed else ""

    def wait_until(self, ready: Callable[[], bool], *, timeout: float = 30.0) -> None:
        """Until `ready()`; a `ServerError` with the end of the log if the process ends or time does."""
        deadline, pause = time.monotonic() + timeout, 0.02
        while not ready():
            if not self.alive():
                raise ServerError(
                    f"{self.name} ended with code {self.process.returncode}:\n{self.log()[-4000:]}"
                )
            if time.monotonic() > deadline:
                raise ServerError(f"{self.name} was not ready after {timeout:.0f} s:\n{self.log()[-4000:]}")
            time.sleep(pause)
            pause = min(pause * 1.5, 0.25)

    def send(self, number: signal.Signals) -> None:
        if self.alive():
            self.process.send_signal(number)

    def terminate(self, *, timeout: float = 15.0, how: signal.Signals = signal.SIGTERM) -> int:
        self.send(how)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """SIGKILL to the server and all its children at once; they get no word of it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        return self.process.wait(10)

    def close(self) -> None:
        """Ends what still runs. Safe to call twice."""
        if self.log_file.closed:
            return
        self.terminate()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)  # children that outlived a killed parent
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            self.guard.communicate(b"done", timeout=5)
        self.log_file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and self.log():
            print(f"--- end of the log of {self.name} ---\n{self.log()[-4000:]}")
        self.close()


def identity(user: int | None) -> dict[str, object]:
    """Popen arguments by which root starts a process as somebody else."""
    return {} if user is None else {"user": user, "group": user_group(user), "extra_groups": []}


def user_group(user: int) -> int:
    import pwd

    return pwd.getpwuid(user).pw_gid


def manage(*arguments: str) -> list[str]:
    """The command line of `manage.py ...` with this interpreter."""
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def run_manage(
    env: Mapping[str, str], *arguments: str, timeout: float = 300.0, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run `manage.py ...` to its end; with `check`, a failure raises with what it printed."""
    done = subprocess.run(
        manage(*arguments),
        env=dict(env),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if check and done.returncode:
        said = (done.stdout + done.stderr)[-4000:]
        raise ServerError(f"manage.py {' '.join(arguments)} ended with code {done.returncode}:\n{said}")
    return done
