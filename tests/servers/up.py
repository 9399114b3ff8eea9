"""The whole platform as `manage.py up` runs it on one machine."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Self

from tests.servers.process import Process, free_port, manage

PROGRAMS = {"web", "worker", "schedule"}


class Up(Process):
    def __init__(self, env: Mapping[str, str], *, port: int | None = None) -> None:
        self.port = port or free_port()
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

    def close(self) -> None:
        """At once: who wants the programs to stop in order calls `terminate`."""
        if self.alive():
            programs = self.children()
            self.kill()  # first, so that nothing is started again
            for pid in programs.values():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
        super().close()

    def __enter__(self) -> Self:
        return self
