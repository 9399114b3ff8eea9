"""The rules that a study declared before its data were seen, applied to the data that are there.

Applied twice they change nothing. What they left out and would not any more they take in again; what a
person decided, either way, they leave alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q

from annotations.core import audit, clock
from annotations.core.retrying import retried
from annotations.people.models import Participant
from annotations.responses.excluding import ANSWERS_AT_ONCE, Tell, lock_decisions
from annotations.responses.exclusions import Rule, applicable_rules
from annotations.responses.models import Exclusion, PersonDecision, Response
from annotations.responses.persons import Around, people_of
from annotations.studies.definition import as_served
from annotations.studies.models import Study

# By answer: the rule, blank for a decision about the whole person, the reason, and who decided.
Wanted = dict[int, tuple[str, str, str]]


@dataclass(frozen=True)
class Applied:
    """How many answers were left out and taken in again, and how many the rules leave out now."""

    excluded: int
    readmitted: int
    by_rules: int


def wants_applying(study: Study) -> bool:
    """Whether applying could change anything. Two queries at the most."""
    if _rules_apply(study) and study.definition["exclusions"]:
        return True
    decisions = PersonDecision.objects.filter(participant__study=study, excluded=True)
    return decisions.exists() or Exclusion.objects.filter(response__study=study).exists()


def _rules_apply(study: Study) -> bool:
    """Not where everybody came with a release, and so did what the rules had left out."""
    return not study.decided_before or study.opened_at is not None


def apply_declared(study: Study, *, tell: Tell = lambda share: None) -> Applied:
    """Record what the declared rules leave out, and carry on what was decided about whole people.

    A rule that this version does not know is passed over: analyses say so (`StudyData.cautions`). A study
    with such a rule does not open, but it may have been opened elsewhere.
    """
    declared = applicable_rules(as_served(study.definition)) if _rules_apply(study) else []
    wanted = _wanted(study, declared, tell)
    readmitted = _take_back(study, wanted)
    excluded = sum(_leave_out(study, piece) for piece in _pieces(wanted))
    standing = Exclusion.objects.standing().filter(response__study=study)
    return Applied(excluded, readmitted, standing.exclude(rule="").count())


def _wanted(study: Study, declared: Sequence[tuple[Rule, dict[str, Any]]], tell: Tell) -> Wanted:
    """The first rule that holds gives the reason, in the order in which they are declared."""
    decisions = _decisions(study)
    wanted = dict(_corrected(study))
    out = [participant for participant, one in decisions.items() if one.excluded]
    for start in range(0, len(out), ANSWERS_AT_ONCE):
        rows = Response.objects.filter(participant__in=out[start : start + ANSWERS_AT_ONCE])
        for pk, participant in rows.values_list("pk", "participant_id"):
            decision = decisions[participant]
            wanted[pk] = ("", decision.reason, decision.decided_by)
    if declared:
        count, around = Participant.objects.filter(study=study).count(), Around(study)
        for number, person in enumerate(people_of(study), start=1):
            tell(number / max(count, 1))
            before = study.decided_before and person.imported
            if before or person.kind == Participant.AI or person.pk in decisions:
                continue
            for rule, parameters in declared:
                for pk, reason in rule.find(person, around, parameters).items():
                    wanted.setdefault(pk, (rule.name, f"{rule.name}: {reason}", Exclusion.DECLARED))
    return wanted


def _decisions(study: Study) -> dict[int, PersonDecision]:
    """The latest decision about each person of whom there is one."""
    rows = PersonDecision.objects.filter(participant__study=study).order_by("pk")
    return {one.participant_id: one for one in rows}


def _corrected(study: Study) -> Iterator[tuple[int, tuple[str, str, str]]]:
    """An answer that a person left out stays out when it is corrected."""
    later = Response.objects.filter(study=study, supersedes__isnull=False)
    corrections = dict(later.values_list("supersedes_id", "pk"))
    rows = Exclusion.objects.standing().filter(response__study=study, rule="")
    for pk, reason, actor in rows.values_list("response_id", "reason", "decided_by"):
        while pk in corrections:
            pk = corrections[pk]
            yield pk, ("", reason, actor)


def _pieces(wanted: Wanted) -> Iterator[Wanted]:
    pks = sorted(wanted)
    for start in range(0, len(pks), ANSWERS_AT_ONCE):
        yield {pk: wanted[pk] for pk in pks[start : start + ANSWERS_AT_ONCE]}


def _take_back(study: Study, wanted: Wanted) -> int:
    """Rows of the platform's own that hold no more, or hold by another rule."""
    rows = Exclusion.objects.standing().filter(response__study=study, decided_by=Exclusion.DECLARED)
    gone = [
        pk
        for pk, response, rule in rows.values_list("pk", "response_id", "rule")
        if wanted.get(response, ("", "", ""))[0] != rule
    ]
    pieces = (gone[start : start + ANSWERS_AT_ONCE] for start in range(0, len(gone), ANSWERS_AT_ONCE))
    return sum(_revoke(study, piece) for piece in pieces)


@retried
@transaction.atomic
def _revoke(study: Study, pks: list[int]) -> int:
    lock_decisions(study)
    count = (
        Exclusion.objects.standing()
        .filter(pk__in=pks)
        .update(
            revoked_at=clock.now(), revoked_by=Exclusion.DECLARED, revoked_reason="the rule holds no more"
        )
    )
    _note(study, readmitted=count)
    return count


@retried
@transaction.atomic
def _leave_out(study: Study, piece: Wanted) -> int:
    """Those of the piece that are in, unless a person took them in again."""
    lock_decisions(study)
    rows = Exclusion.objects.filter(response__in=piece)
    standing = {one.response_id: one for one in rows.standing()}
    kept = set(rows.overruled().values_list("response_id", flat=True))
    present = set(Response.objects.filter(study=study, pk__in=piece).values_list("pk", flat=True))
    retold = []
    for pk, one in standing.items():
        if one.decided_by == Exclusion.DECLARED and one.reason != piece[pk][1]:
            one.reason = piece[pk][1]  # "2 of 3 checks" have become 3 of 4
            retold.append(one)
    Exclusion.objects.bulk_update(retold, ["reason"])
    new = [pk for pk in piece if pk in present and pk not in standing and pk not in kept]
    Exclusion.objects.bulk_create(
        Exclusion(response_id=pk, rule=rule, reason=reason, decided_by=actor)
        for pk in new
        for rule, reason, actor in [piece[pk]]
    )
    _note(study, excluded=len(new))
    return len(new)


def _note(study: Study, *, excluded: int = 0, readmitted: int = 0) -> None:
    """With each piece its part of the audit log: what is broken off has said what it did."""
    if excluded or readmitted:
        audit.record(
            actor=audit.SYSTEM,
            action="declared exclusions applied",
            subject=study.slug,
            excluded=excluded,
            readmitted=readmitted,
        )


def rules_overruled(study: Study) -> int:
    """How many answers a declared rule left out that a person took in again: a departure from the plan."""
    rows = Exclusion.objects.overruled().filter(~Q(rule=""), response__study=study)
    return rows.values("response").distinct().count()
