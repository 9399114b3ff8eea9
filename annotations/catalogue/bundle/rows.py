"""The rows of a bundle's tables, typed. Fields are named as the columns, blank cells are None."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import rfc8785

from annotations.catalogue.bundle.cells import rounded

NOT_CONTENT = frozenset({"line"})


@dataclass(slots=True, kw_only=True)
class Row:
    """`line` is where the row stood; `meta` holds the columns that the schema does not know, as text."""

    # Columns that say something about a row without being part of what it is.
    about: ClassVar[frozenset[str]] = frozenset()

    line: int = 0
    meta: dict[str, str] = field(default_factory=dict)

    def digest(self) -> str:
        """SHA-256 of the row's content; the same for equal rows of whichever file format."""
        return content_digest(self.columns(without=self.about))

    def whole_digest(self) -> str:
        return content_digest(self.columns())

    def columns(self, without: frozenset[str] = frozenset()) -> dict[str, Any]:
        skipped = without | NOT_CONTENT
        return {part.name: getattr(self, part.name) for part in fields(self) if part.name not in skipped}


def content_digest(columns: dict[str, Any]) -> str:
    """SHA-256 of canonical JSON. What is blank is left out, so that a new column changes no old digest."""
    content = {name: rounded(value) for name, value in columns.items() if value not in (None, "", (), [], {})}
    return hashlib.sha256(canonical(content)).hexdigest()


def canonical(content: dict[str, Any]) -> bytes:
    """Canonical JSON (RFC 8785). Of texts alone, as in most outputs, a faster module writes the same."""
    if all(type(value) is str and name.isascii() for name, value in content.items()):
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return rfc8785.dumps(content)


@dataclass(slots=True, kw_only=True)
class ItemRow(Row):
    item_id: str
    domain: str
    prompt: str
    reference: tuple[str, ...] = ()
    metric: float | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    check: str | None = None


@dataclass(slots=True, kw_only=True)
class SystemRow(Row):
    system: str
    family: str | None = None
    parameters: float | None = None
    flop: float | None = None
    shaping: str | None = None
    licence: str | None = None


@dataclass(slots=True, kw_only=True)
class TemplateRow(Row):
    template: str
    domain: str | None = None
    text: str | None = None
    weight: float | None = None


@dataclass(slots=True, kw_only=True)
class OutputRow(Row):
    # Grades have revisions of their own: a regrade leaves the output what it is.
    about: ClassVar[frozenset[str]] = frozenset({"grade", "avoidance_kind", "grader"})

    output_id: str
    item_id: str
    system: str
    template: str | None = None
    text: str | None = None
    trace: str | None = None
    grade: str | None = None
    avoidance_kind: str | None = None
    grader: str | None = None
    severity: float | None = None
    check: str | None = None


@dataclass(slots=True, kw_only=True)
class GradeRow(Row):
    output_id: str
    grade: str
    grader: str
    revision: int | None = None
    avoidance_kind: str | None = None


@dataclass(slots=True, kw_only=True)
class ParticipantRow(Row):
    participant_id: str
    kind: str | None = None
    group: str | None = None


@dataclass(slots=True, kw_only=True)
class ResponseRow(Row):
    participant_id: str
    item_id: str | None = None
    output_id: str | None = None
    batch: str | None = None
    condition: str | None = None
    answer: str | None = None
    dont_know: bool | None = None
    answer_correct: bool | None = None
    initial_answer: str | None = None
    difficulty: float | None = None
    verdict: str | None = None
    confidence: float | None = None
    position: int | None = None
    started_ms: int | None = None
    duration_ms: int | None = None
    active_ms: int | None = None
    idle_ms: int | None = None
    away_ms: int | None = None
    changes: int | None = None
    repeat: bool | None = None
    is_check: bool | None = None
    surplus: bool | None = None
    supersedes: int | None = None
    probability: float | None = None
    excluded: bool | None = None
    exclusion_reason: str | None = None
    definition_hash: str | None = None
