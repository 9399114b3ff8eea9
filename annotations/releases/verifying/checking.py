"""The whole verification, in order: what later steps rest on comes first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotations.catalogue.bundle import BundleErrors
from annotations.core.errors import Refusal
from annotations.releases.census import Census
from annotations.releases.contents import DOCUMENTS, Files
from annotations.releases.definitions import DEFINITION_FILE
from annotations.releases.folder import PeopleDigests, contents_from, pass_over, planned_in
from annotations.releases.raters import RATERS, named_raters
from annotations.releases.verifying.data import Gathered
from annotations.releases.verifying.definitions import check_hashes, read_bundle, warn_of_answers
from annotations.releases.verifying.documents import check_documents
from annotations.releases.verifying.figures import check_figures, draw_again
from annotations.releases.verifying.files import check_files
from annotations.releases.verifying.manifest import Manifest, read_manifest, warn_of_version
from annotations.releases.verifying.report import Report, Unreadable, unreadable
from annotations.releases.verifying.results import Results
from annotations.releases.verifying.runs import check_axis, check_runs, check_tables, compute_runs
from annotations.releases.verifying.twins import Twins

Tell = Callable[[float, str], None]
FIGURE = ".svg"


@dataclass(frozen=True)
class Seen:
    """What one pass over the tables leaves behind."""

    census: Census
    people: list[str]
    gathered: Gathered
    results: Results


def verify_release(folder: Path, tell: Tell = lambda share, what: None) -> tuple[Manifest, Report]:
    """Compare everything in the folder with what follows from it. Raises Unreadable where it is no release.

    Where tables are missing nothing can be computed, and the report ends with what is known till then.
    """
    report = Report()
    try:
        return _verify(folder, report, tell), report
    except (BundleErrors, Unreadable) as error:
        raise Unreadable([*error.problems, *report.errors]) from error
    except OSError as error:
        name = Path(str(error.filename or folder)).name
        raise unreadable(name, f"cannot be read: {error.strerror or error}") from error


def _verify(folder: Path, report: Report, tell: Tell) -> Manifest:
    manifest = read_manifest(folder)
    warn_of_version(manifest, report)
    tell(0.0, "files")
    files = check_files(folder, manifest, report)
    missing = set(manifest.files) - set(files)
    if all(name.endswith(FIGURE) or name in DOCUMENTS for name in missing):
        try:
            _recompute(folder, manifest, files, report, tell)
        except Refusal as error:
            report.differ(DEFINITION_FILE, f"no analysis can be computed from it: {error}")
    return manifest


def _recompute(folder: Path, manifest: Manifest, files: Files, report: Report, tell: Tell) -> None:
    tell(0.05, "tables")
    definition, rows = read_bundle(folder, manifest)
    seen = _pass_over(folder, files, report)
    tell(0.4, "definition")
    check_hashes(folder, manifest, definition, rows, report)
    warn_of_answers(manifest, seen.gathered.hashes, report)
    data = seen.gathered.study_data(definition, manifest.definition_hash)
    axis = check_axis(manifest, seen.results, report)
    found = compute_runs(manifest, data, axis, lambda share: tell(0.5 + 0.3 * share, "analyses"))
    check_runs(manifest, data, found, report)
    check_tables(found, axis, seen.results, report)
    people = seen.gathered.kept["participants"]["participant_id"]
    named = [(name, at) for at, name in enumerate(people)]
    seen.results.compare(RATERS, named_raters(data, named), report)
    tell(0.8, "figures")
    check_figures(folder, manifest, draw_again(found, definition), files, report)
    others = {name: file for name, file in files.items() if name not in DOCUMENTS}
    planned = planned_in(folder, manifest.raw)
    contents = contents_from(manifest.raw, definition, planned, seen.census, seen.people, others)
    check_documents(folder, contents, files, report)


def _pass_over(folder: Path, files: Files, report: Report) -> Seen:
    census, people, gathered = Census(), PeopleDigests(), Gathered()
    results, twins = Results(folder), Twins(folder, files, report)
    pass_over(folder, census, people, gathered, results, twins)
    twins.close()
    return Seen(census, people.all(), gathered, results)


def summary(manifest: Manifest, report: Report) -> dict[str, Any]:
    """What a verification compared, as plain values."""
    return {
        "code_version": manifest.code_version,
        "definition_hash": manifest.definition_hash,
        "fingerprint": manifest.fingerprint,
        "compared": {name: report.compared[name] for name in sorted(report.compared)},
        "resamples": {run.kind: run.resamples for run in manifest.runs},
        "warnings": [warning.as_dict() for warning in report.warnings],
    }
