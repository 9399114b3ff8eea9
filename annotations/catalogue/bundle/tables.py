"""The tables of a bundle: which columns each may have, and how a raw row becomes a typed one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from annotations.catalogue.bundle import rows
from annotations.catalogue.bundle.cells import (
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
LONGEST_REASON = 500
LONGEST_ALT = 2_000
ANSWER_COLUMNS = ("answer", "dont_know", "difficulty", "verdict", "confidence")

# Of the short texts that a column holds again and again, as many are remembered with their values.
SHORT, REMEMBERED = 40, 4_096
UNSEEN, BLANK = object(), object()
METRIC, EXTRA_NAME, EXTRA_TEXT = number(), name(), text()

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
    seen: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def value(self, cell: Cell) -> Any:
        """The cell's value, or BLANK. Raises `ValueError` with the reason that the reader of it sees."""
        if type(cell) is not str:
            if isinstance(cell, list | dict) and not self.many:
                raise ValueError(f"{'a list' if isinstance(cell, list) else 'an object'}, not one value")
            return BLANK if cell is None else self.parse(cell)
        if len(cell) > SHORT:
            return BLANK if is_blank(cell) else self.parse(cell)
        value = self.seen.get(cell, UNSEEN)
        if value is UNSEEN:
            value = BLANK if is_blank(cell) else self.parse(cell)
            if len(self.seen) >= REMEMBERED:
                self.seen.clear()
            self.seen[cell] = value
        return value


@dataclass(frozen=True)
class Table:
    name: str
    key: str
    row: type[rows.Row]
    columns: Mapping[str, Column]
    faults: Callable[[Any], Iterator[Fault]] | None = None

    @property
    def required(self) -> list[str]:
        return [title for title, column in self.columns.items() if column.required]

    @cached_property
    def never_blank(self) -> tuple[str, ...]:
        return tuple(
            title for title, column in self.columns.items() if column.required and not column.may_be_blank
        )


def must(parse: Parser) -> Column:
    return Column(parse, required=True)


def may(parse: Parser) -> Column:
    return Column(parse)


def parse_row(table: Table, raw: RawRow) -> tuple[rows.Row | None, list[Fault]]:
    """The typed row, or None and what is wrong with it, by column."""
    values: dict[str, Any] = {}
    columns = table.columns
    others: list[str] = []
    faults: list[Fault] = []
    for title, cell in raw.cells.items():
        column = columns.get(title)
        if column is None:
            others.append(title)
            continue
        try:
            value = column.value(cell)
        except ValueError as error:
            faults.append((title, str(error)))
        else:
            if value is not BLANK:
                values[title] = value
    for title in table.never_blank:
        if title not in values and is_blank(raw.cells.get(title)):
            faults.append((title, "is blank"))
    if others:
        faults += other_cells(table, raw.cells, others, values)
    if not faults:
        row = table.row(line=raw.line, **values)
        faults = list(table.faults(row)) if table.faults else []
    return (None, faults) if faults else (row, [])


def other_cells(
    table: Table, cells: Mapping[str, Cell], titles: list[str], values: dict[str, Any]
) -> Iterator[Fault]:
    """Further metrics, and what the schema does not know."""
    meta: dict[str, str] = {}
    metrics: dict[str, float] = {}
    for title in titles:
        cell = cells[title]
        if is_blank(cell):
            continue
        try:
            if table.name == "items" and title.startswith(METRIC_PREFIX):
                metrics[title.removeprefix(METRIC_PREFIX)] = METRIC(cell)
            else:
                meta[EXTRA_NAME(title)] = EXTRA_TEXT(cell)
        except ValueError as error:
            yield title, str(error)
    if metrics:
        values["metrics"] = metrics
    if meta:
        values["meta"] = meta


def image_faults(row: rows.ItemRow) -> Iterator[Fault]:
    if row.image and not row.image_alt:
        yield "image_alt", "is blank, though there is an image: say in words what it shows"
    if row.image_alt and not row.image:
        yield "image_alt", "is given, but no image"


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
    if row.verdict is None and all(getattr(row, title) in (None, "") for title in ANSWER_COLUMNS):
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
            "image": may(name(100)), "image_alt": may(text(LONGEST_ALT)),
        }, image_faults),
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
            "excluded": may(flag), "exclusion_reason": may(text(LONGEST_REASON)),
            "definition_hash": may(digest_text),
        }, response_faults),
    )
}  # fmt: skip
