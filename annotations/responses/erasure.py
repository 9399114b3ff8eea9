"""Withdrawal and erasure: a person's answers go, the counts still balance."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.utils.translation import gettext as _

from annotations.allocation import leases
from annotations.allocation.models import Assignment
from annotations.core import audit, suppression
from annotations.core.errors import NotFound
from annotations.core.retrying import retried
from annotations.people import places
from annotations.people.enrolling import withdrawal_hash
from annotations.people.models import Enrolment, Participant, Suppression
from annotations.responses.models import Response
from annotations.studies.models import Study

# What is said of the releases that hold somebody who goes.
WITHDREW = "a person whose answers it holds withdrew; make a new release instead"
ON_ITS_DAY = "the day until which its answers were kept has come"

# Areas above that hold something about people register what they do before one is erased, and are told why.
Listener = Callable[[Participant, str], None]
_listeners: list[Listener] = []


def before_erasure(listener: Listener) -> Listener:
    _listeners.append(listener)
    return listener


def find_participant(code: str, *, by_key: bool) -> Participant:
    """By withdrawal code, or, `by_key`, by the pseudonym that a researcher sees. Raises NotFound."""
    people = Participant.objects.select_related("study")
    found = people.filter(withdrawal_hash=withdrawal_hash(code)).first()
    if found is None and by_key:
        keyed = list(people.filter(key=code.strip())[:2])
        found = keyed[0] if len(keyed) == 1 else None
    if found is None:
        raise NotFound(_("No answers are stored under this code. They may have been deleted already."))
    return found


@retried
@transaction.atomic
def erase_participant(*, participant: Participant, actor: str, reason: str = WITHDREW) -> int:
    """Delete the participant with all answers; open places and quotas again. Returns how many answers.

    Of two at once the second finds nobody and changes nothing.
    """
    study = Study.objects.select_for_update(no_key=True).get(pk=participant.study_id)
    if not Participant.objects.filter(pk=participant.pk).exists():
        return 0
    enrolments = Enrolment.objects.select_for_update(of=("self",), no_key=True).filter(
        participant=participant
    )
    for listener in _listeners:
        listener(participant, reason)
    for enrolment in enrolments.order_by("pk"):
        places.vacate_place(enrolment)
        _free_quotas(enrolment)
    # Whoever writes something of this person meanwhile waits, and then finds that they are gone.
    list(Participant.objects.select_for_update().filter(pk=participant.pk))
    count = Response.objects.standing().filter(participant=participant).count()
    Response.objects.filter(participant=participant).delete()
    Assignment.objects.filter(participant=participant).delete()
    digest = suppression.digest_of(study.slug, participant.key)
    Suppression.objects.get_or_create(digest=digest)
    # Before the commit: with a digest too few a restored backup brings somebody back. One too many, of an
    # erasure that failed at its last statement, erases at the next restore somebody who wanted to go.
    suppression.remember(digest)
    participant.delete()
    audit.forget(subject=study.slug, participant=participant.key)
    audit.record(actor=actor, action="participant erased", subject=study.slug, answers=count)
    return count


def _free_quotas(enrolment: Enrolment) -> None:
    """What the enrolment took of its units' quotas: leases, and answers that counted; repeats took none."""
    held = (
        Assignment.objects.select_for_update(of=("self",), no_key=True)
        .filter(enrolment=enrolment, state__in=(Assignment.LEASED, Assignment.ANSWERED), repeat=False)
        .order_by("pk")
    )
    surplus = set(
        Response.objects.filter(assignment__enrolment=enrolment, surplus=True).values_list(
            "assignment_id", flat=True
        )
    )
    leases.free_all(
        (assignment.unit_id, assignment.state == Assignment.ANSWERED)
        for assignment in held
        if assignment.pk not in surplus
    )
