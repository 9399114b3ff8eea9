"""Recording answers: stored once, counted at most up to the quota, never lost."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from annotations.allocation import leases
from annotations.allocation.models import Assignment
from annotations.catalogue.graders import grade_answer, meets
from annotations.catalogue.models import Item
from annotations.core import clock
from annotations.core.counters import swap
from annotations.core.errors import NotFound, Refusal
from annotations.core.retrying import retried
from annotations.people import places
from annotations.people.models import Enrolment
from annotations.responses.answers import FIRST, Answer, grader_of, part_of
from annotations.responses.models import DRAWN, Response
from annotations.responses.timing import TIMES
from annotations.responses.timing import Timing as Timing
from annotations.studies.models import StudyVersion

# Of an answer, and so of its correction too.
KEPT = (
    "study_id", "participant_id", "item_id", "output_id", "batch_id", "assignment_id", "definition_hash",
    "condition", "position", "started_ms", "duration_ms", *TIMES, "changes", "repeat", "is_check", "surplus",
    "probability",
)  # fmt: skip
KEPT_META = ("pastes", DRAWN)


@dataclass(frozen=True)
class Recorded:
    """`STORED` now; `REPLAYED`: the same answer was stored before; `OTHER`: another one was."""

    STORED, REPLAYED, OTHER = "stored", "replayed", "other"

    response: Response
    outcome: str


@retried
def record_first(*, enrolment: Enrolment, assignment: Assignment, answer: Answer) -> bool:
    """Store what was answered before the output is shown: once, and then it cannot change.

    False if something was stored before, or the unit is done. Kept for a lease that has lapsed, too: the
    same person may be given the unit again.
    """
    first = {
        "answer": answer.answer,
        "dont_know": answer.dont_know,
        "difficulty": answer.difficulty,
        "at_ms": round((clock.now() - enrolment.started_at) / timedelta(milliseconds=1)),
    }
    waiting = enrolment.assignments.filter(
        pk=assignment.pk, state__in=(Assignment.LEASED, Assignment.RELEASED), first__isnull=True
    )
    stored = swap(waiting, first=first)
    if stored:
        assignment.first = first
    else:
        _read_first(assignment)
    return stored


@retried
def record_response(
    *, enrolment: Enrolment, assignment: Assignment, answer: Answer, timing: Timing
) -> Recorded:
    """Store the answer to one of the enrolment's units, in one transaction.

    Late answers take their share of the quota again where one is left and are kept as surplus where
    not. Raises NotFound if the participant's data have been deleted meanwhile, Refusal if the unit was
    skipped or its first part is not answered.
    """
    _check_first_part(enrolment.version.definition, assignment)
    try:
        with transaction.atomic():
            response = _record(enrolment, assignment, answer, timing)
    except IntegrityError:
        response = None  # the same form, posted twice at once
    if response is not None:
        enrolment.answered += 1
        return Recorded(response, Recorded.STORED)
    return _stored_before(assignment, answer)


@retried
def correct_response(*, response: Response, answer: Answer) -> Response:
    """Store a correction, which supersedes. The first answer stays. Raises Refusal where not allowed."""
    assignment = response.assignment
    if assignment is None or not assignment.enrolment.version.definition["corrections"]["allowed"]:
        raise Refusal(_("This study keeps the first answer. It was stored and cannot be changed."))
    columns = {name: getattr(response, name) for name in KEPT}
    columns |= _marked(answer, response, assignment, assignment.enrolment.version)
    kept = {name: value for name, value in response.meta.items() if name in KEPT_META}
    try:
        with transaction.atomic():
            _check_still_blind(assignment.enrolment)
            return Response.objects.create(
                **columns | {"meta": {**answer.meta, **kept}},
                supersedes=response,
                submission_key=secrets.token_urlsafe(24),
                body_hash=answer.body_hash(),
            )
    except IntegrityError as error:
        stored = Response.objects.filter(supersedes=response).first()
        if stored is not None and stored.body_hash == answer.body_hash():
            return stored  # the same correction, posted twice at once
        if stored is None and not Response.objects.filter(pk=response.pk).exists():
            raise NotFound(_("Your answers have been deleted.")) from None  # from another tab, just now
        raise Refusal(_("This answer was corrected before. The correction is stored.")) from error


def _check_first_part(definition: Mapping[str, Any], assignment: Assignment) -> None:
    if part_of(definition, assignment) == FIRST:
        _read_first(assignment)  # another tab may have sent it
        if assignment.first is None:
            raise Refusal(_("Give your own answer first: this task comes in two parts."))


def _read_first(assignment: Assignment) -> None:
    known = Assignment.objects.filter(pk=assignment.pk).values_list("first", flat=True)
    if not known:
        raise NotFound(_("Your answers have been deleted, so nothing was stored."))
    assignment.first = known[0]


def _check_still_blind(enrolment: Enrolment) -> None:
    """After the last answer a debrief may tell what was wrong: from then on nothing is corrected."""
    locked = Enrolment.objects.select_for_update(of=("self",), no_key=True).select_related("batch")
    held = locked.filter(pk=enrolment.pk).only("state", "outcome", "batch__state").first()
    if held is None or not held.may_be_told:
        return
    if held.state == Enrolment.COMPLETED:
        raise Refusal(
            _("You have finished the study. Its answers are stored and cannot be changed any more.")
        )
    raise Refusal(_("This study keeps the first answer. It was stored and cannot be changed."))


def _record(enrolment: Enrolment, assignment: Assignment, answer: Answer, timing: Timing) -> Response | None:
    # The enrolment's row comes first in the order of locks, and says whether the place is still held.
    mine = Enrolment.objects.filter(pk=enrolment.pk)
    if swap(mine.filter(state__in=(Enrolment.ACTIVE, Enrolment.COMPLETED)), answered=F("answered") + 1):
        counted = leases.settle(assignment)
    elif swap(mine, answered=F("answered") + 1):
        counted = _settle_late(enrolment, assignment)
    else:
        raise NotFound(_("Your answers have been deleted, so nothing was stored."))
    if counted is None:
        transaction.set_rollback(True)
        return None
    unit = assignment.unit
    response = Response(
        study_id=enrolment.batch.study_id,
        participant_id=enrolment.participant_id,
        item=assignment.item,
        output=unit.output,
        batch_id=enrolment.batch_id,
        assignment=assignment,
        definition_hash=enrolment.version.definition_hash,
        submission_key=assignment.submission_key,
        body_hash=answer.body_hash(),
        condition=enrolment.condition,
        position=assignment.position,
        repeat=assignment.repeat,
        is_check=unit.is_check,
        surplus=not counted,
        probability=assignment.probability,
        **timing.columns(),
    )
    marked = _marked(answer, response, assignment, enrolment.version)
    drawn = {DRAWN: f"{unit.drawing_probability:.10g}"} if unit.drawing_probability < 1 else {}
    marked["meta"] = {**answer.meta, **timing.meta(), **drawn}
    for name, value in marked.items():
        setattr(response, name, value)
    response.save(force_insert=True)
    return response


def _settle_late(enrolment: Enrolment, assignment: Assignment) -> bool | None:
    """The place has lapsed too: without one, the answer is kept and not counted."""
    if places.retake_place(enrolment):
        return leases.settle(assignment)
    rows = Assignment.objects.filter(pk=assignment.pk, state=Assignment.RELEASED)
    return False if swap(rows, state=Assignment.ANSWERED) else None


def _marked(
    answer: Answer, response: Response, assignment: Assignment, version: StudyVersion
) -> dict[str, Any]:
    """The answer's columns, with those of the first part, and whether it is right where that can be said."""
    columns = asdict(answer)
    if assignment.first is not None:
        columns |= _with_first(answer, assignment.first)
    own = columns["answer"]
    if response.output_id is None or columns["dont_know"] is not None:
        columns["answer_correct"] = False if columns["dont_know"] else _grade(own, response.item, version)
    if response.is_check and response.output is None:
        grader = grader_of(version.definition, response.item.domain)
        columns["check_passed"] = meets(grader, own, response.item.check_answer)
    elif response.is_check and response.output:
        columns["check_passed"] = meets("none", answer.verdict, response.output.check_answer)
    return columns


def _with_first(answer: Answer, first: Mapping[str, Any]) -> dict[str, Any]:
    """Beside the output an own answer may be asked again: then it is the one that stands."""
    if answer.dont_know is None:
        return {name: first[name] for name in ("answer", "dont_know", "difficulty")}
    return {"initial_answer": first["answer"], "difficulty": first["difficulty"]}


def _grade(answer: str, item: Item, version: StudyVersion) -> bool | None:
    return grade_answer(grader_of(version.definition, item.domain), answer, item.reference)


def _stored_before(assignment: Assignment, answer: Answer) -> Recorded:
    if Assignment.objects.filter(pk=assignment.pk, state=Assignment.SKIPPED).exists():
        raise Refusal(_("You passed this task over, so no answer to it was stored."))
    first = Response.objects.get(assignment=assignment, supersedes=None)
    latest = Response.objects.standing().get(assignment=assignment)
    same = answer.body_hash() in (first.body_hash, latest.body_hash)
    return Recorded(latest, Recorded.REPLAYED if same else Recorded.OTHER)
