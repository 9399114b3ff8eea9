"""A new study from a whole bundle: its study.yaml and its tables in one zip."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from annotations.catalogue.importing.staging import too_large
from annotations.core.errors import NotFound, Refusal
from annotations.core.models import Job
from annotations.core.uploads import was_too_large
from annotations.releases.importing.bundles import KIND, Faulty, want_bundle
from annotations.research.gates import form_page, page, user_of


@form_page
def bundle(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _form(request)
    slug = request.POST.get("slug", "").replace("\0", "").strip()[:100]
    user = user_of(request)
    try:
        if was_too_large(request):
            raise too_large()
        file = request.FILES.get("file")
        if not isinstance(file, UploadedFile):
            raise Refusal("Choose a file.")
        done = want_bundle(
            name=file.name or "", chunks=file.chunks(), slug=slug, owner=user, actor=user.email
        )
    except Refusal as refusal:
        return _form(request, slug=slug, error=str(refusal))
    except Faulty as faulty:
        return _form(request, slug=slug, problems=faulty.listed, count=faulty.count)
    if isinstance(done, Job):
        return redirect("research:bundle-job", pk=done.pk)
    return _to_study(request, done.study.slug, done.changed)


def _form(request: HttpRequest, **shown: Any) -> HttpResponse:
    return render(request, "research/importing/bundle.html", shown)


def _to_study(request: HttpRequest, slug: str, changed: bool = True) -> HttpResponse:
    messages.success(request, "The study was loaded." if changed else "The same study was loaded before.")
    return redirect("research:overview", slug=slug)


@page
def bundle_job(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """How far it is, for whoever sent it."""
    job = Job.objects.tops().filter(pk=pk, kind=KIND, wanted_by=user_of(request).email).first()
    if job is None:
        raise NotFound("There is no such load of yours.")
    if "study" in job.result:
        return _to_study(request, job.result["study"])
    if "problems" in job.result:
        return _form(request, problems=job.result["problems"], count=job.result["count"])
    return render(
        request, "research/importing/bundle_job.html", {"job": job, "percent": int(100 * job.progress)}
    )
