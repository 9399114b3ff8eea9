"""A participant's passage: which step comes now, and what going on does. No HTTP in here.

The simulator walks the same functions as the pages do.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotations.allocation.models import Assignment
from annotations.allocation.services import FREED_BY_A_PAGE, finish, leave, sweep_leases, take_assignment
from annotations.core import clock
from annotations.core.errors import NotFound
from annotations.core.retrying import retried
from annotations.participation import steps
from annotations.participation.passage import Passage, RealPassage
from annotations.participation.steps.base import AGAIN, ELSEWHERE, STOP, Taken
from annotations.people import places
from annotations.people.earlier import leaving_out
from annotations.people.enrolling import Entry, NoPlace, enrol, left_out_text, open_batches, over_text
from annotations.people.identities import Arrival
from annotations.people.models import Enrolment, Participant
from annotations.responses.answers import Answer
from annotations.responses.recording import Recorded, Timing, record_response
from annotations.studies.frozen import fill_definition
from annotations.studies.models import Batch, Study
from annotations.studies.retention import is_past

UNITS, EXIT = "units", "exit"
PAUSED, OVER, GONE, NO_TASK = "paused", "over", "gone", "no-task"

MAY_RETURN = (Enrolment.LEFT, Enrolment.LAPSED)


@dataclass(frozen=True)
class Standing:
    """Where the participant stands: the kind of step, or why there is none, and the unit on lease."""

    step: str
    assignment: Assignment | None = None


def find_study(slug: str) -> Study:
    """A study that has opened at some time. Drafts read as if there were none. Raises NotFound."""
    study = Study.objects.visible().select_related("version").filter(slug=slug).first()
    if study is None or study.version is None or study.opened_at is None:
        raise NotFound(_("There is no study at this address. Check the link that you were given."))
    fill_definition(study.version)
    return study


def check_takes_people(study: Study, arrival: Arrival | None = None, sessions: Collection[str] = ()) -> None:
    """Raises NoPlace, with the reason in words, if nobody can come in now, or not this person.

    Places that lapsed are freed where they are wanted: no sweeper needs to have come by.
    """
    if study.state == Study.PAUSED:
        raise NoPlace(_("This study takes a break just now. Please come back later."))
    if study.state != Study.OPEN:
        raise NoPlace(over_text())
    if study.version is not None:
        fill_definition(study.version)
        if is_past(study.version.definition):
            raise NoPlace(over_text())
    batches = _batches_for(study, arrival, sessions)
    if any(batch.free_places > 0 and batch.has_room for batch in batches):
        return
    if not sweep_leases(batches=[batch.pk for batch in batches], at_most=FREED_BY_A_PAGE):
        if any(batch.free_places > 0 for batch in batches):
            raise NoPlace(_("Every task is answered or being answered. Thank you for your interest."))
        raise NoPlace(_("All places of this study are taken. Thank you for your interest."))


def _batches_for(study: Study, arrival: Arrival | None, sessions: Collection[str]) -> list[Any]:
    """Open batches into which this person may come now. Raises NoPlace where others may, or later."""
    batches = list(open_batches(study))
    begun = [batch for batch in batches if not batch.is_ahead]
    if batches and not begun:
        raise NoPlace(_("This study has not begun yet. Please come back later."))
    left_out = leaving_out(begun, arrival, sessions)
    if begun and len(left_out) == len(begun):
        raise NoPlace(left_out_text())
    return [batch for batch in begun if batch.pk not in left_out]


def new_entry_key() -> str:
    return secrets.token_urlsafe(24)


def enter(
    *,
    study: Study,
    entry_key: str,
    kind: str = Participant.HUMAN,
    key: str = "",
    language: str = "en",
    arrival: Arrival | None = None,
    consents: Mapping[str, Any] | None = None,
    sessions: Collection[str] = (),
) -> Entry:
    """Consent was given: take a place. Sent twice, it is the same place. Raises NoPlace."""

    def come_in() -> Entry:
        return enrol(
            study=study,
            entry_key=entry_key,
            kind=kind,
            key=key,
            language=language,
            arrival=arrival,
            consents=consents,
            sessions=sessions,
        )

    try:
        return come_in()
    except NoPlace:
        check_takes_people(study, arrival, sessions)  # says why not, else a place has just become free
    return come_in()


def stand(enrolment: Enrolment) -> Standing:
    """The step that comes now. May hand out a unit, or end the units if none is left."""
    if enrolment.state not in (Enrolment.ACTIVE, Enrolment.COMPLETED) and not come_back(enrolment):
        return Standing(why_away(enrolment))
    passage = RealPassage(enrolment)
    while True:
        spec = passage.spec
        if spec["kind"] == UNITS:
            standing = _stand_at_units(passage)
            if standing:
                return standing
        elif spec["kind"] == "debrief" and passage.after(spec)["kind"] == EXIT:
            passage.advance(spec)  # both stand on one page
        else:
            if enrolment.state == Enrolment.ACTIVE:
                places.renew(enrolment)
            return Standing(spec["kind"])


def _stand_at_units(passage: RealPassage) -> Standing | None:
    """The unit that comes now, or what to tell somebody who gets none; None once the step is over."""
    enrolment = passage.enrolment
    if enrolment.state == Enrolment.ACTIVE:
        if enrolment.done < passage.end_of_units:
            assignment = take_assignment(enrolment=enrolment)
            if assignment is not None:
                return Standing(UNITS, assignment)
            paused = enrolment.batch.state == Batch.PAUSED and not enrolment.batch.is_over
            if paused and enrolment.done < passage.end_of_units:
                return Standing(PAUSED)  # a pause ends nobody's passage
        if not passage.more_units:
            if not enrolment.done:
                # Others have all that is left: without an answer there is nothing to complete, nor to pay.
                none = OVER if enrolment.batch.is_over else NO_TASK
                return Standing(none if leave(enrolment=enrolment) else GONE)
            finish(enrolment=enrolment)
            if enrolment.state != Enrolment.COMPLETED:
                return Standing(GONE)
    passage.advance(passage.spec)
    return None


def why_away(enrolment: Enrolment) -> str:
    """The step of somebody who found no place to come back to."""
    if is_over(enrolment):
        return enrolment.outcome
    if is_past(enrolment.version.definition):
        return OVER
    if enrolment.batch.is_over:
        return OVER
    return PAUSED if enrolment.batch.state == Batch.PAUSED else GONE


def is_over(enrolment: Enrolment) -> bool:
    """Whether the passage ended in a way from which nobody comes back."""
    return enrolment.outcome not in Enrolment.MAY_COME_BACK


@retried
def come_back(enrolment: Enrolment) -> bool:
    """Somebody who left, or whose lease lapsed, takes a place again if one is free."""
    if is_past(enrolment.version.definition):
        return False  # what they gave goes, if it has not gone yet
    with transaction.atomic():
        return places.retake_place(enrolment)


def take_step(passage: Passage, data: Mapping[str, Any]) -> Taken:
    """Take the form of the present step. One of another step, a replay say, changes nothing."""
    spec = passage.spec
    if data.get("step") != spec["name"] or spec["kind"] in (UNITS, EXIT):
        return Taken(then=AGAIN)
    taken = steps.get(spec["kind"]).take(passage, spec, data)
    if taken.errors:
        return taken
    if taken.then == AGAIN:
        kept = passage.keep(spec, taken.answers)
    elif taken.then == STOP:
        kept = passage.keep_and_stop(spec, taken.answers, taken.outcome)
    else:
        kept = passage.keep_and_advance(spec, taken.answers)
    return taken if kept else Taken(then=ELSEWHERE)


def was_given(passage: Passage, data: Mapping[str, Any]) -> bool:
    """Whether a form of a step that is over says nothing else than what is stored of it."""
    spec = next((one for one in passage.definition["steps"] if one["name"] == data.get("step")), None)
    if spec is None or spec in passage.ahead or spec["kind"] in (UNITS, EXIT, "consent"):
        return True
    given = {one.question: one.value for one in passage.given(spec["name"])}
    taken = steps.get(spec["kind"]).take(passage, spec, data)
    return all(given.get(one.question) == one.value for one in taken.answers)


def submit(
    *, enrolment: Enrolment, assignment: Assignment, answer: Answer, timing: Timing | None = None
) -> Recorded:
    """Record an answer. Without `timing`, the server's clock tells the times."""
    timing = timing or timing_now(enrolment, assignment)
    return record_response(enrolment=enrolment, assignment=assignment, answer=answer, timing=timing)


def timing_now(enrolment: Enrolment, assignment: Assignment, **browser: Any) -> Timing:
    """By the server's clock, and what the browser measured."""
    now = clock.now()
    return Timing(
        started_ms=_milliseconds(enrolment.started_at, assignment.leased_at),
        duration_ms=_milliseconds(assignment.leased_at, now),
        **browser,
    )


def keep_place(enrolment: Enrolment) -> bool:
    """Somebody is still there: place and unit are theirs for another lease. False if they have no place."""
    if enrolment.state != Enrolment.ACTIVE:
        return False
    enrolment.expires_at = clock.now()  # renewed at once, not only after a tenth of the lease
    if RealPassage(enrolment).spec["kind"] == UNITS:
        take_assignment(enrolment=enrolment)
    else:
        places.renew(enrolment)
    # What was read before may be over: the place is swept away meanwhile, or left from another tab.
    return Enrolment.objects.filter(pk=enrolment.pk, state=Enrolment.ACTIVE).exists()


def _milliseconds(since: datetime, until: datetime) -> int:
    return max(0, round((until - since).total_seconds() * 1000))
