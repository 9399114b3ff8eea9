"""Compares words: case, runs of white space and punctuation around the answer do not count."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from annotations.catalogue.graders.registry import register

# Longer answers are wrong before they are compared: they come from no form of ours.
LONGEST = 100_000


@register("text")
def grade_text(answer: str, references: Sequence[str]) -> bool | None:
    wanted = {plain(reference) for reference in references} - {""}
    if not wanted:
        return None
    return len(answer) <= LONGEST and plain(answer) in wanted


def plain(text: str) -> str:
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    words = " ".join(folded.split())
    first, last = 0, len(words)
    while first < last and is_edge(words[first]):
        first += 1
    while last > first and is_edge(words[last - 1]):
        last -= 1
    # An answer that is nothing but punctuation means that punctuation.
    return words[first:last] or words


def is_edge(character: str) -> bool:
    return character == " " or unicodedata.category(character).startswith("P")
