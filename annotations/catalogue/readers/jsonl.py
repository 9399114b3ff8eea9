"""JSON Lines: UTF-8, one object a line. Blank lines are passed over."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from annotations.catalogue.readers.header import MOST_COLUMNS, missing_column
from annotations.catalogue.readers.lines import Lines, Unreadable
from annotations.catalogue.readers.registry import LARGEST_ROW, Cell, RawRow, Report, register
from annotations.catalogue.readers.shape import TOKENS, excess
from annotations.core.problems import shown

LONGEST_KEY = 200

SURROGATE = re.compile("[\ud800-\udfff]")
NOT_NUMBERS = ("NaN", "Infinity", "-Infinity")
KINDS = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}


class Fault(Exception):
    """A line that is no row: the position or the key, and the reason."""

    def __init__(self, column: int | str | None, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


@register(".jsonl")
def read_jsonl(path: Path, *, required: Sequence[str], report: Report) -> Iterator[RawRow]:
    with path.open("rb") as stream:
        lines = Lines(stream, path.name, report, LARGEST_ROW)
        try:
            for text in lines:
                lines.row = 0
                if lines.bad == lines.number or not text.strip():
                    continue
                try:
                    yield RawRow(lines.number, read_object(text, required))
                except Fault as fault:
                    lines.fail(fault.column, fault.reason)
        except Unreadable:
            return


def read_object(text: str, required: Sequence[str]) -> dict[str, Cell]:
    """Raises `Fault` where the text is no JSON object with the columns that a table needs."""
    if too_far := excess(text):
        at, reason = too_far
        raise Fault(at + 1, reason)
    try:
        value = DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise syntax_fault(error, text) from error
    except ValueError as error:
        raise Fault(None, "holds a number of more digits than can be read") from error
    if not isinstance(value, dict):
        found = KINDS.get(type(value), "a number")
        raise Fault(None, f"{found} where an object is needed: write one object a line")
    if len(value) > MOST_COLUMNS:
        raise Fault(None, f"{len(value):,} columns, more than {MOST_COLUMNS:,}")
    for name in value:
        if len(name) > LONGEST_KEY or SURROGATE.search(name):
            raise Fault(None, f"{shown(name)} cannot be the name of a column")
    for name in required:
        if name not in value:
            raise Fault(name, missing_column(name, value, required))
    return value


def unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Fault(None, f"the key {shown(name)} is given twice")
        found[name] = value
    return found


def not_a_number(word: str) -> NoReturn:
    # An error of the decoder: here nothing is known of the text around the word.
    raise json.JSONDecodeError(word, "", 0)


DECODER = json.JSONDecoder(object_pairs_hook=unrepeated, parse_constant=not_a_number)


def syntax_fault(error: json.JSONDecodeError, text: str) -> Fault:
    if error.msg in NOT_NUMBERS:
        place = next(token.start() for token in TOKENS.finditer(text) if token[0] == error.msg)
        return Fault(place + 1, f"not JSON: {error.msg}; write null where a number is missing")
    end = len(text.rstrip())
    if error.pos >= end:
        return Fault(end + 1, "not JSON: the line ends too early; write each object on one line")
    return Fault(error.colno, f"not JSON: {error.msg[0].lower()}{error.msg[1:]}")
