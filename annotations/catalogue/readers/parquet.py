"""Apache Parquet, read in batches. A row's `line` is its number, the first being 1.

Text is read as dictionaries: one long word that a million rows repeat is then held once.
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
    check_sizes,
)
from annotations.catalogue.readers.registry import LARGEST_ROW, Cell, RawRow, Report, register
from annotations.core.problems import Problem, shown

BATCH_ROWS = 4_096
BATCH_BYTES = 8_000_000
BUFFER = 65_536
MOST_LISTED = 10_000


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
    for number, cells in zip(count(1), read_rows(file), strict=False):
        if (size := row_size(cells)) > LARGEST_ROW:
            reason = f"the row has {size:,} characters, more than {LARGEST_ROW:,}"
            report(Problem(path.name, number, None, reason))
        else:
            yield RawRow(number, cells)
    if number != declared:
        raise Refused(None, f"the file is damaged: {declared:,} rows declared, {number:,} found")


def open_file(path: Path) -> Any:
    from pyarrow.parquet import ParquetFile

    bounds: dict[str, Any] = {
        "thrift_string_size_limit": LONGEST_FOOTER_TEXT,
        "thrift_container_size_limit": LONGEST_FOOTER_LIST,
        "schema_depth_limit": DEEPEST_SCHEMA,
        "arrow_extensions_enabled": False,
        "page_checksum_verification": True,
    }
    with ParquetFile(path, **bounds) as file:
        leaves = [file.schema.column(place) for place in range(file.metadata.num_columns)]
        texts = [leaf.path for leaf in leaves if leaf.logical_type.type == "STRING"]
    return ParquetFile(path, read_dictionary=texts, pre_buffer=False, buffer_size=BUFFER, **bounds)


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

    if types.is_list(kind) or types.is_large_list(kind):
        return is_text(kind.value_type)
    plain = (types.is_integer, types.is_floating, types.is_boolean, types.is_null, is_text)
    return any(bool(test(kind)) for test in plain)


def is_text(kind: Any) -> bool:
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    texts = (types.is_string, types.is_large_string, types.is_string_view)
    return any(bool(test(kind)) for test in texts)


def read_rows(file: Any) -> Iterator[dict[str, Cell]]:
    names = file.schema_arrow.names
    for group in range(file.metadata.num_row_groups):
        declared = file.metadata.row_group(group)
        # Rows of a usual size come by the thousand, very long ones one by one.
        average = declared.total_byte_size // max(1, declared.num_rows)
        size = max(1, min(BATCH_ROWS, BATCH_BYTES // max(1, average)))
        for batch in file.iter_batches(batch_size=size, row_groups=[group], use_threads=False):
            columns = [cells_of(column) for column in batch.columns]
            for values in zip(*columns, strict=True):
                yield dict(zip(names, values, strict=True))


def cells_of(column: Any) -> Sequence[Any]:
    from pyarrow import types

    if types.is_dictionary(column.type):
        return words_of(column)
    if types.is_list(column.type) or types.is_large_list(column.type):
        return lists_of(column)
    cells: list[Any] = column.to_pylist()
    return cells


def words_of(column: Any) -> list[str | None]:
    """Equal words are one object, as in the file."""
    dictionary, known = column.dictionary, {}
    words: list[str | None] = []
    for code in column.indices.to_pylist():
        if code is None:
            words.append(None)
            continue
        if code not in known:
            known[code] = dictionary[code].as_py()
        words.append(known[code])
    return words


def lists_of(column: Any) -> list[list[object] | None]:
    lists: list[list[object] | None] = []
    for scalar in column:
        if scalar.is_valid and len(scalar) > MOST_LISTED:
            raise Refused(None, f"a list of {len(scalar):,} values, more than {MOST_LISTED:,}")
        lists.append(list(words_of(scalar.values)) if scalar.is_valid else None)
    return lists


def row_size(cells: dict[str, Cell]) -> int:
    size = 0
    for cell in cells.values():
        if isinstance(cell, str):
            size += len(cell)
        elif isinstance(cell, list):
            size += sum(len(str(value)) for value in cell)
    return size
