"""What the pages of batches show: how far each is, and what to do next. By aggregates, at any size."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min, Q, Sum

from annotations.catalogue.models import GRADES, Item, System, Template
from annotations.core.models import AuditEntry, Job
from annotations.research.overview import BatchLine
from annotations.studies import adding
from annotations.studies.definition.batches import present
from annotations.studies.freezing import loads_of
from annotations.studies.models import Batch, StratumLevel, Study, Unit

ACTS = ("batch added", "batch paused", "batch resumed", "batch closed", "batch extended")
HISTORY = 50
# Values of a filter that a form offers one by one.
OFFERED = 500


@dataclass(frozen=True)
class Progress:
    """Units that share something, with the answers that they have and want."""

    label: str
    units: int
    answered: int
    at_work: int
    wanted: int
    least: int

    @property
    def share(self) -> float:
        return self.answered / self.wanted if self.wanted else 0.0


def state_of(batch: Batch, study: Study) -> str:
    """In a word or three."""
    if batch.state == Batch.OPEN and batch.is_over:
        return "its moment has come"
    if batch.state == Batch.OPEN and batch.is_ahead:
        return "opens later"
    if batch.state == Batch.PAUSED and not batch.held:
        return "paused with the study"
    wants_more = batch.places > batch.running + batch.completed
    if batch.state == Batch.OPEN and wants_more and batch.free_places <= 0:
        return "budget used up"
    return batch.state


def next_of(line: BatchLine, study: Study) -> str:
    """What whoever runs the study would do next with this batch."""
    batch = line.batch
    if batch.state == Batch.CLOSED or batch.is_over:
        return (
            "Nothing: it is closed" if line.answered >= line.wanted else "Add a batch if answers are missing"
        )
    if batch.state == Batch.PAUSED:
        return "Resume it, or close it" if batch.held else "Resume the study"
    if line.answered >= line.wanted:
        return "Every unit has its answers: close it"
    if batch.is_ahead:
        return "Wait until it opens"
    if batch.free_places:
        return "Share the join address"
    if batch.running:
        return f"Wait for {batch.running:,} still at work"
    if batch.affordable is not None and batch.affordable <= batch.spent:
        return "Raise its budget, or close it"
    return "Give it more places, or close it"


def strata_names(batch: Batch) -> list[tuple[int, str]]:
    """Numbers and labels of all its strata. One query."""
    levels = StratumLevel.objects.filter(batch=batch, filled=0).order_by("stratum")
    return list(levels.values_list("stratum", "label"))


def strata_of(batch: Batch, names: Iterable[tuple[int, str]]) -> list[Progress]:
    """Those strata of the batch, with their sums. One query."""
    wanted = list(names)
    numbers = [number for number, _ in wanted]
    sums = _sums(Unit.objects.filter(batch=batch, is_check=False, stratum__in=numbers), "stratum")
    return [_progress(label or "all units", sums.get(number)) for number, label in wanted]


def line_and_bins(batch: Batch) -> tuple[BatchLine, list[Progress]]:
    """The batch in all; and by bin from the easiest, last those without a difficulty. One query.

    No bins where they were not kept. Checks are those units that want no number of answers.
    """
    rows = Unit.objects.filter(batch=batch).order_by().values("is_check", "difficulty_bin")
    found = list(rows.annotate(**SUMS))
    sums = {row["difficulty_bin"]: row for row in found if not row["is_check"]}
    line = BatchLine(
        batch,
        units=sum(row["units"] for row in sums.values()),
        wanted=sum(row["quota_"] for row in sums.values()),
        answered=sum(row["done"] for row in sums.values()),
        least=min((row["least"] for row in sums.values()), default=0),
        checks=sum(row["units"] for row in found if row["is_check"]),
    )
    if set(sums) <= {0}:
        return line, []
    ordered = [*sorted(number for number in sums if number), *([0] if 0 in sums else [])]
    return line, [_progress(str(number) if number else "missing", sums[number]) for number in ordered]


SUMS: dict[str, Any] = {
    "units": Count("pk"),
    "done": Sum("answered"),
    "taken": Sum("filled"),
    "quota_": Sum("quota", default=0),
    "least": Min("answered"),
}


def _sums(units: Any, by: str) -> dict[int, dict[str, Any]]:
    rows = units.order_by().values(by).annotate(**SUMS)
    return {row[by]: row for row in rows}


def _progress(label: str, row: dict[str, Any] | None) -> Progress:
    if row is None:
        return Progress(label, 0, 0, 0, 0, 0)
    return Progress(label, row["units"], row["done"], row["taken"] - row["done"], row["quota_"], row["least"])


@dataclass(frozen=True)
class Event:
    at: Any
    actor: str
    action: str
    changes: list[tuple[str, Any, Any]]


def history_of(study: Study, batch: Batch) -> list[Event]:
    """What was done to the batch, from the audit log, the latest first. One query."""
    entries = AuditEntry.objects.filter(
        Q(action__in=ACTS, details__batch=batch.name) | Q(action="study opened"), subject=study.slug
    )
    return [
        Event(
            entry.at,
            entry.actor,
            entry.action,
            [(name, before, after) for name, before, after in entry.details.get("difference", [])],
        )
        for entry in entries.order_by("-pk")[:HISTORY]
    ]


def preparing_of(study: Study) -> list[int]:
    """How far each is that a job prepares now, in per cent. One query."""
    jobs = Job.objects.tops().unfinished().filter(kind=adding.KIND, subject=study.slug)
    return [int(100 * job.progress) for job in jobs]


def choices_of(study: Study) -> dict[str, list[str]]:
    """Values that the filters of a batch may have, of the study's own rows. Three queries at the most."""
    of_study: dict[str, Any] = {"collection": study.collection_id, "load__in": loads_of(study)}

    def keys(rows: Any, name: str) -> list[str]:
        return list(rows.filter(**of_study).order_by(name).values_list(name, flat=True).distinct()[:OFFERED])

    found = {"domain": keys(Item.objects, "domain")}
    bins = study.definition["analysis"]["bins"]
    found["difficulty_bin"] = [str(number) for number in range(1, min(bins, OFFERED) + 1)]
    if study.judges_outputs:
        found["system"] = keys(System.objects, "key")
        found["template"] = keys(Template.objects, "key")
        found["grade"] = list(GRADES)
    return found


def settings_now(batch: Batch) -> dict[str, Any]:
    return present(batch.settings)
