"""Rows on their way into a table as plain tuples: no model instances, one statement for all of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from django.db import connection, models

from annotations.catalogue.bundle import BundleChanged

# Keys in one query.
ASKED = 1000
# Keys that are remembered with what was found for them; more are asked for again.
MOST_KEYS = 50_000
T = TypeVar("T")


def characters(*texts: Any) -> int:
    return sum(len(text) for text in texts if isinstance(text, str | bytes))


def batches(rows: Iterable[T], size: int = ASKED) -> Iterator[list[T]]:
    """As many rows as one query may ask for."""
    remaining = iter(rows)
    while batch := list(islice(remaining, size)):
        yield batch


def insert(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows of the named fields, as the database takes them. A field without a name is NULL."""
    if not rows:
        return
    stored = {column.name: str(column.column) for column in model._meta.concrete_fields}
    columns = [stored[name] for name in names]
    if connection.vendor == "postgresql":
        _copy(model._meta.db_table, columns, rows)
    else:
        _insert(model._meta.db_table, columns, rows)


def _insert(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    places = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {_named(table, columns)} VALUES ({places})", rows)


def _copy(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """PostgreSQL takes rows several times as fast this way."""
    statement = f"COPY {_named(table, columns)} FROM STDIN"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _named(table: str, columns: Sequence[str]) -> str:
    quote = connection.ops.quote_name
    return f"{quote(table)} ({', '.join(map(quote, columns))})"


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
        for part in batches(unknown):
            found = self.rows.filter(key__in=part).values_list("key", *self.fields)
            self.known.update((key, tuple(rest)) for key, *rest in found)
        return [key for key in unknown if key not in self.known]
