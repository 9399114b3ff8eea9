"""Queries that every page asks: their SQL is composed once, since Django takes longer to compose it than
the database to answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.query import get_related_populators  # type: ignore[attr-defined]

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True)
class _Shape:
    """How a row becomes an object and what it refers to, as Django worked it out."""

    sql: str
    params: tuple[Any, ...]
    convert: Callable[[list[Any]], Any]
    start: int
    end: int
    names: list[str]
    populators: list[Any]


class Composed(Generic[M]):
    """The first object of a query, with values that are given each time.

    `build` makes the query from one value for each name of `like`, whose values say of what type they are
    (str or int). It must ask for the same columns and tables whatever the values.
    """

    def __init__(self, build: Callable[..., models.QuerySet[M]], **like: str | int) -> None:
        self.build = build
        # Values that stand nowhere else in the query, to be found again among its parameters.
        self.marks: dict[str, str | int] = {
            name: f"the value of {name}" if isinstance(one, str) else 2_000_000_011 + number
            for number, (name, one) in enumerate(like.items())
        }

    def first(self, **given: Any) -> M | None:
        """As `build(**given).first()` of an ordered query, or of one without an order. One query."""
        shape = self._shape
        values = {mark: given[name] for name, mark in self.marks.items()}
        with connection.cursor() as cursor:
            cursor.execute(shape.sql, [values.get(param, param) for param in shape.params])
            rows = cursor.fetchall()
        for row in shape.convert(rows):
            found: M = self._model.from_db(DEFAULT_DB_ALIAS, shape.names, row[shape.start : shape.end])
            for populator in shape.populators:
                populator.populate(row, found)
            return found
        return None

    @cached_property
    def _query(self) -> models.QuerySet[M]:
        return self.build(**self.marks)[:1]

    @cached_property
    def _model(self) -> type[M]:
        return self._query.model

    @cached_property
    def _shape(self) -> _Shape:
        compiler: Any = self._query.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        missing = [name for name, mark in self.marks.items() if mark not in params]
        if missing:
            raise ValueError(f"no parameters of the query: {missing}")
        select, info = compiler.select, compiler.klass_info
        fields = info["select_fields"]
        start, end = fields[0], fields[-1] + 1
        converters = compiler.get_converters([column[0] for column in select])
        return _Shape(
            sql,
            tuple(params),
            lambda rows: compiler.apply_converters(rows, converters),
            start,
            end,
            [column[0].target.attname for column in select[start:end]],
            get_related_populators(info, select, DEFAULT_DB_ALIAS),
        )
