"""A database whose n-th statement or commit fails, worlds that are put back as they were, and what differs."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
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
        names = sql.SQL(", ").join(map(sql.Identifier, self.tables))
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")  # rows come in any order
            cursor.execute(sql.SQL("TRUNCATE {}").format(names))
            for name, data in self.tables.items():
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
    for model in apps.get_models():
        columns = [one for one in model._meta.concrete_fields if not isinstance(one, UNLIKE)]
        columns = [one for one in columns if not one.primary_key or isinstance(one, models.CharField)]
        rows = list(model._base_manager.values(*(one.attname for one in columns)))
        found[model._meta.label] = {"rows": Counter({str(len(rows)): 1})}
        for one in columns:
            refers = isinstance(one, models.ForeignKey)
            found[model._meta.label][one.name] = Counter(
                str(row[one.attname] is not None if refers else row[one.attname]) for row in rows
            )
    return found


UNLIKE = (models.DateTimeField, models.UUIDField, models.AutoField)


def differences(one: Look, other: Look) -> dict[str, Any]:
    """Columns that differ, with what each has more than the other."""
    return {
        f"{table}.{column}": (dict(values - other[table][column]), dict(other[table][column] - values))
        for table, columns in one.items()
        for column, values in columns.items()
        if values != other[table][column]
    }
