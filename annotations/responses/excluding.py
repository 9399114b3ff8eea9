"""Leaving answers out of analyses and taking them in again: with a reason, reversible, on record.

No counter moves: a place stays used and a quota filled, whatever is decided afterwards, and nobody is paid
less. Runs become stale by themselves, for their stamps count exclusions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from annotations.core import audit, clock
from annotations.core.errors import Refusal
from annotations.core.retrying import retried
from annotations.people.models import Participant
from annotations.responses.models import Exclusion, PersonDecision, Response
from annotations.studies.models import Study

LONGEST_REASON = 500
# In one transaction at the most: whoever answers meanwhile hardly waits.
ANSWERS_AT_ONCE, PEOPLE_AT_ONCE = 1_000, 50

Tell = Callable[[float], None]


@dataclass(frozen=True)
class Decided:
    """What an act changed; what was so before is not counted."""

    people: int = 0
    answers: int = 0

    def __add__(self, other: Decided) -> Decided:
        return Decided(self.people + other.people, self.answers + other.answers)


def exclude_responses(
    *, study: Study, responses: Iterable[int], reason: str, actor: str, tell: Tell = lambda share: None
) -> Decided:
    """Leave these answers of the study out, by primary key. Those that are out already keep their reason.

    Raises Refusal where the reason does not tell anything.
    """
    reason = checked_reason(reason)

    def decide(pks: Sequence[int]) -> Counter[Participant]:
        standing = Exclusion.objects.standing().filter(response__in=pks).values("response")
        rows = Response.objects.filter(study=study, pk__in=pks).exclude(pk__in=standing)
        found = list(rows.select_related("participant").only("pk", "participant__key", "participant__study"))
        _exclude(found, reason, actor)
        return Counter(row.participant for row in found)

    return _in_pieces(study, responses, "answers excluded", reason, actor, decide, tell)


def readmit_responses(
    *, study: Study, responses: Iterable[int], reason: str, actor: str, tell: Tell = lambda share: None
) -> Decided:
    """Take these answers in again, whoever or whatever left them out; no rule leaves them out any more."""
    reason = checked_reason(reason)

    def decide(pks: Sequence[int]) -> Counter[Participant]:
        rows = Exclusion.objects.standing().filter(response__study=study, response__in=pks)
        found = list(rows.select_related("response__participant"))
        _revoke([row.pk for row in found], reason, actor)
        return Counter(row.response.participant for row in found)

    return _in_pieces(study, responses, "answers readmitted", reason, actor, decide, tell)


def exclude_people(
    *, study: Study, people: Iterable[int], reason: str, actor: str, tell: Tell = lambda share: None
) -> Decided:
    """Leave out all answers of these people: those that are there, and those that are still to come."""
    return _decide_people(study, people, True, checked_reason(reason), actor, tell)


def readmit_people(
    *, study: Study, people: Iterable[int], reason: str, actor: str, tell: Tell = lambda share: None
) -> Decided:
    """Take these people in again with all their answers; no declared rule leaves them out any more."""
    return _decide_people(study, people, False, checked_reason(reason), actor, tell)


def checked_reason(reason: str) -> str:
    reason = " ".join(reason.split())
    if len(reason) < 3 or not reason.isprintable():
        raise Refusal("Give a reason, in words that a reader of the data set understands.")
    if len(reason) > LONGEST_REASON:
        raise Refusal(f"A reason may have up to {LONGEST_REASON} characters.")
    return reason


def _in_pieces(
    study: Study,
    responses: Iterable[int],
    action: str,
    reason: str,
    actor: str,
    decide: Callable[[Sequence[int]], Counter[Participant]],
    tell: Tell,
) -> Decided:
    """Each piece with its part of the audit log: one entry a person, which goes when the person is erased."""
    pks = sorted(set(responses))

    @retried
    @transaction.atomic
    def act(piece: Sequence[int]) -> Counter[Participant]:
        lock_decisions(study)
        done = decide(piece)
        for participant, count in sorted(done.items(), key=lambda pair: pair[0].pk):
            _record(study, action, participant, reason, actor, count)
        return done

    people: set[int] = set()
    answers = 0
    for start in range(0, len(pks), ANSWERS_AT_ONCE):
        done = act(pks[start : start + ANSWERS_AT_ONCE])
        people.update(participant.pk for participant in done)
        answers += done.total()
        tell(min(1.0, (start + ANSWERS_AT_ONCE) / len(pks)))
    return Decided(len(people), answers)


def _decide_people(
    study: Study, people: Iterable[int], excluded: bool, reason: str, actor: str, tell: Tell
) -> Decided:
    pks = sorted(set(people))

    @retried
    @transaction.atomic
    def act(piece: Sequence[int]) -> Decided:
        lock_decisions(study)
        rows = Participant.objects.filter(study=study, pk__in=piece).order_by("pk")
        return sum((_decide_person(study, one, excluded, reason, actor) for one in rows), Decided())

    done = Decided()
    for start in range(0, len(pks), PEOPLE_AT_ONCE):
        done += act(pks[start : start + PEOPLE_AT_ONCE])
        tell(min(1.0, (start + PEOPLE_AT_ONCE) / len(pks)))
    return done


def _decide_person(study: Study, person: Participant, excluded: bool, reason: str, actor: str) -> Decided:
    latest = PersonDecision.objects.filter(participant=person).order_by("-pk").first()
    standing = Exclusion.objects.standing().filter(response__participant=person)
    if excluded:
        rows = list(Response.objects.filter(participant=person).exclude(pk__in=standing.values("response")))
        changed = latest is None or not latest.excluded
        _exclude(rows, reason, actor)
        count = len(rows)
    else:
        pks = list(standing.values_list("pk", flat=True))
        changed = bool(pks) or (latest is not None and latest.excluded)
        _revoke(pks, reason, actor)
        count = len(pks)
    if not changed and not count:
        return Decided()
    if changed:
        PersonDecision.objects.create(participant=person, excluded=excluded, reason=reason, decided_by=actor)
    action = "person excluded" if excluded else "person readmitted"
    _record(study, action, person, reason, actor, count)
    return Decided(1, count)


def _exclude(rows: Iterable[Response], reason: str, actor: str) -> None:
    Exclusion.objects.bulk_create(
        (Exclusion(response=row, reason=reason, decided_by=actor) for row in rows),
        batch_size=ANSWERS_AT_ONCE,
    )


def _revoke(pks: Sequence[int], reason: str, actor: str) -> None:
    for start in range(0, len(pks), ANSWERS_AT_ONCE):
        Exclusion.objects.filter(pk__in=pks[start : start + ANSWERS_AT_ONCE]).update(
            revoked_at=clock.now(), revoked_by=actor, revoked_reason=reason
        )


def lock_decisions(study: Study) -> None:
    """Decisions about one study are taken one after another, and none about somebody who is being erased."""
    Study.objects.select_for_update(no_key=True).get(pk=study.pk)


def _record(
    study: Study, action: str, participant: Participant, reason: str, actor: str, answers: int
) -> None:
    audit.record(
        actor=actor,
        action=action,
        subject=study.slug,
        participant=participant.key,
        answers=answers,
        reason=reason,
    )
