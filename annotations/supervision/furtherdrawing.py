"""Further figures of a supervision: verdicts by grade, companions, ROC, risk by coverage, covariates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from annotations.analysis.drawing import Drawing
from annotations.analysis.findings import Findings, Rows
from annotations.catalogue.models import GRADES, VERDICTS

COMPANIONS = {
    "slip": ("slip", "incorrect", "triangle-up", [1, 0]),
    "slip_through": ("slip-through", "incorrect", "diamond", [6, 3]),
    "false_rejection": ("false rejection", "correct", "circle", [2, 2]),
    "missed_avoidance": ("missed avoidance", "avoidant", "square", [8, 2, 2, 2]),
}
RISKS = {
    "before": ("incorrect, before people look", "axis", [6, 3]),
    "after": ("incorrect and accepted", "incorrect", [1, 0]),
}
POINTS = {
    "called_incorrect": ("falsely_called_incorrect", "called incorrect"),
    "doubted": ("falsely_doubted", "incorrect or unsure"),
}
COVARIATES = {
    "own_answer_right": "own answer right (1) or not (0)",
    "own_rating": "own rating of difficulty",
    "confidence": "confidence",
    "position": "position",
    "seconds": "seconds",
    "trust_before": "trust before",
    "trust_after": "trust after",
}


def further(findings: Findings, definition: dict[str, Any], across: str, mark: str) -> Iterator[Drawing]:
    """`across` names the axis, `mark` says of the titles that people are simulated."""
    tables = findings.tables
    yield from _matrix(tables["supervision"], mark)
    yield from _companions(tables, definition["analysis"]["thresholds"], across, mark)
    yield from _roc(tables["telling_apart"], mark)
    yield from _risk(tables.get("reject_option", []), across, mark)
    yield from _against(tables.get("slips_against", []), mark)


def _hundred(value: float | None) -> float | None:
    return None if value is None else 100 * value


def _ends(rows: Rows, name: str) -> str:
    mine = [one["y"] for one in rows if one["name"] == name]
    return f"{name}, from {mine[0]:.0f} to {mine[-1]:.0f}"


def _matrix(rows: Rows, mark: str) -> Iterator[Drawing]:
    found = {
        (one["grade"], one["verdict"]): one
        for one in rows
        if one["group"] == "all" and one["bin"] is None and one["total"]
    }
    if not found:
        return
    cells: Rows = [
        {
            "row": f"{grade} ({found[grade, verdict]['total']:,})",
            "column": verdict,
            "y": _hundred(found[grade, verdict]["rate"]),
            "text": f"{100 * found[grade, verdict]['rate']:.0f} %",
            "right": grade == verdict,
        }
        for grade in GRADES
        for verdict in VERDICTS
        if (grade, verdict) in found
    ]
    said = "; ".join(
        f"{grade} outputs were called {', '.join(_called(found, grade))}"
        for grade in GRADES
        if (grade, VERDICTS[0]) in found
    )
    yield Drawing(
        "verdicts-by-grade", f"Grades and verdicts{mark}", "supervision",
        f"Per cent of the judgements of each grade by verdict: {said}.", "matrix",
        {"rows": cells, "x": "verdict", "y": "grade (judgements)", "note": "Framed: the verdict is right."},
    )  # fmt: skip


def _called(found: dict[tuple[str, str], dict[str, Any]], grade: str) -> list[str]:
    return [f"{verdict} {100 * found[grade, verdict]['rate']:.0f}" for verdict in VERDICTS]


def _companions(
    tables: dict[str, Rows], thresholds: list[float], across: str, mark: str
) -> Iterator[Drawing]:
    slips = [
        one | {"measure": "slip"}
        for one in tables["supervision"]
        if (one["grade"], one["verdict"]) == ("incorrect", "correct")
    ]
    points: Rows = [
        {
            "x": (one["difficulty_low"] + one["difficulty_high"]) / 2,
            "y": _hundred(one["rate"]), "low": _hundred(one["low"]), "high": _hundred(one["high"]),
            "name": COMPANIONS[one["measure"]][0], "meaning": COMPANIONS[one["measure"]][1],
            "shape": COMPANIONS[one["measure"]][2], "dash": COMPANIONS[one["measure"]][3],
        }
        for measure in COMPANIONS
        for one in [*slips, *tables["supervision_rates"]]
        if one["measure"] == measure and one["group"] == "all" and isinstance(one["bin"], int)
        and one["rate"] is not None
    ]  # fmt: skip
    if not points:
        return
    names = list(dict.fromkeys(one["name"] for one in points))
    yield Drawing(
        "rates-by-difficulty", f"Slips and their companions{mark}", "supervision_rates",
        f"Per cent, from the easiest to the hardest bin of {across}: "
        + "; ".join(_ends(points, name) for name in names) + ".",
        "rates_with_thresholds",
        {"rows": points, "thresholds": thresholds, "x": across, "y": "per cent of judgements",
         "note": "Bars: 95 % intervals. Dotted lines: the thresholds of the safe region."},
    )  # fmt: skip


def _roc(rows: Rows, mark: str) -> Iterator[Drawing]:
    values = {one["quantity"]: one["estimate"] for one in rows if one["scope"] == "all"}
    points: Rows = [
        {"x": _hundred(values.get(false)), "y": _hundred(values.get(hit)), "name": name}
        for hit, (false, name) in POINTS.items()
    ]
    if any(one[end] is None for one in points for end in ("x", "y")):
        return
    corners: Rows = [{"x": 0, "y": 0, "name": ""}, *points, {"x": 100, "y": 100, "name": ""}]
    area = values.get("area")
    said = "; ".join(
        f"{one['name']}, {one['y']:.0f} of incorrect outputs, {one['x']:.0f} of correct ones"
        for one in points
    )
    yield Drawing(
        "roc", f"Telling incorrect outputs from correct ones{mark}", "telling_apart",
        f"Per cent: {said}.", "steps_of",
        {"rows": corners, "x": "correct outputs so judged, per cent",
         "y": "incorrect outputs so judged, per cent",
         "note": "" if area is None else f"Area under the curve {area:.2f}; dashed: chance, .5."},
    )  # fmt: skip


def _risk(rows: Rows, across: str, mark: str) -> Iterator[Drawing]:
    points: Rows = [
        {
            "x": 100 * one["coverage"], "y": _hundred(one["rate"]), "low": _hundred(one["band_low"]),
            "high": _hundred(one["band_high"]), "name": RISKS[one["risk"]][0],
            "meaning": RISKS[one["risk"]][1], "dash": RISKS[one["risk"]][2],
        }
        for one in rows
        if one["rate"] is not None
    ]  # fmt: skip
    if not points:
        return
    names = list(dict.fromkeys(one["name"] for one in points))
    yield Drawing(
        "risk-by-coverage", f"Answering only up to a difficulty{mark}", "reject_option",
        "Per cent, from few outputs answered to all of them: "
        + "; ".join(_ends(points, name) for name in names) + ".",
        "banded",
        {"rows": points, "x": "outputs answered, the easiest first, per cent", "y": "risk, per cent",
         "note": ["Bands: 95 % for all points at once.", f"The easiest by {across}."]},
    )  # fmt: skip


def _against(rows: Rows, mark: str) -> Iterator[Drawing]:
    points: Rows = [
        {
            "panel": COVARIATES[one["covariate"]], "x": (one["value_low"] + one["value_high"]) / 2,
            "y": _hundred(one["estimate"]), "low": _hundred(one["low"]), "high": _hundred(one["high"]),
            "name": "slips", "filled": True,
        }
        for one in rows
        if one["part"] == "group" and one["estimate"] is not None
    ]  # fmt: skip
    panels = list(dict.fromkeys(one["panel"] for one in points))
    points = [one for one in points if sum(other["panel"] == one["panel"] for other in points) > 1]
    if not points:
        return
    said = [
        f"{panel}, from {mine[0]:.0f} to {mine[-1]:.0f}"
        for panel in panels
        if (mine := [one["y"] for one in points if one["panel"] == panel])
    ]
    yield Drawing(
        "slips-against", f"What slips go with{mark}", "slips_against",
        "Slips in per cent of incorrect outputs, from the lowest to the highest values: "
        + "; ".join(said) + ".",
        "panels",
        {"rows": points, "x": "value", "y": "slips, per cent", "logarithmic": False, "apart": True,
         "note": "Groups of equal numbers of judgements. Bars: 95 % intervals."},
    )  # fmt: skip
