"""gunicorn's threaded worker, for clients that stall: its own waits for a request's bytes without end.

A request has `PATIENCE` seconds of waiting, and a second more for each `RATE` bytes that have come, so that a
slow line may send what it has. Who reads an answer too slowly is cut off after `SENDING` seconds a piece.
"""

from __future__ import annotations

import socket
import time
from errno import ECONNRESET
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

PATIENCE, SENDING = 15.0, 60.0
RATE = 500


class Connection(socket.socket):
    """A client's socket. Whoever makes it blocking begins to read a request."""

    waited = 0.0
    received = 0

    def setblocking(self, flag: bool) -> None:
        if not flag:
            super().setblocking(False)
            return
        self.waited, self.received = 0.0, 0
        self.settimeout(SENDING)

    def recv(self, size: int, flags: int = 0) -> bytes:
        left = PATIENCE + self.received / RATE - self.waited
        since = time.monotonic()
        self.settimeout(max(0.001, min(left, PATIENCE)))
        try:
            data = super().recv(size, flags)
        except TimeoutError as error:
            # What gunicorn takes for a client that went away, and does not log.
            raise ConnectionResetError(ECONNRESET, "The client stalled.") from error
        finally:
            self.settimeout(SENDING)
        self.waited += time.monotonic() - since
        self.received += len(data)
        return data


class Accepting:
    """A listener whose clients have patience measured out."""

    def __init__(self, listener: Any) -> None:
        self.listener = listener

    def accept(self) -> tuple[Connection, Any]:
        client, address = self.listener.accept()
        family, kind, protocol = client.family, client.type, client.proto
        return Connection(family, kind, protocol, fileno=client.detach()), address

    def getsockname(self) -> Any:
        return self.listener.getsockname()


class Worker(ThreadWorker):  # type: ignore[misc]
    def accept(self, listener: Any) -> None:
        super().accept(Accepting(listener))
