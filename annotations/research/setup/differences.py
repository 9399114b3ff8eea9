"""Differences between two definitions, as people read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from annotations.research.setup.sections import section_with
from annotations.studies.definition import to_yaml

Change = tuple[str, Any, Any]
LONG = 60
# Texts that share less are shown one after the other.
ALIKE = 0.3


@dataclass(frozen=True)
class Told:
    """One setting that differs. `words`: of texts, what stayed (""), went ("del") and came ("ins")."""

    path: str
    section: str
    old: str
    new: str
    words: list[tuple[str, str]]


def told(changes: Iterable[Change]) -> list[Told]:
    found = []
    for path, old, new in changes:
        both_text = isinstance(old, str) and isinstance(new, str) and max(len(old), len(new)) > LONG
        words = _words(old, new) if both_text else []
        found.append(Told(path, section_with(path), _shown(old), _shown(new), words))
    return found


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list):
        return to_yaml({"": value}).partition(":")[2].strip() if value else "none"
    return str(value) if value != "" else "blank"


def _words(old: str, new: str) -> list[tuple[str, str]]:
    """Of two texts, word by word."""
    before, after = old.split(" "), new.split(" ")
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < ALIKE:
        return [("del", old), ("ins", new)]
    found: list[tuple[str, str]] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            found.append(("", _short(" ".join(before[a:b]))))
            continue
        if b > a:
            found.append(("del", " ".join(before[a:b])))
        if d > c:
            found.append(("ins", " ".join(after[c:d])))
    return found


def _short(text: str) -> str:
    """What stayed, its middle left out where it is long."""
    return text if len(text) < 200 else f"{text[:80]} … {text[-80:]}"
