"""What the schedule does on the days until which a study keeps identities and answers.

In pieces, each in its own transaction, so that whoever answers hardly waits, two sweepers do no harm, and
one that was killed in the middle is followed by another that goes on.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from annotations.core import audit, clock, suppression
from annotations.core.counters import swap
from annotations.core.errors import Refusal
from annotations.people.identities import forget_identities, with_ways_in
from annotations.people.models import Enrolment, Invitation, Participant
from annotations.responses.erasure import ON_ITS_DAY, erase_participant
from annotations.responses.models import Message
from annotations.studies.models import RetentionDate, Study
from annotations.studies.retention import today
from annotations.studies.services import close_study

PIECE = 50
# For so long it is looked again: whoever was on the way in when the day came may come out behind it.
STRAGGLERS = timedelta(days=2)
DONE = {
    RetentionDate.IDENTITIES: "identities deleted on their day",
    RetentionDate.ANSWERS: "answers deleted on their day",
}


def carry_out_retention() -> int:
    """Do what is due: each date by itself, so that one that breaks keeps no other from its day.

    Returns how many people it concerned. Raises ExceptionGroup of what broke.
    """
    count, broken = 0, []
    for one in due_dates():
        try:
            count += _carry_out(one)
        except Exception as error:
            broken.append(error)
    if broken:
        raise ExceptionGroup("dates of retention that were not carried out", broken)
    return count


def due_dates() -> list[RetentionDate]:
    """Answers last: of a person who goes altogether, nothing is left to be forgotten."""
    come = RetentionDate.objects.filter(due__lte=today(), version__study__load__published_at__isnull=False)
    wanted = come.filter(Q(carried_out_at=None) | Q(due__gte=today() - STRAGGLERS))
    return list(wanted.select_related("version__study__version").order_by("-what", "due", "pk"))


def _carry_out(one: RetentionDate) -> int:
    act = _erase_people if one.what == RetentionDate.ANSWERS else _forget_people
    count = act(one)
    with transaction.atomic():
        open_yet = RetentionDate.objects.filter(pk=one.pk, carried_out_at=None)
        if swap(open_yet, carried_out_at=clock.now()) or count:
            audit.record(
                actor=audit.SYSTEM,
                action=DONE[one.what],
                subject=one.version.study.slug,
                version=one.version.number,
                people=count,
            )
    return count


def _is_current(one: RetentionDate) -> bool:
    """A present day holds for everybody. One that was amended still holds for whom it was promised to."""
    return one.version.study.version_id == one.version_id


def _forget_people(one: RetentionDate) -> int:
    enrolments = Enrolment.objects.filter(version__study=one.version.study_id)
    if not _is_current(one):
        enrolments = enrolments.filter(version=one.version_id)
    count = 0
    while piece := list(with_ways_in(enrolments).order_by("pk").values_list("pk", flat=True)[:PIECE]):
        count += forget_identities(enrolments=piece)
    return count


def _erase_people(one: RetentionDate) -> int:
    study = one.version.study
    people: QuerySet[Participant] = Participant.objects.filter(study=study)
    if _is_current(one):
        _close(study)
    else:
        # Who came with a bundle has no enrolment: their answers tell under which version they were given.
        imported = Q(enrolments=None, responses__definition_hash=one.version.definition_hash)
        people = people.filter(Q(enrolments__version=one.version_id) | imported).distinct()
    count = 0
    while piece := list(people.order_by("pk")[:PIECE]):
        for participant in piece:
            erase_participant(participant=participant, actor=audit.SYSTEM, reason=ON_ITS_DAY)
        count += len(piece)
    if _is_current(one):
        # A backup that is older than the amendment knows of a later day, or of none.
        suppression.remember(suppression.study_digest_of(study.slug, study.created_at))
        _empty(study)
    return count


def end_study(study: Study) -> None:
    """Close a study whose answers' last day has come, and delete what is left in it of nobody."""
    _close(study)
    _empty(study)


def _empty(study: Study) -> None:
    # What nobody wrote is nobody's answer, but it was written to this study all the same.
    Message.objects.filter(study=study, participant=None).delete()
    Invitation.objects.filter(study=study).delete()


def _close(study: Study) -> None:
    if study.state == Study.CLOSED:
        return
    try:
        close_study(study=study, actor=audit.SYSTEM)
    except Refusal:
        return  # somebody else closed it meanwhile
