"""Passing a unit over, where the study allows it: done, without an answer, and it never comes again."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from annotations.allocation import leases
from annotations.allocation.models import Assignment
from annotations.core.counters import swap
from annotations.core.errors import NotFound, Refusal
from annotations.core.retrying import retried
from annotations.people.models import Enrolment


@retried
def skip_unit(*, enrolment: Enrolment, assignment: Assignment) -> bool:
    """Its share of the quota is free again. False if it was skipped before: sent twice, it counts once.

    Raises Refusal where the study allows no skipping or the unit was answered, NotFound if the
    participant's data have been deleted meanwhile.
    """
    if not enrolment.version.definition["skipping"]["allowed"]:
        raise Refusal(_("In this study no task can be passed over."))
    with transaction.atomic():
        # The enrolment's row comes first in the order of locks.
        if not swap(Enrolment.objects.filter(pk=enrolment.pk), skipped=F("skipped") + 1):
            raise NotFound(_("Your answers have been deleted."))
        skipped = leases.skip(assignment)
        if not skipped:
            transaction.set_rollback(True)
    if skipped:
        enrolment.skipped += 1
        return True
    if Assignment.objects.filter(pk=assignment.pk, state=Assignment.SKIPPED).exists():
        return False
    raise Refusal(_("You answered this task before. The answer is stored."))
