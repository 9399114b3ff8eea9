"""What was wrong: shown after the last answer, never before."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from annotations.catalogue.models import Grade
from annotations.catalogue.rendering import Rendered, render_text
from annotations.participation.passage import Passage, RealPassage
from annotations.people.models import Enrolment
from annotations.responses.models import Response


@dataclass(frozen=True)
class WrongAnswer:
    """An incorrect output that the participant judged, and whether they took it for correct."""

    prompt: Rendered
    text: Rendered
    believed: bool


def wrong_answers(passage: Passage) -> list[WrongAnswer]:
    """The incorrect outputs this person judged, if the study reveals them or any carries a severity.

    Empty until the last unit is done. Who is gone without a way back is told where one carries a severity.
    One query.
    """
    if not isinstance(passage, RealPassage) or not passage.enrolment.may_be_told:
        return []
    enrolment = passage.enrolment
    judged = Response.objects.standing().filter(
        participant=enrolment.participant_id, is_check=False, repeat=False
    )
    grades = Grade.objects.filter(output=OuterRef("output"), current=True).values("grade")
    rows = list(
        judged.filter(output__isnull=False)
        .order_by("position")
        .values_list("item__prompt", "output__text", "output__severity", "verdict", Subquery(grades[:1]))
    )
    reveals = enrolment.state == Enrolment.COMPLETED and _reveals(enrolment)
    if not (reveals or any(severity is not None for _, _, severity, _, _ in rows)):
        return []
    form = passage.definition["presentation"]["format"]
    return [
        WrongAnswer(render_text(prompt, format=form), render_text(text, format=form), verdict == "correct")
        for prompt, text, _, verdict, grade in rows
        if grade == "incorrect"
    ]


def _reveals(enrolment: Enrolment) -> bool:
    steps = enrolment.version.definition["steps"]
    return any(step["kind"] == "debrief" and step["reveal"] for step in steps)
