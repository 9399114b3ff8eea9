"""The figures of a supervision, out of its tables."""

from __future__ import annotations

from typing import Any

from annotations.analysis.drawing import Drawing
from annotations.analysis.findings import Findings, Rows
from annotations.catalogue.models import GRADES, VERDICTS

UP = "slips: incorrect outputs accepted, per cent"
DASHES = {"correct": [1, 0], "avoidant": [6, 3], "incorrect": [2, 2]}


def draw(findings: Findings, definition: dict[str, Any]) -> list[Drawing]:
    simulated = " (simulated people)" if "simulated" in findings.summary["participants_by_kind"] else ""
    rank = findings.summary["axis"] == "metric-rank"
    across = "metric rank, not human difficulty" if rank else "human difficulty (0-100)"
    binned = [
        one for one in findings.tables["supervision"] if one["group"] == "all" and isinstance(one["bin"], int)
    ]
    slips = {
        "rates": _slips(binned),
        "curve": _curve(findings.tables["slip_curve"]),
        "x": across,
        "y": UP,
        "monotone": "dashed: monotone regression; band: 95 % for the whole curve",
    }
    errors = {"rows": _errors(binned), "x": across, "y": "share of the grade's judgements, per cent"}
    return [
        Drawing(
            "slip-by-difficulty",
            f"Slips by difficulty{simulated}",
            "slip_curve",
            UP,
            "rates_with_curve",
            slips,
        ),
        Drawing(
            "errors-by-difficulty",
            f"Supervision errors by difficulty{simulated}",
            "supervision",
            "supervision errors by difficulty",
            "lines",
            errors,
        ),
    ]


def _middle(one: dict[str, Any]) -> float:
    return float(one["difficulty_low"] + one["difficulty_high"]) / 2


def _per_cent(rate: float | None) -> float | None:
    return None if rate is None else 100 * rate


def _slips(binned: Rows) -> Rows:
    return [
        {
            "x": _middle(one),
            **{to: _per_cent(one[of]) for to, of in (("y", "rate"), ("low", "low"), ("high", "high"))},
        }
        for one in binned
        if (one["grade"], one["verdict"]) == ("incorrect", "correct") and one["rate"] is not None
    ]


def _curve(rows: Rows) -> Rows:
    names = {"y": "rate", "low": "low", "high": "high", "monotone": "isotonic"}
    return [
        {"x": one["difficulty"], **{to: _per_cent(one[of]) for to, of in names.items()}}
        for one in rows
        if one["group"] == "all"
    ]


def _errors(binned: Rows) -> Rows:
    """Verdict other than the grade, six lines; unsure is no error."""
    pairs = [(g, v) for g in GRADES for v in VERDICTS if v not in (g, "unsure")]
    cells = {(one["bin"], one["grade"], one["verdict"]): one for one in binned}
    return [
        {
            "x": _middle(one),
            "y": _per_cent(one["rate"]),
            "name": f"{grade}, judged {verdict}",
            "meaning": verdict,
            "dash": DASHES[grade],
        }
        for grade, verdict in pairs
        for (_, g, v), one in cells.items()
        if (g, v) == (grade, verdict) and one["rate"] is not None
    ]
