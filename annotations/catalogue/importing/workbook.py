"""Excel workbooks: one sheet as JSON Lines, each row on the line of its number, cells as the file holds them.

The archive has been unpacked beside by then, which has bounded what is in it.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from annotations.catalogue.importing.source import named_apart
from annotations.catalogue.readers import Cell
from annotations.core.errors import Refusal
from annotations.core.problems import listing, shown

MARK = Path("xl") / "workbook.xml"
LARGEST = 150_000_000
MOST_CELLS = 1_000_000
SAVE_AS_CSV = "save the sheet as CSV (UTF-8)"
NAMED = 5
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
# What a spreadsheet guarantees of a number; the digits after are of its arithmetic.
DIGITS = 15


@dataclass
class Sheet:
    """What became of a workbook: the sheet that was read, and the names of all that could have been."""

    name: str
    names: list[str]

    @property
    def note(self) -> str:
        if len(self.names) == 1:
            return ""
        among = listing(self.names) if len(self.names) <= NAMED else f"{len(self.names)} sheets"
        return f"This is the sheet {self.name!r} of {among}. For another send the file again, and name it."


@dataclass
class Faults:
    """Cells that hold nothing to be read, by their addresses."""

    what: str
    todo: str
    cells: list[str] = field(default_factory=list)

    def check(self) -> None:
        if self.cells:
            named = ", ".join(self.cells[:NAMED]) + (" ..." if len(self.cells) > NAMED else "")
            raise Refusal(f"{len(self.cells):,} cells hold {self.what} ({named}): {self.todo}.")


def write_sheet(path: Path, unpacked: Path, out: Path, wanted: str = "") -> Sheet:
    """Write the sheet of that name, or else the first that is not hidden. Raises Refusal."""
    _check_parts(unpacked)
    try:
        return _write(path, out, wanted, formulas=_has_formulas(unpacked))
    except (Refusal, OSError, MemoryError):
        raise
    except Exception as error:  # whatever a parser meets in a file that is no workbook
        raise Refusal(f"The workbook is damaged: {SAVE_AS_CSV}.") from error


def _check_parts(unpacked: Path) -> None:
    """Its parts are XML without declarations of their own, and no more than fits into memory."""
    parts = [part for part in unpacked.rglob("*") if part.is_file()]
    if sum(part.stat().st_size for part in parts) > LARGEST:
        raise Refusal(f"The workbook holds more than {LARGEST // 1_000_000} MB: {SAVE_AS_CSV}.")
    for part in parts:
        with part.open("rb") as stream:
            if part.suffix in (".xml", ".rels") and b"<!DOCTYPE" in stream.read(4096).replace(b"\0", b""):
                raise Refusal(f"The workbook is damaged: {SAVE_AS_CSV}.")


def _has_formulas(unpacked: Path) -> bool:
    return any(b"<f" in part.read_bytes() for part in (unpacked / "xl" / "worksheets").glob("*.xml"))


def _write(path: Path, out: Path, wanted: str, *, formulas: bool) -> Sheet:
    from openpyxl import load_workbook  # only where a workbook is read

    with warnings.catch_warnings(), path.open("rb") as stream:
        warnings.simplefilter("ignore")
        book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        sheet = _choose(book, wanted)
        written = None
        if formulas:
            written = _rows(load_workbook(stream, read_only=True, keep_links=False)[sheet.name])
        with out.open("x", encoding="utf-8") as lines:
            lines.writelines(_lines(_rows(book[sheet.name]), written))
    return sheet


def _choose(book: Any, wanted: str) -> Sheet:
    seen = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    names = seen or [sheet.title for sheet in book.worksheets]
    if wanted and wanted not in book.sheetnames:
        raise Refusal(f"The workbook has no sheet {shown(wanted)}, but {listing(names[:20])}.")
    if not names:
        raise Refusal("The workbook has no sheet with cells.")
    return Sheet(wanted or names[0], names)


def _rows(sheet: Any) -> Iterator[Sequence[Any]]:
    sheet.reset_dimensions()  # what a sheet says of its size need not be so
    rows: Iterator[Sequence[Any]] = sheet.iter_rows()
    return rows


def _lines(rows: Iterator[Sequence[Any]], written: Iterator[Sequence[Any]] | None) -> Iterator[str]:
    """A line for each row, blank where the row is, or stands above the header."""
    header: list[str] = []
    count = 0
    errors = Faults("an error", "mend them, or delete their columns")
    unknown = Faults("a formula without a value", "open the workbook, save it, and send it again")
    for cells in rows:
        formulas: Sequence[Any] = next(written, ()) if written else ()
        for place, cell in enumerate(cells):
            if cell.data_type == "e":
                errors.cells.append(cell.coordinate)
            if cell.value is None and place < len(formulas) and formulas[place].value is not None:
                unknown.cells.append(cell.coordinate)
        values = [plain(cell) for cell in cells]
        while values and values[-1] in (None, ""):
            values.pop()
        count += len(values)
        if count > MOST_CELLS:
            raise Refusal(f"The sheet has more than {MOST_CELLS:,} cells: {SAVE_AS_CSV}.")
        if not header:
            header = named_apart(["" if one is None else str(one).strip() for one in values])
        elif len(values) > len(header):
            raise Refusal(f"{cells[len(values) - 1].coordinate} is not blank, and its column has no name.")
        elif values:
            row = dict.fromkeys(header) | dict(zip(header, values, strict=False))
            yield json.dumps(row, ensure_ascii=False)
        yield "\n"
    if not header:
        raise Refusal("The sheet is empty.")
    errors.check()
    unknown.check()


def plain(cell: Any) -> Cell:
    """A cell as text or number: moments as they are written everywhere, numbers to the digits that count."""
    value = cell.value
    if isinstance(value, datetime):
        has_time = re.search("[hs]", str(cell.number_format), re.IGNORECASE)
        return value.isoformat(" ", "seconds") if has_time or value.time() != time() else f"{value:%Y-%m-%d}"
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, str):
        return ESCAPED.sub(_unescaped, value)
    return value if value is None or isinstance(value, bool | int) else str(value)


def _unescaped(found: re.Match[str]) -> str:
    """Characters that XML cannot hold; half a character stays as it is written."""
    code = int(found[1], 16)
    return found[0] if 0xD800 <= code < 0xE000 else chr(code)
