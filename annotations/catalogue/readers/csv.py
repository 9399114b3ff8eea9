"""Comma-separated values: UTF-8 with or without its mark, a header, quotes as in RFC 4180."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from annotations.catalogue.readers.registry import RawRow, Report, register
from annotations.core.problems import Problem, listing, near_miss, shown

LONGEST_LINE = 1_000_000
LONGEST_FIELD = 1_000_000
MOST_COLUMNS = 1_000
UTF8_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

# The module's own limit is 131,072 characters, which a long trace exceeds.
csv.field_size_limit(max(csv.field_size_limit(), LONGEST_FIELD))


class Unreadable(Exception):
    """The rest of the file cannot be read; the problem is already reported."""


class Lines:
    """Decodes a file line by line, counts physical lines and remembers the last one that was bad."""

    def __init__(self, stream: BinaryIO, file: str, report: Report) -> None:
        self.stream = stream
        self.file = file
        self.report = report
        self.number = 0
        self.bad = 0

    def fail(self, column: int | None, reason: str) -> None:
        self.bad = self.number
        self.report(Problem(self.file, self.number, column, reason))

    def __iter__(self) -> Iterator[str]:
        while line := self.stream.readline(LONGEST_LINE + 1):
            self.number += 1
            if self.number == 1:
                line = self.without_mark(line)
            if len(line) > LONGEST_LINE:
                self.fail(None, f"the line is longer than {LONGEST_LINE:,} bytes")
                raise Unreadable
            yield self.decoded(line)

    def without_mark(self, line: bytes) -> bytes:
        if line.startswith(UTF16_MARKS):
            self.fail(1, "not UTF-8: the file begins with the mark of UTF-16; save it as UTF-8")
            raise Unreadable
        return line.removeprefix(UTF8_MARK)

    def decoded(self, line: bytes) -> str:
        if (nul := line.find(b"\0")) >= 0:
            self.fail(nul + 1, "a NUL byte")
            line = line.replace(b"\0", b" ")
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError as error:
            self.fail(error.start + 1, f"not UTF-8: byte 0x{line[error.start]:02x}")
            return line.decode("utf-8", errors="replace")


@register(".csv")
def read_csv(path: Path, *, required: Sequence[str], report: Report) -> Iterator[RawRow]:
    with path.open("rb") as stream:
        lines = Lines(stream, path.name, report)
        records = read_records(lines)
        try:
            header = read_header(records, lines, required)
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


def read_records(lines: Lines) -> Iterator[tuple[int, list[str]]]:
    """Records with the line they begin on; blank lines are passed over."""
    records = csv.reader(iter(lines), strict=True)
    while True:
        start = records.line_num + 1
        try:
            fields = next(records)
        except StopIteration:
            return
        except csv.Error as error:
            lines.report(Problem(lines.file, start, None, plainly(error)))
            raise Unreadable from error
        if fields:
            yield start, fields


def read_header(records: Iterator[tuple[int, list[str]]], lines: Lines, required: Sequence[str]) -> list[str]:
    line, fields = next(records, (0, []))
    if not fields:
        reason = "the file holds no header" if lines.number else "the file is empty"
        lines.report(Problem(lines.file, 1, None, reason))
        raise Unreadable
    header = [field.strip() for field in fields]
    faults = list(header_faults(header, required)) if not lines.bad else []
    for column, reason in faults:
        lines.report(Problem(lines.file, line, column, reason))
    if faults or lines.bad:
        raise Unreadable
    return header


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
            hint = near_miss(name, set(header) - set(required) - {""}).replace(", ", "; ", 1)
            found = listing(name for name in header if name) or "nothing"
            yield name, f"required column missing; found {found}{hint}"


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
