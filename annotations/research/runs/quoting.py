"""Sentences to quote: what was found, each with what must not be left out of it."""

from __future__ import annotations

from annotations.analysis.plan import Made, deviations
from annotations.releases.census import Census
from annotations.releases.contents import Contents
from annotations.releases.manifest import run_entry
from annotations.releases.methods import methods
from annotations.research.rates import Cell, cell_of, is_slip
from annotations.research.results import Calibration, Supervision
from annotations.research.shown import RunView
from annotations.research.tables import ALL, Row, bin_of, bin_order
from annotations.studies.models import Study

PERCENT = "\u00a0%"


def quotes_of(supervision: Supervision, people: str, mark: str) -> list[str]:
    """Each stands by itself: with its interval, its counts, the axis and who answered."""
    rows = supervision.view.rows.get("supervision", [])
    slips = sorted((row for row in rows if row["group"] == ALL and is_slip(row)), key=bin_order)
    binned = [row for row in slips if bin_of(row) is not None]
    ending = _ending(supervision, mark)
    said = [_overall(cell_of(slips[0]), people)] if slips else []
    said += [
        _region(row, binned, people) for row in supervision.view.rows.get("safe_region", []) if _mine(row)
    ]
    return [f"{sentence}{ending}" for sentence in said if sentence]


def curves_of(calibration: Calibration, mark: str) -> list[str]:
    ending = f" [{calibration.axis}]" if calibration.axis else ""
    return [f"{sentence}{ending}{_marked(mark)}" for sentence in calibration.sentences]


def cautions_of(views: list[RunView]) -> list[str]:
    found = [warning for view in views for warning in view.warnings]
    if any(view.stale for view in views):
        found.insert(0, "The results are stale: data, definition or code have changed since.")
    if any(view.same_people for view in views):
        found.insert(
            0, "The same people made the axis and judged by it: differences between bins are no finding."
        )
    return list(dict.fromkeys(found))


def unplanned_of(study: Study, views: list[RunView]) -> list[str]:
    """What was done otherwise than first frozen. A query where the study was amended."""
    version = study.version
    if version is None:
        return []
    first = version if version.number == 1 else study.versions.order_by("number").first()
    planned = (first or version).definition
    made = [Made(view.run.kind, view.run.params, view.run.seed) for view in views]
    return deviations(planned, version.definition, made)


def paragraph_of(study: Study, views: list[RunView]) -> list[str]:
    """The methods paragraph as a release of these runs would have it, its marks included."""
    version = study.version
    census = Census(columns={name: () for view in views for name in view.tables})
    contents = Contents(
        definition=version.definition if version else study.definition,
        definition_hash=version.definition_hash if version else "",
        versions=[],
        runs=[run_entry(view.run) for view in views],
        figures=[],
        axis=None,
        census=census,
        code_version=views[0].run.code_version,
        fingerprint="",
    )
    return [line.strip() for text in methods(contents) for line in text.splitlines() if line.strip()]


def _mine(row: Row) -> bool:
    return bool(row["group"] == ALL and row["measure"] == "slip")


def _overall(cell: Cell, people: str) -> str:
    if cell.rate is None:
        return ""
    return f"Of 100 wrong answers, {people} let {100 * cell.rate:.0f} pass{_counts(cell)}."


def _region(row: Row, binned: list[Row], people: str) -> str:
    limit = f"{100 * float(row['threshold']):g}{PERCENT}"
    if row["status"] == "region":
        up_to = f"{float(row['limit_difficulty']):.0f}"
        return (
            f"Up to difficulty {up_to}, fewer than {limit} of wrong answers pass {people}"
            f" (one-sided 95{PERCENT} bound in each bin)."
        )
    easiest = cell_of(binned[0]) if binned else None
    if row["status"] == "not_measured" or easiest is None or easiest.high is None:
        return f"Whether there is a safe operating region at {limit} was not measured: {row['reason']}"
    return (
        f"No safe operating region at {limit}: in the easiest bin up to {100 * easiest.high:.0f}{PERCENT} of"
        f" wrong answers may pass{_counts(easiest)}."
    )


def _counts(cell: Cell) -> str:
    counts = f"{cell.n:,} of {cell.total:,} judgements"
    if cell.low is None or cell.high is None:
        return f" ({counts}; too few for an interval)"
    return f" (95{PERCENT} interval {100 * cell.low:.0f} to {100 * cell.high:.0f}; {counts})"


def _ending(supervision: Supervision, mark: str) -> str:
    axis = f" [{supervision.axis}]" if supervision.axis else ""
    return f"{axis}{_marked(mark)}"


def _marked(mark: str) -> str:
    return f" [participants {mark}]" if mark else ""
