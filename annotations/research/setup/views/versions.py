"""Versions of an opened study and revisions of its set-up: what differs between any two; amending."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from annotations.core.errors import Refusal
from annotations.research.gates import form_page, page, user_of
from annotations.research.setup.differences import told
from annotations.research.setup.views.gate import setup_context, study_for
from annotations.studies.access import access_study
from annotations.studies.definition import as_served, definition_difference
from annotations.studies.drafts import discard_amendment, make_amendment, working_definition
from annotations.studies.history import Revision
from annotations.studies.models import Study, StudyVersion

LISTED = 50


@dataclass(frozen=True)
class Kept:
    """A definition that is kept: a version `v1`, or a revision `r7`."""

    key: str
    title: str
    at: datetime
    by: str = ""
    hashed: str = ""


@page
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    study = access_study(user_of(request), slug)
    frozen = [
        Kept(f"v{one.number}", f"Version {one.number}", one.frozen_at, hashed=one.definition_hash)
        for one in StudyVersion.objects.filter(study=study).defer("definition").order_by("-number")[:LISTED]
    ]
    pages = Paginator(Revision.objects.filter(study=study).defer("definition"), LISTED)
    listed = pages.get_page(request.GET.get("page"))
    revisions = [
        Kept(f"r{one.number}", f"Revision {one.number}", one.saved_at, one.saved_by, ", ".join(one.changed))
        for one in listed
    ]
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    context: dict[str, Any] = {"frozen": frozen, "revisions": revisions, "listed": listed}
    if before and after:
        changes = definition_difference(_definition(study, before), _definition(study, after))
        context |= {"compared": True, "changes": told(changes)}
    context |= setup_context(request, study, "versions") | {"before": before, "after": after}
    return render(request, "research/setup/versions.html", context)


def _definition(study: Study, key: str) -> dict[str, Any]:
    """Of a version, of a revision, or as it is edited now."""
    if key == "now":
        return working_definition(study)
    number = int(key[1:]) if key[1:].isdecimal() and len(key) < 10 else 0
    rows: Any = StudyVersion if key[:1] == "v" else Revision
    found = rows.objects.filter(study=study, number=number).values_list("definition", flat=True).first()
    if found is None:
        raise Http404
    return as_served(found)


@form_page
def amend(request: HttpRequest, slug: str) -> HttpResponse:
    """The amendment as a whole: its difference, and its making or discarding."""
    study, refused = study_for(request, slug), ""
    if request.method == "POST":
        try:
            return _act(request, study)
        except Refusal as refusal:
            refused = str(refusal)
    now = as_served(study.definition)
    changes = told(definition_difference(now, working_definition(study)))
    context = {"changes": changes, "refused": refused, **setup_context(request, study, "amend")}
    return render(request, "research/setup/amend.html", context, status=422 if refused else 200)


def _act(request: HttpRequest, study: Study) -> HttpResponse:
    actor, revision = user_of(request).email, request.POST.get("revision", "")
    if request.POST.get("act") == "discard":
        discard_amendment(study=study, actor=actor)
        messages.success(request, "The amendment is discarded. Nothing of the study has changed.")
        return redirect("research:setup-amend", slug=study.slug)
    seen = int(revision) if revision.isdecimal() and len(revision) < 10 else 0
    version = make_amendment(study=study, revision=seen, actor=actor)
    messages.success(request, f"The study is amended: version {version.number} holds for whoever comes now.")
    return redirect("research:setup-versions", slug=study.slug)
