"""From what a form sends to the values of a definition. What cannot be read stays as it was typed, for the
schema to refuse and the page to show again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from annotations.research.setup.shapes import (
    ARM,
    BOOL,
    CHOICE,
    CHOICES,
    FIXED,
    LINES,
    NUMBER,
    NUMBERS,
    PAIRS,
    PART,
    PARTS,
    TEXTS,
    WHOLE,
    YAML,
    Shape,
    arm_shapes,
)
from annotations.studies.definition.places import Fault, read_placed

INTEGER = re.compile(r"[-+]?[0-9]{1,16}")
DECIMAL = re.compile(r"[-+]?([0-9]{1,16}(\.[0-9]{0,20})?|\.[0-9]{1,20})([eE][-+]?[0-9]{1,3})?")
PAIR = re.compile(r"([^:\n]+):[ \t]*(.*)")
TRUTHS = {"true": True, "false": False}
# No list has so many parts; a name with a larger number is no field of ours.
MOST_PARTS = 1_000


class Unread(str):
    """Typed where something else belongs: the schema refuses it, and the page shows it as it was."""


class Form:
    """What was sent, by the paths of settings."""

    def __init__(self, sent: Mapping[str, Any]) -> None:
        self.sent = sent
        self.lists: dict[str, set[int]] = {}
        for name in sent:
            parts = name.split(".")
            for place, part in enumerate(parts):
                if part.isdecimal() and len(part) < 4 and int(part) < MOST_PARTS:
                    self.lists.setdefault(".".join(parts[:place]), set()).add(int(part))

    def text(self, path: str) -> str:
        return str(self.sent.get(path, "")).replace("\r\n", "\n").replace("\r", "\n")

    def texts(self, path: str) -> dict[str, str]:
        """By locale, without the blank ones."""
        begin = f"{path}."
        found = {name.removeprefix(begin): self.text(name) for name in self.sent if name.startswith(begin)}
        return {locale: text for locale, text in found.items() if text.strip()}

    def all(self, path: str) -> list[str]:
        getlist = getattr(self.sent, "getlist", None)
        return list(getlist(path)) if getlist else list(self.sent.get(path, []))


def read(shape: Shape, form: Form, path: str) -> Any:
    """The value of one setting."""
    if shape.kind == PART:
        return read_fields(shape.fields, form, path)
    if shape.kind == PARTS:
        return [_read_part(shape, form, f"{path}.{place}") for place in sorted(form.lists.get(path, ()))]
    if shape.kind == TEXTS:
        return form.texts(path)
    if shape.kind == BOOL:
        return path in form.sent
    if shape.kind == CHOICES:
        known = [value for value, _ in shape.options]
        return [value for value in form.all(path) if value in known]
    if shape.kind == ARM:
        return _read_arm(form, path)
    return _read_text(shape, form.text(path))


def read_fields(shapes: tuple[Shape, ...], form: Form, path: str) -> dict[str, Any]:
    return {one.name: read(one, form, f"{path}.{one.name}" if path else one.name) for one in shapes}


def _read_part(shape: Shape, form: Form, path: str) -> dict[str, Any]:
    kind = form.text(f"{path}.kind") if shape.kinds else ""
    return read_fields(shape.variants.get(kind, ()), form, path) | ({"kind": kind} if shape.kinds else {})


def _read_arm(form: Form, path: str) -> Any:
    """What is left as the study has it is no parameter."""
    found: dict[str, Any] = _pairs(form.text(f"{path}.more"))
    for one in arm_shapes():
        value = _read_text(one, form.text(f"{path}.{one.name}"))
        if value is not None:
            found[one.name] = (
                {"true": True, "false": False}.get(value, value) if one.kind == CHOICE else value
            )
    return found


def _read_text(shape: Shape, text: str) -> Any:
    line = text.strip()
    if line == "" and shape.optional:
        return None
    if shape.kind == WHOLE:
        return int(line) if INTEGER.fullmatch(line) else Unread(line)
    if shape.kind == NUMBER:
        return _number(line)
    if shape.kind == NUMBERS:
        return [_number(one.strip()) for one in re.split(r"[,;\n]", line) if one.strip()]
    if shape.kind == LINES:
        return [one.strip() for one in text.split("\n") if one.strip()]
    if shape.kind == PAIRS:
        return _pairs(text)
    if shape.kind == YAML:
        return scalar_of(text)
    if shape.kind in (CHOICE, FIXED):
        return line
    return line


def _number(line: str) -> Any:
    if not DECIMAL.fullmatch(line):
        return Unread(line)
    return int(line) if INTEGER.fullmatch(line) else float(line)


def _pairs(text: str) -> Any:
    """`name: value` a line; a line that is none of these makes the whole unread."""
    if not text.strip():
        return {}
    try:
        placed = read_placed(text)
    except Fault:
        return _by_line(text)
    return _by_line(text) if placed.faults else placed.value


def _by_line(text: str) -> Any:
    """Where a value is no YAML, such as one with a colon in it."""
    found: dict[str, Any] = {}
    for line in filter(None, map(str.strip, text.split("\n"))):
        pair = PAIR.fullmatch(line)
        if pair is None or pair[1].strip() in found:
            return Unread(text.strip())
        found[pair[1].strip()] = scalar_of(pair[2])
    return found


def scalar_of(text: str) -> Any:
    """As study.yaml would read it; text where that reads nothing."""
    try:
        placed = read_placed(f"value: {text}" if "\n" not in text else "value:\n" + _indented(text))
    except Fault:
        return text.strip()
    return placed.value["value"] if not placed.faults and len(placed.value) == 1 else text.strip()


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.split("\n"))
