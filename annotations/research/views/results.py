"""Results of a study: the page, its figures, its tables."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render

from annotations.research.access import access_figure, access_run
from annotations.research.answers import answer_sections
from annotations.research.beyond import sections_of
from annotations.research.gates import page, user_of
from annotations.research.reliability import reliability_of
from annotations.research.results import axis_of, calibration_of, supervision_of
from annotations.research.runs.slices import choices_of
from annotations.research.shown import shown_runs
from annotations.research.tables import Row, TableRows, as_csv, columns_of
from annotations.research.views.studies import study_context
from annotations.studies.access import access_study
from annotations.studies.models import Axis

ROWS_A_PAGE = 100
# A figure opened by itself runs nothing and loads nothing; its own styles are all it has.
FIGURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@page
def results(request: HttpRequest, slug: str) -> HttpResponse:
    study = access_study(user_of(request), slug)
    context = study_context(request, study, "results")
    runs = shown_runs(study)
    if "calibration" in runs:
        context["calibration"] = calibration_of(study, runs["calibration"])
        context["answers"] = answer_sections(runs["calibration"])
    if "supervision" in runs:
        context["choices"] = choices_of(runs["supervision"])
        context["supervision"] = supervision_of(study, runs["supervision"], context["kinds"].noun)
        context["sections"] = sections_of(runs["supervision"], context["kinds"].noun)
    if "reliability" in runs:
        context["reliability"] = reliability_of(study, runs["reliability"])
    return render(request, "research/results.html", context)


@page
def figure(request: HttpRequest, slug: str, pk: int, dark: bool = False) -> HttpResponse:
    found = access_figure(access_study(user_of(request), slug), pk)
    # Runs made before there were dark figures have none.
    dark = dark and bool(found.dark)
    response = HttpResponse(found.dark if dark else found.svg, content_type="image/svg+xml")
    response["Content-Security-Policy"] = FIGURE_POLICY
    name = f"{slug}-{found.name}{'-dark' if dark else ''}"
    response["Content-Disposition"] = f'inline; filename="{name}.svg"'
    return response


@page
def table(request: HttpRequest, slug: str, pk: int, name: str) -> HttpResponse:
    """A result table in full, a page at a time."""
    study = access_study(user_of(request), slug)
    run = access_run(study, pk)
    rows = TableRows(run, name)
    pages: Paginator[Row] = Paginator(rows, ROWS_A_PAGE)
    listed = pages.get_page(request.GET.get("page"))
    lines = list(listed)
    columns = columns_of(name, lines)
    lender = Axis.objects.filter(study=study).values_list("source_slug", flat=True).first()
    context = study_context(request, study, "results") | {
        "run": run,
        "name": name,
        "columns": columns,
        "lines": [[row.get(column) for column in columns] for row in lines],
        "listed": listed,
        "axis": axis_of(study, run.summary.get("axis", ""), lender or ""),
    }
    return render(request, "research/table.html", context)


@page
def table_csv(request: HttpRequest, slug: str, pk: int, name: str) -> HttpResponseBase:
    rows = TableRows(access_run(access_study(user_of(request), slug), pk), name)
    lines = as_csv(columns_of(name, rows[:1]), rows)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slug}-{name}.csv"'
    return response
