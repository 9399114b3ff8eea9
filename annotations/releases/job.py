"""The release job: files are made in a draft outside any transaction, and published by its end.

The data must stand still while they are read: the stamp of the runs is compared before, after, and once
more in the transaction that ends the job.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db.models import Max

from annotations.analysis.models import Run
from annotations.core import audit
from annotations.core.errors import Refusal
from annotations.core.jobs import kinds
from annotations.core.models import Job
from annotations.releases import storage
from annotations.releases.answers import People, read_people
from annotations.releases.datasheet import datasheet
from annotations.releases.definitions import Version, as_json, definition_files, versions_of
from annotations.releases.formats import FORMATS, Table
from annotations.releases.manifest import MANIFEST, README, content_hash, manifest_of
from annotations.releases.models import Release, ReleasedParticipant
from annotations.releases.results import fresh_runs, result_tables
from annotations.releases.tables import collection_tables
from annotations.studies.models import Study

NEEDED = ("items",)


@dataclass
class Draft:
    """A release in the making: its folder, and what will stand in the database once it is published."""

    study: Study
    folder: Path
    runs: list[Run]
    versions: list[Version]
    people: People
    counts: dict[str, int] = field(default_factory=dict)
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
        draft = Draft(study, folder, runs, versions_of(study), read_people(study))
        context.progress(0.3, "tables")
        _write(draft)
        context.progress(0.9, "manifest")
        _check_unmoved(study, runs)
        return draft
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


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
        (
            ReleasedParticipant(release=release, participant=person.participant)
            for person in draft.people.people
        ),
        batch_size=1000,
    )
    audit.record(
        actor=wanted_by, action="release published", subject=study.slug, number=release.number,
        fingerprint=release.fingerprint,
    )  # fmt: skip
    storage.keep(draft.folder, release.folder)
    return release


def next_number(study: Study) -> int:
    return (Release.objects.filter(study=study).aggregate(last=Max("number"))["last"] or 0) + 1


def _write(draft: Draft) -> None:
    """What holds no pseudonym comes first: with the people's digests it is what the fingerprint covers."""
    for name, text in definition_files(draft.versions):
        (draft.folder / name).write_text(text, encoding="utf-8", newline="\n")
    for table in (*collection_tables(draft.study), *result_tables(draft.study, draft.runs)):
        _write_table(draft, table)
    draft.fingerprint = content_hash(draft.folder, draft.people.digests(), draft.runs)
    draft.known, draft.fingerprint = _known(draft.study, draft.fingerprint)
    if draft.known is not None:
        return
    draft.number = next_number(draft.study)
    for table in draft.people.tables(draft.study, draft.number):
        _write_table(draft, table)
    text = datasheet(draft.study, draft.counts, draft.people, draft.runs)
    (draft.folder / README).write_text(text, encoding="utf-8", newline="\n")
    draft.manifest = manifest_of(draft.study, draft.folder, draft.versions, draft.runs, draft.fingerprint)
    (draft.folder / MANIFEST).write_text(
        as_json(draft.manifest, sort_keys=True), encoding="utf-8", newline="\n"
    )


def _write_table(draft: Draft, table: Table) -> None:
    """As a CSV file; a table without rows is left out."""
    path = draft.folder / f"{table.name}.csv"
    draft.counts[table.name] = FORMATS[".csv"](path, table)
    if not draft.counts[table.name] and table.name not in NEEDED:
        path.unlink()
        del draft.counts[table.name]


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
