"""The one plotting grammar, a program: JSON of [chart, title, alt, options] in, of [light, dark] SVG out.

It imports nothing of the platform, so that whoever draws need not load it, nor the platform this.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Any

import altair as alt
import vl_convert

Rows = list[dict[str, Any]]
Layered = alt.LayerChart | alt.FacetChart
# Narrow, so that words stay readable on a phone and in a column of a journal.
WIDTH, HEIGHT = 340, 250
TITLE_LENGTH, NOTE_LENGTH = 52, 66
FONT = "Helvetica, Arial, sans-serif"
PER_CENT = alt.Scale(domain=[0, 100])
ROOM = 10


@dataclass(frozen=True)
class Theme:
    """One colour for one meaning, as on the pages: Okabe and Ito's, lightened on dark ground.

    No two colours of a theme are equal: a dark figure is the light one with each exchanged for its own.
    """

    ground: str
    ink: str
    grid: str
    axis: str
    correct: str
    avoidant: str
    incorrect: str
    unsure: str


# Colours alone are one grey in print, and two of them one colour to many men.
SHAPES = {"correct": "circle", "avoidant": "square", "incorrect": "triangle-up", "unsure": "diamond"}
LIGHT = Theme("#ffffff", "#1b1d21", "#dddddd", "#777777", "#0072b2", "#b87a00", "#d55e00", "#767676")
DARK = Theme("#15171a", "#e8e9ec", "#32363d", "#9aa0a6", "#56b4e9", "#e69f00", "#ff8a3d", "#a9aeb4")


def curve_with_points(
    *, curve: Rows, points: Rows, x: str, y: str, logarithmic: bool, monotone: Rows | None = None,
    typical: Rows | None = None,
) -> Layered:  # fmt: skip
    """A line with its band, the monotone one in steps, that of a typical person dotted, and points whose size
    tells their number. Keys: x, y, low, high; x, y; x, y, n."""
    kind = {"type": "log"} if logarithmic else {"zero": False}
    scale = alt.Scale(nice=False, padding=ROOM, **kind)
    whole = all(float(one["x"]).is_integer() for one in points)
    step = 1 if whole and not logarithmic else alt.Undefined
    axis = alt.Axis(format="~r", tickMinStep=step)
    across = alt.X("x:Q", title=x, scale=scale, axis=axis)
    up = alt.Y("y:Q", scale=PER_CENT, title=y)
    layers: list[alt.Chart] = []
    if curve:
        base = _chart(curve).encode(x=across)
        layers.append(_band(base, LIGHT.correct, y))
        layers.append(base.mark_line(color=LIGHT.correct, strokeWidth=2).encode(y=up))
    ways: list[tuple[Rows | None, list[int], Any]] = [
        (monotone, [4, 3], "step-after"), (typical, [1, 3], "linear"),
    ]  # fmt: skip
    for rows, dash, way in ways:
        if rows:
            line = _chart(rows).mark_line(color=LIGHT.ink, strokeWidth=1, strokeDash=dash, interpolate=way)
            layers.append(line.encode(x=across, y=up))
    dots = _chart(points).mark_circle(color=LIGHT.ink, opacity=0.55)
    most = max((one["n"] for one in points), default=1)
    size = alt.Size(
        "n:Q",
        title="responses",
        scale=alt.Scale(range=[12, 120]),
        legend=alt.Legend(values=sorted({1, (most + 1) // 2, most})),
    )
    layers.append(dots.encode(x=across, y=up, size=size))
    return alt.layer(*layers)


def rates_with_curve(*, rates: Rows, curve: Rows, x: str, y: str) -> Layered:
    """Rates of bins with intervals, a curve with its band, and the monotone fit dashed. Keys: x, y, low,
    high; in the curve `monotone` too."""
    across = alt.X("x:Q", title=x, scale=PER_CENT)
    up = alt.Y("y:Q", scale=PER_CENT, title=y)
    layers: list[alt.Chart] = []
    if curve:
        base = _chart(curve).encode(x=across)
        layers.append(_band(base, LIGHT.incorrect, y))
        layers.append(base.mark_line(color=LIGHT.incorrect, strokeWidth=2).encode(y=up))
        steps = base.mark_line(color=LIGHT.ink, strokeWidth=1, strokeDash=[4, 3], interpolate="step-after")
        layers.append(steps.encode(y=alt.Y("monotone:Q", scale=PER_CENT, title=y)))
    base = _chart(rates).encode(x=across)
    layers.append(base.mark_rule(color=LIGHT.incorrect).encode(y=alt.Y("low:Q", title=y), y2="high:Q"))
    marks = base.mark_point(color=LIGHT.incorrect, filled=True, size=60, shape="triangle-up")
    layers.append(marks.encode(y=up))
    return alt.layer(*layers)


def rates_with_thresholds(*, rows: Rows, thresholds: list[float], x: str, y: str) -> Layered:
    """Rates of bins by measure with intervals, and the thresholds as dashed lines. Keys: x, y, low, high,
    name, meaning, shape, dash."""
    names = list(dict.fromkeys(one["name"] for one in rows))
    first = {one["name"]: one for one in reversed(rows)}
    legend = alt.Legend(columns=2, labelLimit=0, symbolOpacity=1, symbolSize=90)
    shared: dict[str, Any] = {"title": None, "sort": names, "legend": legend}
    colour = alt.Color(
        "name:N", **shared,
        scale=alt.Scale(domain=names, range=[getattr(LIGHT, first[name]["meaning"]) for name in names]),
    )  # fmt: skip
    shape = alt.Shape(
        "name:N", **shared, scale=alt.Scale(domain=names, range=[first[name]["shape"] for name in names])
    )
    # In a legend the dash would be drawn around the shape.
    dash = alt.StrokeDash(
        "name:N", sort=names, legend=None,
        scale=alt.Scale(domain=names, range=[first[name]["dash"] for name in names]),
    )  # fmt: skip
    across = alt.X("x:Q", title=x, scale=PER_CENT)
    up = alt.Y("y:Q", scale=PER_CENT, title=y)
    limits = _chart([{"t": one, "text": f"{one:g} %"} for one in thresholds]).encode(
        y=alt.Y("t:Q", scale=PER_CENT, title=y)
    )
    rules = limits.mark_rule(color=LIGHT.axis, strokeDash=[2, 3], strokeWidth=1)
    words = limits.mark_text(color=LIGHT.ink, align="right", baseline="bottom", dx=-1, dy=-1, fontSize=10)
    base = _chart(rows).encode(x=across, color=colour)
    bars = base.mark_rule(opacity=0.6).encode(y=alt.Y("low:Q", scale=PER_CENT, title=y), y2="high:Q")
    line = base.mark_line(strokeWidth=1.5).encode(y=up, strokeDash=dash)
    marks = base.mark_point(filled=True, size=50).encode(y=up, shape=shape)
    return alt.layer(rules, words.encode(x=alt.value("width"), text="text:N"), bars, line, marks)


def lines(*, rows: Rows, x: str, y: str) -> Layered:
    """Lines told apart by dash, and by the colour and the shape of one meaning. Keys: x, y, name, meaning (a
    colour of the theme), dash."""
    names = list(dict.fromkeys(row["name"] for row in rows))
    meaning = {row["name"]: row["meaning"] for row in rows}
    dashes = {row["name"]: row["dash"] for row in rows}
    colours = [getattr(LIGHT, meaning[name]) for name in names]
    legend = alt.Legend(symbolType="stroke", symbolSize=500, symbolStrokeWidth=2, columns=2, labelLimit=0)
    base = _chart(rows).encode(
        x=alt.X("x:Q", title=x, scale=PER_CENT),
        y=alt.Y("y:Q", scale=PER_CENT, title=y),
        color=alt.Color(
            "name:N", title=None, sort=names, legend=legend, scale=alt.Scale(domain=names, range=colours)
        ),
    )
    drawn = base.mark_line(strokeWidth=2).encode(
        strokeDash=alt.StrokeDash(
            "name:N",
            title=None,
            sort=names,
            legend=legend,
            scale=alt.Scale(domain=names, range=[dashes[name] for name in names]),
        )
    )
    shape = alt.Shape(
        "meaning:N", legend=None, scale=alt.Scale(domain=list(SHAPES), range=list(SHAPES.values()))
    )
    return alt.layer(drawn, base.mark_point(filled=True, size=55, opacity=1).encode(shape=shape))


def stacked(*, rows: Rows, x: str, y: str) -> Layered:
    """Bars of shares by panel; shapes within them tell the parts apart without colour, and avoidant ones are
    light, since thin parts have no room for a shape. Keys: panel, x, name (of the theme), from, to."""
    names = list(dict.fromkeys(row["name"] for row in rows))
    across = alt.X("x:O", title=x, axis=alt.Axis(labelAngle=0))
    colour = alt.Color(
        "name:N", title=None, scale=alt.Scale(domain=names, range=[getattr(LIGHT, name) for name in names])
    )
    shape = alt.Shape(
        "part:N", legend=None, scale=alt.Scale(domain=names, range=[SHAPES[name] for name in names])
    )
    fill = alt.condition("datum.name == 'avoidant'", alt.value(0.4), alt.value(1))
    ink = alt.condition("datum.part == 'avoidant'", alt.value(LIGHT.ink), alt.value(LIGHT.ground))
    bars = alt.Chart().mark_bar(stroke=LIGHT.ground, strokeWidth=1).encode(
        x=across, y=alt.Y("from:Q", scale=PER_CENT, title=y), y2="to:Q", color=colour, fillOpacity=fill
    )  # fmt: skip
    marks = (
        alt.Chart()
        .transform_filter("datum.to - datum.from >= 10")
        .transform_calculate(middle="(datum.from + datum.to) / 2", part="datum.name")
        .mark_point(filled=True, size=24)
        .encode(x=across, y=alt.Y("middle:Q", scale=PER_CENT, title=y), shape=shape, color=ink)
    )
    return _in_panels(rows, bars, marks)


def panels(*, rows: Rows, x: str, y: str, logarithmic: bool, apart: bool = False) -> Layered:
    """Points with intervals by panel, their means joined; series told apart by dash and shape. Keys: panel,
    x, y, low, high, name, filled. `apart`: each panel has an axis of its own."""
    names = list(dict.fromkeys(row["name"] for row in rows))
    shapes = ["circle", "triangle-up", "square", "diamond", "cross", "triangle-down"]
    dashes = [[1, 0], [5, 3], [2, 2], [8, 2, 2, 2]]
    kind = {"type": "log"} if logarithmic else {"zero": False}
    step = alt.Undefined if logarithmic or apart else 1
    across = alt.X(
        "x:Q",
        title=x,
        scale=alt.Scale(nice=False, padding=ROOM, **kind),
        axis=alt.Axis(
            format="~s" if logarithmic or apart else "d",
            tickMinStep=step,
            tickCount=4,
            grid=False,
            labelSeparation=9,
        ),
    )
    least = min([0.0, *(row[end] for row in rows for end in ("y", "low") if row[end] is not None)])
    scale = alt.Scale(domain=[least, 100])
    shared: dict[str, Any] = {"title": None, "sort": names, "legend": alt.Legend(columns=2, labelLimit=0)}
    base = alt.Chart().encode(x=across, detail="name:N")
    line = base.mark_line(color=LIGHT.axis, strokeWidth=1).encode(
        y=alt.Y("mean(y):Q", scale=scale, title=y),
        strokeDash=alt.StrokeDash(
            "name:N", **shared, scale=alt.Scale(domain=names, range=_cycled(dashes, names))
        ),
    )
    rule = base.mark_rule(color=LIGHT.ink).encode(y=alt.Y("low:Q", scale=scale, title=y), y2="high:Q")
    marks = base.mark_point(stroke=LIGHT.ink, fill=LIGHT.ink, size=40).encode(
        y=alt.Y("y:Q", scale=scale, title=y),
        shape=alt.Shape("name:N", **shared, scale=alt.Scale(domain=names, range=_cycled(shapes, names))),
        fillOpacity=alt.condition("datum.filled", alt.value(1), alt.value(0)),
    )
    drawn = _in_panels(rows, line, rule, marks)
    return drawn.resolve_scale(x="independent") if apart else drawn


def _cycled(values: list[Any], names: list[str]) -> list[Any]:
    return [values[at % len(values)] for at in range(len(names))]


def _in_panels(rows: Rows, *layers: alt.Chart) -> Layered:
    """Two beside each other, in the order of the rows."""
    name = f"rows-{len(_rows)}"
    _rows[name] = rows
    order = list(dict.fromkeys(row["panel"] for row in rows))
    columns = min(2, len(order))
    whole = alt.layer(*layers, data=alt.NamedData(name=name)).properties(
        width=WIDTH // columns - ROOM, height=HEIGHT // columns
    )
    head = alt.Header(title=None, labelColor=LIGHT.ink, labelFontSize=12)
    facet = alt.Facet("panel:N", sort=order, header=head)
    drawn: Layered = whole.facet(facet=facet, columns=columns)
    return drawn


def matrix(*, rows: Rows, x: str, y: str) -> Layered:
    """Cells with their per cent written in, framed where right. Keys: row, column, y, text, right."""
    plain: dict[str, Any] = {"grid": False, "domain": False, "ticks": False}
    columns, names = (list(dict.fromkeys(one[of] for one in rows)) for of in ("column", "row"))
    across = alt.X("column:N", title=x, sort=columns, axis=alt.Axis(orient="top", labelAngle=0, **plain))
    down = alt.Y("row:N", title=y, sort=names, axis=alt.Axis(**plain))
    base = _chart(rows).encode(x=across, y=down)
    shade = alt.Opacity("y:Q", scale=alt.Scale(domain=[0, 100], range=[0.02, 0.55]), legend=None)
    cells = base.mark_rect(color=LIGHT.axis).encode(opacity=shade)
    frames = base.mark_rect(filled=False, stroke=LIGHT.ink, strokeWidth=1.5).transform_filter("datum.right")
    words = base.mark_text(color=LIGHT.ink, fontSize=13).encode(text="text:N")
    return alt.layer(cells, frames, words)


def steps_of(*, rows: Rows, x: str, y: str) -> Layered:
    """A curve through few points from corner to corner, with the diagonal of chance. Keys: x, y, name (blank
    for a corner)."""
    across = alt.X("x:Q", title=x, scale=PER_CENT)
    up = alt.Y("y:Q", title=y, scale=PER_CENT)
    chance = _chart([{"x": 0, "y": 0}, {"x": 100, "y": 100}]).mark_line(
        color=LIGHT.axis, strokeDash=[4, 3], strokeWidth=1
    )
    base = _chart(rows).encode(x=across, y=up)
    line = base.mark_line(color=LIGHT.incorrect, strokeWidth=2)
    named = base.transform_filter("datum.name != ''")
    marks = named.mark_point(color=LIGHT.incorrect, filled=True, size=70, shape="triangle-up")
    words = named.mark_text(color=LIGHT.ink, align="left", baseline="top", dx=9, dy=4, fontSize=12).encode(
        text="name:N"
    )
    return alt.layer(chance.encode(x=across, y=up), line, marks, words)


def banded(*, rows: Rows, x: str, y: str) -> Layered:
    """Lines in bands, told apart by colour, dash and shape. Keys: x, y, low, high, name, meaning, dash."""
    names = list(dict.fromkeys(one["name"] for one in rows))
    first = {one["name"]: one for one in reversed(rows)}
    colours = [getattr(LIGHT, first[name]["meaning"]) for name in names]
    shared: dict[str, Any] = {
        "title": None, "sort": names,
        "legend": alt.Legend(columns=1, labelLimit=0, symbolType="stroke", symbolSize=500, symbolOpacity=1),
    }  # fmt: skip
    across = alt.X("x:Q", title=x, scale=PER_CENT)
    colour = alt.Color("name:N", **shared, scale=alt.Scale(domain=names, range=colours))
    dash = alt.StrokeDash(
        "name:N", **shared, scale=alt.Scale(domain=names, range=[first[name]["dash"] for name in names])
    )
    base = _chart(rows).encode(x=across, color=colour)
    band = base.mark_area(opacity=0.16).encode(y=alt.Y("low:Q", scale=PER_CENT, title=y), y2="high:Q")
    line = base.mark_line(strokeWidth=2).encode(y=alt.Y("y:Q", scale=PER_CENT, title=y), strokeDash=dash)
    return alt.layer(band, line)


CHARTS: dict[str, Callable[..., Layered]] = {
    "curve_with_points": curve_with_points,
    "rates_with_curve": rates_with_curve,
    "lines": lines,
    "stacked": stacked,
    "panels": panels,
    "matrix": matrix,
    "steps_of": steps_of,
    "banded": banded,
    "rates_with_thresholds": rates_with_thresholds,
}
_rows: dict[str, Rows] = {}


def draw(chart: str, title: str, description: str, options: dict[str, Any]) -> tuple[str, str]:
    """`note` among the options stands under the title, the others are the chart's."""
    _rows.clear()
    given = {name: value for name, value in options.items() if name != "note"}
    head = alt.TitleParams(_lines(title, TITLE_LENGTH), subtitle=_lines(options.get("note", ""), NOTE_LENGTH))
    light = _svg(CHARTS[chart](**given), head, description)
    return light, _darkened(light)


def _lines(said: str | list[str], length: int) -> list[str]:
    """Of a length that the narrowest figure has room for: what is longer would be cut off."""
    each = [said] if isinstance(said, str) else said
    return [line for one in each for line in textwrap.wrap(one, length)]


def _chart(rows: Rows) -> alt.Chart:
    """A chart of rows that join it in the end only: on the way they would be checked and copied often."""
    name = f"rows-{len(_rows)}"
    _rows[name] = rows
    chart: alt.Chart = alt.Chart(alt.NamedData(name=name))
    return chart


def _band(base: alt.Chart, colour: str, y: str) -> alt.Chart:
    area: alt.Chart = base.mark_area(opacity=0.18, color=colour).encode(
        y=alt.Y("low:Q", scale=PER_CENT, title=y), y2="high:Q"
    )
    return area


def _svg(chart: Layered, title: alt.TitleParams, description: str) -> str:
    grid = {"gridColor": LIGHT.grid, "domainColor": LIGHT.axis, "tickColor": LIGHT.axis}
    words = {"labelColor": LIGHT.ink, "titleColor": LIGHT.ink}
    size = {} if isinstance(chart, alt.FacetChart) else {"width": WIDTH, "height": HEIGHT}
    specification = (
        chart.properties(title=title, description=description, **size)
        .configure(font=FONT, background=LIGHT.ground)
        .configure_axis(**grid, **words, labelFontSize=12, titleFontSize=13, titleFontWeight="normal")
        .configure_axisX(labelFlush=False)
        .configure_legend(
            **words, labelFontSize=12, titleFontWeight="normal", titleFontSize=12, orient="bottom"
        )
        .configure_title(
            fontSize=14,
            anchor="start",
            fontWeight="normal",
            color=LIGHT.ink,
            subtitleColor=LIGHT.ink,
            subtitleFontSize=11,
        )
        .configure_view(stroke=None)
        .to_dict()
    )
    return str(vl_convert.vegalite_to_svg(specification | {"datasets": _rows}))


def _darkened(svg: str) -> str:
    """Colours stand alone between quotation marks; no other text does."""
    exchanged = dict(zip(astuple(LIGHT), astuple(DARK), strict=True)) | {"white": DARK.ground}
    pattern = re.compile('"(' + "|".join(exchanged) + ')"', re.IGNORECASE)
    return pattern.sub(lambda found: f'"{exchanged[found[1].lower()]}"', svg)


if __name__ == "__main__":
    json.dump([draw(*one) for one in json.load(sys.stdin)], sys.stdout)
