"""What pages show of grading by hand: rounds, agreement, the audit's rates, and one output to grade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Subquery

from annotations.catalogue.handgrading.models import HandPlace, HandRound
from annotations.catalogue.handgrading.reading import (
    AuditCounts,
    found_by_hand,
    progress_of,
    rounds_of,
    with_progress,
)
from annotations.catalogue.models import Output
from annotations.catalogue.rendering import render_text
from annotations.research.grading.intervals import exact_interval
from annotations.studies.models import Study

ROUNDS_SHOWN = 20


@dataclass(frozen=True)
class Misgraded:
    """Of outputs that were graded one way, how many the audit found to be the other."""

    graded: str
    found: str
    looked_at: int
    other: int

    @property
    def rate(self) -> float | None:
        return self.other / self.looked_at if self.looked_at else None

    @property
    def interval(self) -> tuple[float, float]:
        return exact_interval(self.other, self.looked_at)


def misgraded(counts: AuditCounts) -> list[Misgraded]:
    return [
        Misgraded("incorrect", "correct", counts.incorrect, counts.found_correct),
        Misgraded("correct", "incorrect", counts.correct, counts.found_incorrect),
    ]


def hand_context(study: Study) -> dict[str, Any]:
    """Two queries."""
    rounds = list(with_progress(rounds_of(study.collection_id, study.slug))[:ROUNDS_SHOWN])
    found = found_by_hand(study.collection_id, study.slug)
    return {
        "rounds": [progress_of(one) for one in rounds],
        "under_way": any(one.closed_at is None for one in rounds),
        "agreement": found.agreement,
        "misgraded": misgraded(found.audit),
    }


def place_context(study: Study, place: HandPlace) -> dict[str, Any]:
    """One output as its grader sees it: nothing of the system, of other grades, or of its key."""
    output = Output.objects.select_related("item").get(pk=place.task.output_id)
    form = study.definition["presentation"]["format"]
    return {
        "place": place,
        "prompt": render_text(output.item.prompt, format=form),
        "output": render_text(output.text, format=form),
        "trace": render_text(output.trace, format=form) if output.trace else None,
        "reference": output.item.reference,
        "image": output.item.image_id is not None,
        "image_alt": output.item.image_alt,
        "tie": place.role == HandPlace.TIE,
    }


def own_progress(place: HandPlace) -> dict[str, Any]:
    """How far the round of the place is, and how many the user has graded in it. One query."""
    mine = HandPlace.objects.filter(round=OuterRef("pk"), user=place.user_id, state=HandPlace.GIVEN)
    counted = Subquery(mine.order_by().values("round").annotate(n=Count("pk")).values("n"))
    round = with_progress(HandRound.objects.filter(pk=place.round_id)).annotate(mine=counted).get()
    return {"progress": progress_of(round), "mine": round.mine or 0}
