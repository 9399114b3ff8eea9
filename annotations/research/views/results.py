"""Results of a study: the page, its figures, its tables."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotations.research.access import access_figure, access_run
from annotations.research.gates import page, user_of
from annotations.research.results import axis_of, calibration_of, supervision_of
from annotations.research.tables import access_rows, as_csv, columns_of
from annotations.research.views.studies import study_context
from annotations.studies.access import access_study

ROWS_A_PAGE = 100
# A figure opened by itself runs nothing and loads nothing; its own styles are all it has.
FIGURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@page
def results(request: HttpRequest, slug: str) -> HttpResponse:
    study = access_study(user_of(request), slug)
    context = study_context(request, study, "results")
    context["calibration"] = calibration_of(study)
    context["supervision"] = supervision_of(study, context["kinds"].noun)
    return render(request, "research/results.html", context)


@page
def figure(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    found = access_figure(access_study(user_of(request), slug), pk)
    response = HttpResponse(found.svg, content_type="image/svg+xml")
    response["Content-Security-Policy"] = FIGURE_POLICY
    response["Content-Disposition"] = f'inline; filename="{slug}-{found.name}.svg"'
    return response


@page
def table(request: HttpRequest, slug: str, pk: int, name: str) -> HttpResponse:
    """A result table in full, a page at a time."""
    study = access_study(user_of(request), slug)
    run = access_run(study, pk)
    rows = access_rows(run, name)
    columns = columns_of(name, rows)
    listed = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = study_context(request, study, "results") | {
        "run": run,
        "name": name,
        "columns": columns,
        "lines": [[row.get(column) for column in columns] for row in listed],
        "listed": listed,
        "axis": axis_of(study, run.summary.get("axis", "")),
    }
    return render(request, "research/table.html", context)


@page
def table_csv(request: HttpRequest, slug: str, pk: int, name: str) -> HttpResponse:
    run = access_run(access_study(user_of(request), slug), pk)
    rows = access_rows(run, name)
    response = HttpResponse(as_csv(columns_of(name, rows), rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slug}-{name}.csv"'
    return response
