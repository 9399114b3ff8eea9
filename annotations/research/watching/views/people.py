"""People of a study: the list, one person, and what is decided about them."""

from __future__ import annotations

import re

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from annotations.research.access import access_participant
from annotations.research.gates import act, page, user_of
from annotations.research.recruits import OF_PROVIDER
from annotations.research.views.studies import study_context
from annotations.research.watching import people as lists
from annotations.research.watching.answers import with_reasons
from annotations.research.watching.counted import CountedPaginator
from annotations.research.watching.deciding import decide_kindly
from annotations.research.watching.filters import query_of, read
from annotations.research.watching.person import answers_of_person, person_of
from annotations.studies.access import EDIT, access_study

A_PAGE, ANSWERS_A_PAGE = 50, 100
DIGITS = re.compile(r"[0-9]{1,18}")


@page
def people(request: HttpRequest, slug: str) -> HttpResponse:
    study = access_study(user_of(request), slug)
    chosen = read(request.GET, lists.FILTERS)
    listed = Paginator(lists.people_of(study, chosen), A_PAGE).get_page(request.GET.get("page"))
    lines = lists.person_lines(listed)
    seen = [line.signals.computed_at for line in lines if line.signals]
    context = study_context(request, study, "people") | {
        "people": lines,
        "listed": listed,
        "chosen": chosen,
        "query": query_of(chosen),
        "states": lists.STATES,
        "decisions": lists.DECISIONS,
        "signals": lists.SIGNALS,
        "sorts": {name: label for name, (_, label) in lists.SORTS.items()},
        "signals_at": max(seen, default=None),
        "has_lists": study.definition["recruitment"]["provider"] in OF_PROVIDER,
    }
    return render(request, "research/watching/people.html", context)


@act(then="people")
def decide_people(request: HttpRequest, slug: str) -> HttpResponse:
    user = user_of(request)
    study = access_study(user, slug, roles=EDIT)
    chosen = read(request.POST, lists.FILTERS)
    pks = [int(pk) for pk in request.POST.getlist("pk") if DIGITS.fullmatch(pk)]
    if request.POST.get("scope") == "all":
        pks = list(lists.people_of(study, chosen).values_list("pk", flat=True))
    back = redirect("research:people", slug=slug)
    back["Location"] += f"?{query_of(chosen)}".rstrip("?&")
    decide_kindly(request, study, user, "people", pks)
    return back


@page
def person(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    study = access_study(user_of(request), slug)
    found = person_of(access_participant(study, pk))
    rows = with_reasons(answers_of_person(found.participant))
    listed = CountedPaginator(rows, ANSWERS_A_PAGE, found.answers).get_page(request.GET.get("page"))
    context = study_context(request, study, "people") | {
        "person": found,
        "listed": listed,
        "answers": list(listed),
    }
    return render(request, "research/watching/person.html", context)


@act(then="people")
def decide_person(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """About the person as a whole, or about the answers that are ticked."""
    user = user_of(request)
    study = access_study(user, slug, roles=EDIT)
    found = access_participant(study, pk)
    back = redirect("research:person", slug=slug, pk=pk)
    if request.POST.get("scope") == "answers":
        ticked = {int(one) for one in request.POST.getlist("pk") if DIGITS.fullmatch(one)}
        pks = list(found.responses.filter(pk__in=ticked).values_list("pk", flat=True))
        decide_kindly(request, study, user, "answers", pks)
    else:
        decide_kindly(request, study, user, "people", [found.pk])
    return back
