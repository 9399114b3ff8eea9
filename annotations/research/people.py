"""A study's participants as pseudonyms, a page of them at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q

from annotations.people.models import Enrolment, Participant
from annotations.responses.models import Response


@dataclass(frozen=True)
class Person:
    participant: Participant
    state: str
    answers: int
    checks: int
    checks_passed: int
    last_at: datetime | None


def people_lines(participants: Iterable[Participant]) -> list[Person]:
    """What the page shows of these participants. Two queries, whatever their number."""
    people = list(participants)
    rows = (
        Response.objects.standing()
        .filter(participant__in=people)
        .values("participant")
        .annotate(
            answers=Count("pk", filter=Q(is_check=False)),
            checks=Count("pk", filter=Q(is_check=True)),
            checks_passed=Count("pk", filter=Q(check_passed=True)),
            last_at=Max("created_at"),
        )
        .order_by()
    )
    sums = {row["participant"]: row for row in rows}
    enrolments = Enrolment.objects.filter(participant__in=people).order_by("pk")
    states = dict(enrolments.values_list("participant", "state"))
    lines = []
    for one in people:
        row = sums.get(one.pk, {})
        state = "came with the bundle" if one.imported else states.get(one.pk, "not enrolled")
        lines.append(
            Person(
                one,
                state,
                row.get("answers", 0),
                row.get("checks", 0),
                row.get("checks_passed", 0),
                row.get("last_at"),
            )
        )
    return lines
