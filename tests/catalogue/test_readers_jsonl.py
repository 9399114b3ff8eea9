from __future__ import annotations

import tracemalloc

import pytest

from annotations.catalogue.readers import READERS
from annotations.core.problems import Problem


@pytest.fixture
def read(tmp_path):
    def read_bytes(content, required=()):
        path = tmp_path / "items.jsonl"
        path.write_bytes(content)
        problems = []
        rows = [
            (row.line, dict(row.cells))
            for row in READERS[".jsonl"](path, required=required, report=problems.append)
        ]
        return rows, problems

    return read_bytes


def at(line, column, reason):
    return [Problem("items.jsonl", line, column, reason)]


def test_rows_with_their_lines_and_types(read):
    rows, problems = read(b'{"a": 1, "b": [1, "x"]}\n\n  \r\n{"a": null, "b": {"c": 0.5}}')
    assert rows == [(1, {"a": 1, "b": [1, "x"]}), (4, {"a": None, "b": {"c": 0.5}})]
    assert problems == []


def test_byte_order_mark_and_carriage_returns(read):
    assert read(b'\xef\xbb\xbf{"a": true}\r\n') == ([(1, {"a": True})], [])


def test_empty_file_has_no_rows(read):
    assert read(b"") == ([], [])


def test_not_json_names_line_and_column_and_reads_on(read):
    rows, problems = read(b'{"a": 1,}\n{"a": x}\n{"a": 1} {"a": 2}\n{"a": 3}\n')
    assert rows == [(4, {"a": 3})]
    assert problems == [
        *at(1, 9, "not JSON: expecting property name enclosed in double quotes"),
        *at(2, 7, "not JSON: expecting value"),
        *at(3, 10, "not JSON: extra data"),
    ]


def test_an_object_over_several_lines(read):
    reason = "not JSON: the line ends too early; write each object on one line"
    assert read(b"{\n")[1] == at(1, 2, reason)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_know(read, word):
    reason = f"not JSON: {word}; write null where a number is missing"
    rows, problems = read(f'{{"b": "{word}", "a": {word}}}\n'.encode())
    assert (rows, problems) == ([], at(1, 16 + len(word), reason))


def test_key_given_twice_at_any_depth(read):
    rows, problems = read(b'{"a": 1, "a": 1}\n{"b": {"c": 1, "d": 1, "c": 2}}\n')
    assert rows == []
    assert problems == [
        *at(1, None, 'the key "a" is given twice'),
        *at(2, None, 'the key "c" is given twice'),
    ]


@pytest.mark.parametrize(
    "text,found", [("[1]", "a list"), ('"x"', "text"), ("3", "a number"), ("true", "true or false")]
)
def test_not_an_object(read, text, found):
    reason = f"{found} where an object is needed: write one object a line"
    assert read(text.encode()) == ([], at(1, None, reason))


def test_required_key_missing(read):
    reason = 'required column missing; found domain, itemid; did you mean "itemid"?'
    rows, problems = read(b'{"itemid": 1, "domain": "x"}\n{"item_id": 1}\n', ["item_id"])
    assert rows == [(2, {"item_id": 1})]
    assert problems == at(1, "item_id", reason)


def test_required_key_may_be_null(read):
    assert read(b'{"item_id": null}\n', ["item_id"]) == ([(1, {"item_id": None})], [])


def test_keys_that_are_no_names(read):
    rows, problems = read(b'{"\\ud800": 1}\n{"' + b"k" * 201 + b'": 1}\n')
    assert rows == []
    assert [problem.reason for problem in problems] == [
        '"\\ud800" cannot be the name of a column',
        f'"{"k" * 57}..." cannot be the name of a column',
    ]


def test_too_many_columns(read):
    content = "{" + ", ".join(f'"c{number}": 1' for number in range(1001)) + "}"
    assert read(content.encode()) == ([], at(1, None, "1,001 columns, more than 1,000"))


def test_number_of_too_many_digits(read):
    reason = "holds a number of more digits than can be read"
    assert read(b'{"a": ' + b"9" * 5000 + b"}") == ([], at(1, None, reason))


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_hundred_thousand_levels(read, opening):
    rows, problems = read(b'{"a": ' + opening * 100_000 + b'\n{"a": 1}\n')
    assert rows == [(2, {"a": 1})]
    assert [(one.line, one.reason) for one in problems] == [(1, "nested deeper than 20 levels")]


def test_brackets_in_text_are_not_depth(read):
    content = b'{"a": "' + b"[{" * 1000 + b'\\"", "b": "\\\\"}\n'
    rows, problems = read(content)
    assert problems == []
    assert len(rows[0][1]["a"]) == 2001


def test_many_small_values(read):
    rows, problems = read(b'{"a": [' + b"[]," * 200_000 + b"[]]}\n")
    assert rows == []
    assert [problem.reason for problem in problems] == ["more than 100,000 values"]


def test_not_utf8_nul_and_utf16(read):
    rows, problems = read(b'{"a": "\xe9"}\n{"a": "x\0"}\n{"a": 1}\n')
    assert rows == [(3, {"a": 1})]
    assert problems == [*at(1, 8, "not UTF-8: byte 0xe9"), *at(2, 9, "a NUL byte")]
    reason = "not UTF-8: the file begins with the mark of UTF-16; save it as UTF-8"
    assert read("{}".encode("utf-16")) == ([], at(1, 1, reason))


def test_line_of_a_hundred_megabytes_is_not_held(tmp_path):
    path = tmp_path / "items.jsonl"
    with path.open("wb") as stream:
        stream.write(b'{"a": "')
        for _ in range(100):
            stream.write(b"y" * 1_000_000)
        stream.write(b'"}\n')
    problems = []
    tracemalloc.start()
    rows = list(READERS[".jsonl"](path, required=[], report=problems.append))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows == []
    assert problems == at(1, None, "the line is longer than 4,000,000 bytes")
    assert peak < 10_000_000


def test_long_text_within_bounds(read):
    rows, problems = read(b'{"a": "' + b"y" * 1_000_000 + b'"}\n')
    assert len(rows[0][1]["a"]) == 1_000_000
    assert problems == []
