"""A figure has to show what its table says; where its words stand may differ by machine."""

from __future__ import annotations

import re

import pytest

from annotations.releases.contents import DOCUMENTS
from tests.releases.verifying import mend, verified

NAME = "figures/slip-by-difficulty.svg"


def told(folder, change):
    """What is said of the figure after the change: errors and warnings."""
    path = folder / NAME
    text = path.read_text()
    changed = change(text)
    assert changed != text
    path.write_text(changed)
    mend(folder)
    report = verified(folder)
    of_figures = [error for error in report.errors if error.file not in DOCUMENTS]
    assert {error.file for error in of_figures} <= {NAME}
    return [error.reason for error in of_figures], [one.reason for one in report.warnings if one.file == NAME]


def moved(pattern, by):
    """The first number that the pattern's group finds becomes another."""

    def change(text):
        found = re.search(pattern, text, re.DOTALL)
        return text[: found.start(1)] + f"{float(found[1]) + by:.3f}" + text[found.end(1) :]

    return change


POINT = r'class="mark-symbol role-mark.*?transform="translate\(([0-9.]+),'
LINE = r'class="mark-line role-mark.*?d="M([0-9.]+),'
LABEL = r'class="mark-text role-axis-label".*?transform="translate\(([0-9.-]+),'
TITLE = r'class="mark-text role-axis-title".*?transform="translate\(([0-9.-]+),'
WIDTH = r'<svg [^>]*width="([0-9]+)"'


@pytest.mark.parametrize(("pattern", "by"), [(POINT, 1), (POINT, -0.02), (LINE, 0.5), (LABEL, 7)])
def test_moved_data_are_an_error(tampered, pattern, by):
    errors, _ = told(tampered, moved(pattern, by))
    assert len(errors) == 1
    assert "does not show what its tables say" in errors[0]


@pytest.mark.parametrize(("pattern", "by"), [(POINT, 0.002), (TITLE, 7), (WIDTH, 3)])
def test_other_layout_of_words_is_a_warning(tampered, pattern, by):
    errors, warnings = told(tampered, moved(pattern, by))
    assert errors == []
    assert len(warnings) == 1
    assert "laid out otherwise" in warnings[0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: re.sub(r">100</text>", ">90</text>", text, count=1), "it reads"),
        (lambda text: text.replace("#d55e00", "#0072b2", 1), "drawn again"),
        (
            lambda text: re.sub(
                r'(role-axis-title.*?) fill="#1b1d21"', r'\1 fill="#1b1d20"', text, count=1, flags=re.DOTALL
            ),
            "fill of",
        ),
        (
            lambda text: re.sub(r'(aria-label="[^"]*?)([0-9]\.[0-9]{4,})', r"\g<1>\g<2>1", text, count=1),
            "aria-label of",
        ),
        (moved(TITLE, 60), "transform of"),
        (
            moved(r'class="mark-text role-axis-title".*?transform="translate\([0-9.-]+,([0-9.-]+)', 9),
            "transform of",
        ),
        (lambda text: text.replace("</svg>", "<script>alert(1)</script></svg>"), "other parts"),
        (lambda text: text.replace("<svg", '<svg onload="alert(1)"', 1), "other parts"),
        (lambda text: text.replace("</svg>", ""), "no SVG"),
        (lambda text: '<!DOCTYPE svg [<!ENTITY a "b">]>' + text, "declarations"),
        (lambda text: "", "no SVG"),
    ],
)
def test_other_words_colours_and_parts_are_errors(tampered, change, reason):
    errors, _ = told(tampered, change)
    assert len(errors) == 1
    assert reason in errors[0]
