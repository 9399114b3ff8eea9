"""Formats write a table of a release to a file, the same bytes for the same values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Cells = tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """Rows of plain values (text, whole numbers, floats, booleans, None) in the order of the columns."""

    name: str
    columns: tuple[str, ...]
    rows: Iterable[Cells]


# Writes the table and returns how many rows it had.
Writer = Callable[[Path, Table], int]

FORMATS: dict[str, Writer] = {}


def register(suffix: str) -> Callable[[Writer], Writer]:
    def keep(writer: Writer) -> Writer:
        FORMATS[suffix] = writer
        return writer

    return keep
