"""Parquet with typed columns: a blank of the CSV is a null, 0 and 1 are whole numbers.

Every batch is a row group, so its size is the batches'. No dates and nothing about the machine is written.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from annotations.releases.formats.registry import Batch, Column, Kind, register

LEVEL = 3


@register(".parquet")
class ParquetFile:
    def __init__(self, path: Path, columns: tuple[Column, ...]) -> None:
        # Here and not above: the web process knows the formats and does without this library.
        import pyarrow
        from pyarrow import parquet

        types = {Kind.TEXT: pyarrow.string(), Kind.NUMBER: pyarrow.float64()}
        self._arrow: Any = pyarrow
        self._schema = pyarrow.schema(
            [(column.name, types.get(column.kind, pyarrow.int64())) for column in columns]
        )
        self._file = parquet.ParquetWriter(
            path, self._schema, version="2.6", data_page_version="1.0", compression="zstd",
            compression_level=LEVEL, store_schema=False,
        )  # fmt: skip

    def write(self, batch: Batch) -> None:
        arrays = [
            self._arrow.array(values, field.type) for values, field in zip(batch, self._schema, strict=True)
        ]
        self._file.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))

    def close(self) -> None:
        self._file.close()
