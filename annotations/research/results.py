"""What the results page says: sentence, figure, table and method, out of stored runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotations.catalogue.models import GRADES, VERDICTS
from annotations.research.rates import Cell, Rates, cell_of, is_slip, rates_of
from annotations.research.regions import Region, regions_of
from annotations.research.shown import GROUPS_SHOWN, RunView
from annotations.research.tables import ALL, Row, bin_of, bin_order, is_all_bins, number, said, whole
from annotations.research.telling import Telling, telling_of
from annotations.studies.models import Study

METRIC_RANK = "metric rank, not human difficulty"
ITEMS_SHOWN = 20


@dataclass(frozen=True)
class SlipLine:
    """Slips in one cell of the supervision table: what was judged, what slipped through."""

    name: str
    difficulty_low: float | None
    difficulty_high: float | None
    n_outputs: int
    slip: Cell


@dataclass(frozen=True)
class Supervision:
    view: RunView
    sentence: str
    axis: str
    bins_in_words: str
    bins: list[SlipLine]
    matrix: list[tuple[str, int, list[tuple[str, Cell]]]]
    groups: list[tuple[str, list[SlipLine]]]
    regions: list[tuple[str, list[Region]]]
    rates: Rates | None
    telling: list[Telling]

    @property
    def axis_name(self) -> str:
        return "Metric rank" if self.axis == METRIC_RANK else "Difficulty"


@dataclass(frozen=True)
class Interval:
    """An estimate with its kinds of interval; None is one that the run does not have."""

    about: Row
    sandwich: Row | None
    percentile: Row | None
    corrected: Row | None


@dataclass(frozen=True)
class Calibration:
    view: RunView
    sentences: list[str]
    rows: list[Row]
    intervals: list[Interval]
    sources: list[tuple[str, int]]
    items: list[Row]
    n_items: int
    axis: str
    reliability: list[tuple[str, dict[str, Any]]]


def axis_of(study: Study, source: str, lender: str) -> str:
    """Where the 0-100 axis comes from, in words; empty where the study's own answers make it.

    `source` is what a run says it took; before any run the definition tells. `lender` is the study
    whose axis was copied.
    """
    lender = lender or study.definition["analysis"]["difficulty_from"]
    if source == "borrowed" or (lender and not source):
        return f"difficulty borrowed from the study {lender}"
    if source == "metric-rank" or not (source or study.rates_difficulty):
        return METRIC_RANK
    return ""


def supervision_of(study: Study, view: RunView, people: str) -> Supervision:
    rows = view.rows.get("supervision", [])
    everything = [row for row in rows if row["group"] == ALL]
    return Supervision(
        view=view,
        sentence=slip_sentence(everything, people),
        axis=axis_of(study, view.summary.get("axis", ""), view.lender),
        bins_in_words=_bins_in_words(view.summary),
        bins=_slip_lines([row for row in everything if not is_all_bins(row)]),
        matrix=_matrix([row for row in everything if is_all_bins(row)]),
        groups=[(group, lines) for group in GROUPS_SHOWN if (lines := _group_lines(rows, group))],
        regions=regions_of(view.rows.get("safe_region", [])),
        rates=rates_of(rows, view.rows.get("supervision_rates", [])),
        telling=telling_of(view.rows.get("telling_apart", [])),
    )


def slip_sentence(rows: list[Row], people: str) -> str:
    """The headline, from the rows of the group `all`."""
    slips = [row for row in rows if is_slip(row)]
    overall = next((row for row in slips if is_all_bins(row)), None)
    rate = number(overall["rate"]) if overall else None
    if overall is None or rate is None:
        return f"No wrong answer has been judged by {people} yet, so nothing can be said about slips."
    said = f"Of 100 wrong answers, {people} let {100 * rate:.0f} pass"
    binned = sorted((row for row in slips if bin_of(row) is not None), key=bin_order)
    if not binned:
        return f"{said}."
    easiest = number(binned[0]["rate"])
    if easiest is None:
        return f"{said}; in the easiest bin no wrong answer was judged."
    return f"{said}; in the easiest bin {100 * easiest:.0f}."


def calibration_of(study: Study, view: RunView) -> Calibration:
    rows = view.rows.get("calibration", [])
    items = [row for row in view.rows.get("difficulty", []) if row["population"] == ALL]
    sources: dict[str, int] = view.summary.get("sources", {})
    source = next((name for name in ("metric-rank", "borrowed") if name in sources), "own")
    return Calibration(
        view=view,
        sentences=[_calibration_sentence(row, study) for row in _headlines(rows, view.run.params)],
        rows=rows,
        intervals=_intervals(view.rows.get("calibration_intervals", [])),
        sources=sorted(sources.items()),
        items=items[:ITEMS_SHOWN],
        n_items=sum(sources.values()),
        axis=axis_of(study, source, view.lender),
        reliability=sorted(view.summary.get("reliability", {}).items()),
    )


def _bins_in_words(summary: dict[str, Any]) -> str:
    asked, found = whole(summary.get("bins_asked")), whole(summary.get("bins"))
    if found >= asked:
        return ""
    remain = "1 remains" if found == 1 else f"{found} remain"
    return f"{asked} bins were asked for; {remain}, since outputs of the same difficulty are never parted."


def _headlines(rows: list[Row], params: dict[str, Any]) -> list[Row]:
    """One row a domain: of everybody, by the chosen method, with the target that gives the axis."""
    chosen: dict[str, Row] = {}
    for row in rows:
        if row["population"] != ALL or row["method"] != params.get("method", row["method"]):
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


def _intervals(rows: list[Row]) -> list[Interval]:
    """The kinds of interval side by side."""
    found: dict[tuple[Any, ...], dict[str, Row]] = {}
    for row in rows:
        place = tuple(row[name] for name in ("domain", "population", "target", "method", "quantity"))
        found.setdefault(place, {})[str(row["interval"]).partition("_")[0]] = row
    return [
        Interval(
            next(iter(kinds.values())),
            kinds.get("sandwich") or kinds.get("laplace"),
            kinds.get("percentile"),
            kinds.get("bca"),
        )
        for kinds in found.values()
    ]


def _slip_lines(rows: list[Row]) -> list[SlipLine]:
    """One line a bin, easiest first, `missing` last."""
    slips = sorted((row for row in rows if is_slip(row)), key=bin_order)
    return [_line(row, str(bin_of(row) or "no difficulty")) for row in slips]


def _group_lines(rows: list[Row], group: str) -> list[SlipLine]:
    return [
        _line(row, str(row["value"]))
        for row in rows
        if row["group"] == group and is_all_bins(row) and is_slip(row)
    ]


def _line(row: Row, name: str) -> SlipLine:
    return SlipLine(
        name=name,
        difficulty_low=number(row["difficulty_low"]),
        difficulty_high=number(row["difficulty_high"]),
        n_outputs=whole(row["n_outputs"]),
        slip=cell_of(row),
    )


def _matrix(rows: list[Row]) -> list[tuple[str, int, list[tuple[str, Cell]]]]:
    """Grade by verdict over everything: the grade, how many judged, a cell for each verdict."""
    cells: dict[tuple[Any, Any], Row] = {(row["grade"], row["verdict"]): row for row in rows}
    lines = []
    for grade in GRADES:
        found = [(verdict, cells[grade, verdict]) for verdict in VERDICTS if (grade, verdict) in cells]
        if found:
            lines.append((grade, whole(found[0][1]["total"]), [(name, cell_of(row)) for name, row in found]))
    return lines
