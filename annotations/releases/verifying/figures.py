"""The figures of a release drawn again from the tables that were computed again.

Where words are wider, as with the fonts of another machine, titles and legends stand elsewhere and the
whole is larger. Every word, and whatever stands by a scale, has to be the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from annotations.analysis.drawing import draw_all
from annotations.analysis.findings import Findings
from annotations.analysis.pipeline import analysis_of
from annotations.analysis.runs import Drawn
from annotations.releases.contents import MANIFEST, Files
from annotations.releases.results import figure_files
from annotations.releases.verifying.manifest import Manifest
from annotations.releases.verifying.report import Report, quoted

LONGER = 100_000
NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
# In pixels: what is drawn is rounded to a thousandth or so.
NEAR = 0.005
LAID_OUT = {"role-title", "role-axis-title", "role-legend"}
# What other fonts may move there, across and down: less than from one entry of a legend to the next.
ROOM = (40.0, 4.0)
ACROSS = {"transform": 0, "viewBox": 0, "x": 0, "width": 0, "y": 1, "height": 1}
PLACED = {*ACROSS, "d", "x1", "x2", "y1", "y2"}
Element = ElementTree.Element


def draw_again(found: dict[str, Findings], definition: dict[str, Any]) -> list[tuple[str, Drawn]]:
    """The figures of each run, by the names of both, as a release has them."""
    drawings = [
        (kind, one)
        for kind, findings in found.items()
        for one in analysis_of(kind).compute().draw(findings, definition)
    ]
    drawn = draw_all([one for _, one in drawings])
    kinds = list(found)
    pairs = [(kind, figure) for (kind, _), figure in zip(drawings, drawn, strict=True)]
    return sorted(pairs, key=lambda pair: (kinds.index(pair[0]), pair[1].name))


def check_figures(
    folder: Path, manifest: Manifest, drawn: list[tuple[str, Drawn]], files: Files, report: Report
) -> None:
    made = [figure_files(kind, figure) for kind, figure in drawn]
    entries = [entry for entry, _ in made]
    if entries != manifest.figures:
        strange = [one for one in manifest.figures if one not in entries] or manifest.figures
        report.differ(
            MANIFEST,
            f"its figures are not those that its runs draw: {quoted(strange[0]) if strange else 'none'}",
            column="figures",
        )
    for _, svgs in made:
        for name, svg in svgs.items():
            if name in files:
                report.compared["figures"] += 1
                _check(folder / name, name, svg, report)
            elif name not in manifest.files:
                report.differ(
                    name, f"is missing: the runs of this release draw it, {MANIFEST} does not list it"
                )


def _check(path: Path, name: str, svg: str, report: Report) -> None:
    with path.open("rb") as stream:
        released = stream.read(2 * len(svg.encode()) + LONGER)
    if released == svg.encode():
        return
    if fault := _fault(released, svg):
        report.differ(name, f"does not show what its tables say: {fault}")
    else:
        report.warn(name, "its words are laid out otherwise than here; what it shows is the same")


def _fault(released: bytes, svg: str) -> str:
    if b"<!" in released:
        return "it holds declarations that no figure has"
    try:
        old, new = ElementTree.fromstring(released), ElementTree.fromstring(svg)
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        return f"it is no SVG ({error})"
    return next(_differences(old, new, 0), "")


def _differences(old: Element, new: Element, depth: int, is_free: bool = False) -> Iterator[str]:
    """`is_free`: inside of what is laid out by the width of words, which may stand a little elsewhere."""
    is_free = is_free or not LAID_OUT.isdisjoint(new.get("class", "").split())
    what = new.get("class") or new.tag.rpartition("}")[2]
    if old.tag != new.tag or len(old) != len(new) or set(old.attrib) != set(new.attrib):
        yield f"{what} has other parts than drawn again"
        return
    if (old.text or "").strip() != (new.text or "").strip():
        yield f"it reads {quoted(old.text or '')}, drawn again {quoted(new.text or '')}"
    for name, value in new.attrib.items():
        # The outermost elements have the size of the whole and the place of the plot in it.
        if not _alike(name, old.attrib[name], value, is_free or depth < 2):
            yield f"{name} of {what} is {quoted(old.attrib[name])}, drawn again {quoted(value)}"
    for one, other in zip(old, new, strict=True):
        yield from _differences(one, other, depth + 1, is_free)


def _alike(name: str, old: str, new: str, is_free: bool) -> bool:
    """Equal; or a place, with numbers near each other."""
    if old == new:
        return True
    if name not in PLACED or NUMBER.sub("#", old) != NUMBER.sub("#", new):
        return False
    pairs = zip(NUMBER.findall(old), NUMBER.findall(new), strict=True)
    return all(
        abs(float(one) - float(other)) <= _room(name, at, is_free) for at, (one, other) in enumerate(pairs)
    )


def _room(name: str, at: int, is_free: bool) -> float:
    """For the number `at` of a place: a translation comes before a turn, which is never free."""
    if not is_free or name not in ACROSS or (name == "transform" and at > 1):
        return NEAR
    return ROOM[(ACROSS[name] + at) % 2]
