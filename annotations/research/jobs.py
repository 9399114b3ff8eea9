"""A study's background jobs as its pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, Q

from annotations.core import workers
from annotations.core.models import Job
from annotations.studies.models import Study

LOOKED_AT = 30
NAMES = {
    "open": "Opening",
    "analysis": "Analysis",
    "analyse": "Analysis",
    "release": "Release",
    "simulate": "Simulation",
    "exclusions": "Exclusion",
    "batch": "Preparing a batch",
    "overlap": "More answers a unit",
}
STATES = {
    Job.QUEUED: "waits for a worker",
    Job.WAITING: "is running",
    Job.RUNNING: "is running",
    Job.FAILED: "failed",
    Job.CANCELLED: "was cancelled",
    Job.DONE: "is done",
}


@dataclass(frozen=True)
class JobCard:
    job: Job
    name: str
    parts: int
    parts_done: int
    share: float

    @property
    def percent(self) -> int:
        return int(100 * self.share)

    @property
    def says(self) -> str:
        if self.job.cancel_wanted and not self.job.finished:
            return "is being cancelled"
        return STATES[self.job.state]


@dataclass(frozen=True)
class Live:
    """What a page asks for again and again. When `version` changes, the page as a whole is out of date."""

    cards: list[JobCard]
    worker_alive: bool
    version: str

    @property
    def busy(self) -> bool:
        return any(not card.job.finished for card in self.cards)


def live_of(study: Study) -> Live:
    """Two queries."""
    cards = [_card(job) for job in _jobs(study)]
    ended = [f"{card.job.pk}{card.job.state}" for card in cards if card.job.finished]
    under_way = [card for card in cards if not card.job.finished]
    version = f"{study.state}.{len(under_way)}.{ended[0] if ended else ''}"
    return Live(under_way + _unhealed(cards), workers.any_alive(), version)


def _jobs(study: Study) -> Any:
    return (
        Job.objects.tops()
        .filter(subject=study.slug)
        .annotate(
            n_parts=Count("parts"),
            n_done=Count("parts", filter=Q(parts__state=Job.DONE)),
            parts_share=Avg("parts__progress"),
        )
        .order_by("-created_at")[:LOOKED_AT]
    )


def _card(job: Any) -> JobCard:
    """A parent is as far as its parts are, itself counted as one more."""
    whole = (job.n_parts * (job.parts_share or 0.0) + job.progress) / (job.n_parts + 1)
    return JobCard(job, NAMES.get(job.kind, job.kind.capitalize()), job.n_parts, job.n_done, whole)


def _unhealed(cards: list[JobCard]) -> list[JobCard]:
    """Jobs that came to nothing, unless a later one of their kind was begun."""
    latest = {card.job.kind: card for card in reversed(cards)}
    return [card for card in latest.values() if card.job.state in (Job.FAILED, Job.CANCELLED)]
