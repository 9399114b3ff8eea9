"""Many rows in many short transactions, so that whoever writes beside them hardly waits.

SQLite lets one writer in at a time. Who finds the database locked looks again after 1, 2, 5, 10, 15, 20,
25, 25 and 25 milliseconds, and later less often: a writer that lets go for a moment only can keep another
one out for long. So the database is left alone at times for as long as the others may look away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import TypeVar

from django.db import connection, transaction

FIRST, FEWEST, MOST = 200, 50, 1000
# Seconds that the statements of a transaction should take.
WORK = 0.02
# Seconds between two looks of a writer that waits.
LOOK = 0.026
# Characters in a chunk beyond which it takes no more rows.
HEAVY = 2_000_000
T = TypeVar("T")


class Pace:
    """How many rows go into a transaction: as many as the last ones took little time for."""

    def __init__(self) -> None:
        self.rows = FIRST
        # Seconds for which others found the database locked or saw it free too briefly to notice.
        self._kept = 0.0
        self._left = monotonic()

    def chunks(self, rows: Iterable[T], weigh: Callable[[T], int] = lambda row: 0) -> Iterator[list[T]]:
        """As many rows at a time as one `turn` should take, and fewer where they weigh much."""
        chunk: list[T] = []
        weight = 0
        for row in rows:
            chunk.append(row)
            weight += weigh(row)
            if len(chunk) >= self.rows or weight >= HEAVY:
                yield chunk
                chunk, weight = [], 0
        if chunk:
            yield chunk

    @contextmanager
    def turn(self, rows: int) -> Iterator[None]:
        """A transaction that writes so many rows."""
        if connection.vendor == "sqlite":
            self._give_way()
        with transaction.atomic():
            began = monotonic()
            yield
            worked = monotonic() - began
        self._left = monotonic()
        self._kept += self._left - began
        if rows >= self.rows:
            fitting = int(rows * WORK / worked) if worked else MOST
            self.rows = max(FEWEST, min(fitting, 2 * self.rows, MOST))

    def _give_way(self) -> None:
        free = monotonic() - self._left
        if free < LOOK:
            if self._kept < WORK:
                return
            sleep(LOOK - free)
        self._kept = 0.0
