"""Keys by the million in a few megabytes, and exact: what is too much for memory lies in a temporary file.

The file is SQLite's own, without a name: it is gone with the process, however that ends.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

# Keys that are held in memory; beyond them, all are moved to the file.
HELD = 25_000
SETTINGS = (
    "PRAGMA cache_size = -8192",
    "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF",
    "PRAGMA temp_store = FILE",
)
V = TypeVar("V", bound=tuple[Any, ...])


def scratch(table: str) -> sqlite3.Connection:
    """A database for the time being, with one table in it."""
    database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    for setting in SETTINGS:
        database.execute(setting)
    database.execute(table)
    database.execute("BEGIN")  # of a transaction that is never committed: nothing has to last
    return database


@contextmanager
def room() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise no_room(error) from error


def no_room(error: sqlite3.OperationalError) -> OSError:
    return OSError(errno.ENOSPC, f"its keys find no room among the temporary files ({error})")


def as_bytes(key: str) -> bytes:
    """What cannot be stored as text, keys of bad rows among it, can be stored so."""
    return key.encode("utf-8", "surrogatepass")


class Index(Collection[str], Generic[V]):
    """Keys, and of each a tuple of numbers, texts or bytes: as many as `width` says."""

    def __init__(self, width: int = 1) -> None:
        self.held: dict[str, V] = {}
        self.stored = 0
        self.width = width
        self.file: sqlite3.Connection | None = None

    def get(self, key: str) -> V | None:
        value = self.held.get(key)
        if value is None and self.file is not None:
            try:
                value = self.file.execute(self.query, (as_bytes(key),)).fetchone()
            except sqlite3.OperationalError as error:  # reading may move other keys out of memory
                raise no_room(error) from error
        return value

    def setdefault(self, key: str, value: V) -> V:
        """The value of the key: the one that it has, or else the given one from now on."""
        found = self.get(key)
        if found is not None:
            return found
        self.held[key] = value
        if len(self.held) >= HELD:
            self._store()
        return value

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.get(key) is not None

    def __len__(self) -> int:
        return self.stored + len(self.held)

    def __iter__(self) -> Iterator[str]:
        yield from self.held
        if self.file is not None:
            for (key,) in self.file.execute("SELECT key FROM keys"):
                yield key.decode("utf-8", "surrogatepass")

    def _store(self) -> None:
        names = [f"value{at}" for at in range(self.width)]
        with room():
            if self.file is None:
                self.query = f"SELECT {', '.join(names)} FROM keys WHERE key = ?"
                columns = ", ".join(["key BLOB PRIMARY KEY", *names])
                self.file = scratch(f"CREATE TABLE keys ({columns}) WITHOUT ROWID")
            places = ", ".join(["?"] * (1 + self.width))
            rows: Iterable[Any] = sorted((as_bytes(key), *value) for key, value in self.held.items())
            self.file.executemany(f"INSERT INTO keys VALUES ({places})", rows)
        self.stored += len(self.held)
        self.held.clear()
