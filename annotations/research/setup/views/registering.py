"""The bundle to register, and where it was registered."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from annotations.core.errors import Refusal
from annotations.research.gates import form_page, page, user_of
from annotations.research.setup.views.gate import setup_context, study_for
from annotations.studies.access import access_study
from annotations.studies.history import Registration
from annotations.studies.registering import (
    as_markdown,
    first_version,
    plan_of,
    record_registration,
    registrations,
)


@form_page
def register(request: HttpRequest, slug: str) -> HttpResponse:
    study, refused = study_for(request, slug), ""
    if request.method == "POST":
        try:
            record_registration(
                study=study,
                address=request.POST.get("address", ""),
                registered_on=request.POST.get("registered_on", ""),
                actor=user_of(request).email,
            )
        except Refusal as refusal:
            refused = str(refusal)
        else:
            messages.success(request, "The registration is recorded.")
            return redirect("research:setup-register", slug=study.slug)
    # Of a draft the hash takes reading every row: the files to download have it.
    opened, listed = first_version(study), registrations(study)
    context = {
        "opened": opened,
        "registrations": listed,
        "differs": opened is not None and _differs(listed, opened.definition_hash),
        "refused": refused,
        "typed": request.POST if refused else {},
    }
    context |= setup_context(request, study, "register")
    return render(request, "research/setup/register.html", context, status=422 if refused else 200)


def _differs(listed: list[Registration], hashed: str) -> bool:
    return bool(listed) and listed[0].definition_hash != hashed


@page
def as_json(request: HttpRequest, slug: str) -> HttpResponse:
    study = access_study(user_of(request), slug)
    text = json.dumps(plan_of(study), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    return _file(text, "application/json", f"{study.slug}-plan.json")


@page
def as_words(request: HttpRequest, slug: str) -> HttpResponse:
    study = access_study(user_of(request), slug)
    return _file(as_markdown(plan_of(study)), "text/markdown; charset=utf-8", f"{study.slug}-plan.md")


def _file(text: str, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
