"""What is wrong with the names of a table's columns, whichever format they stand in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from annotations.core.problems import listing, near_miss, shown

MOST_COLUMNS = 1_000


def header_faults(header: list[str], required: Sequence[str]) -> Iterator[tuple[str | None, str]]:
    if len(header) > MOST_COLUMNS:
        yield None, f"{len(header):,} columns, more than {MOST_COLUMNS:,}"
        return
    if unnamed := [place for place, name in enumerate(header, start=1) if not name]:
        yield None, f"column {unnamed[0]} of the header has no name"
    for name in dict.fromkeys(name for name in header if name and header.count(name) > 1):
        yield name, f"the header names column {shown(name)} {header.count(name)} times"
    for name in required:
        if name not in header:
            yield name, missing_column(name, header, required)


def missing_column(name: str, found: Collection[str], required: Sequence[str]) -> str:
    hint = near_miss(name, set(found) - set(required) - {""}).replace(", ", "; ", 1)
    return f"required column missing; found {listing(one for one in found if one) or 'nothing'}{hint}"
