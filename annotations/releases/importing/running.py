"""The check and the load of a staged file, done here and now, by whichever process."""

from __future__ import annotations

from collections.abc import Callable

from django.db import IntegrityError, transaction

from annotations.catalogue.bundle import BundleChanged, CheckedBundle, Declared
from annotations.catalogue.grades import record_grades
from annotations.catalogue.importing import regrades, staging
from annotations.catalogue.importing.checking import Report, check_upload
from annotations.catalogue.importing.models import Upload
from annotations.catalogue.loading import LOST, beat, store_collection
from annotations.catalogue.models import Load
from annotations.catalogue.pacing import Pace
from annotations.core import audit, clock
from annotations.core.counters import swap
from annotations.core.errors import Refusal
from annotations.releases.sweeping import alive, take_back
from annotations.studies.models import Study

Tell = Callable[[str, int, int], None]
CHANGED = "The file or the collection is not what it was when the file was checked: check it again."
OPENED = "The study was opened meanwhile, so the rows would not reach it. Nothing was changed."


def silent(what: str, done: int, total: int) -> None:
    pass


def declared_of(study: Study) -> Declared:
    """Rows have to be of the study's domains, if it declares any; nothing else has to be complete yet."""
    domains = frozenset(one["name"] for one in study.definition["domains"])
    return Declared(protocol="import", domains=domains)


def run_check(upload: Upload, study: Study, tell: Tell = silent) -> Report:
    """Check, and keep what was found, unless the mapping was changed meanwhile."""
    report, _bundle = _checked(upload, study, tell)
    mine = Upload.objects.filter(pk=upload.pk, mapping=upload.mapping, loaded_at__isnull=True)
    swap(mine, report=report.as_dict(), touched_at=clock.now())
    upload.refresh_from_db()
    return report


def run_load(upload: Upload, study: Study, actor: str, tell: Tell = silent) -> Report:
    """Check again, for the collection may have changed, and load. Doing it twice loads once."""
    upload.refresh_from_db()
    if upload.loaded_at is not None:
        return Report(**upload.report)
    report, bundle = _checked(upload, study, tell)
    if bundle is None:
        Upload.objects.filter(pk=upload.pk).update(report=report.as_dict())
        raise Refusal(CHANGED)
    try:
        if upload.mapping.get("table") == "grades":
            _load_grades(upload, study, bundle, report, actor, tell)
        else:
            _load_rows(upload, study, bundle, report, actor, tell)
    except (BundleChanged, OSError) as error:
        raise Refusal(f"{error}. Nothing was changed: send the file again.") from error
    staging.drop(upload)
    upload.refresh_from_db()
    return report


def _checked(upload: Upload, study: Study, tell: Tell) -> tuple[Report, CheckedBundle | None]:
    if not staging.source_of(upload).exists():
        raise Refusal("The file is not on this machine any more: send it again.")
    return check_upload(upload, declared_of(study), tell)


def _load_rows(
    upload: Upload, study: Study, bundle: CheckedBundle, report: Report, actor: str, tell: Tell
) -> None:
    """Rows in chunks under a load that nobody reads, published by one update; or nothing at all."""
    total = report.adds

    def stored(table: str, done: int) -> None:
        tell(f"{table} stored", done, total)

    load = Load.objects.create(collection=upload.collection, source=upload.file_name, digest=bundle.digest)
    with alive(load):
        try:
            store_collection(load, bundle, stored)
            with transaction.atomic():
                locked = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
                if locked.state != Study.DRAFT:
                    raise Refusal(OPENED)
                beat(load, published_at=clock.now())
                _finish(upload, study, report, actor, load)
        except BaseException as error:
            ended = take_back(load) or isinstance(error, Refusal) or not isinstance(error, Exception)
            if not ended and not _is_published(load):
                raise Refusal(LOST) from error
            if isinstance(error, IntegrityError):
                raise Refusal(
                    "Another load of the same rows was under way. Nothing was changed: check the file again."
                ) from error
            raise


def _is_published(load: Load) -> bool:
    """By a commit of which the reply was lost: done again, it is found to be loaded."""
    return Load.objects.filter(pk=load.pk, published_at__isnull=False).exists()


def _load_grades(
    upload: Upload, study: Study, bundle: CheckedBundle, report: Report, actor: str, tell: Tell
) -> None:
    """Chunk by chunk: what was recorded before a process died is found to stand already."""
    pace, done = Pace(), 0
    for chunk in regrades.gradings(upload.collection, bundle):
        with pace.turn(len(chunk)):
            record_grades(chunk)
        done += len(chunk)
        tell("grades recorded", done, report.rows)
    with transaction.atomic():
        _finish(upload, study, report, actor, None)


def _finish(upload: Upload, study: Study, report: Report, actor: str, load: Load | None) -> None:
    mine = Upload.objects.filter(pk=upload.pk, loaded_at__isnull=True)
    if not swap(mine, load=load, loaded_at=clock.now(), report=report.as_dict()):
        raise Refusal("The file was loaded or dropped by somebody else meanwhile. Nothing was changed.")
    counts = {table.name: table.new for table in report.tables}
    if report.grades_new or report.grades_changed:
        counts |= {"grades": report.grades_new + report.grades_changed}
    audit.record(actor=actor, action="table imported", subject=study.slug, file=upload.file_name, rows=counts)
