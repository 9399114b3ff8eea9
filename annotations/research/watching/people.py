"""A study's people as pseudonyms: chosen, sorted, a page of them at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery

from annotations.people.models import Enrolment, Participant
from annotations.responses.models import Exclusion, PersonDecision, PersonSignals, Response
from annotations.studies.models import Study

FILTERS = ("q", "state", "decision", "signal", "sort")
IMPORTED, NOT_IN = "came with the bundle", "not enrolled"
STATES = {
    "active": "at work", "completed": "completed", "left": "left", "lapsed": "lapsed",
    "screened_out": "screened out", "failed_checks": "failed checks", "returned": "returned",
    "timed_out": "timed out", "imported": IMPORTED,
}  # fmt: skip
DECISIONS = {"in": "nothing excluded", "some": "some answers excluded", "out": "excluded as a person"}
SIGNALS = {"alarm": "any alarm", "failed": "a failed check"}
# By name: what it sorts by, and what the list calls it. The worst first.
SORTS: dict[str, tuple[Any, str]] = {
    "": (F("pk").asc(), "first come"),
    "newest": (F("pk").desc(), "last come"),
    "alarms": (F("signals__n_alarms").desc(nulls_last=True), "most alarms"),
    "checks": (F("signals__checks_failed").desc(nulls_last=True), "most checks failed"),
    "speed": (F("signals__speed").asc(nulls_last=True), "fastest beside others"),
    "alike": (F("signals__alike_share").desc(nulls_last=True), "most equal forms"),
    "trust": (F("signals__said_correct").desc(nulls_last=True), "most verdicts correct"),
    "agreement": (F("signals__agreement").asc(nulls_last=True), "least agreement"),
    "drift": (F("signals__drift").asc(nulls_last=True), "most hurried at the end"),
}


@dataclass(frozen=True)
class PersonLine:
    """`decided` is the latest decision about the person: True excluded, False readmitted, None none."""

    participant: Participant
    signals: PersonSignals | None
    state: str
    decided: bool | None
    answers: int
    excluded: int
    checks: int
    checks_passed: int
    last_at: datetime | None


def people_of(study: Study, chosen: Mapping[str, str]) -> QuerySet[Any]:
    """Those that were chosen, in the order that was."""
    enrolments = Enrolment.objects.filter(participant=OuterRef("pk")).order_by("-pk")
    decisions = PersonDecision.objects.filter(participant=OuterRef("pk")).order_by("-pk")
    standing = Exclusion.objects.standing().filter(response__participant=OuterRef("pk"))
    people: QuerySet[Any] = Participant.objects.filter(study=study).select_related("signals")
    people = people.annotate(
        state=Subquery(enrolments.values("state")[:1]),
        outcome=Subquery(enrolments.values("outcome")[:1]),
        decided=Subquery(decisions.values("excluded")[:1]),
    )
    if text := chosen.get("q"):
        people = people.filter(Q(key__icontains=text) | Q(group__icontains=text))
    state = chosen.get("state", "")
    if state == "imported":
        people = people.filter(imported=True)
    elif state in Enrolment.OUTCOMES:
        people = people.filter(outcome=state).exclude(state__in=(Enrolment.ACTIVE, Enrolment.COMPLETED))
    elif state in (Enrolment.LEFT, Enrolment.LAPSED):
        people = people.filter(state=state, outcome="")
    elif state in STATES:
        people = people.filter(state=state)
    if chosen.get("decision") == "out":
        people = people.filter(decided=True)
    elif chosen.get("decision") == "some":
        people = people.filter(Exists(standing))
    elif chosen.get("decision") == "in":
        people = people.exclude(Exists(standing))
    if chosen.get("signal") == "alarm":
        people = people.filter(signals__n_alarms__gt=0)
    elif chosen.get("signal") == "failed":
        people = people.filter(signals__checks_failed__gt=0)
    by, _ = SORTS.get(chosen.get("sort", ""), SORTS[""])
    return people.order_by(by, "pk")


def person_lines(people: Iterable[Any]) -> list[PersonLine]:
    """What the page shows of these people, who come from `people_of`. One query."""
    found = list(people)
    excluded = Q(pk__in=Exclusion.objects.standing().values("response"))
    rows = (
        Response.objects.standing()
        .filter(participant__in=found)
        .values("participant")
        .annotate(
            n_answers=Count("pk", filter=Q(is_check=False)),
            n_excluded=Count("pk", filter=excluded & Q(is_check=False)),
            n_checks=Count("pk", filter=Q(is_check=True)),
            n_passed=Count("pk", filter=Q(check_passed=True)),
            last_at=Max("created_at"),
        )
        .order_by()
    )
    sums: dict[int, dict[str, Any]] = {row["participant"]: row for row in rows}
    return [_line(one, sums.get(one.pk, {})) for one in found]


def _line(one: Any, row: Mapping[str, Any]) -> PersonLine:
    return PersonLine(
        participant=one,
        signals=getattr(one, "signals", None),
        state=state_of(one),
        decided=one.decided,
        answers=row.get("n_answers", 0),
        excluded=row.get("n_excluded", 0),
        checks=row.get("n_checks", 0),
        checks_passed=row.get("n_passed", 0),
        last_at=row.get("last_at"),
    )


def state_of(one: Any) -> str:
    """How the passage stands, in words."""
    if one.imported:
        return IMPORTED
    if one.outcome and one.state not in (Enrolment.ACTIVE, Enrolment.COMPLETED):
        return STATES.get(one.outcome, str(one.outcome))
    return STATES.get(str(one.state or ""), NOT_IN)
