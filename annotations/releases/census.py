"""Counts what a release holds as its tables pass by, whether they are written or read back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from annotations.releases.formats import Column
from annotations.releases.formats.registry import Batch

CREDITS = ("licence", "license", "credit", "source")
FLAGS = ("is_check", "surplus", "repeat", "excluded")
Values = dict[str, list[Any]]


@dataclass
class Census:
    """`rows` and `columns` by table; the rest counts rows by what is in them."""

    rows: Counter[str] = field(default_factory=Counter)
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    domains: Counter[str] = field(default_factory=Counter)
    grades: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    groups: Counter[str] = field(default_factory=Counter)
    responses: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    licences: set[str] = field(default_factory=set)
    credits: set[tuple[str, str]] = field(default_factory=set)
    grade_revision: int = 0

    def see(self, table: str, columns: tuple[Column, ...], batch: Batch) -> None:
        self.columns[table] = tuple(column.name for column in columns)
        self.rows[table] += len(batch[0])
        look = LOOKS.get(table)
        if look is not None:
            look(self, dict(zip(self.columns[table], batch, strict=True)))

    @property
    def simulated(self) -> str:
        """`all`, `some` or nothing: how many of the participants are simulated."""
        if not self.kinds["simulated"]:
            return ""
        return "all" if len(self.kinds) == 1 else "some"

    def _items(self, values: Values) -> None:
        self.domains.update(values["domain"])
        for name in CREDITS:
            self.credits.update((name, value) for value in values.get(name, ()) if value)

    def _systems(self, values: Values) -> None:
        self.licences.update(value for value in values["licence"] if value)

    def _outputs(self, values: Values) -> None:
        self.grades.update(grade or "" for grade in values["grade"])
        if any(values["grade"]):
            self.grade_revision = max(self.grade_revision, 1)

    def _grades(self, values: Values) -> None:
        self.grade_revision = max([self.grade_revision, *values["revision"]])

    def _participants(self, values: Values) -> None:
        self.kinds.update(values["kind"])
        self.groups.update(group for group in values["group"] if group)

    def _responses(self, values: Values) -> None:
        judged = sum(output is not None for output in values["output_id"])
        self.responses["judgements"] += judged
        self.responses["answers"] += len(values["output_id"]) - judged
        self.responses["corrections"] += sum(row is not None for row in values["supersedes"])
        for name in FLAGS:
            self.responses[name] += sum(values[name])
        self.reasons.update(
            reason or ""
            for out, reason in zip(values["excluded"], values["exclusion_reason"], strict=True)
            if out
        )


LOOKS: dict[str, Callable[[Census, Values], None]] = {
    "items": Census._items,
    "systems": Census._systems,
    "outputs": Census._outputs,
    "grades": Census._grades,
    "participants": Census._participants,
    "responses": Census._responses,
}
