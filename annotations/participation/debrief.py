"""What was wrong: shown after the last answer, never before."""

from __future__ import annotations

from dataclasses import dataclass

from annotations.catalogue.models import Grade
from annotations.people.models import Enrolment
from annotations.responses.models import Response


@dataclass(frozen=True)
class WrongAnswer:
    """An incorrect output that the participant judged, and whether they took it for correct."""

    prompt: str
    text: str
    believed: bool


def wrong_answers(enrolment: Enrolment) -> list[WrongAnswer]:
    """The incorrect outputs this person judged, if the study reveals them or any carries a severity.

    Empty until the passage is completed. Two queries.
    """
    if enrolment.state != Enrolment.COMPLETED:
        return []
    judged = Response.objects.standing().filter(participant=enrolment.participant_id, is_check=False)
    responses = list(
        judged.filter(output__isnull=False).select_related("item", "output").order_by("position")
    )
    grave = any(response.output and response.output.severity is not None for response in responses)
    if not (grave or _reveals(enrolment)):
        return []
    outputs = [response.output_id for response in responses]
    wrong = set(
        Grade.objects.filter(output__in=outputs, current=True, grade="incorrect").values_list(
            "output_id", flat=True
        )
    )
    return [
        WrongAnswer(response.item.prompt, response.output.text, response.verdict == "correct")
        for response in responses
        if response.output and response.output_id in wrong
    ]


def _reveals(enrolment: Enrolment) -> bool:
    steps = enrolment.version.definition["steps"]
    return any(step["kind"] == "debrief" and step["reveal"] for step in steps)
