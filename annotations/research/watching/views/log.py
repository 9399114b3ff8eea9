"""Who did what in a study, as a page and as a table."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render

from annotations.research.gates import page, user_of
from annotations.research.views.studies import study_context
from annotations.research.watching.filters import query_of, read
from annotations.research.watching.log import FILTERS, choices_of, entries_of, log_lines, told
from annotations.studies.access import access_study

A_PAGE = 100


@page
def log(request: HttpRequest, slug: str) -> HttpResponse:
    study = access_study(user_of(request), slug)
    chosen = read(request.GET, FILTERS)
    listed = Paginator(entries_of(study, chosen), A_PAGE).get_page(request.GET.get("page"))
    actors, actions = choices_of(study)
    context = study_context(request, study, "log") | {
        "entries": [(one, told(one.details)) for one in listed],
        "listed": listed,
        "chosen": chosen,
        "query": query_of(chosen),
        "actors": actors,
        "actions": actions,
    }
    return render(request, "research/watching/log.html", context)


@page
def log_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    study = access_study(user_of(request), slug)
    lines = log_lines(entries_of(study, read(request.GET, FILTERS)))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slug}-log.csv"'
    return response
