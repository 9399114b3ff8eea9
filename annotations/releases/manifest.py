"""The manifest of a release: what it was made from, and the SHA-256 of each of its files.

Neither the slug nor the release's number stands in it: the same data under another name are the same.
"""

from __future__ import annotations

from typing import Any

from annotations.analysis.models import Run
from annotations.releases.contents import Contents, Files

FORMAT = 1


def manifest(contents: Contents, files: Files) -> dict[str, Any]:
    content: dict[str, Any] = {
        "format": FORMAT,
        "code_version": contents.code_version,
        "fingerprint": contents.fingerprint,
        "definition_hash": contents.definition_hash,
        "versions": contents.versions,
        "grade_revision": contents.census.grade_revision,
        "seed": contents.definition["seed"],
        "parameters": contents.definition["analysis"],
        "planned": {"kept": not contents.deviations, "deviations": contents.deviations},
        "runs": contents.runs,
        "figures": contents.figures,
        "files": {name: files[name].sha256 for name in sorted(files)},
    }
    if contents.axis is not None:
        content["axis"] = contents.axis
    return content


def run_entry(run: Run) -> dict[str, Any]:
    """All that is needed to repeat the run, and what it said."""
    return {
        "kind": run.kind,
        "fingerprint": run.fingerprint,
        "parameters": run.params,
        "seed": run.seed,
        "code_version": run.code_version,
        "summary": run.summary,
        "warnings": run.warnings,
    }
