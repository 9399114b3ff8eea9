"""Bringing tables in: send or paste, say what the columns mean, check all rows, load."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from annotations.catalogue.importing import staging
from annotations.catalogue.importing.checking import ROWS, problems_file
from annotations.catalogue.importing.mapping import guessed, mapping_of_form
from annotations.catalogue.importing.models import Upload
from annotations.core.errors import NotFound, Refusal
from annotations.core.models import Job
from annotations.core.uploads import was_too_large
from annotations.releases.importing.services import (
    CHECK_KIND,
    IMPORT_KIND,
    drop_upload,
    may_import,
    set_mapping,
    want_check,
    want_load,
)
from annotations.research.gates import act, page, user_of
from annotations.research.importing.shown import SHAPE_CHOICES, first_mapping, page_of, rows_of
from annotations.research.views.studies import study_context
from annotations.studies.access import EDIT, access_study
from annotations.studies.models import Study

UPLOADS_A_PAGE = 25
# Excel allows 31 characters.
LONGEST_SHEET = 100


def access_upload(study: Study, pk: uuid.UUID) -> Upload:
    found = Upload.objects.filter(subject=study.slug, collection=study.collection, pk=pk)
    upload = found.select_related("collection").first()
    if upload is None:
        raise NotFound("There is no such file of this study.")
    return upload


@page
def imports(request: HttpRequest, slug: str) -> HttpResponse:
    study = access_study(user_of(request), slug, roles=EDIT)
    uploads = Upload.objects.filter(subject=study.slug, collection=study.collection)
    listed = Paginator(uploads, UPLOADS_A_PAGE).get_page(request.GET.get("page"))
    others = Study.objects.visible().filter(collection=study.collection).exclude(pk=study.pk).count()
    context = study_context(request, study, "import") | {"listed": listed, "others": others}
    return render(request, "research/importing/imports.html", context)


@act(then="import")
def send(request: HttpRequest, slug: str) -> HttpResponse:
    """Keep what was sent or pasted, and go on to its columns."""
    user = user_of(request)
    study = access_study(user, slug, roles=EDIT)
    name, chunks = _sent(request)
    upload = staging.stage_file(
        collection=study.collection,
        subject=study.slug,
        name=name,
        chunks=chunks,
        wanted_by=user.email,
        sheet=request.POST.get("sheet", "").replace("\0", "").strip()[:LONGEST_SHEET],
    )
    try:
        if not upload.is_bundle:
            set_mapping(upload=upload, mapping=first_mapping(upload))
    except Refusal:
        drop_upload(upload=upload, study=study, actor=user.email)
        raise
    return redirect("research:import-file", slug=slug, pk=upload.pk)


def _sent(request: HttpRequest) -> tuple[str, Iterable[bytes]]:
    if was_too_large(request):
        raise staging.too_large()
    file = request.FILES.get("file")
    pasted = request.POST.get("pasted", "")
    if isinstance(file, UploadedFile) and pasted.strip():
        raise Refusal("A file was chosen and a table was pasted: send one of them at a time.")
    if isinstance(file, UploadedFile):
        return file.name or "", file.chunks()
    if not pasted.strip():
        raise Refusal("Choose a file, or paste a table with its header.")
    return "pasted.csv", [pasted.encode()]


@page
def upload(request: HttpRequest, slug: str, pk: uuid.UUID) -> HttpResponse:
    study = access_study(user_of(request), slug, roles=EDIT)
    found = access_upload(study, pk)
    context = study_context(request, study, "import") | {
        "upload": found,
        "report": found.report,
        "tables": ROWS,
        "shapes": SHAPE_CHOICES,
        "refused": _refused(study, found),
        "busy": _jobs(study, found).exists(),
    }
    if found.loaded_at is None and not found.is_bundle:
        context["page"] = page_of(found)
    return render(request, "research/importing/upload.html", context)


def _refused(study: Study, upload: Upload) -> str:
    try:
        may_import(study, upload)
    except Refusal as refusal:
        return str(refusal)
    return ""


def _jobs(study: Study, upload: Upload) -> QuerySet[Job]:
    return Job.objects.unfinished().filter(
        subject=study.slug, kind__in=(CHECK_KIND, IMPORT_KIND), params__upload=str(upload.pk)
    )


@act(then="import")
def map_columns(request: HttpRequest, slug: str, pk: uuid.UUID) -> HttpResponse:
    """Keep the mapping; then show what rows become, or check all of them."""
    user = user_of(request)
    study = access_study(user, slug, roles=EDIT)
    found = access_upload(study, pk)
    here = redirect("research:import-file", slug=slug, pk=pk)
    try:
        faults = [] if found.is_bundle else _map(request, found)
        if request.POST.get("then") == "check":
            if faults:
                raise Refusal(" ".join(faults))
            if want_check(upload=found, study=study, actor=user.email):
                messages.success(request, "The rows are being checked. You can leave this page.")
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return here


def _map(request: HttpRequest, found: Upload) -> list[str]:
    header = rows_of(found)[1]
    mapping = mapping_of_form(request.POST.dict(), header)
    if mapping.shape.name != found.mapping["table"]:
        mapping = guessed(header, mapping.shape.name)
    set_mapping(upload=found, mapping=mapping)
    return mapping.faults(header)


@act(then="import")
def load(request: HttpRequest, slug: str, pk: uuid.UUID) -> HttpResponse:
    user = user_of(request)
    study = access_study(user, slug, roles=EDIT)
    found = access_upload(study, pk)
    try:
        job = want_load(upload=found, study=study, actor=user.email)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("research:import-file", slug=slug, pk=pk)
    said = "is being loaded. You can leave this page." if job else "was loaded."
    messages.success(request, f"{found.file_name} {said}")
    return redirect("research:import-file", slug=slug, pk=pk)


@act(then="import")
def drop(request: HttpRequest, slug: str, pk: uuid.UUID) -> None:
    user = user_of(request)
    study = access_study(user, slug, roles=EDIT)
    found = access_upload(study, pk)
    drop_upload(upload=found, study=study, actor=user.email)
    messages.success(request, f"{found.file_name} was dropped. Nothing of it was loaded.")


@page
def problems(request: HttpRequest, slug: str, pk: uuid.UUID) -> HttpResponseBase:
    """All faults that the last check found, as a table."""
    study = access_study(user_of(request), slug, roles=EDIT)
    path = problems_file(access_upload(study, pk))
    if not path.is_file():
        raise NotFound("Nothing was checked.")
    return FileResponse(path.open("rb"), as_attachment=True, filename="problems.csv", content_type="text/csv")
