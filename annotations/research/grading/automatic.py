"""Grading by a named grader: choose it and the outputs, look at what it says, record or drop it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from annotations.catalogue.autograding.choosing import STANDINGS, UNGRADED, names
from annotations.catalogue.autograding.marking import options_of
from annotations.catalogue.autograding.models import GradingRun
from annotations.catalogue.autograding.services import drop_run, want_marks, want_recording
from annotations.catalogue.outputgraders import OUTPUT_GRADERS
from annotations.core.errors import NotFound, Refusal
from annotations.research.gates import act, page, user_of
from annotations.research.grading.pages import access_graded
from annotations.research.grading.reading import changes_of, marks_of, not_understood, runs_of
from annotations.research.views.studies import study_context
from annotations.studies.access import EDIT
from annotations.studies.freezing import loads_of
from annotations.studies.models import Study

MARKS_A_PAGE = 25
FILTERS = ("domain", "system", "template", "standing")
STANDING_LABELS = {
    UNGRADED: "without a grade",
    "all": "all, also those that are graded",
    "correct": "graded correct",
    "avoidant": "graded avoidant",
    "incorrect": "graded incorrect",
}


def access_run(study: Study, pk: int) -> GradingRun:
    run = runs_of(study).filter(pk=pk).first()
    if run is None:
        raise NotFound("There is no such grading of this study.")
    return run


@page
def choose(request: HttpRequest, slug: str) -> HttpResponse:
    study = access_graded(request, slug, EDIT)
    return _form(request, study, request.GET)


def _form(request: HttpRequest, study: Study, given: Mapping[str, Any]) -> HttpResponse:
    grader = OUTPUT_GRADERS.get(given.get("grader", "")) or OUTPUT_GRADERS["numeric"]
    context = study_context(request, study, "grading") | {
        "graders": list(OUTPUT_GRADERS.values()),
        "grader": grader,
        "fields": [
            (option, given.get(option.name, option.default), "\n" in option.default or "avoid" in option.name)
            for option in options_of(grader)
        ],
        "filters": {field: (found, given.get(field, "")) for field, found in _names(study).items() if found},
        "standings": [(name, STANDING_LABELS[name]) for name in STANDINGS],
        "standing": given.get("standing", UNGRADED),
    }
    return render(request, "research/grading/choose.html", context)


def _names(study: Study) -> dict[str, list[str]]:
    return names(study.collection_id, loads_of(study))


@act(then="grading")
def mark(request: HttpRequest, slug: str) -> HttpResponse:
    """Have the outputs marked. Where it cannot be, the form comes back as it was sent."""
    user = user_of(request)
    study = access_graded(request, slug, EDIT)
    given = {name: str(value).replace("\0", "") for name, value in request.POST.items()}
    chosen: dict[str, Any] = {field: given[field] for field in FILTERS if given.get(field)}
    if chosen.get("standing") not in STANDINGS:
        chosen["standing"] = UNGRADED
    try:
        run = want_marks(
            collection=study.collection,
            subject=study.slug,
            grader=given.get("grader", ""),
            options=given,
            chosen=chosen | {"loads": loads_of(study)},
            actor=user.email,
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return _form(request, study, given)
    return redirect("research:grading-run", slug=slug, pk=run.pk)


@page
def run(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    study = access_graded(request, slug)
    found = access_run(study, pk)
    done = found.state != GradingRun.MARKING
    listed = Paginator(not_understood(found), MARKS_A_PAGE).get_page(request.GET.get("page"))
    context = study_context(request, study, "grading") | {
        "run": found,
        "grader": OUTPUT_GRADERS[found.grader],
        "chosen": [(name, value) for name, value in found.chosen.items() if name in FILTERS],
        "done": done,
        "marks": marks_of(found) if done else [],
        "changes": changes_of(found) if found.state == GradingRun.MARKED else 0,
        "listed": listed,
    }
    return render(request, "research/grading/run.html", context)


@act(then="grading")
def record(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    user = user_of(request)
    study = access_graded(request, slug, EDIT)
    found = access_run(study, pk)
    if want_recording(run=found, actor=user.email):
        messages.success(request, "The grades are being recorded. You can leave this page.")
    else:
        messages.success(request, "The grades are recorded. Results that rest on earlier ones show as stale.")
    return redirect("research:grading-run", slug=slug, pk=pk)


@act(then="grading")
def drop(request: HttpRequest, slug: str, pk: int) -> None:
    user = user_of(request)
    study = access_graded(request, slug, EDIT)
    drop_run(run=access_run(study, pk), actor=user.email)
    messages.success(request, "The run was dropped. No grade has changed.")
