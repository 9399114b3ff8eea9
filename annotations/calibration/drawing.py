"""The figures of a calibration, out of its tables."""

from __future__ import annotations

from typing import Any

from annotations.analysis.drawing import Drawing, plain_names
from annotations.analysis.findings import Findings, Rows
from annotations.calibration.domains import ALL

POINTS_OF = {"rated": ("rated_difficulty", 1.0), "failure": ("failure_rate", 100.0)}
NOTES = {
    "monotone": "Dashed: monotone regression, which takes no form for granted.",
    "typical": "Dotted: of the typical person and item.",
}
UP = {"rated": "rated difficulty (0-100)", "failure": "people who fail, per cent"}


def draw(findings: Findings, definition: dict[str, Any]) -> list[Drawing]:
    """One a domain: the curve with its band, and what the items got."""
    settings = {one["name"]: one for one in definition["domains"]}
    simulated = " (simulated people)" if "simulated" in findings.summary["participants_by_kind"] else ""
    targets: dict[str, str] = findings.summary["targets"]
    names = plain_names(sorted(targets))
    drawings = []
    for at, (domain, target) in enumerate(sorted(targets.items())):
        own = settings.get(domain, {})
        logarithmic = own.get("metric_transform") == "log10"
        rows = findings.tables["calibration_curve"]
        method = findings.params["method"]
        monotone = [] if method == "isotonic" else _curve(rows, domain, "isotonic")
        typical = _curve(rows, domain, "mixed_typical")
        options: dict[str, Any] = {
            "curve": _curve(rows, domain, method),
            "monotone": monotone,
            "typical": typical,
            "points": _points(findings.tables["difficulty"], domain, target, logarithmic),
            "x": own.get("metric") or "metric",
            "y": UP[target],
            "logarithmic": logarithmic,
            "note": [NOTES[name] for name, drawn in (("monotone", monotone), ("typical", typical)) if drawn],
        }
        title = f"Difficulty: {domain}{simulated}"
        alt = _in_words(options["curve"], options["x"], options["y"])
        drawings.append(
            Drawing(f"calibration-{names[at]}", title, "calibration_curve", alt, "curve_with_points", options)
        )
    return drawings


def _in_words(curve: Rows, metric: str, up: str) -> str:
    if not curve:
        return f"Items by {metric} and {up}; no curve could be placed."
    first, last = (f"{one['y']:.0f} at {one['x']:.3g} {metric}" for one in (curve[0], curve[-1]))
    return f"The curve of {up} goes from {first} to {last}, with its 95 % band and a dot for items alike."


def _curve(rows: Rows, domain: str, method: str) -> Rows:
    return [
        {"x": row["metric"], "y": row["difficulty"], "low": row["low"], "high": row["high"]}
        for row in rows
        if (row["domain"], row["population"], row["method"]) == (domain, ALL, method)
    ]


def _points(rows: Rows, domain: str, target: str, logarithmic: bool) -> Rows:
    """Items at one point of the metric with one value are one dot: a figure does not grow with the data."""
    column, scale = POINTS_OF[target]
    dots: dict[tuple[float, float], int] = {}
    for row in rows:
        if row["domain"] == domain and row["population"] == ALL:
            x, y = row["metric"], row[column]
            if x is not None and y is not None and not (logarithmic and x <= 0):
                dots[x, scale * y] = dots.get((x, scale * y), 0) + row["n_responses"]
    return [{"x": x, "y": y, "n": n} for (x, y), n in sorted(dots.items())]
