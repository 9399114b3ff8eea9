"""Multiple choice: the letter that an output settles on, against that of the reference."""

from __future__ import annotations

import re
from collections.abc import Mapping

from annotations.catalogue.graders.text import plain
from annotations.catalogue.outputgraders.registry import (
    Given,
    Marked,
    Option,
    Options,
    OutputGrader,
    not_understood,
    register,
)

LONGEST = 20_000
ALONE = re.compile(r"[\s*_(\[\"'`]*([A-Z])[\s*_)\].,:\"'`]*\Z")
# "the answer is (B)", "Answer: B", "final answer **B**"; the words before are few, so that matching is quick.
# A second letter that comes with it is said, too: who names two has not settled.
SAID = re.compile(
    r"\b(?i:answer|option|choice)(?: (?i:is|would be|should be))?\s{0,3}[:=]?\s{0,3}"
    r"[*_(\[\"'`]{0,4}([A-Z])(?![\w'’])"
    r"(?:[)*_\]]{0,4}\s{0,3}(?:or|and|/|&|,)\s{0,3}[*_(\[]{0,4}([A-Z])(?![\w'’]))?"
)
MARKED = re.compile(r"(?<!\w)\(([A-Z])\)|(?:^|\n)\s{0,8}[*_]{0,2}([A-Z])[).:](?=\s|[*_]|\Z)|\*\*([A-Z])\*\*")
OFFERED = re.compile(r"(?:^|\n)\s{0,8}[*_(\[]{0,3}([A-Z])[).:\]][*_]{0,2}[ \t]{0,8}([^\n]{1,500})")


def offered(prompt: str) -> dict[str, str]:
    """What the prompt offers, by letter."""
    return {letter: plain(text) for letter, text in OFFERED.findall(prompt[:LONGEST])}


def letter_of(text: str, letters: set[str]) -> tuple[str, str]:
    """The one letter that the text settles on, or why there is none."""
    if alone := ALONE.match(text[:LONGEST]):
        return (alone[1], "") if alone[1] in letters else ("", f"{alone[1]} is none of the choices")
    if len(text) > LONGEST:
        return "", "the output is too long to look for a letter"
    for pattern in (SAID, MARKED):
        found = [one for match in pattern.finditer(text) for one in match.groups() if one]
        kinds = sorted(set(found) & letters)
        if len(kinds) == 1:
            return kinds[0], ""
        if kinds:
            return "", f"it names {', '.join(kinds)}"
    return "", "no letter of a choice stands in it"


def mark(given: Given, options: Options) -> Marked:
    choices = offered(given.prompt)
    letters = set(choices) or set("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: int(options.get("choices") or 4)])
    wanted = {letter for one in given.references if (letter := reference_letter(one, choices, letters))}
    if not wanted:
        return not_understood("the item's reference is neither a letter nor the text of a choice")
    text = plain(given.text) if len(given.text) <= LONGEST else ""
    of_text = [letter for letter, choice in choices.items() if choice and choice == text]
    letter, reason = (of_text[0], "") if len(of_text) == 1 else letter_of(given.text, letters)
    if not letter:
        return not_understood(reason)
    return Marked("correct" if letter in wanted else "incorrect")


def reference_letter(reference: str, choices: Mapping[str, str], letters: set[str]) -> str:
    alone = ALONE.match(reference)
    if alone and alone[1] in letters:
        return alone[1]
    same = [letter for letter, choice in choices.items() if choice == plain(reference)]
    return same[0] if len(same) == 1 else ""


def faults(options: Options) -> list[str]:
    count = options.get("choices") or "4"
    sound = count.isascii() and count.isdigit() and len(count) < 3 and 2 <= int(count) <= 26
    return [] if sound else ["Number of choices: write a whole number from 2 to 26."]


register(
    OutputGrader(
        "choice",
        "Multiple choice",
        "Correct where the letter that the answer settles on is that of the reference, which is a letter or"
        " the text of a choice. Choices are read from the prompt's lines (A. … B. …).",
        (Option("choices", "Number of choices", "where the prompt does not list them", "4"),),
        mark,
        faults=faults,
    )
)
