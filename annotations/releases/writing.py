"""Streams the rows of a table to every format at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from annotations.releases.formats import FORMATS, Column, Kind, Table
from annotations.releases.formats.registry import Batch

ROWS = 16_384
# A batch ends early where its texts are this long.
LONGEST = 8 << 20
PIECE = 64
Tidy = Callable[[Kind, Iterable[Any]], list[Any]]


class Sink(Protocol):
    """Whoever wants to see the batches of all tables as they pass."""

    def see(self, table: str, columns: tuple[Column, ...], batch: Batch) -> None: ...


def write_table(folder: Path, table: Table, *, sink: Sink, needed: bool = False) -> None:
    """As a file of every format; a table without rows is left out unless it is needed."""
    paths = {suffix: folder / f"{table.name}{suffix}" for suffix in FORMATS}
    empty = True
    with ExitStack() as stack:
        writers = []
        for suffix, path in paths.items():
            writers.append(writer := FORMATS[suffix](path, table.columns))
            stack.callback(writer.close)
        for batch in batches(table.rows, table.columns):
            empty = False
            for writer in writers:
                writer.write(batch)
            sink.see(table.name, table.columns, batch)
        if needed and empty:
            sink.see(table.name, table.columns, [[] for _ in table.columns])
    if empty and not needed:
        for path in paths.values():
            path.unlink()


def tidy(kind: Kind, values: Iterable[Any]) -> list[Any]:
    """Values as every format takes them: equal content gives equal values, whatever database it was in."""
    if kind is Kind.TEXT:
        return [(value or None) if type(value) is str else _text(value) for value in values]
    if kind is Kind.NUMBER:
        return [None if value is None else _number(value) for value in values]
    return [None if value is None else int(value) for value in values]


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _number(value: float) -> float | None:
    return float(f"{value:.10g}") + 0.0 if math.isfinite(value) else None


def batches(rows: Iterable[Sequence[Any]], columns: tuple[Column, ...], tidy: Tidy = tidy) -> Iterator[Batch]:
    """Rows turned into columns of tidy values. Where a batch ends depends on the rows alone."""
    kinds = [column.kind for column in columns]
    batch: Batch = [[] for _ in kinds]
    size, remaining = 0, iter(rows)
    while piece := list(islice(remaining, PIECE)):
        for kind, values, kept in zip(kinds, zip(*piece, strict=True), batch, strict=True):
            tidied = tidy(kind, values)
            kept += tidied
            if kind is Kind.TEXT:
                size += sum(len(value) for value in tidied if value)
        if len(batch[0]) >= ROWS or size >= LONGEST:
            yield batch
            batch, size = [[] for _ in kinds], 0
    if batch[0]:
        yield batch
