"""What researchers do with a staged file: say what its columns mean, have it checked, have it loaded.

A small file is dealt with at once; a larger one is a job that the study's pages show.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from annotations.catalogue.importing import staging
from annotations.catalogue.importing.mapping import Mapping, read_mapping
from annotations.catalogue.importing.models import Upload
from annotations.core import audit, clock
from annotations.core.counters import swap
from annotations.core.errors import Refusal
from annotations.core.jobs.outbox import want_job
from annotations.core.models import Job
from annotations.releases.importing.running import run_check, run_load
from annotations.studies.models import Study

CHECK_KIND, IMPORT_KIND = "check of an import", "import"
# Bytes up to which nobody has to wait for a worker.
SMALL = 500_000
FROZEN = (
    "The study is {state}: its rows are what they were when it opened, and later imports do not reach it."
    " Import a table of grades, which have revisions of their own, or make a new study on this collection."
)
IS_LOADED = "The file was loaded already."


def may_import(study: Study, upload: Upload | None = None) -> None:
    """Raises Refusal where what is in the file would not reach the study."""
    only_grades = upload is not None and upload.mapping.get("table") == "grades"
    if study.state != Study.DRAFT and not only_grades:
        raise Refusal(FROZEN.format(state=study.state))


@transaction.atomic
def set_mapping(*, upload: Upload, mapping: Mapping) -> None:
    """What was found under another mapping says nothing any more."""
    changes: dict[str, Any] = {"touched_at": clock.now()}
    if upload.mapping != mapping.as_dict():
        changes |= {"mapping": mapping.as_dict(), "report": {}}
    if not swap(Upload.objects.filter(pk=upload.pk, load__isnull=True, loaded_at__isnull=True), **changes):
        raise Refusal(IS_LOADED)
    upload.refresh_from_db()


def want_check(*, upload: Upload, study: Study, actor: str) -> Job | None:
    """A dry run: at once, or as a job, which is returned."""
    may_import(study, upload)
    if not upload.is_bundle:
        read_mapping(upload.mapping)
    if upload.size <= SMALL:
        run_check(upload, study)
        return None
    return _want(CHECK_KIND, upload, study, actor)


def want_load(*, upload: Upload, study: Study, actor: str) -> Job | None:
    """Load what was checked and found sound: at once, or as a job, which is returned."""
    may_import(study, upload)
    if upload.loaded_at is not None:
        raise Refusal(IS_LOADED)
    if not upload.report or upload.report["problems"]:
        raise Refusal("The file has to be checked, and found to be sound, before it is loaded.")
    if upload.size <= SMALL:
        run_load(upload, study, actor)
        return None
    return _want(IMPORT_KIND, upload, study, actor)


def _want(kind: str, upload: Upload, study: Study, actor: str) -> Job:
    params = {"upload": str(upload.pk), "mapping": upload.mapping}
    return want_job(kind=kind, subject=study.slug, params=params, wanted_by=actor)


def drop_upload(*, upload: Upload, study: Study, actor: str) -> None:
    """Forget a file that was not loaded."""
    with transaction.atomic():
        mine = Upload.objects.filter(pk=upload.pk, load__isnull=True, loaded_at__isnull=True)
        if not mine.delete()[0]:
            raise Refusal("The file was loaded: what came of it is in the collection.")
        audit.record(actor=actor, action="import dropped", subject=study.slug, file=upload.file_name)
    staging.drop(upload)
