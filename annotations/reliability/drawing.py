"""The figures of the systems' reliability, out of its tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from annotations.analysis.drawing import Drawing, plain_names
from annotations.analysis.findings import Findings, Rows
from annotations.analysis.tables import plain
from annotations.catalogue.models import GRADES
from annotations.reliability.sizes import SIZES

MOST_PANELS = 12
GRADES_NOTE = "From below: correct (circles), avoidant (squares), incorrect (triangles)."
TEMPLATES_NOTE = "Best template chosen on other items. Bars: 95 % over items."
SCALED = ("correctness", "prudence", "ultracrepidarianism")
BY_TEMPLATE = {
    "stability_correctness": "stability (50 is chance)",
    "best_less_mean": "best template less mean",
}


def draw(findings: Findings, definition: dict[str, Any]) -> list[Drawing]:
    """For each domain the grades, the indicators by size, and what hangs on the template."""
    simulated = " (simulated people)" if "simulated" in findings.summary["participants_by_kind"] else ""
    rank = findings.summary["axis"] == "metric-rank"
    across = "metric rank, not human difficulty" if rank else "human difficulty"
    domains = sorted(findings.summary["domains"])
    rows: dict[str, Rows] = {domain: [] for domain in domains}
    for one in findings.tables["reliability"]:
        rows[one["domain"]].append(one)
    return [
        drawing
        for name, domain in zip(plain_names(domains), domains, strict=True)
        for drawing in (
            *_grades(rows[domain], name, f"{domain}{simulated}", across),
            *_scale(rows[domain], findings.summary["sizes"], name, domain),
            *_templates(rows[domain], name, f"{domain}{simulated}", across),
        )
    ]


def _grades(rows: Rows, name: str, of: str, across: str) -> Iterator[Drawing]:
    cells = {
        (one["system"], one["bin"], one["indicator"]): 100 * one["value"]
        for one in rows
        if one["bin"] is not None and one["value"] is not None
    }
    systems, note = _shown(list(dict.fromkeys(system for system, _, _ in cells)))
    bars: Rows = []
    for system, number, indicator in cells:
        if system in systems and indicator == "correctness":
            cuts = (0.0, cells[system, number, "correctness"], cells[system, number, "prudence"], 100.0)
            bars += [
                {"panel": system, "x": number, "name": grade, "from": cuts[at], "to": cuts[at + 1]}
                for at, grade in enumerate(GRADES)
            ]
    if not bars:
        return
    said = [
        f"{system}, correct from {own[0]:.0f} to {own[-1]:.0f} and incorrect from {wrong[0]:.0f} to"
        f" {wrong[-1]:.0f}"
        for system in systems
        if (own := _sizes_of(bars, system, "correct")) and (wrong := _sizes_of(bars, system, "incorrect"))
    ]
    yield Drawing(
        f"grades-by-difficulty-{name}",
        f"Grades by difficulty: {of}",
        "reliability",
        f"Per cent of each system's outputs by grade, from the easiest to the hardest bin of {across}: "
        + "; ".join(said) + ".",
        "stacked",
        {"rows": bars, "x": "bin", "y": "per cent of outputs",
         "note": [GRADES_NOTE, f"Bins of {across}, from the easiest.", *note]},
    )  # fmt: skip


def _sizes_of(bars: Rows, system: str, grade: str) -> list[float]:
    return [one["to"] - one["from"] for one in bars if (one["panel"], one["name"]) == (system, grade)]


def _scale(rows: Rows, sizes: dict[str, dict[str, Any]], name: str, domain: str) -> Iterator[Drawing]:
    for against in SIZES:
        points = [
            {"panel": one["indicator"], "x": plain(10 ** sizes[one["system"]][against]), **_per_cent(one),
             "name": sizes[one["system"]]["series"], "filled": sizes[one["system"]]["shaping"] == "shaped"}
            for one in rows
            if one["bin"] is None and one["indicator"] in SCALED and one["value"] is not None
            and sizes[one["system"]][against] is not None
        ]  # fmt: skip
        if len({point["x"] for point in points}) < 2:
            continue
        said = [f"{panel}, {_ends(points, panel)}" for panel in SCALED if _in_panel(points, panel)]
        yield Drawing(
            f"scale-{against}-{name}",
            f"Indicators by {SIZES[against]}: {domain}",
            "reliability",
            f"Indicators of the systems in per cent, from the smallest to the largest by {SIZES[against]}: "
            + "; ".join(said) + ".",
            "panels",
            {"rows": points, "x": SIZES[against], "y": "per cent", "logarithmic": True,
             "note": ["Filled: shaped systems. Bars: 95 % over items."]},
        )  # fmt: skip


def _templates(rows: Rows, name: str, of: str, across: str) -> Iterator[Drawing]:
    points = [
        {"panel": one["system"], "x": one["bin"], **_per_cent(one), "name": BY_TEMPLATE[one["indicator"]],
         "filled": one["indicator"] == "stability_correctness"}
        for one in rows
        if one["bin"] is not None and one["indicator"] in BY_TEMPLATE and one["value"] is not None
    ]  # fmt: skip
    systems, note = _shown(list(dict.fromkeys(point["panel"] for point in points)))
    points = [point for point in points if point["panel"] in systems]
    if not points:
        return
    said = [
        f"{system}, {series}, {_ends(mine, system)}"
        for system in systems
        for series in BY_TEMPLATE.values()
        if (mine := [point for point in points if (point["panel"], point["name"]) == (system, series)])
    ]
    yield Drawing(
        f"templates-by-difficulty-{name}",
        f"Prompting stability and best template: {of}",
        "reliability",
        f"In per cent, from the easiest to the hardest bin of {across}: " + "; ".join(said) + ".",
        "panels",
        {"rows": points, "x": "bin", "y": "per cent", "logarithmic": False,
         "note": [TEMPLATES_NOTE, f"Bins of {across}, from the easiest.", *note]},
    )  # fmt: skip


def _shown(systems: list[str]) -> tuple[list[str], list[str]]:
    if len(systems) <= MOST_PANELS:
        return systems, []
    return systems[:MOST_PANELS], [
        f"The first {MOST_PANELS} of {len(systems)} systems; all are in the table."
    ]


def _in_panel(points: Rows, panel: str) -> Rows:
    return sorted((point for point in points if point["panel"] == panel), key=lambda point: point["x"])


def _ends(points: Rows, panel: str) -> str:
    mine = _in_panel(points, panel)
    return f"from {mine[0]['y']:.0f} to {mine[-1]['y']:.0f}"


def _per_cent(one: dict[str, Any]) -> dict[str, float | None]:
    pairs = (("y", "value"), ("low", "low"), ("high", "high"))
    return {to: None if one[of] is None else 100 * one[of] for to, of in pairs}
