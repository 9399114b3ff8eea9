"""Apache Parquet, read in batches. A row's `line` is its number, the first being 1.

A batch has so many rows that it stays small, even where one long word of a dictionary fills a column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from annotations.catalogue.readers.header import header_faults
from annotations.catalogue.readers.parquet_bounds import (
    DEEPEST_SCHEMA,
    LONGEST_FOOTER_LIST,
    LONGEST_FOOTER_TEXT,
    Refused,
    check_frame,
    check_lists,
    check_sizes,
)
from annotations.catalogue.readers.registry import LARGEST_ROW, Cell, RawRow, Report, register
from annotations.core.problems import Problem, shown

BATCH_ROWS = 1_024
BATCH_BYTES = 8_000_000
BUFFER = 65_536


@register(".parquet")
def read_parquet(path: Path, *, required: Sequence[str], report: Report) -> Iterator[RawRow]:
    # Loading it costs more time and memory than most bundles need.
    from pyarrow import ArrowException

    try:
        check_frame(path)
        with open_file(path) as file:
            check_sizes(file.metadata, path.stat().st_size)
            if check_columns(path, file, required, report):
                yield from checked_rows(path, file, report)
    except Refused as refused:
        report(Problem(path.name, None, refused.column, str(refused)))
    except (ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        said = " ".join(str(error).split())[:200] or type(error).__name__
        report(Problem(path.name, None, None, f"cannot be read as Parquet: {said}"))


def checked_rows(path: Path, file: Any, report: Report) -> Iterator[RawRow]:
    number, declared = 0, file.metadata.num_rows
    for number, cells in zip(count(1), read_rows(path, file), strict=False):
        if (size := row_size(cells)) > LARGEST_ROW:
            reason = f"the row has {size:,} characters, more than {LARGEST_ROW:,}"
            report(Problem(path.name, number, None, reason))
        else:
            yield RawRow(number, cells)
    if number != declared:
        raise Refused(None, f"the file is damaged: {declared:,} rows declared, {number:,} found")


def open_file(path: Path, **options: Any) -> Any:
    from pyarrow.parquet import ParquetFile

    return ParquetFile(
        path,
        pre_buffer=False,
        buffer_size=BUFFER,
        thrift_string_size_limit=LONGEST_FOOTER_TEXT,
        thrift_container_size_limit=LONGEST_FOOTER_LIST,
        schema_depth_limit=DEEPEST_SCHEMA,
        arrow_extensions_enabled=False,
        page_checksum_verification=True,
        **options,
    )


def check_columns(path: Path, file: Any, required: Sequence[str], report: Report) -> bool:
    schema = file.schema_arrow
    faults = list(header_faults(list(schema.names), required))
    faults += [
        (field.name, f"the type {shown(field.type)[1:-1]} has no place in a table; write text or numbers")
        for field in schema
        if not is_supported(field.type)
    ]
    for column, reason in faults:
        report(Problem(path.name, None, column, reason))
    return not faults


def is_supported(kind: Any) -> bool:
    from pyarrow import types

    if is_list(kind):
        return is_text(kind.value_type)
    plain = (types.is_integer, types.is_floating, types.is_boolean, types.is_null, is_text)
    return any(bool(test(kind)) for test in plain)


def is_text(kind: Any) -> bool:
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    texts = (types.is_string, types.is_large_string, types.is_string_view)
    return any(bool(test(kind)) for test in texts)


def read_rows(path: Path, file: Any) -> Iterator[dict[str, Cell]]:
    names = file.schema_arrow.names
    leaves = [file.schema.column(place) for place in range(file.metadata.num_columns)]
    texts = [leaf.path for leaf in leaves if leaf.logical_type.type == "STRING"]
    with open_file(path, read_dictionary=texts) as words:
        for group in range(file.metadata.num_row_groups):
            size = batch_size(file, words, group)
            for batch in file.iter_batches(batch_size=size, row_groups=[group], use_threads=False):
                columns = [column.to_pylist() for column in batch.columns]
                for values in zip(*columns, strict=True):
                    yield dict(zip(names, values, strict=True))


def batch_size(file: Any, words: Any, group: int) -> int:
    """Rows of a usual size come by the thousand, those that may be very long one by one."""
    declared = file.metadata.row_group(group)
    longest: int = declared.total_byte_size // max(1, declared.num_rows)
    for batch in words.iter_batches(batch_size=1, row_groups=[group], use_threads=False):
        # Every column that is supported has one chunk, so that both have the same order.
        for place, column in enumerate(batch.columns):
            word = longest_word(column)
            longest += word
            if is_list(column.type):
                check_lists(declared.column(place), word)
        break
    return max(1, min(BATCH_ROWS, BATCH_BYTES // max(1, longest)))


def longest_word(column: Any) -> int:
    """Of the dictionary by which a column chunk says its texts, which is whole from its first row on."""
    from pyarrow import compute, types

    if is_list(column.type):
        column = column.values
    if not types.is_dictionary(column.type):
        return 0
    return int(compute.max(compute.binary_length(column.dictionary)).as_py() or 0)


def is_list(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_list(kind)) or bool(types.is_large_list(kind))


def row_size(cells: dict[str, Cell]) -> int:
    size = 0
    for cell in cells.values():
        if isinstance(cell, str):
            size += len(cell)
        elif isinstance(cell, list):
            size += sum(len(str(value)) for value in cell)
    return size
