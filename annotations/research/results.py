"""What the results page says: sentence, figure, table and method, out of stored runs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from annotations.analysis.models import Figure, Run, RunTable
from annotations.analysis.runs import is_stale, latest_run
from annotations.catalogue.models import GRADES, VERDICTS
from annotations.research.regions import Region, rates_of, regions_of
from annotations.research.tables import Row, bin_of, is_all_bins, number, rows_of, said, whole
from annotations.studies.models import Axis, Study

METRIC_RANK = "metric rank, not human difficulty"
GROUPS_SHOWN = ("domain", "system", "participant_group", "condition")
ITEMS_SHOWN = 20


@dataclass(frozen=True)
class RunView:
    """A run with what every result shows of it."""

    run: Run
    stale: bool
    figures: list[Figure]
    tables: list[str]
    warnings: list[str]

    @property
    def method(self) -> str:
        return str(self.run.summary.get("method", ""))


@dataclass(frozen=True)
class Cell:
    n: int
    rate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class SlipLine:
    """Slips in one cell of the supervision table: what was judged, what slipped through."""

    name: str
    difficulty_low: float | None
    difficulty_high: float | None
    n_outputs: int
    total: int
    slip: Cell


@dataclass(frozen=True)
class Supervision:
    view: RunView
    sentence: str
    axis: str
    bins: list[SlipLine]
    matrix: list[tuple[str, int, list[tuple[str, Cell]]]]
    groups: list[tuple[str, list[SlipLine]]]
    regions: list[tuple[str, list[Region]]]
    rates: list[tuple[str, Row]]

    @property
    def axis_name(self) -> str:
        return "Metric rank" if self.axis == METRIC_RANK else "Difficulty"


@dataclass(frozen=True)
class Calibration:
    view: RunView
    sentences: list[str]
    rows: list[Row]
    sources: list[tuple[str, int]]
    items: list[Row]
    n_items: int
    axis: str


def axis_of(study: Study, source: str = "") -> str:
    """Where the 0-100 axis comes from, in words; empty where the study's own answers make it.

    `source` is what a run says it took; before any run the definition tells.
    """
    lender = (
        Axis.objects.filter(study=study).values_list("source_slug", flat=True).first()
        or study.definition["analysis"]["difficulty_from"]
    )
    if source == "borrowed" or (lender and not source):
        return f"difficulty borrowed from the study {lender}"
    if source == "metric-rank" or not (source or study.rates_difficulty):
        return METRIC_RANK
    return ""


def supervision_of(study: Study, people: str) -> Supervision | None:
    view = _view(study, "supervision")
    if view is None:
        return None
    rows = rows_of(view.run, "supervision")
    everything = [row for row in rows if row["group"] == "all"]
    cells = _slip_lines([row for row in everything if not is_all_bins(row)])
    overall = [row for row in everything if is_all_bins(row)]
    return Supervision(
        view=view,
        sentence=slip_sentence(everything, people),
        axis=axis_of(study, view.run.summary.get("axis", "")),
        bins=cells,
        matrix=_matrix(overall),
        groups=[(group, lines) for group in GROUPS_SHOWN if (lines := _group_lines(rows, group))],
        regions=regions_of(view.run),
        rates=rates_of(view.run),
    )


def slip_sentence(rows: list[Row], people: str) -> str:
    """The headline, from the rows of the group `all`."""
    slips = [row for row in rows if row["grade"] == "incorrect" and row["verdict"] == "correct"]
    overall = next((row for row in slips if is_all_bins(row)), None)
    rate = number(overall["rate"]) if overall else None
    if overall is None or rate is None:
        return f"No wrong answer has been judged by {people} yet, so nothing can be said about slips."
    said = f"Of 100 wrong answers, {people} let {100 * rate:.0f} pass"
    binned = sorted((row for row in slips if bin_of(row) is not None), key=lambda row: bin_of(row) or 0)
    if not binned:
        return f"{said}."
    easiest = number(binned[0]["rate"])
    if easiest is None:
        return f"{said}; in the easiest bin no wrong answer was judged."
    return f"{said}; in the easiest bin {100 * easiest:.0f}."


def calibration_of(study: Study) -> Calibration | None:
    view = _view(study, "calibration")
    if view is None:
        return None
    rows = rows_of(view.run, "calibration")
    items = rows_of(view.run, "difficulty")
    counts: dict[str, int] = defaultdict(int)
    for item in items:
        counts[str(item.get("source", ""))] += 1
    source = next((name for name in ("metric-rank", "borrowed") if name in counts), "own")
    return Calibration(
        view=view,
        sentences=[_calibration_sentence(row, study) for row in _headlines(rows, view.run.params)],
        rows=rows,
        sources=sorted(counts.items()),
        items=items[:ITEMS_SHOWN],
        n_items=len(items),
        axis=axis_of(study, source),
    )


def _headlines(rows: list[Row], params: dict[str, Any]) -> list[Row]:
    """One row a domain: of everybody, by the chosen method, with the target that gives the axis."""
    chosen: dict[str, Row] = {}
    for row in rows:
        if row["population"] != "all" or row["method"] != params.get("method", row["method"]):
            continue
        better = row["target"] == ("failure" if params.get("target") == "failure" else "rated")
        if row["domain"] not in chosen or better:
            chosen[row["domain"]] = row
    return list(chosen.values())


def _calibration_sentence(row: Row, study: Study) -> str:
    domain: Row = next((one for one in study.definition["domains"] if one["name"] == row["domain"]), {})
    metric = domain.get("metric") or "of the metric"
    what = "anticipated failure" if row["target"] == "rated" else "failure"
    numbers = [number(row[name]) for name in ("location", "location_low", "location_high")]
    if domain.get("metric_transform") == "log10":
        numbers = [None if value is None or value > 300 else 10**value for value in numbers]
    location, low, high = numbers
    if location is None:
        return f"{row['domain']}: no curve of {what} could be placed on the metric."
    interval = ""
    if low is not None and high is not None:
        interval = f" (95\u00a0% interval {said(low)} to {said(high)})"
    return f"{row['domain']}: the curve of {what} is half-way up at {said(location)} {metric}{interval}."


def _view(study: Study, kind: str) -> RunView | None:
    run = latest_run(study, kind)
    if run is None:
        return None
    figures = list(Figure.objects.filter(run=run).order_by("pk").defer("svg"))
    tables = list(RunTable.objects.filter(run=run).order_by("pk").values_list("name", flat=True))
    warnings = [str(warning) for warning in run.warnings]
    return RunView(run, is_stale(run), figures, tables, warnings)


def _cell(row: Row) -> Cell:
    return Cell(whole(row["n"]), number(row["rate"]), number(row["low"]), number(row["high"]))


def _slip_lines(rows: list[Row]) -> list[SlipLine]:
    """One line a bin, easiest first, `missing` last."""
    slips = [row for row in rows if row["grade"] == "incorrect" and row["verdict"] == "correct"]
    slips.sort(key=lambda row: (bin_of(row) is None, bin_of(row) or 0))
    return [_line(row, str(bin_of(row) or "no difficulty")) for row in slips]


def _group_lines(rows: list[Row], group: str) -> list[SlipLine]:
    return [
        _line(row, str(row["value"]))
        for row in rows
        if row["group"] == group
        and is_all_bins(row)
        and row["grade"] == "incorrect"
        and row["verdict"] == "correct"
    ]


def _line(row: Row, name: str) -> SlipLine:
    return SlipLine(
        name=name,
        difficulty_low=number(row["difficulty_low"]),
        difficulty_high=number(row["difficulty_high"]),
        n_outputs=whole(row["n_outputs"]),
        total=whole(row["total"]),
        slip=_cell(row),
    )


def _matrix(rows: list[Row]) -> list[tuple[str, int, list[tuple[str, Cell]]]]:
    """Grade by verdict over everything: the grade, how many judged, a cell for each verdict."""
    cells: dict[tuple[Any, Any], Row] = {(row["grade"], row["verdict"]): row for row in rows}
    lines = []
    for grade in GRADES:
        found = [(verdict, cells[grade, verdict]) for verdict in VERDICTS if (grade, verdict) in cells]
        if found:
            lines.append((grade, whole(found[0][1]["total"]), [(name, _cell(row)) for name, row in found]))
    return lines
