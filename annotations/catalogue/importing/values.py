"""Values from elsewhere in the words used here: what "1" or "wrong" means in a column of grades."""

from __future__ import annotations

import re
from collections.abc import Sequence

# What a value is mapped to where its rows are to have none, and where they are to be errors.
BLANK, ERROR = "", "?"
MEANT = {
    "correct": "correct right true yes y 1 1.0 pass passed ok accurate t c",
    "incorrect": "incorrect wrong false no n 0 0.0 fail failed error inaccurate f i x",
    "avoidant": "avoidant avoid avoided refusal refuse refused decline declined abstain abstained evasive a",
    "unsure": "unsure unknown unclear",
    "nonconforming": "nonconforming non-conforming irrelevant off-topic empty",
    "epistemic": "epistemic idk ignorance",
    "ethical": "ethical safety harmful",
    "raw": "raw base pretrained foundation false no 0",
    "shaped": "shaped instruct instructed chat rlhf finetuned fine-tuned sft tuned true yes 1",
}
SUFFIXES = {
    "k": 1e3,
    "m": 1e6,
    "b": 1e9,
    "t": 1e12,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
}
SCALED = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([a-z]+)\Z")


def guess_value(value: str, choices: Sequence[str]) -> str:
    """The choice that a value means, or ERROR where that is not plain."""
    word = value.strip().casefold()
    if word in choices:
        return word
    return next((choice for choice in choices if word in MEANT.get(choice, "").split()), ERROR)


def scaled(text: str) -> str:
    """ "7B" as "7000000000"; whatever else as it is."""
    found = SCALED.match(text.strip().casefold())
    if not found or found[2] not in SUFFIXES:
        return text
    return f"{float(found[1]) * SUFFIXES[found[2]]:.10g}"
