"""The job that gathers interim data: tables of the study, of its answers so far and of its latest runs."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from annotations.analysis.models import Run
from annotations.analysis.pipeline import applicable
from annotations.analysis.runs import is_stale, latest_run
from annotations.core.errors import Refusal
from annotations.core.jobs import kinds
from annotations.core.models import Job
from annotations.people.models import Participant
from annotations.releases.answers import read_people
from annotations.releases.census import Census
from annotations.releases.interim import file_of, root
from annotations.releases.results import result_tables
from annotations.releases.tables import collection_tables
from annotations.releases.writing import write_table
from annotations.studies.models import Study

# Pseudonyms of releases are numbered from 1: these are nobody's there.
NUMBER = 0
CHUNK = 1000
README = """Interim data of the study "{title}", as they were when they were asked for.

This is no release: it is not frozen, it cannot be verified, and the answers of whoever withdraws must go
from it too. Look into it; publish a release instead. Pseudonyms here are not those of any release.

Results of runs: {runs}.
"""


def work(context: kinds.Context) -> dict[str, Any]:
    """Where the file lies, and whom it holds."""
    study = Study.objects.select_related("version", "collection").get(pk=context.job.params["study"])
    root().mkdir(mode=0o700, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".", dir=root()))
    try:
        people = _write(context, study, folder)
        context.progress(0.8, "packing")
        _pack(folder, file_of(context.job))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {"study": study.pk, "people": people}


def _write(context: kinds.Context, study: Study, folder: Path) -> list[int]:
    runs = [run for one in applicable(study) if (run := latest_run(study, one.name)) is not None]
    (folder / "README.txt").write_text(
        README.format(title=study.title, runs=_in_words(runs)), encoding="utf-8"
    )
    census = Census()
    for table in (*collection_tables(study), *result_tables(study, runs)):
        write_table(folder, table, sink=census)
    context.progress(0.3, "responses")
    with tempfile.TemporaryFile(dir=root()) as spool:
        people = read_people(study, spool)
        for table in people.tables(study, NUMBER):
            write_table(folder, table, sink=census)
    return [person.pk for person in people.people]


def _in_words(runs: list[Run]) -> str:
    said = [f"{run.kind} ({'stale' if is_stale(run) else 'of these data'})" for run in runs]
    return ", ".join(said) or "none yet"


def _pack(folder: Path, target: Path) -> None:
    draft = folder.with_name(f"{folder.name}.pack")
    try:
        draft.touch(mode=0o600)
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.iterdir()):
                if path.suffix in (".csv", ".txt"):
                    archive.write(path, path.name)
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)


def store(job: Job, outcome: dict[str, Any]) -> dict[str, Any]:
    """An erasure takes the study's row first, as this does: nobody who went meanwhile is in the file."""
    Study.objects.select_for_update(no_key=True).get(pk=outcome["study"])
    people = outcome["people"]
    for start in range(0, len(people), CHUNK):
        piece = people[start : start + CHUNK]
        if Participant.objects.filter(pk__in=piece).count() != len(piece):
            file_of(job).unlink(missing_ok=True)
            raise Refusal("Somebody withdrew while the data were gathered: ask for them again.")
    return {"people": len(people)}
