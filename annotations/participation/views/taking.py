"""The passage itself: one address that shows whatever comes now and takes its form."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.allocation.models import Assignment
from annotations.allocation.services import find_assignment
from annotations.core.errors import NotFound
from annotations.participation import flow, images, pages
from annotations.participation.gates import not_beforehand, slug_of, to_take, with_session
from annotations.participation.passage import RealPassage
from annotations.participation.sessions import KEPT_FOR, set_cookie
from annotations.participation.steps.base import ELSEWHERE
from annotations.people.models import Enrolment
from annotations.responses.answers import FIRST, asked_of, check_answer, part_of
from annotations.responses.models import Response
from annotations.responses.recording import Recorded, correct_response, record_first
from annotations.responses.skipping import skip_unit
from annotations.responses.timing import browser_timing

SHOWN = ("answer", "dont_know", "difficulty", "verdict", "confidence")


@require_http_methods(["GET", "HEAD", "POST"])
@not_beforehand
@with_session
def take(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    if request.method == "POST":
        return _take_form(request, enrolment)
    if enrolment.state in flow.MAY_RETURN:
        if flow.come_back(enrolment):
            return to_take(slug_of(enrolment))
        return pages.away_page(request, enrolment, flow.why_away(enrolment))
    standing = flow.stand(enrolment)
    if standing.step in pages.AWAY:
        return pages.away_page(request, enrolment, standing.step)
    response = pages.step_page(request, RealPassage(enrolment), standing)
    view = request.GET.get("view")
    if view in (pages.PLAIN, "rich"):
        set_cookie(response, pages.PLAIN, view, max_age=KEPT_FOR)
    return response


def _take_form(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    if "step" not in request.POST:
        return _take_unit(request, enrolment)
    # Without a place what was answered is kept all the same, as a late answer to a unit is.
    if enrolment.state in flow.MAY_RETURN and not flow.come_back(enrolment) and flow.is_over(enrolment):
        return to_take(slug_of(enrolment))
    passage = RealPassage(enrolment)
    if request.POST["step"] != passage.step:
        return _sent_before(request, enrolment, same=flow.was_given(passage, request.POST))
    taken = flow.take_step(passage, request.POST)
    if taken.errors:
        standing = flow.Standing(passage.spec["kind"])
        return pages.step_page(request, passage, standing, data=request.POST, errors=taken.errors)
    if taken.then == ELSEWHERE:
        return _sent_before(request, enrolment, same=flow.was_given(passage, request.POST))
    return to_take(slug_of(enrolment))


def _take_unit(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    assignment = _assignment(enrolment, request.POST.get("submission_key", ""))
    passage = RealPassage(enrolment)
    if request.POST.get("skip"):
        skip_unit(enrolment=enrolment, assignment=assignment)
        return to_take(slug_of(enrolment))
    part = part_of(passage.definition, assignment)
    if request.POST.get("part", str(part)) != str(part):
        # A first part that is stored, and that the next page shows; or a second one too early.
        return _sent_before(request, enrolment, same=part == FIRST or _is_first(passage, assignment, request))
    asked = asked_of(passage.definition, judges_output=assignment.unit.output_id is not None, part=part)
    checked = check_answer(request.POST, asked=asked)
    if checked.answer is None:
        return pages.unit_page(request, passage, assignment, data=request.POST, errors=checked.errors)
    if part == FIRST:
        record_first(enrolment=enrolment, assignment=assignment, answer=checked.answer)
        return to_take(slug_of(enrolment))
    timing = flow.timing_now(
        enrolment,
        assignment,
        **browser_timing(request.POST, record_away=bool(enrolment.consents.get("record_away"))),
    )
    recorded = flow.submit(enrolment=enrolment, assignment=assignment, answer=checked.answer, timing=timing)
    if recorded.outcome == Recorded.OTHER:
        return pages.stored_page(request, passage, assignment, _shown(recorded.response))
    return to_take(slug_of(enrolment))


def _sent_before(request: HttpRequest, enrolment: Enrolment, *, same: bool) -> HttpResponse:
    """A replay goes on; something else than what is stored is told that it was not."""
    standing = flow.stand(enrolment)
    if same or standing.step in pages.AWAY:
        return to_take(slug_of(enrolment))
    return pages.step_page(request, RealPassage(enrolment), standing, sent_before=True)


def _is_first(passage: RealPassage, assignment: Assignment, request: HttpRequest) -> bool:
    asked = asked_of(passage.definition, judges_output=True, part=FIRST)
    answer, first = check_answer(request.POST, asked=asked).answer, assignment.first or {}
    return answer is not None and all(
        getattr(answer, name) == first.get(name) for name in ("answer", "dont_know", "difficulty")
    )


@require_http_methods(["GET", "HEAD", "POST"])
@with_session
def correct(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    if request.method != "POST":
        return to_take(slug_of(enrolment))
    assignment = _assignment(enrolment, request.POST.get("submission_key", ""))
    standing = assignment.responses.filter(superseded_by__isnull=True)
    response = standing.select_related("item", "output").order_by().first()
    if response is None:
        raise NotFound(_("There is no stored answer to correct."))
    passage = RealPassage(enrolment)
    asked = asked_of(
        passage.definition,
        judges_output=assignment.unit.output_id is not None,
        part=part_of(passage.definition, assignment),
    )
    checked = check_answer(request.POST, asked=asked)
    if checked.answer is None:
        return pages.unit_page(request, passage, assignment, data=request.POST, errors=checked.errors)
    if checked.answer.body_hash() != response.body_hash:
        correct_response(response=response, answer=checked.answer)
    return to_take(slug_of(enrolment))


@require_POST
@with_session
def keep(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    """Somebody is still there: another lease. Without script, going on or reloading does the same."""
    return HttpResponse(status=204 if flow.keep_place(enrolment) else 409)


@require_safe
@with_session
def image(request: HttpRequest, enrolment: Enrolment, key: str) -> HttpResponse:
    return images.image(request, enrolment, key)


def _assignment(enrolment: Enrolment, submission_key: str) -> Assignment:
    assignment = find_assignment(enrolment, submission_key)
    if assignment is None:
        raise NotFound(_("This form is not one of this session. Open the study’s page again."))
    return assignment


def _shown(response: Response) -> dict[str, object]:
    values = {name: getattr(response, name) for name in SHOWN}
    return {name: f"{value:g}" if isinstance(value, float) else value for name, value in values.items()}
