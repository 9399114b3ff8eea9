"""The figures of a supervision, out of its tables."""

from __future__ import annotations

from typing import Any

from annotations.analysis.drawing import Drawing
from annotations.analysis.findings import Findings, Rows
from annotations.catalogue.models import GRADES, VERDICTS
from annotations.supervision.furtherdrawing import further

UP = "slips, per cent of incorrect outputs"
NOTE = "Dashed: monotone regression. Band: 95 % for the whole curve."
DASHES = {"correct": [1, 0], "avoidant": [6, 3], "incorrect": [2, 2]}
SHAPES = "Judged correct: circles; judged avoidant: squares; judged incorrect: triangles."


def draw(findings: Findings, definition: dict[str, Any]) -> list[Drawing]:
    simulated = " (simulated people)" if "simulated" in findings.summary["participants_by_kind"] else ""
    rank = findings.summary["axis"] == "metric-rank"
    across = "metric rank, not human difficulty" if rank else "human difficulty (0-100)"
    binned = [
        one for one in findings.tables["supervision"] if one["group"] == "all" and isinstance(one["bin"], int)
    ]
    rates, wrong = _slips(binned), _errors(binned)
    curve = _curve(findings.tables["slip_curve"])
    slips = {
        "rates": rates,
        "curve": curve,
        "x": across,
        "y": UP,
        "note": NOTE if curve else "",
    }
    errors = {"rows": wrong, "x": across, "y": "per cent of the grade's judgements", "note": SHAPES}
    return [
        Drawing(
            "slip-by-difficulty",
            f"Slips by difficulty{simulated}",
            "slip_curve",
            _slips_in_words(rates, across),
            "rates_with_curve",
            slips,
        ),
        Drawing(
            "errors-by-difficulty",
            f"Supervision errors by difficulty{simulated}",
            "supervision",
            _errors_in_words(wrong, across),
            "lines",
            errors,
        ),
        *further(findings, definition, across, simulated),
    ]


def _slips_in_words(rows: Rows, across: str) -> str:
    """From the easiest to the hardest bin in which wrong answers were judged."""
    if not rows:
        return f"Slips against {across}: no incorrect output with a difficulty was judged."
    first, last = (
        f"{one['y']:.0f} per cent at {one['x']:.0f} in the {name} bin"
        for name, one in (("easiest", rows[0]), ("hardest", rows[-1]))
    )
    low, high = min(one["y"] for one in rows), max(one["y"] for one in rows)
    return (
        f"Share of incorrect outputs accepted, against {across}: {first}, {last}; the {len(rows)} bins that"
        f" were judged lie between {low:.0f} and {high:.0f} per cent. A curve with its band and a monotone"
        " line go with them."
    )


def _errors_in_words(rows: Rows, across: str) -> str:
    """Each line by its ends."""
    ends: dict[str, Rows] = {}
    for one in rows:
        ends.setdefault(one["name"], []).append(one)
    said = [f"{name}, from {line[0]['y']:.0f} to {line[-1]['y']:.0f}" for name, line in ends.items()]
    listed = "; ".join(said) if said else "no judgement"
    return (
        f"Verdicts other than the grade, in per cent, from the easiest to the hardest of {across}: {listed}."
    )


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
