"""Acts in the middle of others: how long to wait for them, which either end or wait themselves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connection

from tests.concurrency.threads import PATIENCE, at_once


def until_somebody_waits(or_else: Callable[[], bool] = lambda: False) -> None:
    """Until a session of this database waits for a row of another. PostgreSQL only."""
    deadline = time.monotonic() + PATIENCE
    while not or_else() and not _somebody_waits() and time.monotonic() < deadline:
        time.sleep(0.01)


class Meanwhile:
    """An act of somebody else, begun when called: it ends at once, or waits for what the caller holds."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self.result: Any = None
        self.thread = threading.Thread(target=self._run, args=(act,))

    def begin(self) -> None:
        self.thread.start()
        until_somebody_waits(or_else=lambda: not self.thread.is_alive())

    def end(self) -> Any:
        self.thread.join(PATIENCE)
        return self.result

    def _run(self, act: Callable[[], Any]) -> None:
        (self.result,) = at_once([act])


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        # In one transaction it is otherwise seen as it was at the first look.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])
