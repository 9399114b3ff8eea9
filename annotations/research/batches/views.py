"""Pages of batches: the list, one batch, and the form that adds one with a preview of what it would draw."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from annotations.core.errors import Refusal
from annotations.research.access import access_batch
from annotations.research.batches import showing
from annotations.research.batches.forms import BatchForm, ExtendForm
from annotations.research.gates import form_page, page, user_of
from annotations.research.overview import batch_lines, released
from annotations.research.views.studies import study_context
from annotations.studies.access import EDIT, access_study
from annotations.studies.adding import add_batch, filled_settings, rows_of, strange_in
from annotations.studies.definition.reading import batch_faults
from annotations.studies.models import Batch, Study
from annotations.studies.obstacles import batch_obstacles
from annotations.studies.previewing import Preview, preview_batch

BATCHES_A_PAGE = STRATA_A_PAGE = 50
# Rows of a collection up to which a page counts what would be drawn.
COUNTED = 300_000
TOO_MANY = (
    "The collection is too large to count here what would be drawn. Add the batch: a job draws it, and its"
    " page shows the numbers."
)


@page
def batches(request: HttpRequest, slug: str) -> HttpResponse:
    study = access_study(user_of(request), slug)
    listed = Paginator(released(study), BATCHES_A_PAGE).get_page(request.GET.get("page"))
    lines = [
        (line, showing.state_of(line.batch, study), showing.next_of(line, study))
        for line in batch_lines(listed)
    ]
    context = study_context(request, study, "batches") | {
        "lines": lines,
        "listed": listed,
        "preparing": showing.preparing_of(study),
        "defined": study.definition["batches"] if study.state == Study.DRAFT else [],
    }
    return render(request, "research/batches/list.html", context)


@page
def batch(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    study = access_study(user_of(request), slug)
    found = access_batch(study, name)
    line, bins = showing.line_and_bins(found)
    listed = Paginator(showing.strata_names(found), STRATA_A_PAGE).get_page(request.GET.get("page"))
    context = study_context(request, study, "batches") | {
        "line": line,
        "batch": found,
        "state": showing.state_of(found, study),
        "next": showing.next_of(line, study),
        "now": showing.settings_now(found),
        "listed": listed,
        "strata": showing.strata_of(found, listed.object_list),
        "bins": bins,
        "history": showing.history_of(study, found),
        "form": ExtendForm(batch=found),
        "running": found.state in (Batch.OPEN, Batch.PAUSED),
    }
    return render(request, "research/batches/batch.html", context)


@form_page
def add(request: HttpRequest, slug: str) -> HttpResponse:
    study = access_study(user_of(request), slug, roles=EDIT)
    form = BatchForm(request.POST or None, choices=showing.choices_of(study), initial=_initial(study))
    preview: Preview | None = None
    reasons: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.given()
        form.add_faults(batch_faults(given))
        reasons = [] if form.errors else _reasons(request, study, given)
        if not form.errors and not reasons:
            if request.POST.get("do") == "add":
                if done := _add(request, study, given, reasons):
                    return done
            elif rows_of(study) > COUNTED:
                reasons = [TOO_MANY]
            else:
                preview = preview_batch(study, filled_settings(given))
    context = study_context(request, study, "batches") | {
        "form": form,
        "preview": preview,
        "reasons": reasons,
        "wrong": request.method == "POST" and bool(form.errors),
    }
    status = 422 if request.method == "POST" and (form.errors or reasons) else 200
    return render(request, "research/batches/add.html", context, status=status)


def _add(
    request: HttpRequest, study: Study, given: dict[str, Any], reasons: list[str]
) -> HttpResponse | None:
    try:
        added = add_batch(study=study, given=given, actor=user_of(request).email)
    except Refusal as refusal:
        reasons.append(str(refusal))
        return None
    if added is None:
        messages.success(request, "The batch stands in the draft: it is drawn when the study opens.")
    elif added.state == Batch.PREPARING:
        messages.success(request, "The batch is being prepared, and opens by itself. People go on meanwhile.")
    else:
        messages.success(request, "The batch was added.")
        return redirect("research:batch", slug=study.slug, name=added.name)
    return redirect("research:batches", slug=study.slug)


def _reasons(request: HttpRequest, study: Study, given: dict[str, Any]) -> list[str]:
    """Why it cannot be added; studies that are not the user's read as if there were none."""
    settings = filled_settings(given)
    if strange := strange_in(study, settings, user_of(request).email):
        return strange
    reasons = batch_obstacles(study, study.definition, settings)
    if study.state == Study.CLOSED:
        reasons.append("The study is closed: no batch can be added to it.")
    return reasons


def _initial(study: Study) -> dict[str, Any]:
    """As the last batch was, with another name."""
    last = study.definition["batches"][-1] if study.definition["batches"] else {}
    taken = {one["name"] for one in study.definition["batches"]}
    number = len(taken) + 1
    while f"batch-{number}" in taken:
        number += 1
    kept = ("participants", "units_per_participant", "overlap", "strategy", "strata", "lease_minutes")
    usual = {"participants": 60, "units_per_participant": 20, "overlap": 3, "lease_minutes": 30}
    return {
        "name": f"batch-{number}",
        "strata": ["domain"],
        **usual,
        **{name: last[name] for name in kept if name in last},
    }
