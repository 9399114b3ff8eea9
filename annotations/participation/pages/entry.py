"""Pages before anybody is in: eligibility and consent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from annotations.participation import steps
from annotations.participation.entry import EntryPassage, facts_of, hash_of_words
from annotations.participation.pages.contexts import Errors, study_context
from annotations.participation.passage import Passage
from annotations.participation.texts import said, text_of

TICK = _("To take part, tick the box. If you do not want to take part, just close this page.")
CHANGED = _(
    "This page has changed since you opened it, and nothing was stored. Please read it as it is now, and tick"
    " the box again if you want to take part."
)


def entry_page(
    request: HttpRequest,
    passage: EntryPassage,
    entry_key: str,
    passed: str,
    errors: Errors,
    *,
    afresh: bool = False,
) -> HttpResponse:
    """Eligibility or consent: before anybody is in. `afresh`: no box is ticked."""
    spec = passage.spec
    context = study_context(request, passage.study, passage.definition, passage.language, spec["kind"])
    context["languages_first"] = (
        True  # whoever cannot read the page looks for their language before anything else
    )
    context |= {"spec": spec, "submission_key": entry_key, "passed": passed, "errors": errors}
    data = request.POST if errors and not afresh else {}
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
        "words": hash_of_words(definition, language),
        "warning": said(definition["presentation"]["warning"], definition, language),
        "information": definition["information"],
        "data": data,
    }
