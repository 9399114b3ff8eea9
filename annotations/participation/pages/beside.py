"""Pages beside the passage: a copy of the consent, leaving, writing, withdrawing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from annotations.participation.entry import facts_of
from annotations.participation.pages.contexts import base_context, definition_of, study_context
from annotations.participation.passage import RealPassage
from annotations.participation.texts import said, text_of
from annotations.people.enrolling import withdrawal_code
from annotations.people.models import Enrolment
from annotations.studies.models import RetentionDate, Study
from annotations.studies.retention import day_has_come


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
    request: HttpRequest,
    study: Study,
    language: str,
    key: str,
    *,
    may_return: bool,
    text: str = "",
    error: str = "",
) -> HttpResponse:
    definition = definition_of(study)
    context = study_context(request, study, definition, language, "message")
    context |= {"title": _("Write to the researchers"), "submission_key": key, "text": text, "error": error}
    context["may_return"] = may_return
    context["contact"] = said(definition["information"]["contact"], definition, language)
    # What is written after that day would stay for ever: nothing is due any more.
    context["over"] = day_has_come(definition, RetentionDate.ANSWERS)
    return render(request, "participation/message.html", context, status=422 if error else 200)


def withdraw_page(
    request: HttpRequest,
    *,
    enrolment: Enrolment | None,
    slug: str = "",
    code: str | None = None,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    """Whoever comes from the study need not copy the code: their other pages show it all the same."""
    if code is None:
        code = withdrawal_code(enrolment.participant) if enrolment else ""
    context = {
        "may_return": enrolment is not None,
        "slug": slug,
        "code": code,
        "error": error,
        "step": "withdraw",
        "title": _("Delete my answers"),
        "language": get_language(),
    }
    return render(request, "participation/withdraw.html", context, status=status)
