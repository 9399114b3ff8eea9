"""Answers of a study: the list, and what is decided about them."""

from __future__ import annotations

import re

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from annotations.catalogue.models import VERDICTS
from annotations.research.gates import act, page, user_of
from annotations.research.views.studies import study_context
from annotations.research.watching import answers as lists
from annotations.research.watching.deciding import decide_kindly
from annotations.research.watching.filters import query_of, read
from annotations.studies.access import EDIT, access_study

A_PAGE = 100
DIGITS = re.compile(r"[0-9]{1,18}")


@page
def answers(request: HttpRequest, slug: str) -> HttpResponse:
    study = access_study(user_of(request), slug)
    chosen = read(request.GET, lists.FILTERS)
    pages = Paginator(lists.with_reasons(lists.answers_of(study, chosen)), A_PAGE)
    listed = pages.get_page(request.GET.get("page"))
    context = study_context(request, study, "people") | {
        "answers": list(listed),
        "listed": listed,
        "chosen": chosen,
        "query": query_of(chosen),
        "what": lists.WHAT,
        "how": lists.EXCLUDED,
        "verdicts": VERDICTS if study.judges_outputs else (),
        "domains": [domain["name"] for domain in study.definition["domains"]],
    }
    return render(request, "research/watching/answers.html", context)


@act(then="answers")
def decide_answers(request: HttpRequest, slug: str) -> HttpResponse:
    user = user_of(request)
    study = access_study(user, slug, roles=EDIT)
    chosen = read(request.POST, lists.FILTERS)
    pks = [int(pk) for pk in request.POST.getlist("pk") if DIGITS.fullmatch(pk)]
    if request.POST.get("scope") == "all":
        pks = list(lists.answers_of(study, chosen).values_list("pk", flat=True))
    decide_kindly(request, study, user, "answers", pks)
    back = redirect("research:answers", slug=slug)
    back["Location"] += f"?{query_of(chosen)}".rstrip("?&")
    return back
