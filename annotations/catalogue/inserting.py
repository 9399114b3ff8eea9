"""Rows on their way into a table as plain tuples: no model instances, one statement for all of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from django.db import connection, models

from annotations.catalogue.bundle import BundleChanged

CHUNK = 1000
# Characters in a chunk beyond which it takes no more rows.
HEAVY = 2_000_000
# Keys that are remembered with what was found for them; more are asked for again.
MOST_KEYS = 50_000
T = TypeVar("T")


def chunks(rows: Iterable[T], weigh: Callable[[T], int] = lambda row: 0) -> Iterator[list[T]]:
    """So many rows that a transaction is brief, and fewer where they weigh much."""
    chunk: list[T] = []
    weight = 0
    for row in rows:
        chunk.append(row)
        weight += weigh(row)
        if len(chunk) == CHUNK or weight >= HEAVY:
            yield chunk
            chunk, weight = [], 0
    if chunk:
        yield chunk


def characters(*texts: Any) -> int:
    return sum(len(text) for text in texts if isinstance(text, str))


def insert(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows of the named fields, as the database takes them. A field without a name is NULL."""
    if not rows:
        return
    quote = connection.ops.quote_name
    stored = {column.name: str(column.column) for column in model._meta.concrete_fields}
    columns = ", ".join(quote(stored[name]) for name in names)
    places = ", ".join(["%s"] * len(names))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places})",
            rows,
        )


def moment(value: Any) -> Any:
    """A time as the database takes it."""
    return connection.ops.adapt_datetimefield_value(value)


def as_json(value: Any) -> str:
    return json.dumps(value) if value else "[]" if isinstance(value, list | tuple) else "{}"


class Found:
    """What a collection or a study holds under a bundle's keys, asked for in chunks."""

    def __init__(self, rows: models.QuerySet[Any], *fields: str) -> None:
        self.rows = rows
        self.fields = fields
        self.known: dict[str, tuple[Any, ...]] = {}

    def of(self, keys: Iterable[str]) -> Mapping[str, tuple[Any, ...]]:
        """The fields by key, of these keys and others. Raises BundleChanged where one is missing."""
        if missing := self.missing(keys):
            raise BundleChanged(
                f"a table changed while it was being loaded: nothing is called {missing[0]!r}"
            )
        return self.known

    def missing(self, keys: Iterable[str]) -> list[str]:
        """Those of the keys that nothing has, once each, in their order."""
        keys = dict.fromkeys(keys)
        unknown = [key for key in keys if key not in self.known]
        if len(self.known) + len(unknown) > MOST_KEYS:
            self.known.clear()
            unknown = list(keys)
        for part in chunks(unknown):
            found = self.rows.filter(key__in=part).values_list("key", *self.fields)
            self.known.update((key, tuple(rest)) for key, *rest in found)
        return [key for key in unknown if key not in self.known]
