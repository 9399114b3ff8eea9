"""What the database holds, as plain rows: a checker's other half, which its controls can falsify."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from annotations.allocation.models import Assignment
from annotations.people.models import Enrolment
from annotations.responses.models import Response
from annotations.studies.models import Batch, StratumLevel, Unit
from tests.load.history import Content


@dataclass(frozen=True)
class Answer:
    """A response that no correction is, with the unit it answers."""

    key: str | None
    content: Content
    participant: int
    item: int
    assignment: int | None
    unit: int | None
    repeat: bool
    surplus: bool


@dataclass(frozen=True)
class StoredUnit:
    pk: int
    batch: int
    stratum: int
    is_check: bool
    quota: int | None
    filled: int
    answered: int
    leased: int


@dataclass(frozen=True)
class StoredBatch:
    """`arms` holds the weight of each."""

    pk: int
    places: int
    running: int
    completed: int
    arms: dict[str, float]


@dataclass(frozen=True)
class Passage:
    """An enrolment, with its counters and what its assignments say of them."""

    pk: int
    batch: int
    state: str
    condition: str
    entry_key: str
    counters: tuple[int, int, int]
    recount: tuple[int, int, int]


@dataclass(frozen=True)
class Stored:
    answers: list[Answer]
    units: list[StoredUnit]
    batches: list[StoredBatch]
    passages: list[Passage]
    levels: dict[tuple[int, int, int], int]


def read_stored() -> Stored:
    levels = StratumLevel.objects.filter(units__gt=0).values_list("batch", "stratum", "filled", "units")
    return Stored(
        answers=_answers(),
        units=_units(),
        batches=_batches(),
        passages=_passages(),
        levels={row[:3]: row[3] for row in levels},
    )


def _answers() -> list[Answer]:
    rows = Response.objects.filter(supersedes=None).order_by("pk")
    content = ("answer", "verdict", "difficulty", "confidence")
    about = ("participant", "item", "assignment", "assignment__unit", "repeat", "surplus")
    return [
        Answer(key, tuple(rest[:4]), *rest[4:])  # type: ignore[arg-type]
        for key, *rest in rows.values_list("submission_key", *content, *about)
    ]


def _units() -> list[StoredUnit]:
    mine = ("pk", "batch", "stratum", "is_check", "quota", "filled", "answered")
    leased = Count("assignments", filter=Q(assignments__state=Assignment.LEASED, assignments__repeat=False))
    rows = Unit.objects.annotate(leased=leased).order_by("pk")
    return [StoredUnit(*row) for row in rows.values_list(*mine, "leased")]


def _batches() -> list[StoredBatch]:
    return [
        StoredBatch(batch.pk, batch.places, batch.running, batch.completed, _arms(batch))
        for batch in Batch.objects.select_related("study__version").order_by("pk")
    ]


def _arms(batch: Batch) -> dict[str, float]:
    version = batch.study.version
    return {arm["name"]: arm["weight"] for arm in version.definition["conditions"]} if version else {}


def _passages() -> list[Passage]:
    def assigned(**of: Any) -> Count:
        return Count("assignments", filter=Q(**{f"assignments__{name}": value for name, value in of.items()}))

    rows = Enrolment.objects.annotate(
        was_answered=assigned(state=Assignment.ANSWERED),
        was_skipped=assigned(state=Assignment.SKIPPED),
        was_handed_out=Count("assignments"),
    ).order_by("pk")
    about = ("pk", "batch", "state", "condition", "entry_key")
    counters = ("answered", "skipped", "handed_out")
    return [
        Passage(*row[:5], counters=row[5:8], recount=row[8:])
        for row in rows.values_list(*about, *counters, *(f"was_{name}" for name in counters))
    ]
