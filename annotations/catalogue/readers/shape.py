"""How deep and how large JSON is, found before anything is built of it."""

from __future__ import annotations

import re

DEEPEST = 20
# Small values cost far more memory than they have bytes.
MOST_VALUES = 100_000

# A string, even one that is never closed, or whatever says how many values there are and how deep.
TOKENS = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{},]|NaN|-?Infinity', re.DOTALL)


def excess(text: str, most_values: int = MOST_VALUES) -> tuple[int, str] | None:
    """Where the text goes too far, as an index, and in which way; None if it does not."""
    if text.count("[") + text.count("{") <= DEEPEST and text.count(",") < most_values:
        return None
    depth, values = 0, 1
    for token in TOKENS.finditer(text):
        mark = token[0]
        if mark in ("[", "{"):
            depth += 1
        elif mark in ("]", "}"):
            depth -= 1
        values += mark in ("[", "{", ",")
        if depth > DEEPEST:
            return token.start(), f"nested deeper than {DEEPEST} levels"
        if values > most_values:
            return token.start(), f"more than {most_values:,} values"
    return None
