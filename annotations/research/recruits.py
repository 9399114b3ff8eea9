"""Who came from a provider and how it ended: the counts, who might be rejected, and the lists to hand in.

The only place of the workbench that opens identities.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from io import StringIO
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from annotations.core.errors import NotFound, Refusal
from annotations.people.identities import Arrival, opened
from annotations.people.models import Enrolment, Identity
from annotations.research.recruitment import provider_of
from annotations.responses.models import Response
from annotations.studies.frozen import fill_definition
from annotations.studies.models import Study

APPROVE, SPARE, REJECT, BONUS, ENDED, ALL = ("approve", "spare", "reject", "bonus", "ended", "everyone")
# Of people whom somebody looked at and ticked, one by one.
OF_TICKED = (SPARE, REJECT)
# Of the providers that pay by lists, and of those where a list is only there to be kept.
OF_PROVIDER = {
    "prolific": (APPROVE, SPARE, REJECT, BONUS, ENDED),
    "mturk": (APPROVE, SPARE, REJECT, BONUS, ENDED),
    "sona": (ALL,),
    "invitation": (ALL,),
}
MOST_BONUS = Decimal(1000)
# Failed attention checks that a rejection needs: in studies of so many minutes or more, and in shorter ones.
LONG_MINUTES, IN_LONG, IN_SHORT = 5, 2, 1
_HOLDING = (Enrolment.ACTIVE, Enrolment.COMPLETED)
_STATES = {
    **dict.fromkeys((APPROVE, SPARE, REJECT, BONUS), (Enrolment.COMPLETED,)),
    ENDED: (Enrolment.LEFT, Enrolment.LAPSED),
}


@dataclass(frozen=True)
class Rule:
    """When the providers let anybody be rejected at all, and by which length of the study."""

    failed: int
    minutes: float | None
    measured: bool

    @property
    def words(self) -> str:
        if self.minutes is None:
            return "Nobody has completed it and it does not say how long it takes, so it counts as long."
        said = f"{self.minutes:.1f}".removesuffix(".0")
        if self.measured:
            return f"It counts as {said} minutes long: the median of those who completed it."
        return f"It counts as {said} minutes long, as it tells participants."


@dataclass(frozen=True)
class Listed:
    """One list, ready to be downloaded."""

    ending: str
    text: str
    count: int


def rule_of(study: Study, counts: Mapping[str, int]) -> Rule:
    """`counts` are those of `counts_of`. One query at the most."""
    minutes, measured = _said_minutes(study), False
    if minutes is None:
        minutes, measured = _median_minutes(study, counts["completed"]), True
    short = minutes is not None and minutes < LONG_MINUTES
    return Rule(IN_SHORT if short else IN_LONG, minutes, measured)


def counts_of(study: Study) -> dict[str, int]:
    """People by how it ended. One query."""
    enrolments = Enrolment.objects.filter(batch__study=study)
    counts = {
        "completed": Q(state=Enrolment.COMPLETED),
        "at work": Q(state=Enrolment.ACTIVE),
        "left": Q(state=Enrolment.LEFT, outcome=""),
        "lapsed": Q(state=Enrolment.LAPSED, outcome=""),
        **{
            outcome.replace("_", " "): Q(outcome=outcome) & ~Q(state__in=_HOLDING)
            for outcome in Enrolment.OUTCOMES
        },
    }
    aliases = {f"n{number}": Count("pk", filter=which) for number, which in enumerate(counts.values())}
    found = enrolments.aggregate(**aliases)
    return {name: found[f"n{number}"] for number, name in enumerate(counts)}


def rejectable(study: Study, rule: Rule) -> QuerySet[Response, dict[str, Any]]:
    """Completed people who failed as many attention checks as a rejection needs; nothing else counts."""
    failed = Response.objects.standing().filter(
        study=study,
        is_check=True,
        check_passed=False,
        participant__identity__provider=provider_of(study),
        participant__enrolments__state=Enrolment.COMPLETED,
    )
    people = failed.order_by("participant_id").values("participant_id", key=F("participant__key"))
    return people.annotate(failed=Count("pk", distinct=True)).filter(failed__gte=rule.failed)


def make_list(study: Study, name: str, *, bonus: str = "", ticked: Collection[str] = ()) -> Listed:
    """One of the provider's lists. Raises NotFound for one it has not, Refusal for what cannot be.

    `ticked` are pseudonyms. Lines stand in the order of the ids, which does not tell whose pseudonym
    is whose.
    """
    provider = provider_of(study)
    if name not in OF_PROVIDER.get(provider, ()):
        raise NotFound("There is no such list.")
    amount = _amount(bonus) if name == BONUS else ""
    failed_or_not = {APPROVE: False, BONUS: False, SPARE: True, REJECT: True}
    failed = {}
    if name in failed_or_not:
        candidates = list(rejectable(study, rule_of(study, counts_of(study))))
        if name in OF_TICKED:
            candidates = _ticked(candidates, set(ticked))
        failed = {row["participant_id"]: row["failed"] for row in candidates}
    people = Identity.objects.filter(study=study, provider=provider).order_by("pk")
    if name in _STATES:
        people = people.filter(participant__enrolments__state__in=_STATES[name])
    found = people.annotate(
        state=F("participant__enrolments__state"), outcome=F("participant__enrolments__outcome")
    )
    rows = [
        (opened(one), _ending(one.state, one.outcome), failed.get(one.participant_id, 0))
        for one in found.iterator()
        if name not in failed_or_not or (one.participant_id in failed) == failed_or_not[name]
    ]
    rows.sort(key=lambda row: row[0].identity)
    ending, text = _WRITERS[provider](name, rows, amount)
    return Listed(ending, text, len(rows))


def _ticked(candidates: list[dict[str, Any]], keys: set[str]) -> list[dict[str, Any]]:
    """Of those whom the rules allow to be rejected; somebody else cannot be slipped in."""
    found = [row for row in candidates if row["key"] in keys]
    if not keys:
        raise Refusal("Tick those whom you have looked at.")
    if len(found) < len(keys):
        raise Refusal("The rules allow no rejection of somebody who was ticked. Look at the list again.")
    return found


Row = tuple[Arrival, str, int]


def _prolific(name: str, rows: list[Row], amount: str) -> tuple[str, str]:
    """Bulk actions there take one id a line; a bonus stands behind its id."""
    ids = [(arrival.identity, how) for arrival, how, _failed in rows]
    if name == ENDED:
        return "csv", _table(("participant_id", "outcome"), ids)
    return "txt", "".join(f"{one},{amount}\n" if name == BONUS else f"{one}\n" for one, _how in ids)


def _mturk(name: str, rows: list[Row], amount: str) -> tuple[str, str]:
    """Its results file, as far as it is read when it is uploaded: an x approves, a reason rejects."""
    known = [(a.identity, a.details.get("assignmentId", ""), how, failed) for a, how, failed in rows]
    if name in (APPROVE, SPARE):
        return "csv", _table(("AssignmentId", "Approve", "Reject"), [(one[1], "x", "") for one in known])
    if name == REJECT:
        reasons = [(one[1], "", f"Attention checks failed: {one[3]}.") for one in known]
        return "csv", _table(("AssignmentId", "Approve", "Reject"), reasons)
    if name == BONUS:
        columns = ("WorkerId", "AssignmentId", "BonusAmount")
        return "csv", _table(columns, [(one[0], one[1], amount) for one in known])
    return "csv", _table(("WorkerId", "AssignmentId", "outcome"), [one[:3] for one in known])


def _sona(name: str, rows: list[Row], amount: str) -> tuple[str, str]:
    return "csv", _table(("survey_code", "outcome"), [(arrival.identity, how) for arrival, how, _ in rows])


def _invitation(name: str, rows: list[Row], amount: str) -> tuple[str, str]:
    numbers = [(arrival.details.get("invitation", ""), how) for arrival, how, _ in rows]
    return "csv", _table(("invitation", "outcome"), numbers)


_WRITERS = {"prolific": _prolific, "mturk": _mturk, "sona": _sona, "invitation": _invitation}


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def _ending(state: str, outcome: str) -> str:
    if state == Enrolment.COMPLETED:
        return "completed"
    return outcome or ("at work" if state == Enrolment.ACTIVE else state)


def _amount(text: str) -> str:
    try:
        amount = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        amount = Decimal(0)
    if not amount.is_finite() or not 0 < amount <= MOST_BONUS or amount != amount.quantize(Decimal("0.01")):
        raise Refusal(f"A bonus is an amount of money such as 0.50, and at most {MOST_BONUS}.")
    return f"{amount:.2f}"


def _said_minutes(study: Study) -> float | None:
    if study.version is None:
        return None
    fill_definition(study.version)
    minutes = study.version.definition["information"]["duration_minutes"]
    return None if minutes is None else float(minutes)


def _median_minutes(study: Study, count: int) -> float | None:
    """Of the `count` people who completed it, half took at most as long."""
    if not count:
        return None
    done = Enrolment.objects.filter(batch__study=study, state=Enrolment.COMPLETED)
    took = done.annotate(took=F("finished_at") - F("started_at")).order_by("took")
    middle = took.values_list("took", flat=True)[(count - 1) // 2 : count // 2 + 1]
    times: list[float] = [one.total_seconds() / 60 for one in middle if one is not None]
    return sum(times) / len(times) if times else None
