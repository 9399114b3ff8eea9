"""The rows of a bundle's tables, typed. Fields are named as the columns, blank cells are None."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from functools import cache
from operator import attrgetter
from typing import Any, ClassVar

import rfc8785

from annotations.catalogue.bundle.cells import rounded

NOT_CONTENT = frozenset({"line"})
LARGEST_WHOLE = 2**53 - 1
# Between these the standard writes a number as Python does.
SMALLEST_ALIKE, LARGEST_ALIKE = 1e-4, 1e15
ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


@dataclass(slots=True, kw_only=True)
class Row:
    """`line` is where the row stood; `meta` holds the columns that the schema does not know, as text."""

    # Columns that say something about a row without being part of what it is.
    about: ClassVar[frozenset[str]] = frozenset()

    line: int = 0
    meta: dict[str, str] = field(default_factory=dict)

    def digest(self) -> str:
        """SHA-256 of the row's content; the same for equal rows of whichever file format."""
        return content_digest(self._pairs(self.about))

    def whole_digest(self) -> str:
        return content_digest(self._pairs(frozenset()))

    def columns(self) -> dict[str, Any]:
        return dict(self._pairs(frozenset()))

    def _pairs(self, without: frozenset[str]) -> Iterable[tuple[str, Any]]:
        names, read = columns_of(type(self), without)  # type: ignore[arg-type]  # classes have a hash
        return zip(names, read(self), strict=True)


@cache
def columns_of(kind: type[Row], without: frozenset[str]) -> tuple[tuple[str, ...], attrgetter[Any]]:
    """Names of the columns that are content, and what reads all of them from a row at once."""
    skipped = without | NOT_CONTENT
    names = tuple(part.name for part in fields(kind) if part.name not in skipped)
    return names, attrgetter(*names)


def content_digest(columns: Iterable[tuple[str, Any]]) -> str:
    """SHA-256 of canonical JSON. What is blank is left out, so that a new column changes no old digest."""
    content = {
        name: value if type(value) is str else rounded(value)
        for name, value in columns
        if value is not None and (value or isinstance(value, int | float))
    }
    return hashlib.sha256(canonical(content)).hexdigest()


def canonical(content: dict[str, Any]) -> bytes:
    """Canonical JSON (RFC 8785). Where a faster module writes the same, as for most rows, that one does."""
    alike: dict[str, Any] = {}
    for name, value in content.items():
        if type(value) is float and value.is_integer() and abs(value) < LARGEST_ALIKE:
            alike[name] = int(value)
        elif type(value) is str or is_alike(value):
            alike[name] = value
        else:
            return rfc8785.dumps(content)
    if not "".join(alike).isascii():
        return rfc8785.dumps(content)
    return ENCODE(alike).encode()


def is_alike(value: Any) -> bool:
    """Whether both modules write the value with the same bytes."""
    kind = type(value)
    if kind is float:
        return bool(SMALLEST_ALIKE <= abs(value) < LARGEST_ALIKE)
    if kind is int:
        return bool(abs(value) <= LARGEST_WHOLE)
    if kind is dict:
        return all(type(name) is type(text) is str and name.isascii() for name, text in value.items())
    if kind is list or kind is tuple:
        return all(type(text) is str for text in value)
    return value is None or kind is bool


@dataclass(slots=True, kw_only=True)
class ItemRow(Row):
    item_id: str
    domain: str
    prompt: str
    reference: tuple[str, ...] = ()
    metric: float | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    check: str | None = None
    image: str | None = None
    image_alt: str | None = None
    # No column: the SHA-256 of the picture, so that the item is another one where the picture is.
    image_digest: str | None = None


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
