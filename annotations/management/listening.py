"""The platform's port: held for as long as it runs, so that a web process may end and another begin.

Whoever comes in between waits in the queue of the socket and is served by the next one.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress

from annotations.core.errors import Refusal

GRACE = 15.0
QUEUE = 2048


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises Refusal if somebody else listens there, or nobody can."""
    if not 0 < port < 65536:
        raise Refusal("--port is a number from 1 to 65535.")
    found = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(QUEUE)
    except socket.gaierror as error:
        found.close()
        raise Refusal(f"--host {host} is no address of this machine ({error.strerror}).") from error
    except OSError as error:
        found.close()
        raise Refusal(
            f"Cannot listen on {host}:{port} ({error.strerror}). Choose another by --port."
        ) from error
    return found


def listen_after_others(host: str, port: int, tell: Callable[[str], None]) -> socket.socket:
    """As `listen`, after giving those who still listen there the time to end."""
    deadline = time.monotonic() + GRACE
    told = False
    while time.monotonic() < deadline:
        with suppress(Refusal):
            return listen(host, port)
        if not told:
            tell("The last run was killed: waiting for what is left of it to end.")
            told = True
        time.sleep(0.2)
    return listen(host, port)
