"""Participants' addresses: thin, each asks the flow and shows a page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotations.allocation.models import Assignment
from annotations.allocation.services import find_assignment, leave
from annotations.core.errors import NotFound, Refusal
from annotations.participation import flow, pages
from annotations.participation.sessions import cookie_name, open_session, session_enrolment
from annotations.people.enrolling import NoPlace
from annotations.people.models import Enrolment
from annotations.responses.answers import check_answer
from annotations.responses.erasure import erase_participant, find_participant
from annotations.responses.models import Response
from annotations.responses.recording import Recorded, correct_response

View = Callable[..., HttpResponse]
SHOWN = ("answer", "dont_know", "difficulty", "verdict", "confidence")


def kindly(view: View) -> View:
    """Refusals become pages, and a database that does not answer becomes a request to try again."""

    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        slug = kwargs.get("slug", "")
        try:
            return view(request, *args, **kwargs)
        except NoPlace as full:
            return pages.notice(request, "No place just now", str(full), slug=slug, step="no-place")
        except NotFound as missing:
            return pages.notice(request, "Not found", str(missing), status=404, slug=slug)
        except Refusal as refusal:
            return pages.notice(request, "That did not work", str(refusal), status=409, slug=slug)
        except OperationalError:
            text = "The study cannot be reached for a moment. Nothing is lost: go back and send it again."
            response = pages.notice(request, "One moment", text, status=503, slug=slug)
            response["Retry-After"] = "5"
            return response

    return wrapped


def with_session(view: View) -> View:
    """Gives the view the browser's enrolment; without one, a page that says how to get back."""

    @kindly
    @wraps(view)
    def wrapped(request: HttpRequest, slug: str) -> HttpResponse:
        enrolment = session_enrolment(request, slug)
        if enrolment is None:
            text = (
                "This browser has no open session in this study. It may have ended, or cookies may be"
                " blocked. Start from the link that you were given."
            )
            return pages.notice(request, "No session", text, status=403, slug=slug, step="no-session")
        return view(request, enrolment)

    return wrapped


@kindly
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, slug: str) -> HttpResponse:
    study = flow.find_study(slug)
    if session_enrolment(request, slug):
        return _take(slug)
    if request.method != "POST":
        flow.check_takes_people(study)
        return pages.consent_page(request, study, flow.new_entry_key())
    entry_key = request.POST.get("submission_key", "")
    if not 20 <= len(entry_key) <= 100:
        return pages.consent_page(
            request,
            study,
            flow.new_entry_key(),
            error="The form was not complete. Please send it again.",
            status=422,
        )
    if not request.POST.get("consent"):
        error = "To take part, tick the box. If you do not want to take part, just close this page."
        return pages.consent_page(request, study, entry_key, error=error, status=422)
    entry = flow.enter(study=study, entry_key=entry_key)
    response = _take(slug)
    open_session(response, slug, entry.token)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@with_session
def take(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    if request.method == "POST":
        return _submit(request, enrolment)
    if enrolment.state in flow.MAY_RETURN:
        if flow.come_back(enrolment):
            return _take(_slug(enrolment))
        return pages.away_page(request, enrolment, flow.why_away(enrolment))
    standing = flow.stand(enrolment)
    if standing.step in pages.AWAY:
        return pages.away_page(request, enrolment, standing.step)
    if standing.step == flow.INSTRUCTIONS:
        return pages.instructions_page(request, enrolment)
    if standing.assignment is None:
        return pages.exit_page(request, enrolment)
    return pages.unit_page(request, enrolment, standing.assignment)


def _submit(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    if request.POST.get("step") == flow.INSTRUCTIONS:
        flow.finish_instructions(enrolment)
        return _take(_slug(enrolment))
    assignment = _assignment(enrolment, request.POST.get("submission_key", ""))
    checked = check_answer(request.POST, judges_output=assignment.unit.output_id is not None)
    if checked.answer is None:
        return pages.unit_page(request, enrolment, assignment, data=request.POST, errors=checked.errors)
    recorded = flow.submit(enrolment=enrolment, assignment=assignment, answer=checked.answer)
    if recorded.outcome == Recorded.OTHER:
        return pages.stored_page(request, enrolment, assignment, _shown(recorded.response))
    return _take(_slug(enrolment))


@require_http_methods(["GET", "HEAD", "POST"])
@with_session
def correct(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    if request.method != "POST":
        return _take(_slug(enrolment))
    assignment = _assignment(enrolment, request.POST.get("submission_key", ""))
    standing = assignment.responses.filter(superseded_by__isnull=True)
    response = standing.select_related("item", "output").order_by().first()
    if response is None:
        raise NotFound("There is no stored answer to correct.")
    checked = check_answer(request.POST, judges_output=assignment.unit.output_id is not None)
    if checked.answer is None:
        return pages.unit_page(request, enrolment, assignment, data=request.POST, errors=checked.errors)
    if checked.answer.body_hash() != response.body_hash:
        correct_response(response=response, answer=checked.answer)
    return _take(_slug(enrolment))


@require_http_methods(["GET", "HEAD", "POST"])
@with_session
def go(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    """Leave: the place is free at once, the answers stay, and the way back stays open."""
    if request.method != "POST" or enrolment.state == Enrolment.COMPLETED:
        return _take(_slug(enrolment))
    leave(enrolment=enrolment)
    return pages.away_page(request, enrolment, "left")


@kindly
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Delete a participant's answers: by the code, on a page that says what that means."""
    if request.method != "POST":
        return pages.withdraw_page(request, slug=slug)
    code = request.POST.get("code", "").strip()
    if not request.POST.get("sure"):
        error = "Tick the box to say that the answers shall be deleted for good."
        return pages.withdraw_page(request, slug=slug, code=code, error=error, status=422)
    try:
        participant = find_participant(code, by_key=False)
    except NotFound as missing:
        return pages.withdraw_page(request, slug=slug, code=code, error=str(missing), status=404)
    study_slug = participant.study.slug
    erase_participant(participant=participant, actor="participant")
    text = "Your answers and everything else stored about you in this study have been deleted."
    response = pages.notice(request, "Deleted", text, slug=study_slug, step="withdrawn")
    response.delete_cookie(cookie_name(study_slug))
    return response


def _assignment(enrolment: Enrolment, submission_key: str) -> Assignment:
    assignment = find_assignment(enrolment, submission_key)
    if assignment is None:
        raise NotFound("This form is not one of this session. Open the study's page again.")
    return assignment


def _shown(response: Response) -> dict[str, object]:
    values = {name: getattr(response, name) for name in SHOWN}
    return {name: f"{value:g}" if isinstance(value, float) else value for name, value in values.items()}


def _slug(enrolment: Enrolment) -> str:
    return enrolment.batch.study.slug


def _take(slug: str) -> HttpResponseRedirect:
    response = HttpResponseRedirect(reverse("participation:take", kwargs={"slug": slug}))
    response.status_code = 303  # a POST is followed by a GET, whatever the browser
    return response
