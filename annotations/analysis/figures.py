"""The one plotting grammar: every figure is drawn here, in the worker, and kept as SVG."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import altair as alt
import vl_convert

from annotations.analysis.runs import Drawn

Rows = list[dict[str, Any]]
Layered = alt.LayerChart | alt.FacetChart
WIDTH, HEIGHT = 420, 280
FONT = "Helvetica, Arial, sans-serif"
PER_CENT = alt.Scale(domain=[0, 100])


@dataclass(frozen=True)
class Theme:
    """One colour for one meaning, as on the pages: Okabe and Ito's, lightened on dark ground."""

    ground: str
    ink: str
    grid: str
    axis: str
    correct: str
    avoidant: str
    incorrect: str
    unsure: str


LIGHT = Theme("#ffffff", "#1b1d21", "#dddddd", "#777777", "#0072B2", "#B87A00", "#D55E00", "#767676")
DARK = Theme("#15171a", "#e8e9ec", "#32363d", "#9aa0a6", "#56B4E9", "#E69F00", "#FF8A3D", "#A9AEB4")


@dataclass(frozen=True)
class Drawing:
    """A figure to be drawn; its numbers stand in the run's `table`."""

    name: str
    title: str
    table: str
    chart: Callable[[Theme], Layered]


def drawn(drawing: Drawing) -> Drawn:
    light, dark = (_svg(drawing.chart(theme), drawing.title, theme) for theme in (LIGHT, DARK))
    return Drawn(drawing.name, drawing.title, drawing.table, light, dark)


def curve_with_points(
    theme: Theme, curve: Rows, points: Rows, *, x: str, y: str, logarithmic: bool
) -> Layered:
    """A line with its band, and points whose size tells their number. Keys: x, y, low, high; x, y, n."""
    scale = alt.Scale(type="log") if logarithmic else alt.Scale(zero=False, nice=True)
    across = alt.X("x:Q", title=x, scale=scale)
    up = alt.Y("y:Q", scale=PER_CENT, title=y)
    layers: list[alt.Chart] = []
    if curve:
        base = _chart(curve).encode(x=across)
        layers.append(_band(base, theme.correct, y))
        layers.append(base.mark_line(color=theme.correct, strokeWidth=2).encode(y=up))
    dots = _chart(points).mark_circle(color=theme.ink, opacity=0.55)
    size = alt.Size("n:Q", title="responses", scale=alt.Scale(range=[12, 120]))
    layers.append(dots.encode(x=across, y=up, size=size))
    return alt.layer(*layers)


def rates_with_curve(theme: Theme, rates: Rows, curve: Rows, *, x: str, y: str, monotone: str) -> Layered:
    """Rates of bins with intervals, a curve with its band, and the monotone fit dashed. Keys: x, y, low,
    high; in the curve `monotone` too."""
    across = alt.X("x:Q", title=x, scale=PER_CENT)
    up = alt.Y("y:Q", scale=PER_CENT, title=y)
    layers: list[alt.Chart] = []
    if curve:
        base = _chart(curve).encode(x=across)
        layers.append(_band(base, theme.incorrect, y))
        layers.append(base.mark_line(color=theme.incorrect, strokeWidth=2).encode(y=up))
        steps = base.mark_line(color=theme.ink, strokeWidth=1, strokeDash=[4, 3], interpolate="step")
        layers.append(steps.encode(y=alt.Y("monotone:Q", scale=PER_CENT, title=y)))
        note = _chart([{"text": monotone}]).mark_text(
            align="right", baseline="top", dx=-4, dy=4, fontSize=11, color=theme.ink
        )
        layers.append(note.encode(text="text:N", x=alt.value(WIDTH), y=alt.value(0)))
    base = _chart(rates).encode(x=across)
    layers.append(base.mark_rule(color=theme.incorrect).encode(y=alt.Y("low:Q", title=y), y2="high:Q"))
    marks = base.mark_point(color=theme.incorrect, filled=True, size=60, shape="triangle-up")
    layers.append(marks.encode(y=up))
    return alt.layer(*layers)


def lines(theme: Theme, rows: Rows, *, x: str, y: str) -> Layered:
    """Lines that are told apart by colour, dash and a name at their end. Keys: x, y, name, meaning, dash."""
    names = list(dict.fromkeys(row["name"] for row in rows))
    meaning = {row["name"]: row["meaning"] for row in rows}
    dashes = {row["name"]: row["dash"] for row in rows}
    base = _chart(rows).encode(
        x=alt.X("x:Q", title=x, scale=PER_CENT),
        y=alt.Y("y:Q", scale=PER_CENT, title=y),
        color=alt.Color(
            "name:N",
            title=None,
            sort=names,
            scale=alt.Scale(domain=names, range=[getattr(theme, meaning[name]) for name in names]),
        ),
        strokeDash=alt.StrokeDash(
            "name:N",
            title=None,
            sort=names,
            scale=alt.Scale(domain=names, range=[dashes[name] for name in names]),
        ),
    )
    return alt.layer(base.mark_line(strokeWidth=2), base.mark_point(filled=True, size=24))


def _chart(rows: Rows) -> alt.Chart:
    chart: alt.Chart = alt.Chart(alt.InlineData(values=rows))
    return chart


def _band(base: alt.Chart, colour: str, y: str) -> alt.Chart:
    area: alt.Chart = base.mark_area(opacity=0.18, color=colour).encode(
        y=alt.Y("low:Q", scale=PER_CENT, title=y), y2="high:Q"
    )
    return area


def _svg(chart: Layered, title: str, theme: Theme) -> str:
    grid = {"gridColor": theme.grid, "domainColor": theme.axis, "tickColor": theme.axis}
    words = {"labelColor": theme.ink, "titleColor": theme.ink}
    specification = (
        chart.properties(width=WIDTH, height=HEIGHT, title=title)
        .configure(font=FONT, background=theme.ground)
        .configure_axis(**grid, **words, labelFontSize=12, titleFontSize=13, titleFontWeight="normal")
        .configure_legend(**words, labelFontSize=12)
        .configure_title(fontSize=14, anchor="start", fontWeight="normal", color=theme.ink)
        .configure_view(stroke=None)
        .to_json(indent=None)
    )
    return str(vl_convert.vegalite_to_svg(specification))
