"""Every Parquet table against its CSV twin, cell by cell, as the batches of the CSV pass by."""

from __future__ import annotations

from collections.abc import Collection, Generator
from pathlib import Path
from typing import Any

from annotations.catalogue.readers.parquet import open_file
from annotations.catalogue.readers.parquet_bounds import Refused, check_frame, check_sizes
from annotations.releases.contents import PARQUET
from annotations.releases.formats import Column, Kind
from annotations.releases.formats.registry import Batch
from annotations.releases.verifying.lines import Lines
from annotations.releases.verifying.report import Report, quoted, unreadable

ROWS = 4_096


class Twins:
    """Sees the tables pass. `there` names the files that can be read; `close` looks for rows left over."""

    def __init__(self, folder: Path, there: Collection[str], report: Report) -> None:
        self.folder = folder
        self.there = there
        self.report = report
        self.open: dict[str, Twin] = {}

    def see(self, table: str, columns: tuple[Column, ...], batch: Batch) -> None:
        name = table + PARQUET
        if name not in self.there:
            return
        if table not in self.open:
            self.open[table] = Twin(self.folder, table, columns, self.report)
        self.open[table].compare(batch)

    def close(self) -> None:
        for twin in self.open.values():
            twin.close()
        self.report.compared["twins"] += len(self.open)


class Twin:
    def __init__(self, folder: Path, table: str, columns: tuple[Column, ...], report: Report) -> None:
        import pyarrow

        self.name = table + PARQUET
        self.columns = columns
        self.report = report
        self.lines = Lines(folder / f"{table}.csv")
        self.row = self.missing = 0
        self.comparable = True
        self.rest: Any = None
        path = folder / self.name
        types = {Kind.TEXT: pyarrow.string(), Kind.NUMBER: pyarrow.float64()}
        schema = pyarrow.schema([(one.name, types.get(one.kind, pyarrow.int64())) for one in columns])
        self.pieces = self._pieces(path, schema)

    def compare(self, batch: Batch) -> None:
        """The next rows of the file with those of the CSV."""
        done, wanted = 0, len(batch[0])
        while done < wanted:
            piece = self._next()
            if piece is None:
                self.missing += wanted - done
                return
            size = min(wanted - done, piece.num_rows)
            self.rest = piece.slice(size) if size < piece.num_rows else None
            self._compare(piece.slice(0, size), [values[done : done + size] for values in batch])
            done += size
            self.row += size

    def close(self) -> None:
        if self.comparable and self.missing:
            rows = self.row + self.missing
            self.report.differ(self.name, f"has {self.row:,} rows, and {self.lines.name} has {rows:,}")
        elif self._next() is not None:
            self.report.differ(self.name, f"has rows beyond the {self.row:,} of {self.lines.name}")
        self.pieces.close()

    def _next(self) -> Any:
        return self.rest if self.rest is not None else next(self.pieces, None)

    def _compare(self, piece: Any, batch: Batch) -> None:
        import pyarrow

        for column, values, cells in zip(self.columns, batch, piece.columns, strict=True):
            self.report.compared["cells of Parquet"] += len(values)
            if cells.equals(pyarrow.array(values, cells.type)):
                continue
            for at, (ours, theirs) in enumerate(zip(values, cells.to_pylist(), strict=True)):
                if ours != theirs:
                    self.report.differ(
                        self.name,
                        f"has {quoted(theirs)} where {self.lines.name} has {quoted(ours)}: the two must say"
                        " the same",
                        line=self.lines.of(self.row + at),
                        column=column.name,
                    )

    def _pieces(self, path: Path, schema: Any) -> Generator[Any]:
        from pyarrow import ArrowException

        try:
            check_frame(path)
            with open_file(path) as file:
                check_sizes(file.metadata, path.stat().st_size)
                found = file.schema_arrow.remove_metadata()
                if not found.equals(schema):
                    found_columns = ", ".join(f"{one.name} ({one.type})" for one in found)
                    self.report.differ(
                        self.name, f"has other columns than {self.lines.name}: {found_columns[:300]}"
                    )
                    self.comparable = False
                    return
                yield from file.iter_batches(batch_size=ROWS, use_threads=False)
        except Refused as refused:
            raise unreadable(path.name, str(refused)) from refused
        except (ArrowException, OSError, ValueError) as error:
            said = " ".join(str(error).split())[:200]
            raise unreadable(path.name, f"cannot be read as Parquet: {said}") from error
