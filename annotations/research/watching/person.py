"""One person: their passages, what was decided about them, what they wrote. Never who they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from annotations.people.models import Enrolment, Participant
from annotations.responses.models import Exclusion, Message, PersonDecision, PersonSignals, Response

SHOWN = 20


@dataclass(frozen=True)
class OnePerson:
    participant: Any
    signals: PersonSignals | None
    passages: list[Enrolment]
    decisions: list[PersonDecision]
    messages: list[Message]

    @property
    def answers(self) -> int:
        return int(self.participant.n_answers)

    @property
    def excluded(self) -> int:
        return int(self.participant.n_excluded)

    @property
    def out(self) -> bool:
        return bool(self.decisions) and self.decisions[0].excluded


def counted(people: QuerySet[Participant]) -> QuerySet[Any]:
    """With signals and numbers of answers, in one query."""
    mine = Response.objects.standing().filter(participant=OuterRef("pk")).order_by().values("participant")
    standing = Exclusion.objects.standing().values("response")
    return people.select_related("signals").annotate(
        n_answers=_number(mine), n_excluded=_number(mine.filter(pk__in=standing))
    )


def _number(rows: QuerySet[Any, Any]) -> Coalesce:
    counts = rows.annotate(found=Count("pk")).values("found")
    return Coalesce(Subquery(counts, output_field=IntegerField()), 0)


def person_of(participant: Any) -> OnePerson:
    """Of somebody who comes from `counted`. Three queries."""
    return OnePerson(
        participant=participant,
        signals=getattr(participant, "signals", None),
        passages=list(participant.enrolments.select_related("batch").order_by("pk")[:SHOWN]),
        decisions=list(participant.decisions.order_by("-pk")[:SHOWN]),
        messages=list(participant.messages.order_by("-pk")[:SHOWN]),
    )


def answers_of_person(participant: Participant) -> QuerySet[Response]:
    return Response.objects.standing().filter(participant=participant).order_by("position", "pk")
