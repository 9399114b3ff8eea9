"""Parts of results, runs beside each other, words to quote, and the data as they are now."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from annotations.analysis.models import Run
from annotations.analysis.runs import is_older, stamp_of
from annotations.core import audit
from annotations.core.errors import NotFound
from annotations.releases.interim import access_interim, want_interim
from annotations.research.access import access_job, access_run
from annotations.research.gates import act, page, user_of
from annotations.research.results import calibration_of, supervision_of
from annotations.research.runs.comparing import compared, made_with
from annotations.research.runs.quoting import cautions_of, curves_of, paragraph_of, quotes_of, unplanned_of
from annotations.research.runs.slices import choices_of, named, slice_of
from annotations.research.shown import KINDS, shown_runs
from annotations.research.views.studies import study_context
from annotations.studies.access import EDIT, access_study
from annotations.studies.models import Study

A_PAGE = 50
DIGITS = re.compile(r"[0-9]{1,18}")


@page
def slice_(request: HttpRequest, slug: str) -> HttpResponse:
    """Supervision of one domain, system, group of people or condition."""
    study = access_study(user_of(request), slug)
    view = shown_runs(study, figures=False).get("supervision")
    if view is None:
        raise NotFound("There is no run of supervision.")
    group, value = request.GET.get("group", ""), request.GET.get("value", "")
    # A form names both in one choice.
    if "part" in request.GET:
        group, _, value = request.GET["part"].partition(":")
    part = slice_of(view, group, value)
    context = study_context(request, study, "results")
    context |= {
        "part": named(study, group, value),
        "chosen": f"{group}:{value}",
        "choices": choices_of(view),
        "supervision": supervision_of(study, part, context["kinds"].noun),
    }
    return render(request, "research/runs/slice.html", context)


@page
def runs(request: HttpRequest, slug: str) -> HttpResponse:
    study = access_study(user_of(request), slug)
    found = Run.objects.filter(study=study).order_by("-confirmed_at", "-pk")
    listed = Paginator(found.defer("summary", "warnings"), A_PAGE).get_page(request.GET.get("page"))
    stamp = stamp_of(study)
    context = study_context(request, study, "results") | {
        "listed": listed,
        "lines": [(run, is_older(run, stamp)) for run in listed],
    }
    return render(request, "research/runs/runs.html", context)


@page
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    study = access_study(user_of(request), slug)
    context = study_context(request, study, "results")
    a, b = (_run(study, request.GET.get(name, "")) for name in ("a", "b"))
    context |= {"a": a, "b": b}
    if a is None or b is None:
        context["reason"] = "Choose two runs to compare."
    elif a.kind != b.kind:
        context["reason"] = f"These are different analyses ({a.kind}, {b.kind}): choose two of one kind."
    else:
        context |= {"differences": made_with(a, b), "lines": compared(a, b)}
    return render(request, "research/runs/compare.html", context)


def _run(study: Study, pk: str) -> Run | None:
    return access_run(study, int(pk)) if DIGITS.fullmatch(pk) else None


@page
def words(request: HttpRequest, slug: str) -> HttpResponse:
    """Sentences to quote, and the methods paragraph."""
    study = access_study(user_of(request), slug)
    context: dict[str, Any] = study_context(request, study, "results")
    found, kinds = shown_runs(study, figures=False), context["kinds"]
    if not found:
        raise NotFound("Nothing has been analysed yet.")
    quotes: list[str] = []
    if "supervision" in found:
        supervision = supervision_of(study, found["supervision"], kinds.noun)
        quotes += quotes_of(supervision, kinds.noun, kinds.mark)
    if "calibration" in found:
        quotes += curves_of(calibration_of(study, found["calibration"]), kinds.mark)
    views = [found[kind] for kind in KINDS if kind in found]
    context |= {
        # With as many lines as they need in a box of usual width.
        "quotes": [(sentence, 1 + len(sentence) // 50) for sentence in quotes],
        "cautions": cautions_of(views),
        "unplanned": unplanned_of(study, views),
        "paragraph": paragraph_of(study, views),
    }
    return render(request, "research/runs/words.html", context)


@act(then="releases")
def want_interim_data(request: HttpRequest, slug: str) -> None:
    user = user_of(request)
    study = access_study(user, slug, roles=EDIT)
    want_interim(study=study, wanted_by=user.email)


@page
def interim(request: HttpRequest, slug: str, pk: uuid.UUID) -> HttpResponseBase:
    user = user_of(request)
    study = access_study(user, slug, roles=EDIT)
    path = access_interim(access_job(study, pk))
    audit.record(actor=user.email, action="interim data downloaded", subject=study.slug)
    response = FileResponse(path.open("rb"), as_attachment=True, filename=f"{slug}-interim.zip")
    response["Cache-Control"] = "no-store"
    return response
