from __future__ import annotations

import tracemalloc

import pytest

from annotations.catalogue.readers import READERS
from annotations.core.problems import Problem


@pytest.fixture
def read(tmp_path):
    def read_bytes(content, required=()):
        path = tmp_path / "items.csv"
        path.write_bytes(content)
        problems = []
        rows = [
            (row.line, dict(row.cells))
            for row in READERS[".csv"](path, required=required, report=problems.append)
        ]
        return rows, problems

    return read_bytes


def at(line, column, reason):
    return [Problem("items.csv", line, column, reason)]


def test_rows_with_their_lines(read):
    rows, problems = read(b'a,b\n1,"two\nlines"\n\n3,"say ""so"""\n')
    assert rows == [(2, {"a": "1", "b": "two\nlines"}), (5, {"a": "3", "b": 'say "so"'})]
    assert problems == []


def test_byte_order_mark_and_carriage_returns(read):
    rows, problems = read(b"\xef\xbb\xbfa , b\r\n1,2\r\n")
    assert rows == [(2, {"a": "1", "b": "2"})]
    assert problems == []


def test_carriage_return_inside_quotes_is_kept(read):
    rows, _ = read(b'a\n"x\r\ny"\n')
    assert rows == [(2, {"a": "x\r\ny"})]


def test_last_line_without_line_feed(read):
    assert read(b"a\n1")[0] == [(2, {"a": "1"})]


def test_header_only_has_no_rows(read):
    assert read(b"a,b\n") == ([], [])


def test_empty_file(read):
    assert read(b"") == ([], at(1, None, "the file is empty"))


def test_only_a_mark(read):
    assert read(b"\xef\xbb\xbf") == ([], at(1, None, "the file holds no header"))


def test_only_blank_lines(read):
    assert read(b"\n\n") == ([], at(1, None, "the file holds no header"))


def test_not_utf8_names_line_and_byte_and_reads_on(read):
    rows, problems = read("a,b\n1,caf\u00e9\n2,x\n".encode("latin-1"))
    assert rows == [(3, {"a": "2", "b": "x"})]
    assert problems == at(2, 6, "not UTF-8: byte 0xe9")


def test_not_utf8_inside_a_record_of_several_lines(read):
    rows, problems = read(b'a\n"x\n\xff\ny"\nz\n')
    assert rows == [(5, {"a": "z"})]
    assert problems == at(3, 1, "not UTF-8: byte 0xff")


def test_not_utf8_in_header(read):
    assert read(b"a\xff,b\n1,2\n", ["a"]) == ([], at(1, 2, "not UTF-8: byte 0xff"))


def test_utf16(read):
    reason = "not UTF-8: the file begins with the mark of UTF-16; save it as UTF-8"
    assert read("a,b\n1,2\n".encode("utf-16")) == ([], at(1, 1, reason))


def test_nul_byte(read):
    rows, problems = read(b"a,b\n1,\x002\n3,4\n")
    assert rows == [(3, {"a": "3", "b": "4"})]
    assert problems == at(2, 3, "a NUL byte")


def test_column_named_twice(read):
    assert read(b"a,b,a\n1,2,3\n") == ([], at(1, "a", 'the header names column "a" 2 times'))


def test_column_without_name(read):
    assert read(b"a,,b\n") == ([], at(1, None, "column 2 of the header has no name"))


def test_too_many_columns(read):
    header = ",".join(f"c{number}" for number in range(1001)).encode()
    assert read(header) == ([], at(1, None, "1,001 columns, more than 1,000"))


def test_required_column_missing(read):
    reason = "required column missing; found domain, prompt"
    assert read(b"domain,prompt\n", ["item_id", "domain"]) == ([], at(1, "item_id", reason))


def test_required_column_misspelt(read):
    reason = 'required column missing; found domain, itemid; did you mean "itemid"?'
    assert read(b"itemid,domain\n", ["item_id", "domain"]) == ([], at(1, "item_id", reason))


def test_wrong_number_of_fields(read):
    rows, problems = read(b"a,b\n1\n1,2,3\n1,2\n")
    assert rows == [(4, {"a": "1", "b": "2"})]
    assert problems == [
        *at(2, None, "1 field where the header has 2"),
        *at(3, None, "3 fields where the header has 2"),
    ]


def test_quote_never_closed(read):
    rows, problems = read(b'a,b\n1,2\n3,"four\n5,6\n')
    assert rows == [(2, {"a": "1", "b": "2"})]
    assert problems == at(3, None, "a quote is opened here and never closed")


def test_quote_never_closed_in_a_long_file_costs_little_memory(read):
    content = b'a,b\n1,"' + b"x" * 99 + b"\n" + (b"y" * 99 + b"\n") * 200_000
    tracemalloc.start()
    rows, problems = read(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows == []
    assert problems == at(2, None, "a field is longer than 1,000,000 characters; is a quote never closed?")
    assert peak < 10_000_000


def test_text_after_closing_quote(read):
    reason = 'text after a closing quote; write a quote inside quotes as ""'
    assert read(b'a\n"x"y\n') == ([], at(2, None, reason))


def test_bare_carriage_returns(read):
    reason = "a carriage return outside quotes; end lines with a line feed"
    assert read(b"a,b\r1,2\r") == ([], at(1, None, reason))


def test_line_too_long(read):
    rows, problems = read(b"a\nx\n" + b"y" * 1_000_001 + b"\nz\n")
    assert rows == [(2, {"a": "x"})]
    assert problems == at(3, None, "the line is longer than 1,000,000 bytes")


def test_long_field_within_bounds(read):
    rows, problems = read(b"a\n" + b"y" * 500_000 + b"\n")
    assert len(rows[0][1]["a"]) == 500_000
    assert problems == []


def test_row_of_several_lines_too_large(read):
    field = b'"' + b"y" * 900_000 + b'\n"'
    rows, problems = read(b"a,b,c,d,e\n" + b",".join([field] * 5) + b"\n")
    assert rows == []
    assert problems == at(6, None, "the row is larger than 4,000,000 bytes")
