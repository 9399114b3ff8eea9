"""The release job: files are made in a draft outside any transaction, and published by its end.

The data must stand still while they are read: the stamp of the runs is compared before, after, and once
more in the transaction that ends the job.
"""

from __future__ import annotations

import errno
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max

from annotations.analysis.frames import read_study
from annotations.analysis.models import Run
from annotations.core import audit
from annotations.core.errors import Refusal
from annotations.core.jobs import kinds
from annotations.core.models import Job
from annotations.releases import storage
from annotations.releases.answers import People, read_people
from annotations.releases.census import Census
from annotations.releases.contents import FIGURES, MANIFEST, Contents, content_hash, files_in
from annotations.releases.definitions import DEFINITION_FILE, Version, definition_files, versions_of
from annotations.releases.documents import documents, write_documents
from annotations.releases.formats import Table
from annotations.releases.images import write_images
from annotations.releases.manifest import run_entry
from annotations.releases.models import Release, ReleasedParticipant
from annotations.releases.raters import raters_table
from annotations.releases.results import axis_of, figures_of, fresh_runs, result_tables
from annotations.releases.tables import collection_tables
from annotations.releases.writing import write_table
from annotations.studies.models import Study
from annotations.version import CODE_VERSION

NEEDED = ("items",)
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


@dataclass
class Draft:
    """A release in the making: its folder, and what will stand in the database once it is published."""

    study: Study
    folder: Path
    runs: list[Run]
    people: People
    census: Census = field(default_factory=Census)
    fingerprint: str = ""
    number: int = 0
    manifest: dict[str, Any] = field(default_factory=dict)
    # The release that holds the same content already: nothing is written then.
    known: Release | None = None


def work(context: kinds.Context) -> Draft:
    study = Study.objects.select_related("version", "collection").get(pk=context.job.params["study"])
    runs = fresh_runs(study)
    folder = storage.new_draft(study.slug, context.job.pk)
    try:
        return _made(context, study, runs, folder)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise Refusal(
                "The disk is full: there is no room for the files of the release, and what was written of it"
                " was deleted. Free some room, then release again."
            ) from error
        raise


def _made(context: kinds.Context, study: Study, runs: list[Run], folder: Path) -> Draft:
    """The spool of answers has no name on the disk: whatever happens, nothing of it is left."""
    with tempfile.TemporaryFile(dir=folder.parent) as spool:
        draft = Draft(study, folder, runs, read_people(study, spool))
        context.progress(0.4, "tables")
        _write(draft, versions_of(study), lambda: context.progress(0.7, "responses"))
    context.progress(0.95, "checking")
    _check_unmoved(study, runs)
    return draft


def store(job: Job, draft: Draft) -> dict[str, Any]:
    """Publish in the transaction that ends the job. An erasure takes the study's row first, as this does."""
    try:
        study = Study.objects.select_for_update(no_key=True).get(pk=draft.study.pk)
        if draft.known is not None:
            release = Release.objects.get(pk=draft.known.pk)
            if release.closed_at is not None:
                raise Refusal("Somebody withdrew while the release was made: analyse again, then release.")
            return {"release": release.pk, "number": release.number, "new": False}
        _check_unmoved(study, draft.runs)
        release = _publish(study, draft, job.wanted_by)
        return {"release": release.pk, "number": release.number, "new": True}
    finally:
        shutil.rmtree(draft.folder, ignore_errors=True)


def _publish(study: Study, draft: Draft, wanted_by: str) -> Release:
    if draft.number != next_number(study):
        raise Refusal("Another release of this study was made meanwhile: try again.")
    release = Release.objects.create(
        study=study,
        number=draft.number,
        fingerprint=draft.fingerprint,
        folder=f"{study.slug}/{draft.number}",
        manifest=draft.manifest,
        published_by=wanted_by,
    )
    ReleasedParticipant.objects.bulk_create(
        (ReleasedParticipant(release=release, participant_id=person.pk) for person in draft.people.people),
        batch_size=1000,
    )
    audit.record(
        actor=wanted_by, action="release published", subject=study.slug, number=release.number,
        fingerprint=release.fingerprint,
    )  # fmt: skip
    storage.keep(draft.folder, release.folder)
    transaction.on_commit(partial(storage.confirm, release.folder))
    return release


def next_number(study: Study) -> int:
    return (Release.objects.filter(study=study).aggregate(last=Max("number"))["last"] or 0) + 1


def _write(draft: Draft, versions: list[Version], tell: Callable[[], None]) -> None:
    """What holds no pseudonym comes first: with the people's digests it is what the fingerprint covers."""
    for name, text in definition_files(versions):
        (draft.folder / name).write_text(text, encoding="utf-8", newline="\n")
    for table in (*collection_tables(draft.study), *result_tables(draft.study, draft.runs)):
        _write_table(draft, table)
    write_images(draft.folder, draft.study)
    figures = _write_figures(draft)
    runs = [run_entry(run) for run in draft.runs]
    content = content_hash(files_in(draft.folder), draft.people.digests(), runs, CODE_VERSION)
    draft.known, draft.fingerprint = _known(draft.study, content)
    if draft.known is not None:
        return
    tell()
    draft.number = next_number(draft.study)
    for table in draft.people.tables(draft.study, draft.number):
        _write_table(draft, table)
    named = [(name, one.pk) for name, one in draft.people.named(draft.study, draft.number)]
    _write_table(draft, raters_table(read_study(draft.study), named))
    axis = axis_of(draft.study)
    current = next(version for version in versions if version.file == DEFINITION_FILE)
    contents = Contents(
        definition=current.definition,
        definition_hash=current.definition_hash,
        versions=[version.entry() for version in versions],
        runs=runs,
        figures=figures,
        axis=None
        if axis is None
        else {
            "source": axis.source_slug,
            "source_hash": axis.source_hash,
            "same_people": axis.same_people,
        },
        census=draft.census,
        code_version=CODE_VERSION,
        fingerprint=content,
        planned=versions[0].definition,
    )
    texts = documents(contents, files_in(draft.folder))
    write_documents(draft.folder, texts)
    draft.manifest = json.loads(texts[MANIFEST])


def _write_table(draft: Draft, table: Table) -> None:
    write_table(draft.folder, table, sink=draft.census, needed=table.name in NEEDED)


def _write_figures(draft: Draft) -> list[dict[str, str]]:
    entries = []
    for entry, files in figures_of(draft.runs):
        entries.append(entry)
        for name, svg in files.items():
            (draft.folder / FIGURES).mkdir(exist_ok=True)
            (draft.folder / name).write_text(svg, encoding="utf-8", newline="\n")
    return entries


def _known(study: Study, fingerprint: str) -> tuple[Release | None, str]:
    """The open release of the same content; else the fingerprint under which a new one is filed.

    Content that was closed for an erasure and has come back is filed under a fingerprint of its own.
    """
    while known := Release.objects.filter(study=study, fingerprint=fingerprint).first():
        if known.closed_at is None:
            return known, fingerprint
        fingerprint = storage.text_hash(f"{fingerprint} after {known.number}")
    return None, fingerprint


def _check_unmoved(study: Study, runs: list[Run]) -> None:
    if [run.pk for run in fresh_runs(study)] != [run.pk for run in runs]:
        raise Refusal("The study was analysed again while the release was made: try again.")
