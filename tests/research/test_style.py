"""Colours of the style sheet can be read, in light and in dark (WCAG AA)."""

from __future__ import annotations

import re

import pytest

from tests.servers import ROOT

SHEET = (ROOT / "annotations" / "static" / "annotations" / "style.css").read_text()
TOKEN = re.compile(r"--(\w[\w-]*): (#[0-9a-f]{3,6});")


def tokens(scheme):
    blocks = re.findall(r":root \{(.*?)\}", SHEET, re.DOTALL)
    light = dict(TOKEN.findall(blocks[0]))
    return light if scheme == "light" else light | dict(TOKEN.findall(blocks[1]))


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_black_on_white_is_21():
    assert round(contrast("#000", "#ffffff"), 2) == 21


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("text", ["ink", "soft", "accent", "alarm"])
@pytest.mark.parametrize("ground", ["paper", "tint"])
def test_text_can_be_read(scheme, text, ground):
    found = tokens(scheme)
    assert contrast(found[text], found[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_buttons_and_edges_can_be_seen(scheme):
    found = tokens(scheme)
    assert contrast(found["on-accent"], found["accent"]) >= 4.5
    assert contrast(found["edge"], found["paper"]) >= 3


def test_meanings_have_their_colours():
    found = tokens("dark")
    assert [found[name] for name in ("correct", "avoidant", "incorrect")] == ["#0072b2", "#e69f00", "#d55e00"]


def test_sheet_is_small():
    assert len(SHEET) < 20_000
