"""How often PostgreSQL had to break a deadlock: counted by the server, whatever the acts did about it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections
from django.db.backends.signals import connection_created

PATIENCE = 10.0


def count_deadlocks() -> int:
    """So far, in this database. The other sessions end first, idle ones that a thread left behind by force:
    the server counts theirs then."""
    others = (
        "FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    deadline = time.monotonic() + PATIENCE
    while _asked(f"SELECT count(*) {others}"):
        _asked(f"SELECT count(pg_terminate_backend(pid)) {others} AND state = 'idle'")
        assert time.monotonic() < deadline, "somebody is still connected"
        time.sleep(0.05)
    return _asked("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")


@contextmanager
def noticed_soon() -> Iterator[None]:
    """Sessions that begin now look for deadlocks after 20 ms and not 1 s, where they may say so: a probe
    that waits less meets more."""

    def set_timeout(connection: Any, **_signal: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('deadlock_timeout', '20ms', false) FROM pg_roles"
                " WHERE rolname = current_user AND rolsuper"
            )

    connection_created.connect(set_timeout)
    try:
        yield
    finally:
        connection_created.disconnect(set_timeout)
        connections.close_all()


def _asked(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        (number,) = cursor.fetchone()
    return int(number)
