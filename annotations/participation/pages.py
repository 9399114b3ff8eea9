"""What each step's page is given. Nothing that a participant must not know gets into a context."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotations.allocation.models import Assignment
from annotations.core import tokens
from annotations.participation.debrief import wrong_answers
from annotations.participation.flow import CONSENT, EXIT, GONE, INSTRUCTIONS, NO_TASK, OVER, PAUSED, UNITS
from annotations.participation.texts import text_of
from annotations.people.enrolling import completion_code, withdrawal_code
from annotations.people.models import Enrolment
from annotations.studies.models import Study

VERDICT_CHOICES = (
    ("correct", "Correct", "It answers the task, and rightly."),
    ("avoidant", "Avoidant", "It does not answer: it refuses, evades or talks of something else."),
    ("incorrect", "Incorrect", "It answers the task, but wrongly."),
    ("unsure", "Unsure", "I cannot tell."),
)


def notice(
    request: HttpRequest, title: str, text: str, *, status: int = 200, slug: str = "", step: str = "notice"
) -> HttpResponse:
    """A page that says one thing, kindly."""
    context = {"title": title, "text": text, "slug": slug, "step": step}
    return render(request, "participation/notice.html", context, status=status)


# What people read who are in the study and have no unit before them.
AWAY = {
    "left": (
        "You have left",
        "You have left the study. The answers you gave are stored. You may come back from the same browser"
        " while there is a free place.",
    ),
    GONE: (
        "Your place is taken",
        "Your place was given to somebody else while you were away, and none is free just now. The answers"
        " you gave are stored. You can try again later from this address.",
    ),
    PAUSED: (
        "The study takes a break",
        "Nothing is handed out just now. The answers you gave are stored. Please come back to this address"
        " later and go on where you are.",
    ),
    NO_TASK: (
        "No task for you just now",
        "Others are working on all tasks that are left, so your place was given back. Some may become free"
        " again: you can look later at this address.",
    ),
    OVER: ("This study is over", "The answers you gave are stored. Thank you for taking part."),
}


def away_page(request: HttpRequest, enrolment: Enrolment, step: str) -> HttpResponse:
    context = _context(enrolment, step)
    context["title"], context["text"] = AWAY[step]
    context["may_return"] = step != OVER
    return render(request, "participation/away.html", context)


def consent_page(
    request: HttpRequest, study: Study, entry_key: str, *, error: str = "", status: int = 200
) -> HttpResponse:
    definition = _definition(study)
    context = {
        "study": study,
        "step": CONSENT,
        "text": text_of(definition, "consent", "en"),
        "submission_key": entry_key,
        "error": error,
    }
    return render(request, "participation/consent.html", context, status=status)


def instructions_page(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    context = _context(enrolment, INSTRUCTIONS)
    context["text"] = text_of(enrolment.version.definition, "instructions", enrolment.language)
    return render(request, "participation/instructions.html", context)


def unit_page(
    request: HttpRequest,
    enrolment: Enrolment,
    assignment: Assignment,
    *,
    data: Mapping[str, Any] | None = None,
    errors: dict[str, str] | None = None,
) -> HttpResponse:
    context = _unit_context(enrolment, assignment, data or {})
    context["errors"] = errors or {}
    return render(request, "participation/unit.html", context, status=422 if errors else 200)


def stored_page(
    request: HttpRequest, enrolment: Enrolment, assignment: Assignment, stored: Mapping[str, Any]
) -> HttpResponse:
    """Another answer under the same key: what is stored, and a form to correct it where allowed."""
    context = _unit_context(enrolment, assignment, stored)
    context |= {
        "step": "stored",
        "stored": stored,
        "may_correct": enrolment.version.definition["corrections"]["allowed"]
        and enrolment.state != Enrolment.COMPLETED,
        "errors": {},
    }
    return render(request, "participation/stored.html", context, status=409)


def exit_page(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    context = _context(enrolment, EXIT)
    context |= {
        "text": text_of(enrolment.version.definition, "debrief", enrolment.language),
        "wrong": wrong_answers(enrolment),
        "completion_code": completion_code(enrolment),
        "withdrawal_code": withdrawal_code(enrolment.participant),
    }
    return render(request, "participation/exit.html", context)


def withdraw_page(
    request: HttpRequest, *, slug: str = "", code: str = "", error: str = "", status: int = 200
) -> HttpResponse:
    context = {"slug": slug, "code": code, "error": error, "step": "withdraw", "title": "Delete my answers"}
    return render(request, "participation/withdraw.html", context, status=status)


def _context(enrolment: Enrolment, step: str) -> dict[str, Any]:
    return {
        "study": enrolment.batch.study,
        "slug": enrolment.batch.study.slug,
        "step": step,
        "language": enrolment.language,
        "done": enrolment.answered,
        "wanted": enrolment.wanted,
        "withdrawal_code": withdrawal_code(enrolment.participant),
    }


def _unit_context(enrolment: Enrolment, assignment: Assignment, data: Mapping[str, Any]) -> dict[str, Any]:
    context = _context(enrolment, UNITS)
    output = assignment.unit.output
    context |= {
        "prompt": assignment.item.prompt,
        "output_text": output.text if output else None,
        "unit_key": tokens.hashed(assignment.submission_key)[:16],
        "submission_key": assignment.submission_key,
        "number": min(enrolment.answered + 1, enrolment.wanted),
        "verdicts": VERDICT_CHOICES,
        "data": {
            name: data.get(name, "")
            for name in ("answer", "dont_know", "difficulty", "verdict", "confidence")
        },
    }
    return context


def _definition(study: Study) -> dict[str, Any]:
    definition: dict[str, Any] = study.version.definition if study.version else study.definition
    return definition
