"""Readers turn a table in a file into rows, one at a time, and say exactly what they could not read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from annotations.core.problems import Problem

# A row is held in memory whole: this bounds what it may cost, in any format.
LARGEST_ROW = 4_000_000

Cell = str | int | float | bool | list[object] | dict[str, object] | None
Report = Callable[[Problem], None]


class RawRow(NamedTuple):
    """Cells by column. `line` is where the row begins in its file, counted from 1."""

    line: int
    cells: Mapping[str, Cell]


class Reader(Protocol):
    def __call__(self, path: Path, *, required: Sequence[str], report: Report) -> Iterator[RawRow]:
        """Yields the sound rows in their order; reports each of the others as a problem."""


READERS: dict[str, Reader] = {}


def register(suffix: str) -> Callable[[Reader], Reader]:
    def keep(reader: Reader) -> Reader:
        READERS[suffix] = reader
        return reader

    return keep
