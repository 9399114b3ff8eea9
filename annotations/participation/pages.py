"""What each page is given. Nothing that a participant must not know gets into a context."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from annotations.allocation.models import Assignment
from annotations.core import clock, tokens
from annotations.participation import languages, providers, steps
from annotations.participation.display import question_context, task_context
from annotations.participation.entry import EntryPassage, facts_of
from annotations.participation.flow import EXIT, GONE, NO_TASK, OVER, PAUSED, UNITS, Standing
from annotations.participation.passage import Passage, RealPassage
from annotations.participation.progress import progress_of
from annotations.participation.texts import said, text_of
from annotations.people.enrolling import completion_code, withdrawal_code
from annotations.people.identities import details_of
from annotations.people.models import Enrolment
from annotations.responses.answers import asked_of, part_of
from annotations.studies.models import Study

PLAIN = "plain"
TICK = _("To take part, tick the box. If you do not want to take part, just close this page.")
TEXTS = ("prompt", "output", "trace", "critique")
Errors = dict[str, str]

# What people read who are in the study and have no unit before them: title, text.
AWAY: dict[str, tuple[Promise, Promise]] = {
    "left": (
        _("You have left"),
        _(
            "You have left the study. The answers you gave are stored. You may come back from the"
            " same browser while there is a free place."
        ),
    ),
    GONE: (
        _("Your place is taken"),
        _(
            "Your place was given to somebody else while you were away, and none is free just now."
            " The answers you gave are stored. You can try again later from this address."
        ),
    ),
    PAUSED: (
        _("The study takes a break"),
        _(
            "Nothing is handed out just now. The answers you gave are stored. Please come back to"
            " this address later and go on where you are."
        ),
    ),
    NO_TASK: (
        _("No task for you just now"),
        _(
            "Others are working on all tasks that are left, so your place was given back. Some may"
            " become free again: you can look later at this address."
        ),
    ),
    OVER: (
        _("This study is over"),
        _("The answers you gave are stored. Thank you for taking part."),
    ),
    Enrolment.SCREENED_OUT: (
        _("This study is not for you"),
        _(
            "Thank you for your answers. This study looks for people with other experience, so it"
            " ends here for you. This says nothing about you or your work."
        ),
    ),
    Enrolment.FAILED_CHECKS: (
        _("The study ends here"),
        _(
            "Thank you for trying. The questions about the instructions were not all answered as the"
            " study needs it, so it ends here for you. This is no rejection: please return your"
            " submission where you found the study."
        ),
    ),
    Enrolment.RETURNED: (
        _("You have returned this study"),
        _(
            "You returned your submission where you found the study, so your place was given to"
            " somebody else. The answers you gave are stored. You can have them deleted with your"
            " withdrawal code."
        ),
    ),
}
# Away pages from which one may come back.
FOR_A_WHILE = ("left", GONE, PAUSED, NO_TASK)
ENDS = (Enrolment.SCREENED_OUT, Enrolment.FAILED_CHECKS)
# Those on which somebody may be left with a submission that nothing completes.
WITHOUT_TASKS = (GONE, NO_TASK, OVER)
RETURN = _("If your submission is still open where you found the study, please return it there.")
RETURN_AND_WRITE = _(
    "You have done some of the tasks, so please write to the researchers about your pay before you"
    " return your submission where you found the study."
)


def notice(
    request: HttpRequest,
    title: str | Promise,
    text: str | Promise,
    *,
    status: int = 200,
    slug: str = "",
    step: str = "notice",
    **more: Any,
) -> HttpResponse:
    """A page that says one thing, kindly."""
    context = {"title": title, "text": text, "slug": slug, "step": step, "language": get_language(), **more}
    return render(request, "participation/notice.html", context, status=status)


def departure_page(
    request: HttpRequest, study: Study, language: str, outcome: str, text: str
) -> HttpResponse:
    """For somebody who was never in: why it ends here, and the code that tells the provider so."""
    provider = providers.get(provider_of(study))
    context = _study_context(request, study, definition_of(study), language, outcome)
    context["title"] = _("Thank you for your interest")
    context["text"] = text
    context["departure"] = provider.departure(study, outcome, request.GET)
    # To read this in another language one begins again: an address that takes forms only shows nothing.
    context["back"] = f"{reverse('participation:join', args=[study.slug])}?{request.GET.urlencode()}"
    return render(request, "participation/departure.html", context)


def away_page(request: HttpRequest, enrolment: Enrolment, step: str) -> HttpResponse:
    context = base_context(request, RealPassage(enrolment), step)
    context["title"], context["text"] = AWAY[step]
    context["may_return"] = step in FOR_A_WHILE
    if step in ENDS:
        context["departure"] = _departure(enrolment, step)
    elif step in WITHOUT_TASKS and providers.get(provider_of(enrolment.batch.study)).has_submissions:
        context["asked"] = RETURN_AND_WRITE if enrolment.done else RETURN
        context["departure"] = _departure(enrolment, "full")
    return render(request, "participation/away.html", context)


def entry_page(
    request: HttpRequest, passage: EntryPassage, entry_key: str, passed: str, errors: Errors
) -> HttpResponse:
    """Eligibility or consent: before anybody is in."""
    spec = passage.spec
    context = _study_context(request, passage.study, passage.definition, passage.language, spec["kind"])
    context["languages_first"] = (
        True  # whoever cannot read the page looks for their language before anything else
    )
    context |= {"spec": spec, "submission_key": entry_key, "passed": passed, "errors": errors}
    data = request.POST if errors else {}
    if spec["kind"] != "consent":
        step = steps.get(spec["kind"])
        context |= step.context(passage, spec, data, errors)
        return render(request, step.template, context, status=422 if errors else 200)
    context |= consent_context(passage, data)
    decline = reverse("participation:decline", args=[passage.study.slug])
    context["decline_address"] = f"{decline}?{request.GET.urlencode()}"
    return render(request, "participation/consent.html", context, status=422 if errors else 200)


def consent_context(passage: Passage, data: Mapping[str, Any]) -> dict[str, Any]:
    definition, language = passage.definition, passage.language
    return {
        "text": text_of(definition, "consent", language),
        "facts": facts_of(definition, language),
        "warning": said(definition["presentation"]["warning"], definition, language),
        "information": definition["information"],
        "data": data,
    }


def step_page(
    request: HttpRequest,
    passage: Passage,
    standing: Standing,
    *,
    data: Mapping[str, Any] | None = None,
    errors: Errors | None = None,
    sent_before: bool = False,
) -> HttpResponse:
    """The page of whichever step the person stands at.

    `sent_before`: it says that what was sent just now differs from what is stored, and was not taken.
    """
    if standing.assignment is not None:
        return unit_page(
            request, passage, standing.assignment, data=data, errors=errors, sent_before=sent_before
        )
    spec = passage.spec
    step = steps.get(spec["kind"])
    context = base_context(request, passage, spec["kind"])
    context["spec"] = spec
    context |= step.context(passage, spec, data or {}, errors or {})
    context["errors"] = errors or {}
    if spec["kind"] == EXIT and passage.preview:
        context["completion_code"] = "PREVIEW"
    elif spec["kind"] == EXIT and isinstance(passage, RealPassage):
        context["departure"] = _departure(passage.enrolment, "completed")
        context["completion_code"] = context["departure"].code or completion_code(passage.enrolment)
    context["again"] = sent_before
    return render(request, step.template, context, status=_status(errors, sent_before))


def unit_page(
    request: HttpRequest,
    passage: Passage,
    assignment: Assignment,
    *,
    data: Mapping[str, Any] | None = None,
    errors: Errors | None = None,
    sent_before: bool = False,
) -> HttpResponse:
    context = _unit_context(request, passage, assignment, data or {}, errors or {})
    context["again"] = sent_before
    return render(request, "participation/unit.html", context, status=_status(errors, sent_before))


def stored_page(
    request: HttpRequest, passage: RealPassage, assignment: Assignment, stored: Mapping[str, Any]
) -> HttpResponse:
    """Another answer under the same key: what is stored, and a form to correct it where allowed."""
    context = _unit_context(request, passage, assignment, stored, {})
    context |= {
        "step": "stored",
        "stored": stored,
        "may_correct": passage.definition["corrections"]["allowed"]
        and passage.enrolment.state != Enrolment.COMPLETED,
    }
    return render(request, "participation/stored.html", context, status=409)


def consent_copy(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    """What this person agreed to, word for word, to keep or to print."""
    definition = enrolment.version.definition
    language = enrolment.consents.get("language", enrolment.language)
    context = base_context(request, RealPassage(enrolment), "consent-copy")
    context |= {
        "text": text_of(definition, "consent", language),
        "facts": facts_of(definition, language),
        "consents": enrolment.consents,
        "agreed_at": parse_datetime(enrolment.consents.get("at", "")),
    }
    return render(request, "participation/consent_copy.html", context)


def leave_page(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    """What pausing, leaving and withdrawing do to answers and pay, before anybody does one of them."""
    return render(request, "participation/leave.html", base_context(request, RealPassage(enrolment), "leave"))


def message_page(
    request: HttpRequest, study: Study, language: str, key: str, *, text: str = "", error: str = ""
) -> HttpResponse:
    definition = definition_of(study)
    context = _study_context(request, study, definition, language, "message")
    context |= {"title": _("Write to the researchers"), "submission_key": key, "text": text, "error": error}
    context["contact"] = said(definition["information"]["contact"], definition, language)
    return render(request, "participation/message.html", context, status=422 if error else 200)


def withdraw_page(
    request: HttpRequest, *, slug: str = "", code: str = "", error: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "slug": slug,
        "code": code,
        "error": error,
        "step": "withdraw",
        "title": _("Delete my answers"),
        "language": get_language(),
    }
    return render(request, "participation/withdraw.html", context, status=status)


def definition_of(study: Study) -> dict[str, Any]:
    """The definition as it is served, for whoever is not in the study."""
    definition: dict[str, Any] = study.version.definition if study.version else study.definition
    return definition


def provider_of(study: Study) -> str:
    """By the draft's definition: how people are recruited is no part of what was frozen."""
    return str(study.definition["recruitment"]["provider"])


def _departure(enrolment: Enrolment, outcome: str) -> Any:
    study = enrolment.batch.study
    return providers.get(provider_of(study)).departure(study, outcome, details_of(enrolment.participant))


def _study_context(
    request: HttpRequest, study: Study, definition: Mapping[str, Any], language: str, step: str
) -> dict[str, Any]:
    return {
        "study": study,
        "slug": study.slug,
        "step": step,
        "language": language,
        "direction": languages.direction(language),
        "languages": languages.choices(definition["locales"]),
        "back": request.get_full_path(),
    }


def base_context(request: HttpRequest, passage: Passage, step: str) -> dict[str, Any]:
    """What every page inside a study has."""
    context = _study_context(request, passage.study, passage.definition, passage.language, step)
    context |= {"done": passage.answered, "wanted": passage.wanted, "preview": passage.preview}
    context["lease_minutes"] = passage.lease_minutes
    seconds = None
    if passage.preview:
        context |= {
            "spec": passage.spec,
            "steps_ahead": passage.definition["steps"],
            "arms": passage.definition["conditions"],
            "condition": passage.condition,
        }
    if isinstance(passage, RealPassage):
        enrolment, now = passage.enrolment, clock.now()
        context["withdrawal_code"] = withdrawal_code(enrolment.participant)
        context["in_units"] = enrolment.state == Enrolment.ACTIVE
        context["lease_seconds"] = max(0, round((enrolment.expires_at - now).total_seconds()))
        seconds = (now - enrolment.started_at).total_seconds()
    if step not in ("exit", "consent-copy"):
        progress = progress_of(passage, seconds)
        context |= {"percent": progress.percent, "minutes_left": progress.minutes_left}
    return context


def _unit_context(
    request: HttpRequest,
    passage: Passage,
    assignment: Assignment,
    data: Mapping[str, Any],
    errors: Errors,
) -> dict[str, Any]:
    context = base_context(request, passage, UNITS)
    output, item = assignment.unit.output, assignment.item
    part = part_of(passage.definition, assignment)
    asked = asked_of(passage.definition, judges_output=output is not None, part=part)
    plain = request.GET.get("view", request.COOKIES.get(PLAIN, "")) == PLAIN
    context |= task_context(passage, item, output, plain=plain, first_part=part == 1)
    first = assignment.first or {}
    context |= question_context(passage, asked, data or (first if asked.own_answer else {}), errors)
    context |= {
        "part": part,
        "first": first,
        "unit_key": tokens.hashed(assignment.submission_key)[:16],
        "submission_key": assignment.submission_key,
        "number": min(passage.done + 1, passage.wanted),
        "may_skip": passage.definition["skipping"]["allowed"],
        "record_away": isinstance(passage, RealPassage)
        and bool(passage.enrolment.consents.get("record_away")),
    }
    texts = [context[name] for name in TEXTS if name in context]
    formatted = passage.definition["presentation"]["format"] != PLAIN
    if (plain and formatted) or not all(one.plain for one in texts):
        context["plain_address"] = f"?view={'rich' if plain else PLAIN}"
    context["image_address"] = passage.image_address(item, assignment)
    if not passage.preview:
        context["keep_address"] = reverse("participation:keep", args=[passage.study.slug])
    return context


def _status(errors: Errors | None, sent_before: bool) -> int:
    return 422 if errors else 409 if sent_before else 200
