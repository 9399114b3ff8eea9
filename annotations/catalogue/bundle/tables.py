"""The tables of a bundle: which columns each may have, and how a raw row becomes a typed one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from annotations.catalogue.bundle import rows
from annotations.catalogue.bundle.cells import (
    as_text,
    choice,
    digest_text,
    flag,
    is_blank,
    name,
    number,
    references,
    text,
    whole,
)
from annotations.catalogue.readers import Cell, RawRow

GRADES = ("correct", "avoidant", "incorrect")
VERDICTS = (*GRADES, "unsure")
AVOIDANCE_KINDS = ("nonconforming", "epistemic", "ethical")
SHAPINGS = ("raw", "shaped")
KINDS = ("human", "ai", "simulated")
METRIC_PREFIX = "metric_"
ANSWER_COLUMNS = ("answer", "dont_know", "difficulty", "verdict", "confidence")

Parser = Callable[[Cell], Any]
Fault = tuple[str | None, str]


@dataclass(frozen=True, slots=True)
class Column:
    parse: Parser
    required: bool = False
    # A required column whose cells may be blank all the same.
    may_be_blank: bool = False
    # Several values may stand in one cell, where the format has lists.
    many: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    key: str
    row: type[rows.Row]
    columns: Mapping[str, Column]
    faults: Callable[[Any], Iterator[Fault]] | None = None

    @property
    def required(self) -> list[str]:
        return [title for title, column in self.columns.items() if column.required]


def must(parse: Parser) -> Column:
    return Column(parse, required=True)


def may(parse: Parser) -> Column:
    return Column(parse)


def parse_row(table: Table, raw: RawRow) -> tuple[rows.Row | None, list[Fault]]:
    """The typed row, or None and what is wrong with it, by column."""
    values: dict[str, Any] = {}
    meta: dict[str, str] = {}
    metrics: dict[str, float] = {}
    faults: list[Fault] = [
        (title, "is blank")
        for title, column in table.columns.items()
        if column.required and not column.may_be_blank and is_blank(raw.cells.get(title))
    ]
    for title, cell in raw.cells.items():
        if is_blank(cell):
            continue
        try:
            if column := table.columns.get(title):
                if isinstance(cell, list | dict) and not column.many:
                    raise ValueError(f"{'a list' if isinstance(cell, list) else 'an object'}, not one value")
                values[title] = column.parse(cell)
            elif table.name == "items" and title.startswith(METRIC_PREFIX):
                metrics[title.removeprefix(METRIC_PREFIX)] = number()(cell)
            else:
                meta[name()(title)] = text()(as_text(cell))
        except ValueError as error:
            faults.append((title, str(error)))
    if faults:
        return None, faults
    if metrics:
        values["metrics"] = metrics
    row = table.row(line=raw.line, meta=meta, **values)
    faults = list(table.faults(row)) if table.faults else []
    return (None, faults) if faults else (row, [])


def grade_faults(row: rows.OutputRow | rows.GradeRow) -> Iterator[Fault]:
    if row.avoidance_kind and row.grade != "avoidant":
        yield "avoidance_kind", f"given for the grade {row.grade or '(blank)'}, only avoidant has a kind"


def response_faults(row: rows.ResponseRow) -> Iterator[Fault]:
    if row.item_id is None and row.output_id is None:
        yield "item_id", "neither an item_id nor an output_id is given"
    if row.output_id is not None and row.verdict is None:
        yield "verdict", "is blank, though an output was judged"
    if row.output_id is None and row.verdict is not None:
        yield "output_id", "is blank, though a verdict is given"
    if all(getattr(row, title) in (None, "") for title in ANSWER_COLUMNS):
        yield None, f"no answer in any of {', '.join(ANSWER_COLUMNS)}"
    if row.exclusion_reason and not row.excluded:
        yield "exclusion_reason", "given for a response that is not excluded"


PERCENT = may(number(0, 100))
MILLISECONDS = may(whole())
LABEL = may(name())

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table("items", "item_id", rows.ItemRow, {
            "item_id": must(name()), "domain": must(name(100)), "prompt": must(text()),
            "reference": Column(references, many=True), "metric": may(number()), "check": may(text(1_000)),
        }),
        Table("systems", "system", rows.SystemRow, {
            "system": must(name()), "family": LABEL, "parameters": may(number(above=0)),
            "flop": may(number(above=0)), "shaping": may(choice(*SHAPINGS)), "licence": LABEL,
        }),
        Table("templates", "template", rows.TemplateRow, {
            "template": must(name()), "domain": may(name(100)), "text": may(text()),
            "weight": may(number(0)),
        }),
        Table("outputs", "output_id", rows.OutputRow, {
            "output_id": must(name()), "item_id": must(name()), "system": must(name()),
            "template": LABEL, "text": Column(text(), required=True, may_be_blank=True),
            "trace": may(text()), "grade": may(choice(*GRADES)),
            "avoidance_kind": may(choice(*AVOIDANCE_KINDS)), "grader": LABEL,
            "severity": may(number()), "check": may(choice(*VERDICTS)),
        }, grade_faults),
        Table("grades", "output_id", rows.GradeRow, {
            "output_id": must(name()), "grade": must(choice(*GRADES)), "grader": must(name()),
            "revision": may(whole(1, 10_000)), "avoidance_kind": may(choice(*AVOIDANCE_KINDS)),
        }, grade_faults),
        Table("participants", "participant_id", rows.ParticipantRow, {
            "participant_id": must(name()), "kind": may(choice(*KINDS)), "group": LABEL,
        }),
        Table("responses", "participant_id", rows.ResponseRow, {
            "participant_id": must(name()), "item_id": LABEL, "output_id": LABEL,
            "batch": may(name(100)), "condition": may(name(100)), "answer": may(text(100_000)),
            "dont_know": may(flag), "answer_correct": may(flag), "initial_answer": may(text(100_000)),
            "difficulty": PERCENT, "verdict": may(choice(*VERDICTS)), "confidence": PERCENT,
            "position": may(whole()), "started_ms": MILLISECONDS, "duration_ms": MILLISECONDS,
            "active_ms": MILLISECONDS, "idle_ms": MILLISECONDS, "away_ms": MILLISECONDS,
            "changes": may(whole()), "repeat": may(flag), "is_check": may(flag),
            "surplus": may(flag), "supersedes": may(whole(1)), "probability": may(number(0, 1, above=0)),
            "excluded": may(flag), "exclusion_reason": may(text(1_000)),
            "definition_hash": may(digest_text),
        }, response_faults),
    )
}  # fmt: skip
