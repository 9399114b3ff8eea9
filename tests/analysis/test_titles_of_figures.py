"""What stands under a title is wholly there: a figure is no wider than its axes."""

from __future__ import annotations

from xml.etree import ElementTree

from annotations.analysis import figures
from annotations.supervision.drawing import SHAPES

ROW = {"x": 50, "y": 10, "name": "incorrect, judged correct", "meaning": "correct", "dash": [4, 2]}


TITLE = "Telling incorrect outputs from correct ones (simulated people)"


def test_long_title_and_note_break_where_the_narrowest_figure_ends(browser_page):
    wanted = {"rows": [ROW, ROW | {"x": 60}], "x": "difficulty", "y": "per cent", "note": SHAPES}
    light, _ = figures.draw("lines", TITLE, "of verdicts", wanted)
    words = " ".join(ElementTree.fromstring(light).itertext())
    assert all(word in words for word in (TITLE + " " + SHAPES).split())
    browser_page.set_content(light)
    beyond = """svg => [...svg.querySelectorAll("text")].filter(
        text => text.getBoundingClientRect().right > svg.getBoundingClientRect().right + 1
    ).map(text => text.textContent)"""
    assert browser_page.locator("svg").evaluate(beyond) == []
