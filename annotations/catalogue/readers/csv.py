"""Comma-separated values: UTF-8 with or without its mark, a header, quotes as in RFC 4180."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from annotations.catalogue.readers.header import header_faults
from annotations.catalogue.readers.lines import Lines, Unreadable
from annotations.catalogue.readers.registry import RawRow, Report, register
from annotations.core.problems import Problem

LONGEST_LINE = 1_000_000
LONGEST_FIELD = 1_000_000
Rename = Callable[[list[str]], list[str]]

# The module's own limit is 131,072 characters, which a long trace exceeds.
csv.field_size_limit(max(csv.field_size_limit(), LONGEST_FIELD))


@register(".csv")
def read_csv(path: Path, *, required: Sequence[str], report: Report) -> Iterator[RawRow]:
    return read_delimited(path, required=required, report=report)


def read_delimited(
    path: Path,
    *,
    required: Sequence[str] = (),
    report: Report,
    delimiter: str = ",",
    rename: Rename = list,
) -> Iterator[RawRow]:
    """As `read_csv`, with another mark between the fields, and names of columns as `rename` gives them."""
    with path.open("rb") as stream:
        lines = Lines(stream, path.name, report, LONGEST_LINE)
        records = read_records(lines, delimiter)
        try:
            header = read_header(records, lines, required, rename)
            for start, fields in records:
                if lines.bad >= start:
                    continue
                if len(fields) != len(header):
                    found = f"{len(fields)} field{'' if len(fields) == 1 else 's'}"
                    reason = f"{found} where the header has {len(header)}"
                    report(Problem(path.name, start, None, reason))
                    continue
                yield RawRow(start, dict(zip(header, fields, strict=True)))
        except Unreadable:
            return


def read_records(lines: Lines, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Records with the line they begin on; blank lines are passed over."""
    records = csv.reader(iter(lines), strict=True, delimiter=delimiter)
    while True:
        start = records.line_num + 1
        try:
            fields = next(records)
        except StopIteration:
            return
        except csv.Error as error:
            lines.report(Problem(lines.file, start, None, plainly(error)))
            raise Unreadable from error
        lines.row = 0
        if fields:
            yield start, fields


def read_header(
    records: Iterator[tuple[int, list[str]]], lines: Lines, required: Sequence[str], rename: Rename = list
) -> list[str]:
    line, fields = next(records, (0, []))
    if not fields:
        reason = "the file holds no header" if lines.number else "the file is empty"
        lines.report(Problem(lines.file, 1, None, reason))
        raise Unreadable
    header = rename([field.strip() for field in fields])
    faults = list(header_faults(header, required)) if not lines.bad else []
    for column, reason in faults:
        lines.report(Problem(lines.file, line, column, reason))
    if faults or lines.bad:
        raise Unreadable
    return header


def plainly(error: csv.Error) -> str:
    said = str(error)
    if "unexpected end of data" in said:
        return "a quote is opened here and never closed"
    if "field larger" in said:
        return f"a field is longer than {LONGEST_FIELD:,} characters; is a quote never closed?"
    if "new-line character" in said:
        return "a carriage return outside quotes; end lines with a line feed"
    if "expected after" in said:
        return 'text after a closing quote; write a quote inside quotes as ""'
    return said
