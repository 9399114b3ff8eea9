"""Is it running, is it sound, when is it done: the numbers of a study, by aggregates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from annotations.core import clock
from annotations.people.models import Participant
from annotations.responses.models import Exclusion, Response
from annotations.studies.models import Batch, Study, Unit

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
        """Who answered, for a sentence."""
        if not self.total or self.human == self.total:
            return "people"
        if self.simulated == self.total:
            return "simulated people"
        if self.ai == self.total:
            return "machine supervisors"
        others = [name for name, count in (("simulated", self.simulated), ("machines", self.ai)) if count]
        return f"participants (some {' and some '.join(others)})"


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
    """Two queries. Whether an answer is excluded, or superseded, is asked of the few that are: corrections
    are counted with what they supersede, and that is taken off."""
    excluded = Exclusion.objects.standing().filter(
        response__study=study, response__superseded_by__isnull=True
    )
    out = excluded.aggregate(
        n_all=Count("pk"),
        n_countable=Count("pk", filter=Q(response__is_check=False, response__surplus=False)),
    )
    row = Response.objects.filter(study=study).aggregate(
        n_stored=Count("pk") - Count("supersedes"),
        n_surplus=_standing(surplus=True),
        n_checks=_standing(is_check=True),
        n_passed=_standing(check_passed=True),
        n_countable=_standing(is_check=False, surplus=False),
        n_recent=_standing(created_at__gte=clock.now() - PACE_OVER, surplus=False, assignment__isnull=False),
        last_at=Max("created_at"),
    )
    return Answers(
        stored=row["n_stored"],
        surplus=row["n_surplus"],
        checks=row["n_checks"],
        checks_passed=row["n_passed"],
        excluded=out["n_all"],
        counted=row["n_countable"] - out["n_countable"],
        recent=row["n_recent"],
        last_at=row["last_at"],
    )


def _standing(**such: Any) -> Any:
    """How many answers are such, less those of them that a correction superseded."""
    before = {f"supersedes__{name}": value for name, value in such.items()}
    return Count("pk", filter=Q(**such)) - Count("pk", filter=Q(supersedes__isnull=False, **before))


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
class Overview:
    kinds: Kinds
    answers: Answers
    batches: list[BatchLine]
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
    batches, answers = batch_lines(released(study)), answers_of(study)
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


def when_done(study: Study, batches: list[BatchLine], answers: Answers, places_left: int) -> str:
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
