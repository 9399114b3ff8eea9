"""A database whose n-th statement or commit fails, and what differs afterwards."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple
from unittest import mock

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections, models

BEFORE, AFTER = "before", "after"
NEVER = 10**9


class Passed(NamedTuple):
    """A statement or a commit that went to the database: whether it writes, and whether it is there to stay."""

    kind: str
    writes: bool
    keeps: bool


READING = {"SELECT", "BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET", "PRAGMA"}
COMMIT = Passed("COMMIT", writes=True, keeps=True)


@dataclass
class Trouble:
    """Raises at the n-th statement or commit: `before` it is done, or `after`, when only the reply is lost.

    With `at` beyond all it only looks on. `kept` says whether anything was there to stay meanwhile.
    """

    at: int
    when: str = BEFORE
    passed: list[Passed] = field(default_factory=list, init=False, repr=False)
    kept: bool = field(default=False, init=False)

    @property
    def met(self) -> bool:
        return len(self.passed) >= self.at

    def pass_on(self, passed: Passed, act: Callable[[], Any]) -> Any:
        self.passed.append(passed)
        now = len(self.passed) == self.at
        if now and self.when == BEFORE:
            raise OperationalError("planted: not done")
        done = act()
        self.kept |= passed.keeps
        if now:
            raise OperationalError("planted: done, but the reply was lost")
        return done

    @contextlib.contextmanager
    def planted(self) -> Iterator[None]:
        commit = connections[DEFAULT_DB_ALIAS]._commit

        def execute(run: Callable[..., Any], statement: str, *arguments: Any) -> Any:
            kind = statement.split(None, 1)[0]
            writes = kind not in READING
            passed = Passed(kind, writes, keeps=writes and not connection.in_atomic_block)
            return self.pass_on(passed, lambda: run(statement, *arguments))

        def committed() -> Any:
            return self.pass_on(COMMIT, commit)

        with (
            connection.execute_wrapper(execute),
            mock.patch.object(connections[DEFAULT_DB_ALIAS], "_commit", committed),
        ):
            yield


def rows_of(model: type[models.Model]) -> list[Any]:
    """All of its table, in the order of their keys."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {quote(model._meta.db_table)} ORDER BY 1")
        return list(cursor.fetchall())


# Table -> column -> how often each value stands there.
Look = dict[str, dict[str, Counter[str]]]


def look() -> Look:
    """What is stored, but for what no two runs have in common: keys of rows and moments.

    Of a reference there is whether it points anywhere, of a moment whether it has come.
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
        fields = [one for one in model._meta.concrete_fields if one.null or not isinstance(one, UNLIKE)]
        fields = [one for one in fields if not one.primary_key or isinstance(one, models.CharField)]
        read = [
            quote(one.column) + (" IS NOT NULL" if isinstance(one, (*UNLIKE, models.ForeignKey)) else "")
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
