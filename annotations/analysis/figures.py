"""The one plotting grammar: every figure is drawn here, in the worker, and kept as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

# Okabe-Ito, as on the pages: one colour for one meaning.
CORRECT, AVOIDANT, INCORRECT, UNSURE, INK = "#0072B2", "#E69F00", "#D55E00", "#767676", "#222222"
WIDTH, HEIGHT = 420, 280
FONT = "Helvetica, Arial, sans-serif"


def curve_with_points(
    curve: Sequence[dict[str, Any]], points: Sequence[dict[str, Any]], *, x: str, y: str, title: str
) -> str:
    """A line with its band, and points whose size tells their number. Keys: x, y, low, high; x, y, n."""
    line_data, point_data = pd.DataFrame(curve), pd.DataFrame(points, columns=["x", "y", "n"])
    across = alt.X("x:Q", title=x, scale=alt.Scale(zero=False, nice=True))
    up = alt.Scale(domain=[0, 100])
    layers: list[alt.Chart] = []
    if len(line_data):
        base = alt.Chart(line_data).encode(x=across)
        layers.append(
            base.mark_area(opacity=0.18, color=CORRECT).encode(
                y=alt.Y("low:Q", scale=up, title=y), y2="high:Q"
            )
        )
        layers.append(base.mark_line(color=CORRECT, strokeWidth=2).encode(y=alt.Y("y:Q", scale=up, title=y)))
    dots = alt.Chart(point_data).mark_circle(color=INK, opacity=0.55)
    size = alt.Size("n:Q", title="responses", scale=alt.Scale(range=[12, 120]))
    layers.append(dots.encode(x=across, y=alt.Y("y:Q", scale=up, title=y), size=size))
    return _svg(alt.layer(*layers), title)


def rates_with_intervals(points: Sequence[dict[str, Any]], *, x: str, y: str, title: str) -> str:
    """Rates in per cent with their intervals, joined by a thin line. Keys: x, y, low, high."""
    data = pd.DataFrame(points, columns=["x", "y", "low", "high"])
    across = alt.X("x:Q", title=x, scale=alt.Scale(domain=[0, 100]))
    up = alt.Scale(domain=[0, 100])
    base = alt.Chart(data).encode(x=across)
    return _svg(
        alt.layer(
            base.mark_line(color=INCORRECT, opacity=0.5).encode(y=alt.Y("y:Q", scale=up, title=y)),
            base.mark_rule(color=INCORRECT).encode(y=alt.Y("low:Q", scale=up, title=y), y2="high:Q"),
            base.mark_point(color=INCORRECT, filled=True, size=60, shape="triangle-up").encode(
                y=alt.Y("y:Q", scale=up, title=y)
            ),
        ),
        title,
    )


def _svg(chart: alt.LayerChart | alt.FacetChart, title: str) -> str:
    grid = {"gridColor": "#dddddd", "domainColor": "#777777", "tickColor": "#777777"}
    specification = (
        chart.properties(width=WIDTH, height=HEIGHT, title=title)
        .configure(font=FONT, background="#ffffff")
        .configure_axis(**grid, labelFontSize=12, titleFontSize=13, titleFontWeight="normal")
        .configure_title(fontSize=14, anchor="start", fontWeight="normal")
        .configure_view(stroke=None)
        .to_json(indent=None)
    )
    return str(vl_convert.vegalite_to_svg(specification))
