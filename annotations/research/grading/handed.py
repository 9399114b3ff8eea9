"""What pages show of grading by hand: rounds, agreement, the audit's rates, and one output to grade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotations.catalogue.handgrading.models import HandPlace, HandRound
from annotations.catalogue.handgrading.reading import (
    agreement_of,
    audit_counts,
    graded_by,
    progress_of,
    rounds_of,
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


def misgraded_of(study: Study) -> list[Misgraded]:
    counts = audit_counts(study.collection_id, study.slug)
    return [
        Misgraded("incorrect", "correct", counts.incorrect, counts.found_correct),
        Misgraded("correct", "incorrect", counts.correct, counts.found_incorrect),
    ]


def hand_context(study: Study) -> dict[str, Any]:
    """Four queries."""
    rounds = list(rounds_of(study.collection_id, study.slug)[:ROUNDS_SHOWN])
    return {
        "rounds": progress_of(rounds),
        "under_way": any(one.closed_at is None for one in rounds),
        "agreement": agreement_of(study.collection_id, study.slug),
        "misgraded": misgraded_of(study),
    }


def open_rounds(study: Study) -> list[HandRound]:
    """The oldest first."""
    rows = rounds_of(study.collection_id, study.slug).filter(closed_at__isnull=True)
    return list(rows.order_by("pk"))


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


def own_progress(round: HandRound, email: str) -> tuple[int, Any]:
    """How many the user has graded in the round, and how far it is."""
    mine = dict(graded_by(round)).get(email, 0)
    return mine, progress_of([round])[0]
