"""A database whose n-th statement or commit fails, worlds that are put back as they were, and what differs."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from unittest import mock

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections, models
from psycopg import sql

BEFORE, AFTER = "before", "after"


@dataclass
class Trouble:
    """Raises at the n-th statement or commit: `before` it is done, or `after`, when only the reply is lost."""

    at: int
    when: str = BEFORE
    seen: int = field(default=0, init=False)

    @property
    def met(self) -> bool:
        return self.seen >= self.at

    def pass_on(self, act: Callable[[], Any]) -> Any:
        self.seen += 1
        if self.seen == self.at and self.when == BEFORE:
            raise OperationalError("planted: not done")
        done = act()
        if self.seen == self.at:
            raise OperationalError("planted: done, but the reply was lost")
        return done

    @contextlib.contextmanager
    def planted(self) -> Iterator[None]:
        commit = connections[DEFAULT_DB_ALIAS]._commit

        def execute(run: Callable[..., Any], statement: str, *arguments: Any) -> Any:
            if statement.startswith("BEGIN") and self.when == AFTER:
                return run(statement, *arguments)  # SQLite's, which goes over no wire
            return self.pass_on(lambda: run(statement, *arguments))

        def committed() -> Any:
            return self.pass_on(commit)

        with (
            connection.execute_wrapper(execute),
            mock.patch.object(connections[DEFAULT_DB_ALIAS], "_commit", committed),
        ):
            yield


class World:
    """Every row as it is now, to be put back."""

    def __init__(self) -> None:
        connection.ensure_connection()
        if connection.vendor == "sqlite":
            self.copy = sqlite3.connect(":memory:")
            connection.connection.backup(self.copy)
        else:
            self.tables = {name: self._read(name) for name in connection.introspection.table_names()}

    def put_back(self) -> None:
        connection.close_if_unusable_or_obsolete()
        connection.ensure_connection()
        if connection.vendor == "sqlite":
            self.copy.backup(connection.connection)
            return
        # Few tables differ after an act, and to read one is a tenth of writing it.
        changed = {name: data for name, data in self.tables.items() if self._read(name) != data}
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")  # rows come in any order
            for name, data in changed.items():
                cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
                with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))) as copy:
                    copy.write(data)
            cursor.execute("SET session_replication_role = origin")

    def _read(self, table: str) -> bytes:
        with (
            connection.cursor() as cursor,
            cursor.copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy,
        ):
            return b"".join(bytes(block) for block in copy)


# Table -> column -> how often each value stands there.
Look = dict[str, dict[str, Counter[str]]]


def look() -> Look:
    """What is stored, but for what no two runs have in common: keys of rows and moments.

    Of a reference there is whether it points anywhere.
    """
    found: Look = {}
    with connection.cursor() as cursor:
        for label, (names, query) in columns_looked_at().items():
            cursor.execute(query)
            rows = [[as_text(value) for value in row] for row in cursor.fetchall()]
            found[label] = {"rows": Counter({str(len(rows)): 1})}
            found[label] |= {name: Counter(row[at] for row in rows) for at, name in enumerate(names)}
    return found


UNLIKE = (models.DateTimeField, models.UUIDField, models.AutoField)


@cache
def columns_looked_at() -> dict[str, tuple[list[str], str]]:
    """By table, their names and the query that reads them: in one's own words, for it is asked often."""
    quote, found = connection.ops.quote_name, {}
    for model in apps.get_models():
        fields = [one for one in model._meta.concrete_fields if not isinstance(one, UNLIKE)]
        fields = [one for one in fields if not one.primary_key or isinstance(one, models.CharField)]
        read = [
            quote(one.column) + (" IS NOT NULL" if isinstance(one, models.ForeignKey) else "")
            for one in fields
        ]
        query = f"SELECT {', '.join(read) or 'NULL'} FROM {quote(model._meta.db_table)}"
        found[model._meta.label] = ([one.name for one in fields], query)
    return found


def as_text(value: Any) -> str:
    return str(value.tobytes() if isinstance(value, memoryview) else value)


def differences(one: Look, other: Look) -> dict[str, Any]:
    """Columns that differ, with what each has more than the other."""
    return {
        f"{table}.{column}": (dict(values - other[table][column]), dict(other[table][column] - values))
        for table, columns in one.items()
        for column, values in columns.items()
        if values != other[table][column]
    }
