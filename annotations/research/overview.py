"""Is it running, is it sound, when is it done: the numbers of a study, by aggregates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum

from annotations.allocation.models import Assignment
from annotations.core import clock
from annotations.people.models import Participant
from annotations.responses.models import Exclusion, Response
from annotations.studies.models import Batch, StratumLevel, Study, Unit

PACE_OVER = timedelta(hours=1)


@dataclass(frozen=True)
class Kinds:
    """Participants by kind."""

    human: int = 0
    ai: int = 0
    simulated: int = 0

    @property
    def total(self) -> int:
        return self.human + self.ai + self.simulated

    @property
    def mark(self) -> str:
        """What must stand on every page and table of the study, if anything."""
        if not self.simulated:
            return ""
        return "simulated" if self.simulated == self.total else "partly simulated"

    @property
    def noun(self) -> str:
        """Who a result speaks of, for a sentence: machines are left out, unless nobody else answered."""
        if self.simulated:
            return "participants (some simulated)" if self.human else "simulated people"
        return "machine supervisors" if self.ai and not self.human else "people"


def kinds_of(study: Study) -> Kinds:
    rows = Participant.objects.filter(study=study).values_list("kind").annotate(Count("pk")).order_by()
    return Kinds(**dict(rows))


@dataclass(frozen=True)
class Answers:
    """`stored` are all that stand; `counted` are those that analyses may read."""

    stored: int
    surplus: int
    checks: int
    checks_passed: int
    excluded: int
    counted: int
    last_at: datetime | None
    recent: int


def answers_of(study: Study) -> Answers:
    """Three queries. Whether an answer is excluded, or superseded, is asked of the few that are: those that
    corrections supersede are counted with the others, and then taken off."""
    excluded = Exclusion.objects.standing().filter(
        response__study=study, response__superseded_by__isnull=True
    )
    out = excluded.aggregate(
        n_all=Count("pk"),
        n_countable=Count("pk", filter=Q(response__is_check=False, response__surplus=False)),
    )
    mine = Response.objects.filter(study=study)
    row = mine.aggregate(last_at=Max("created_at"), **_counts(""))
    before = mine.filter(supersedes__isnull=False).aggregate(**_counts("supersedes__"))
    count = {name: row[name] - before[name] for name in before}
    return Answers(
        stored=count["n_stored"],
        surplus=count["n_surplus"],
        checks=count["n_checks"],
        checks_passed=count["n_passed"],
        excluded=out["n_all"],
        counted=count["n_countable"] - out["n_countable"],
        recent=count["n_recent"],
        last_at=row["last_at"],
    )


def _counts(of: str) -> dict[str, Count]:
    """How many answers are such: those of the query, or those that they point to by `of`."""
    recent = {"created_at__gte": clock.now() - PACE_OVER, "surplus": False, "assignment__isnull": False}
    such: dict[str, dict[str, Any]] = {
        "n_stored": {},
        "n_surplus": {"surplus": True},
        "n_checks": {"is_check": True},
        "n_passed": {"check_passed": True},
        "n_countable": {"is_check": False, "surplus": False},
        "n_recent": recent,
    }
    return {
        name: Count("pk", filter=Q(**{f"{of}{field}": value for field, value in fields.items()}))
        for name, fields in such.items()
    }


@dataclass(frozen=True)
class BatchLine:
    batch: Batch
    units: int
    wanted: int
    answered: int
    least: int
    checks: int

    @property
    def share(self) -> float:
        return self.answered / self.wanted if self.wanted else 0.0


def released(study: Study) -> QuerySet[Batch]:
    """The study's batches, without those that are being prepared for its opening."""
    return Batch.objects.filter(study=study).exclude(state=Batch.PREPARING)


def batch_lines(batches: Iterable[Batch]) -> list[BatchLine]:
    """These batches with the sums over their units. One query and that for the batches."""
    found = list(batches)
    scored = Q(is_check=False)
    sums = (
        Unit.objects.filter(batch__in=found)
        .values("batch")
        .annotate(
            units=Count("pk", filter=scored),
            wanted=Sum("quota", filter=scored, default=0),
            done=Sum("answered", filter=scored, default=0),
            least=Min("answered", filter=scored, default=0),
            checks=Count("pk", filter=Q(is_check=True)),
        )
        .order_by()
    )
    by_batch: dict[int, dict[str, Any]] = {row["batch"]: row for row in sums}
    empty = {"units": 0, "wanted": 0, "done": 0, "least": 0, "checks": 0}
    lines = []
    for batch in found:
        row = by_batch.get(batch.pk, empty)
        lines.append(BatchLine(batch, row["units"], row["wanted"], row["done"], row["least"], row["checks"]))
    return lines


@dataclass(frozen=True)
class Filling:
    """How far a batch is, by its counters alone."""

    batch: Batch
    wanted: int
    answered: int


def fillings_of(study: Study) -> list[Filling]:
    """One query, whatever units there are: their levels count leases too, which are taken off."""
    levels = StratumLevel.objects.filter(batch=OuterRef("pk")).order_by().values("batch")
    leases = Assignment.objects.leased().filter(
        enrolment__batch=OuterRef("pk"), repeat=False, unit__is_check=False
    )
    found = released(study).annotate(
        n_units=Subquery(levels.annotate(n=Sum("units")).values("n")),
        n_filled=Subquery(levels.annotate(n=Sum(F("units") * F("filled"))).values("n")),
        n_leased=Subquery(leases.order_by().values("enrolment__batch").annotate(n=Count("pk")).values("n")),
    )
    return [
        Filling(
            batch,
            wanted=(batch.n_units or 0) * batch.overlap,
            answered=max(0, (batch.n_filled or 0) - (batch.n_leased or 0)),
        )
        for batch in found
    ]


@dataclass(frozen=True)
class Overview:
    kinds: Kinds
    answers: Answers
    batches: list[Filling]
    places: int
    completed: int
    running: int
    wanted: int
    answered: int
    when_done: str

    @property
    def free(self) -> int:
        return self.places - self.completed - self.running


def overview_of(study: Study, kinds: Kinds | None = None) -> Overview:
    """`kinds` where they are known already: a query less."""
    batches, answers = fillings_of(study), answers_of(study)
    places = sum(line.batch.places for line in batches)
    completed = sum(line.batch.completed for line in batches)
    return Overview(
        kinds=kinds or kinds_of(study),
        answers=answers,
        batches=batches,
        places=places,
        completed=completed,
        running=sum(line.batch.running for line in batches),
        wanted=sum(line.wanted for line in batches),
        answered=sum(line.answered for line in batches),
        when_done=when_done(study, batches, answers, places - completed),
    )


def when_done(study: Study, batches: list[Filling], answers: Answers, places_left: int) -> str:
    """When the answers still wanted will be there at the pace of the last hour, in words."""
    if study.state == Study.CLOSED:
        return "Closed: no more answers come."
    if study.state == Study.DRAFT:
        return "Not begun."
    if places_left <= 0:
        return "All places are used up."
    # What is still to come is limited by places as well as by quotas.
    by_places = sum(
        (line.batch.places - line.batch.completed) * int(line.batch.settings["units_per_participant"])
        for line in batches
    )
    left = min(by_places, sum(line.wanted - line.answered for line in batches))
    if left <= 0:
        return "Every unit has the answers it needs."
    if study.state == Study.PAUSED:
        return f"Paused, with up to {left:,} answers still to come."
    if not answers.recent:
        return f"Nobody answered within the last hour; up to {left:,} answers are still to come."
    hours = left / answers.recent
    span = (
        f"{hours * 60:.0f} minutes"
        if hours < 2
        else f"{hours:.0f} hours"
        if hours < 48
        else f"{hours / 24:.0f} days"
    )
    return f"In about {span} at the pace of the last hour ({answers.recent:,} answers)."
