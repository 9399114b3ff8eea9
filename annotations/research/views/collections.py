"""Collections: what was loaded, and how often each system was right."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotations.catalogue.accuracy import domain_counts, system_accuracies
from annotations.catalogue.models import Item, Output
from annotations.research.access import access_collection, collections_of
from annotations.research.gates import page, user_of
from annotations.studies.access import studies_of

COLLECTIONS_A_PAGE = 50


@page
def collections(request: HttpRequest) -> HttpResponse:
    found = collections_of(user_of(request)).annotate(items=_count(Item), outputs=_count(Output))
    listed = Paginator(found, COLLECTIONS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "research/collections.html", {"listed": listed})


def _count(model: type[Item] | type[Output]) -> Coalesce:
    rows = model.objects.visible().filter(collection=OuterRef("pk"), check_answer="")
    counted = rows.order_by().values("collection").annotate(total=Count("pk")).values("total")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


@page
def collection(request: HttpRequest, name: str) -> HttpResponse:
    user = user_of(request)
    found = access_collection(user, name)
    context = {
        "collection": found,
        "domains": domain_counts(found),
        "systems": system_accuracies(found),
        "studies": studies_of(user).filter(collection=found)[:COLLECTIONS_A_PAGE],
    }
    return render(request, "research/collection.html", context)
