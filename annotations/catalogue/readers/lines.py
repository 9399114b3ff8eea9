"""Files of text, line by line: counted, bounded and decoded, with the faults of each line reported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from annotations.catalogue.readers.registry import LARGEST_ROW, Report
from annotations.core.problems import Problem

UTF8_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Unreadable(Exception):
    """The rest of the file cannot be read; the problem is already reported."""


class Lines:
    """Counts physical lines, and remembers the last one that was bad.

    `row` is how many bytes the present row has; whoever reads rows of several lines sets it to 0 after each.
    """

    def __init__(self, stream: BinaryIO, file: str, report: Report, longest: int) -> None:
        self.stream = stream
        self.file = file
        self.report = report
        self.longest = longest
        self.number = 0
        self.bad = 0
        self.row = 0

    def fail(self, column: int | str | None, reason: str) -> None:
        self.bad = self.number
        self.report(Problem(self.file, self.number, column, reason))

    def __iter__(self) -> Iterator[str]:
        while line := self.stream.readline(self.longest + 1):
            self.number += 1
            self.row += len(line)
            if self.number == 1:
                line = self.without_mark(line)
            if len(line) > self.longest:
                self.fail(None, f"the line is longer than {self.longest:,} bytes")
                raise Unreadable
            if self.row > LARGEST_ROW:
                self.fail(None, f"the row is larger than {LARGEST_ROW:,} bytes")
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
