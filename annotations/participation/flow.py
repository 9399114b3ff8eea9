"""A participant's passage: which step comes now, and what going on does. No HTTP in here.

The simulator walks the same functions as the pages do.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from annotations.allocation.models import Assignment
from annotations.allocation.services import FREED_BY_A_PAGE, finish, leave, sweep_leases, take_assignment
from annotations.core import clock
from annotations.core.errors import NotFound
from annotations.core.retrying import retried
from annotations.people import places
from annotations.people.enrolling import Entry, NoPlace, enrol, open_batches
from annotations.people.models import Enrolment, Participant
from annotations.responses.answers import Answer
from annotations.responses.recording import Recorded, Timing, record_response
from annotations.studies.models import Batch, Study

CONSENT, INSTRUCTIONS, UNITS, EXIT = "consent", "instructions", "units", "exit"
PAUSED, OVER, GONE, NO_TASK = "paused", "over", "gone", "no-task"


# What somebody without a place is told, where it is not that others have taken them all.
AWAY = {Batch.PAUSED: PAUSED, Batch.CLOSED: OVER}
MAY_RETURN = (Enrolment.LEFT, Enrolment.LAPSED)


@dataclass(frozen=True)
class Standing:
    """Where the participant stands: the step, and the unit on lease if the step is `units`."""

    step: str
    assignment: Assignment | None = None


def find_study(slug: str) -> Study:
    """A study that has opened at some time. Drafts read as if there were none. Raises NotFound."""
    study = Study.objects.visible().select_related("version").filter(slug=slug).first()
    if study is None or study.version is None or study.opened_at is None:
        raise NotFound("There is no study at this address. Check the link that you were given.")
    return study


def check_takes_people(study: Study) -> None:
    """Raises NoPlace, with the reason in words, if nobody can come in now.

    Places that lapsed are freed where they are wanted: no sweeper needs to have come by.
    """
    if study.state == Study.PAUSED:
        raise NoPlace("This study takes a break just now. Please come back later.")
    if study.state != Study.OPEN:
        raise NoPlace("This study is over. Thank you for your interest.")
    batches = list(open_batches(study))
    if any(batch.free_places > 0 and batch.has_room for batch in batches):
        return
    if not sweep_leases(batches=[batch.pk for batch in batches], at_most=FREED_BY_A_PAGE):
        if any(batch.free_places > 0 for batch in batches):
            raise NoPlace("Every task is answered or being answered. Thank you for your interest.")
        raise NoPlace("All places of this study are taken. Thank you for your interest.")


def new_entry_key() -> str:
    return secrets.token_urlsafe(24)


def enter(
    *, study: Study, entry_key: str, kind: str = Participant.HUMAN, key: str = "", language: str = "en"
) -> Entry:
    """Consent was given: take a place. Sent twice, it is the same place. Raises NoPlace."""
    try:
        return enrol(study=study, entry_key=entry_key, kind=kind, key=key, language=language)
    except NoPlace:
        check_takes_people(study)  # says why not, else a place has just become free
    return enrol(study=study, entry_key=entry_key, kind=kind, key=key, language=language)


def stand(enrolment: Enrolment) -> Standing:
    """The step that comes now. May hand out a unit, or end the passage if none is left."""
    if enrolment.state == Enrolment.COMPLETED:
        return Standing(EXIT)
    if enrolment.state != Enrolment.ACTIVE and not come_back(enrolment):
        return Standing(why_away(enrolment))
    if enrolment.step == INSTRUCTIONS:
        places.renew(enrolment)
        return Standing(INSTRUCTIONS)
    assignment = take_assignment(enrolment=enrolment)
    if assignment is not None:
        return Standing(UNITS, assignment)
    if enrolment.batch.state == Batch.PAUSED and enrolment.answered < enrolment.wanted:
        return Standing(PAUSED)  # a pause ends nobody's passage
    if not enrolment.answered:
        # Others have all that is left: without an answer there is nothing to complete, nor to pay.
        return Standing(NO_TASK if leave(enrolment=enrolment) else GONE)
    finish(enrolment=enrolment)
    return Standing(EXIT if enrolment.state == Enrolment.COMPLETED else GONE)


def why_away(enrolment: Enrolment) -> str:
    """The step of somebody who found no place to come back to."""
    return AWAY.get(enrolment.batch.state, GONE)


@retried
def come_back(enrolment: Enrolment) -> bool:
    """Somebody who left, or whose lease lapsed, takes a place again if one is free."""
    with transaction.atomic():
        return places.retake_place(enrolment)


def finish_instructions(enrolment: Enrolment) -> None:
    Enrolment.objects.filter(pk=enrolment.pk, step=INSTRUCTIONS).update(step=UNITS)
    enrolment.step = UNITS


def submit(
    *, enrolment: Enrolment, assignment: Assignment, answer: Answer, timing: Timing | None = None
) -> Recorded:
    """Record an answer. Without `timing`, the server's clock tells the times."""
    timing = timing or timing_now(enrolment, assignment)
    return record_response(enrolment=enrolment, assignment=assignment, answer=answer, timing=timing)


def timing_now(enrolment: Enrolment, assignment: Assignment) -> Timing:
    now = clock.now()
    return Timing(
        started_ms=_milliseconds(enrolment.started_at, assignment.leased_at),
        duration_ms=_milliseconds(assignment.leased_at, now),
    )


def _milliseconds(since: datetime, until: datetime) -> int:
    return max(0, round((until - since).total_seconds() * 1000))
