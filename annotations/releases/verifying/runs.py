"""The runs of a release done again, from its own tables, with its own parameters and seed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from annotations.analysis.data import StudyData
from annotations.analysis.findings import Findings, Rows, compute_all
from annotations.analysis.pipeline import Analysis, applicable
from annotations.analysis.tables import CALIBRATION_COLUMNS, DIFFICULTY_COLUMNS, TABLE_COLUMNS
from annotations.calibration.axis import axis_hash
from annotations.releases.contents import MANIFEST
from annotations.releases.verifying.manifest import Manifest, Run
from annotations.releases.verifying.numbers import differences
from annotations.releases.verifying.report import Report, quoted, unreadable
from annotations.releases.verifying.results import Results
from annotations.studies.models import Study

AXIS = {"difficulty": DIFFICULTY_COLUMNS, "calibration": CALIBRATION_COLUMNS}


def check_axis(manifest: Manifest, results: Results, report: Report) -> dict[str, Rows]:
    """The tables of a borrowed axis: what made them is not in the release, so they are taken as they are
    and their hash is checked. Nothing where the axis is the study's own."""
    if manifest.axis is None:
        return {}
    axis = {name: results.rows(name) for name in AXIS}
    found = axis_hash(axis["difficulty"], axis["calibration"])
    if found != manifest.axis.source_hash:
        report.differ(
            MANIFEST,
            f"says that the borrowed axis has the hash {manifest.axis.source_hash[:64]}, and difficulty.csv"
            f" and calibration.csv have {found}: the axis is not the one that was copied",
        )
    return axis


def compute_runs(
    manifest: Manifest, data: StudyData, axis: dict[str, Rows], tell: Callable[[float], None]
) -> dict[str, Findings]:
    """By the kind of analysis, in the order in which they rest on each other. Raises Unreadable."""
    found: dict[str, Findings] = {}
    analyses = _analyses(manifest, data.definition)
    for done, (analysis, run) in enumerate(analyses):
        tell(done / len(analyses))
        found[run.kind] = compute_all(
            analysis.compute(),
            data,
            _given(run, axis, found),
            resamples=run.resamples,
            seed=run.seed,
        )
    return found


def check_runs(manifest: Manifest, data: StudyData, found: dict[str, Findings], report: Report) -> None:
    """What the manifest says of each run. Its tables are compared by themselves."""
    for at, run in enumerate(manifest.runs):
        report.compared["runs"] += 1
        if run.fingerprint != data.fingerprint:
            report.differ(
                MANIFEST,
                f"the {run.kind} was computed from data of fingerprint {run.fingerprint[:64]}, and the tables"
                f" of this release have {data.fingerprint}: answers, grades or the definition are not"
                " those",
                column=f"runs[{at + 1}].fingerprint",
            )
        findings = found[run.kind]
        for part, released, computed in (
            ("parameters", run.parameters, _plain(findings.params)),
            ("summary", run.summary, _plain(findings.summary)),
            ("warnings", run.warnings, findings.warnings),
        ):
            for place, one, other in differences(released, computed, f"runs[{at + 1}].{part}"):
                report.differ(
                    MANIFEST,
                    f"the {run.kind} has {quoted(one)} as {place.split('.', 1)[1]}, and computed again from"
                    f" the tables it is {quoted(other)}",
                    column=place,
                )


def check_tables(found: dict[str, Findings], axis: dict[str, Rows], results: Results, report: Report) -> None:
    """Every result table against the one that is computed again; those of a borrowed axis stand."""
    for name in TABLE_COLUMNS:
        if name in axis:
            continue
        rows = next((one.tables[name] for one in found.values() if name in one.tables), [])
        results.compare(name, rows, report)


def _plain(value: Any) -> Any:
    """As the database and the manifest keep it."""
    return json.loads(json.dumps(value))


def _analyses(manifest: Manifest, definition: dict[str, Any]) -> list[tuple[Analysis, Run]]:
    expected = applicable(Study(definition=definition))
    runs = {run.kind: run for run in manifest.runs}
    names = [analysis.name for analysis in expected]
    if sorted(runs) != sorted(names):
        raise unreadable(
            MANIFEST,
            f"has runs of {', '.join(runs) or 'nothing'}; a study of this protocol has {', '.join(names)}",
        )
    return [(analysis, runs[analysis.name]) for analysis in expected]


def _given(run: Run, axis: dict[str, Rows], found: dict[str, Findings]) -> dict[str, Any]:
    """What `calibration.given` takes from the database. Who made a borrowed axis no release tells: whether
    the same people judged is taken from the run."""
    if run.kind == "calibration":
        return {}
    if axis:
        return {
            "borrowed": axis["difficulty"],
            "axis_hash": axis_hash(axis["difficulty"], axis["calibration"]),
            "same_people": bool(run.summary.get("same_people")),
        }
    if "calibration" in found:
        return {"difficulty": found["calibration"].tables["difficulty"]}
    return {}
