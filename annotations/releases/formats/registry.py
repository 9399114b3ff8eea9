"""Formats write a table of a release to a file, the same bytes for the same values.

All of them are handed the same batches, so that a table is read once however many formats there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

Cells = tuple[Any, ...]
# One list of values a column. None is missing; texts are never empty; numbers have 10 significant digits.
Batch = list[list[Any]]


class Kind(StrEnum):
    TEXT = "text"
    WHOLE = "whole number"
    NUMBER = "number"
    FLAG = "0 or 1"


@dataclass(frozen=True)
class Column:
    name: str
    kind: Kind


@dataclass(frozen=True)
class Table:
    """Rows of plain values (text, numbers, booleans, None) in the order of the columns."""

    name: str
    columns: tuple[Column, ...]
    rows: Iterable[Cells]


class Writer(Protocol):
    def write(self, batch: Batch) -> None: ...

    def close(self) -> None: ...


Opener = Callable[[Path, tuple[Column, ...]], Writer]

FORMATS: dict[str, Opener] = {}


def register(suffix: str) -> Callable[[Opener], Opener]:
    def keep(opener: Opener) -> Opener:
        FORMATS[suffix] = opener
        return opener

    return keep
