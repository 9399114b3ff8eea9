"""Excel workbooks: a sheet as it is seen, and what cannot be read of one."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time, timedelta

import pytest
from openpyxl import Workbook

from annotations.catalogue.importing import staging, workbook
from annotations.catalogue.importing.models import Upload
from annotations.catalogue.models import Grade, Item, Output

HEADER = ["question", "topic", "model", "output", "label"]
SHEET = "xl/worksheets/sheet1.xml"


def book(*rows, more=None, **parts):
    """A workbook with the rows on its first sheet; with `part`, `old` in it is `new` afterwards."""
    made = Workbook()
    for row in rows:
        made.active.append(row)
    for title, others in (more or {}).items():
        sheet = made.create_sheet(title)
        for row in others:
            sheet.append(row)
    out = io.BytesIO()
    made.save(out)
    return rewritten(out.getvalue(), **parts) if parts else out.getvalue()


def rewritten(content, *, part, old, new):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as was, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as now:
        for name in was.namelist():
            text = was.read(name)
            if name == part:
                assert old in text
                text = text.replace(old, new)
            now.writestr(name, text)
    return out.getvalue()


def test_first_sheet_is_loaded(desk):
    rows = [
        HEADER,
        ["What is 2 + 2?", "sums", "gpt-x", 4, True],
        [],
        ["And 3?", "sums", "gpt-x", "line\nbreak", 0],
    ]
    desk.send(book(*rows), "book.xlsx").check()
    assert "2 rows, all of them sound" in desk.page
    desk.load()
    assert dict(Output.objects.values_list("text", "grades__grade")) == {
        "4": "correct",
        "line\nbreak": "incorrect",
    }
    assert not (staging.root() / str(desk.upload.pk)).exists()


def test_faults_stand_on_their_rows_of_the_sheet(desk):
    rows = [[], HEADER, ["q?", "sums", "m", "two\nlines", 1], [], [None, "sums", "m", "x", "maybe"]]
    desk.send(book(*rows), "book.xlsx").check()
    found = [(one["line"], one["column"], one["reason"]) for one in desk.report["listed"]]
    assert found == [(5, "label", '"maybe" is not said to mean any of correct, avoidant, incorrect')]
    desk.check(**{"value-grade-1": ""})
    assert [(one["line"], one["column"]) for one in desk.report["listed"]] == [(5, "question")]


def test_cells_are_what_the_sheet_shows(desk):
    cells = {
        "day": date(2026, 3, 1), "moment": datetime.fromisoformat("2026-03-01 09:30"), "hour": time(9, 5),
        "midnight": datetime.fromisoformat("2026-03-01"), "span": timedelta(hours=26, minutes=3), "sum": 0.1 + 0.2,
        "large": 12345678901, "half": 0.5, "code": "007", "text": "a_x000D_b", "no": False,
    }  # fmt: skip
    desk.send(book(["question", "topic", *cells], ["q", "x", *cells.values()]), "book.xlsx")
    desk.check(table="items").load()
    assert Item.objects.get().meta == {
        "day": "2026-03-01", "moment": "2026-03-01 09:30:00", "hour": "09:05:00",
        "midnight": "2026-03-01 00:00:00", "span": "26:03:00", "sum": "0.3", "large": "12345678901",
        "half": "0.5", "code": "007", "text": "a\rb", "no": "false",
    }  # fmt: skip


def test_formula_is_its_value(desk):
    rows = [HEADER, ["q?", "sums", "m", "=1+1", 1]]
    content = book(*rows, part=SHEET, old=b"<f>1+1</f><v />", new=b"<f>1+1</f><v>2</v>")
    desk.send(content, "book.xlsx").check().load()
    assert Output.objects.get().text == "2"
    assert Grade.objects.get().grade == "correct"


def test_another_sheet_is_named(desk):
    content = book(["nothing"], ["here"], more={"Data": [HEADER, ["q?", "sums", "m", "x", 1]]})
    desk.send(content, "book.xlsx")
    assert "This is the sheet &#x27;Sheet&#x27; of Data, Sheet." in desk.page
    desk.send(content, "book.xlsx", sheet="Data").check().load()
    assert Output.objects.get().text == "x"
    desk.send(content, "book.xlsx", sheet="Elsewhere")
    assert "The workbook has no sheet &quot;Elsewhere&quot;, but Data, Sheet." in desk.page


DAMAGED = "The workbook is damaged"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (book(HEADER, ["q?", "sums", "m", "=1+1", 1]), "1 cells hold a formula without a value (D2)"),
        (book(HEADER, ["q?", "sums", "m", "#N/A", 1]), "1 cells hold an error (D2)"),
        (book(["question"], ["q?", "further"]), "B2 is not blank, and its column has no name"),
        (book(), "The sheet is empty"),
        (
            book(["q"], part=SHEET, old=b"<worksheet", new=b"<!DOCTYPE a [<!ENTITY b 'c'>]><worksheet"),
            DAMAGED,
        ),
        (book(["q"], part=SHEET, old=b"</sheetData>", new=b""), DAMAGED),
        (book(["q"], part=SHEET, old=b"<sheetData>", new=b"<sheetData>" + b" " * 30_000_000), "expands"),
    ],
)
def test_what_cannot_be_read_is_refused_and_not_kept(desk, content, says):
    desk.send(content, "book.xlsx")
    assert says in desk.page
    assert not Upload.objects.exists()
    assert not [path for path in staging.root().rglob("*") if path.is_file()]


def test_bounds_of_size(desk, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_CELLS", 7)
    desk.send(book(["q", "a"], *[["x", "y"]] * 3), "book.xlsx")
    assert "The sheet has more than 7 cells: save the sheet as CSV (UTF-8)." in desk.page
    monkeypatch.setattr(workbook, "LARGEST", 1_000)
    desk.send(book(["q", "a"], ["x", "y"]), "book.xlsx")
    assert "The workbook holds more than 0 MB" in desk.page


def test_what_a_sheet_says_of_its_size_is_not_believed(desk):
    content = book(["question", "topic"], ["q", "x"], part=SHEET, old=b'ref="A1:B2"', new=b'ref="A1:A1"')
    desk.send(content, "book.xlsx").check(table="items").load()
    assert Item.objects.get().domain == "x"
