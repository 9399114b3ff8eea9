"""One cell to one typed value. Each parser raises `ValueError` with the reason that the reader of it sees."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable
from typing import Any

import rfc8785

from annotations.catalogue.readers import Cell
from annotations.core.problems import near_miss, shown

LONGEST_NAME = 200
LONGEST_TEXT = 1_000_000
LARGEST_WHOLE = 2**53 - 1
# Leaves room for rounding up to the digits of a release.
LARGEST_NUMBER = 1e300
# Whole numbers of up to 10 digits are what they are in a release.
EXACT_WHOLE = 1e10
MOST_REFERENCES = 1_000

NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?\Z")
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)\Z", re.IGNORECASE)


def is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def as_text(cell: Cell) -> str:
    """What a cell would be in a CSV file, whichever format it came in: to the last digit."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and not math.isfinite(cell):
        return str(cell)
    if isinstance(cell, int) and not isinstance(cell, bool):
        return str(cell)
    return rfc8785.dumps(cell).decode()  # type: ignore[arg-type]


def rounded(value: object) -> object:
    """Floats to the 10 significant digits of a release, so that a round trip changes no digest."""
    if isinstance(value, float):
        return value if value.is_integer() and abs(value) < EXACT_WHOLE else float(f"{value:.10g}")
    if isinstance(value, list | tuple):
        return [rounded(element) for element in value]
    if isinstance(value, dict):
        return {str(key): rounded(element) for key, element in value.items()}
    return value


def text(limit: int = LONGEST_TEXT) -> Callable[[Cell], str]:
    def parse(cell: Cell) -> str:
        value = as_text(cell)
        if len(value) > limit:
            raise ValueError(f"{len(value):,} characters, more than {limit:,}")
        if UNSTORABLE.search(value):
            raise ValueError("holds a NUL or half a character")
        return value

    return parse


def name(limit: int = LONGEST_NAME) -> Callable[[Cell], str]:
    """Identifiers and labels: one line, no control characters, no space at either end."""

    def parse(cell: Cell) -> str:
        value = cell if isinstance(cell, str) else as_text(cell)
        if len(value) > limit:
            raise ValueError(f"{len(value):,} characters, more than {limit:,}")
        if not value.isprintable() and any(
            unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in value
        ):
            raise ValueError(f"{shown(value)} holds a control character")
        if value != value.strip():
            raise ValueError(f"{shown(value)} begins or ends with a space")
        return value

    return parse


def choice(*words: str) -> Callable[[Cell], str]:
    def parse(cell: Cell) -> str:
        value = as_text(cell)
        if value not in words:
            raise ValueError(f"{shown(value)} is none of {', '.join(words)}{near_miss(value, words)}")
        return value

    return parse


def number(
    low: float = -math.inf, high: float = math.inf, *, above: float | None = None
) -> Callable[[Cell], float]:
    """A finite number from `low` to `high`, and greater than `above` where that is given."""

    def parse(cell: Cell) -> float:
        value = float_of(cell)
        if above is not None and value <= above:
            raise ValueError(f"{shown(as_text(cell))} is not above {above:g}")
        if not low <= value <= high:
            raise ValueError(f"{shown(as_text(cell))} is not {bounds(low, high)}")
        return value

    return parse


def bounds(low: float, high: float) -> str:
    return f"{low:g} or more" if high == math.inf else f"from {low:g} to {high:g}"


def float_of(cell: Cell) -> float:
    if type(cell) is float and abs(cell) <= LARGEST_NUMBER:
        return cell + 0.0
    if type(cell) is int and abs(cell) <= LARGEST_WHOLE:
        return float(cell)
    written = as_text(cell).strip()
    if NOT_FINITE.match(written):
        raise ValueError(f"{shown(written)} is not a finite number; leave the cell blank where it is missing")
    if len(written) > LONGEST_NAME or not NUMBER.match(written):
        raise ValueError(f"{shown(written)} is not a number")
    value = float(written)
    if abs(value) > LARGEST_NUMBER:
        raise ValueError(f"{shown(written)} is too large a number")
    return value + 0.0


def whole(low: int = 0, high: int = LARGEST_WHOLE) -> Callable[[Cell], int]:
    def parse(cell: Cell) -> int:
        value = float_of(cell)
        if value != int(value):
            raise ValueError(f"{shown(as_text(cell))} is not a whole number")
        if not low <= value <= high:
            reach = f"{low} or more" if high == LARGEST_WHOLE and value < low else f"from {low} to {high}"
            raise ValueError(f"{shown(as_text(cell))} is not {reach}")
        return int(value)

    return parse


def flag(cell: Cell) -> bool:
    written = as_text(cell).strip()
    if written not in ("0", "1", "true", "false") or (isinstance(cell, str) and len(written) > 1):
        raise ValueError(f"{shown(written)} is neither 0 nor 1")
    return written in ("1", "true")


def references(cell: Cell) -> tuple[str, ...]:
    """One reference answer, or several as a JSON list."""
    values: list[Any] = cell if isinstance(cell, list) else [cell]
    if isinstance(cell, str) and cell.lstrip().startswith("["):
        try:
            values = json.loads(cell, parse_int=str, parse_float=str, parse_constant=str)
        except (ValueError, RecursionError) as error:
            raise ValueError('begins with "[" but is no JSON list') from error
    if len(values) > MOST_REFERENCES:
        raise ValueError(f"{len(values):,} references, more than {MOST_REFERENCES:,}")
    if any(isinstance(value, list | dict | bool) or value is None for value in values):
        raise ValueError("a reference in the list is neither text nor a number")
    parse = text()
    return tuple(parse(value).strip() for value in values if not is_blank(value))


def written_references(values: tuple[str, ...] | list[str]) -> str:
    """The cell that `references` reads back as these values."""
    if len(values) == 1 and not values[0].startswith("["):
        return values[0]
    return json.dumps(list(values), ensure_ascii=False) if values else ""


def digest_text(cell: Cell) -> str:
    value = as_text(cell)
    if not re.fullmatch(r"[0-9a-f]{64}", value):
        raise ValueError(f"{shown(value)} is not a hash of 64 hexadecimal digits")
    return value
