"""A connection that gives up on a server that has stopped answering.

A server that is down refuses, and psycopg says so at once. One that hangs, or that a dead network hides,
says nothing: the operating system would wait for minutes, and every thread of the web process with it.
So a statement that has waited for a while asks the server over a connection of its own whether it is there
at all. A slow statement on a living server is left alone.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Generator
from contextlib import suppress
from typing import Any, Self, TypeVar

import psycopg

T = TypeVar("T")

# Seconds: a page that cannot be served is to say so within three.
ASK_AFTER = 0.5
ANSWER_WITHIN = 0.6
# One question may get lost on the way.
QUESTIONS = 2
SILENT = "the database server does not answer"
# A message that every server answers with one byte before it knows anybody: length and code of SSLRequest
# (PostgreSQL's documentation, "Message Formats").
SSL_REQUEST = struct.pack("!ii", 8, 80877103)


class Silence:
    """Whether the server was silent when last asked. Then one tries it at a time; others fail at once."""

    def __init__(self) -> None:
        self.noticed = False
        self.trying = threading.Lock()


_silence = Silence()


class WatchedConnection(psycopg.Connection[Any]):
    @classmethod
    def connect(cls, conninfo: str = "", **options: Any) -> Self:
        """As psycopg's, but at once without a server that is known to be silent. Raises OperationalError."""
        if not _silence.noticed:
            return cls._connect(conninfo, options)
        if not _silence.trying.acquire(blocking=False):
            raise psycopg.OperationalError(SILENT)
        try:
            if not answers(str(options.get("host", "")), str(options.get("port", ""))):
                raise psycopg.OperationalError(SILENT)
            connection = cls._connect(conninfo, options)
            _silence.noticed = False
            return connection
        finally:
            _silence.trying.release()

    @classmethod
    def _connect(cls, conninfo: str, options: dict[str, Any]) -> Self:
        try:
            return super().connect(conninfo, **options)
        except psycopg.errors.ConnectionTimeout:
            _silence.noticed = True
            raise

    def wait(self, gen: Generator[Any, Any, T], *arguments: Any, **options: Any) -> T:
        """As psycopg's. Raises OperationalError, the connection closed, once the server is silent."""
        return super().wait(self._watched(gen), *arguments, **options)

    def _watched(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        asked_at = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and time.monotonic() - asked_at > ASK_AFTER:
                    if not self._server_answers():
                        _silence.noticed = True
                        self.pgconn.finish()
                        raise psycopg.OperationalError(SILENT)
                    asked_at = time.monotonic()
                wanted = gen.send(ready)
        except StopIteration as end:
            result: T = end.value
            return result

    def _server_answers(self) -> bool:
        # The address itself where there is one: the name may stand for others, too.
        host = (self.pgconn.hostaddr or self.pgconn.host).decode()
        return any(answers(host, self.pgconn.port.decode()) for _ in range(QUESTIONS))


def answers(host: str, port: str) -> bool:
    """Whether a PostgreSQL server answers at one of the host's addresses. True where nobody can be asked."""
    if not host or "," in host or not port.isdigit():
        return True
    try:
        addresses = _addresses(host, int(port))
    except OSError:
        return True  # psycopg may know better, and else says what is wrong
    return any(_answers(*one) for one in addresses)


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, Any]]:
    if host.startswith("/"):
        return [(socket.AF_UNIX, f"{host}/.s.PGSQL.{port}")]
    return [(found[0], found[4]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _answers(family: socket.AddressFamily, address: Any) -> bool:
    with suppress(OSError), socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(ANSWER_WITHIN)
        probe.connect(address)
        probe.sendall(SSL_REQUEST)
        return bool(probe.recv(1))
    return False
