"""Releases of a study and their files."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from annotations.releases.interim import latest_interim
from annotations.releases.models import Release
from annotations.research.access import access_release
from annotations.research.gates import page, user_of
from annotations.research.releases import access_file, files_of, nothing_new
from annotations.research.views.studies import study_context
from annotations.studies.access import access_study

RELEASES_A_PAGE = 20


@page
def releases(request: HttpRequest, slug: str) -> HttpResponse:
    study = access_study(user_of(request), slug)
    found = Release.objects.filter(study=study)
    listed = Paginator(found, RELEASES_A_PAGE).get_page(request.GET.get("page"))
    context = study_context(request, study, "releases") | {
        "listed": listed,
        "nothing_new": nothing_new(study),
        "interim": latest_interim(study),
    }
    return render(request, "research/releases.html", context)


@page
def release(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    study = access_study(user_of(request), slug)
    found = access_release(study, number)
    context = study_context(request, study, "releases") | {"release": found}
    if found.closed_at is None:
        context["files"] = files_of(found)
    return render(request, "research/release.html", context)


@page
def release_file(request: HttpRequest, slug: str, number: int, name: str) -> HttpResponseBase:
    """A stored file, never rebuilt; gone for good once the release is closed."""
    study = access_study(user_of(request), slug)
    found = access_release(study, number)
    if found.closed_at is not None:
        context = study_context(request, study, "releases") | {"release": found}
        return render(request, "research/release.html", context, status=410)
    path = access_file(found, name)
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{slug}-{number}-{path.name}")
