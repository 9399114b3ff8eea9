"""What a Parquet file says of its own size, looked at before any of it is unpacked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

MARK, ENCRYPTED_MARK = b"PAR1", b"PARE"
LONGEST_FOOTER = 4_000_000
LONGEST_FOOTER_TEXT = 1_000_000
LONGEST_FOOTER_LIST = 10_000
DEEPEST_SCHEMA = 8
MOST_CHUNKS = 50_000
# A column chunk of at most SMALL bytes may expand as it likes: columns with one value do.
MOST_EXPANSION = 200
SMALL = 4_000_000
# A table has ids, and no two are the same.
MOST_ROWS_PER_BYTE = 100
# Lists of one chunk: how many values, and how long all of them can be.
MOST_VALUES_PER_BYTE = 10
LARGEST_LISTS = 1_000_000_000


class Refused(Exception):
    """The file is not read any further; `column` names the one that is to blame."""

    def __init__(self, column: str | None, reason: str) -> None:
        super().__init__(reason)
        self.column = column


def check_frame(path: Path) -> None:
    """Raises `Refused` where the file does not begin and end as Parquet does."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        first = stream.read(4)
        stream.seek(max(0, size - 8))
        last = stream.read(8)
    if ENCRYPTED_MARK in (first, last[4:]):
        raise Refused(None, "the file is encrypted")
    if first != MARK:
        raise Refused(None, "the file is empty" if not size else "not Parquet: its mark is missing")
    if size < 12 or last[4:] != MARK:
        raise Refused(None, "the file is cut off: Parquet ends with its mark")
    footer = int.from_bytes(last[:4], "little")
    if footer > size - 12:
        raise Refused(None, f"the file is damaged: a footer of {footer:,} bytes does not fit into {size:,}")
    if footer > LONGEST_FOOTER:
        raise Refused(None, f"a footer of {footer:,} bytes, more than {LONGEST_FOOTER:,}")


def check_sizes(metadata: Any, size: int) -> None:
    """Raises `Refused` where column chunks declare to expand beyond measure."""
    groups, columns = metadata.num_row_groups, metadata.num_columns
    if groups * columns > MOST_CHUNKS:
        raise Refused(None, f"{groups:,} row groups of {columns:,} columns; write larger row groups")
    if metadata.num_rows > MOST_ROWS_PER_BYTE * size:
        raise Refused(None, f"{metadata.num_rows:,} rows in {size:,} bytes: that is no table with ids")
    packed = unpacked = 0
    for group in range(groups):
        for place in range(columns):
            chunk = metadata.row_group(group).column(place)
            check_chunk(chunk, size)
            packed += chunk.total_compressed_size
            unpacked += chunk.total_uncompressed_size
    if packed > size:
        raise Refused(None, f"the file is damaged: {packed:,} bytes of columns do not fit into {size:,}")
    if unpacked > SMALL + MOST_EXPANSION * size:
        raise Refused(None, expanding(packed, unpacked))


def check_chunk(chunk: Any, size: int) -> None:
    packed, unpacked = chunk.total_compressed_size, chunk.total_uncompressed_size
    if not 0 <= packed <= size or unpacked < 0:
        raise Refused(chunk.path_in_schema, "the file is damaged: its sizes cannot be")
    if unpacked > max(SMALL, MOST_EXPANSION * packed):
        raise Refused(chunk.path_in_schema, expanding(packed, unpacked))


def check_lists(chunk: Any, longest: int) -> None:
    """All values of a chunk may belong to one row, and each may be the longest word of its dictionary."""
    values, packed = chunk.num_values, chunk.total_compressed_size
    if values > max(SMALL, MOST_VALUES_PER_BYTE * packed) or longest * values > LARGEST_LISTS:
        reason = f"{values:,} values of up to {longest:,} bytes in lists; write each list as JSON text"
        raise Refused(chunk.path_in_schema, reason)


def expanding(packed: int, unpacked: int) -> str:
    return f"{packed:,} bytes expand to {unpacked:,}, more than {MOST_EXPANSION}-fold"
