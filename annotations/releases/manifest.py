"""The manifest of a release: what it was made from, and the SHA-256 of each of its files.

Neither the slug nor the release's number stands in it: the same data under another name are the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from annotations.analysis.models import Run
from annotations.core.jobs.outbox import key_of
from annotations.releases import storage
from annotations.releases.definitions import DEFINITION_FILE, Version
from annotations.releases.results import axis_of
from annotations.releases.tables import grade_revision
from annotations.studies.models import Study
from annotations.version import CODE_VERSION

MANIFEST, README = "manifest.json", "README.md"
FORMAT = 1


def content_hash(folder: Path, people: list[str], runs: list[Run]) -> str:
    """The release's fingerprint: files without pseudonyms, the people's digests, the runs, the code."""
    return key_of(CODE_VERSION, hashes_of(folder), people, [_run(run) for run in runs])


def hashes_of(folder: Path) -> dict[str, str]:
    return {path.name: storage.sha256_of(path) for path in sorted(folder.iterdir())}


def manifest_of(
    study: Study, folder: Path, versions: list[Version], runs: list[Run], fingerprint: str
) -> dict[str, Any]:
    current = next(version for version in versions if version.file == DEFINITION_FILE)
    content: dict[str, Any] = {
        "format": FORMAT,
        "code_version": CODE_VERSION,
        "fingerprint": fingerprint,
        "definition_hash": current.definition_hash,
        "versions": [version.entry() for version in versions],
        "grade_revision": grade_revision(study),
        "seed": study.definition["seed"],
        "parameters": study.definition["analysis"],
        "runs": [_run(run) for run in runs],
    }
    axis = axis_of(study)
    if axis is not None:
        content["axis"] = {"source": axis.source_slug, "source_hash": axis.source_hash}
    content["files"] = hashes_of(folder)
    return content


def _run(run: Run) -> dict[str, Any]:
    return {
        "kind": run.kind,
        "fingerprint": run.fingerprint,
        "parameters": run.params,
        "seed": run.seed,
        "code_version": run.code_version,
    }
