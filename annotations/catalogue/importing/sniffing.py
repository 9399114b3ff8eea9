"""What a file is that somebody brought: told by its content, never by its name."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from annotations.catalogue.readers.lines import UTF8_MARK
from annotations.core.errors import Refusal

BLOCK = 1_000_000
CSV, JSONL, JSON, PARQUET, ZIP, GZIP = "csv", "jsonl", "json", "parquet", "zip", "gzip"
MARKS = ((b"PAR1", PARQUET), (b"PK\x03\x04", ZIP), (b"PK\x05\x06", ZIP), (b"\x1f\x8b", GZIP))
FOREIGN = (
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file"),
    (b"%PDF", "a PDF"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
)
UTF32_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
DELIMITERS = (",", "\t", ";", "|")
SAVE_AS = "Save it as CSV (UTF-8), or copy its cells and paste them here."


@dataclass(frozen=True)
class Text:
    """In which encoding a text is, and why it is taken to be, where it is not UTF-8."""

    encoding: str
    reason: str = ""


def kind_of(path: Path) -> str:
    """Raises Refusal where it is no table and no archive."""
    with path.open("rb") as stream:
        first = stream.read(4096)
    if not first:
        raise Refusal("The file is empty.")
    for mark, kind in MARKS:
        if first.startswith(mark):
            return kind
    for mark, what in FOREIGN:
        if first.startswith(mark):
            raise Refusal(f"The file is {what}, and no table. {SAVE_AS}")
    return ""


def text_of(path: Path) -> Text:
    """Which encoding a text is in. Raises Refusal where it can be in none that is known here."""
    with path.open("rb") as stream:
        first = stream.read(4)
        if first.startswith(UTF32_MARKS):
            raise Refusal("The file is in UTF-32: save it as UTF-8.")
        if first.startswith(UTF16_MARKS):
            return Text("utf-16", "it begins with the mark of UTF-16")
        stream.seek(0)
        fault = _first_fault(stream)
    if fault is None:
        return Text("utf-8")
    line, byte = fault
    reason = f"the byte 0x{byte:02x} on line {line:,} is not UTF-8"
    with path.open("rb") as stream:
        if not _decodes(stream, "cp1252"):
            raise Refusal(f"The encoding of the file is not known: {reason}. Save it as UTF-8.")
    return Text("cp1252", reason)


def _first_fault(stream: BinaryIO) -> tuple[int, int] | None:
    """Line and byte where a text stops being UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    while True:
        block = stream.read(BLOCK)
        try:
            decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            # With what the decoder had kept of a character that went over the edge of a block.
            return line + error.object[: error.start].count(b"\n"), error.object[error.start]
        if not block:
            return None
        line += block.count(b"\n")


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while block := stream.read(BLOCK):
            decoder.decode(block)
    except UnicodeDecodeError:
        return False
    return True


def transcode(path: Path, encoding: str) -> None:
    """Writes the file again as UTF-8. Raises Refusal where it is damaged."""
    draft = path.with_suffix(".utf8")
    try:
        with (
            path.open(encoding=encoding, newline="") as old,
            draft.open("x", encoding="utf-8", newline="") as new,
        ):
            while block := old.read(BLOCK):
                new.write(block)
    except UnicodeError as error:
        draft.unlink(missing_ok=True)
        raise Refusal(f"The file cannot be read as {encoding.upper()}: save it as UTF-8.") from error
    draft.replace(path)


def form_of(path: Path) -> tuple[str, str]:
    """Of a text in UTF-8: what it is, and the mark between its fields."""
    with path.open("rb") as stream:
        first = stream.read(BLOCK).removeprefix(UTF8_MARK).decode("utf-8", "replace").lstrip()
    if first.startswith("{"):
        return JSONL, ""
    if first.startswith("["):
        return JSON, ""
    if first[:200].lower().startswith(("<!doctype", "<html", "<?xml")):
        raise Refusal(f"The file is HTML or XML, and no table. {SAVE_AS}")
    return CSV, delimiter_of(first.splitlines()[0] if first.splitlines() else "")


def delimiter_of(header: str) -> str:
    """The mark that stands most often in the header, outside of quotes."""
    bare = "".join(header.split('"')[::2])
    return max(DELIMITERS, key=lambda mark: (bare.count(mark), -DELIMITERS.index(mark)))
