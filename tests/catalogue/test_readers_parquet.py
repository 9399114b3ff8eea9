from __future__ import annotations

import json
import random
import subprocess
import sys
import tracemalloc

import pyarrow as pa
import pytest
from pyarrow import parquet

from annotations.catalogue.readers import READERS
from tests.servers import ROOT

TYPES = {
    "text": (pa.string(), "x"),
    "large_text": (pa.large_string(), "x"),
    "text_view": (pa.string_view(), "x"),
    "category": (pa.dictionary(pa.int8(), pa.string()), "x"),
    "whole": (pa.int64(), 5),
    "small": (pa.uint8(), 5),
    "half": (pa.float16(), 0.5),
    "float": (pa.float64(), 0.1),
    "flag": (pa.bool_(), True),
    "list": (pa.list_(pa.string()), ["x", "y"]),
    "large_list": (pa.large_list(pa.large_string()), ["x"]),
}
UNSUPPORTED = {
    "timestamp[us]": pa.array([1], pa.timestamp("us")),
    "date32[day]": pa.array([1], pa.date32()),
    "binary": pa.array([b"x"], pa.binary()),
    "struct<a: int64>": pa.array([{"a": 1}]),
    "list<element: int64>": pa.array([[1]]),
    "decimal128(3, 1)": pa.array([1], pa.int64()).cast(pa.decimal128(19, 0)).cast(pa.decimal128(3, 1)),
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "items.parquet"


def read(path, required=()):
    problems = []
    rows = READERS[".parquet"](path, required=required, report=problems.append)
    return [(row.line, dict(row.cells)) for row in rows], [
        (one.line, one.column, one.reason) for one in problems
    ]


COUNT = """
import json, resource, sys
from pathlib import Path
import pyarrow.compute, pyarrow.parquet
from annotations.catalogue.readers import READERS

def used():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)

before, problems = used(), []
rows = READERS[".parquet"](Path(sys.argv[1]), required=[], report=problems.append)
total = sum(1 for _ in rows)
print(json.dumps([total, [[one.column, one.reason] for one in problems], used() - before]))
"""


@pytest.fixture
def peak():
    """Reads a file in a process of its own: rows, problems, and by how many megabytes it grew."""

    def measure(path):
        command = [sys.executable, "-c", COUNT, str(path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
        return json.loads(done.stdout)

    return measure


@pytest.mark.parametrize("name", TYPES)
def test_type(path, name):
    kind, value = TYPES[name]
    parquet.write_table(pa.table({"a": pa.array([value, None, value], kind)}), path)
    assert read(path) == ([(1, {"a": value}), (2, {"a": None}), (3, {"a": value})], [])


def test_column_without_values(path):
    parquet.write_table(pa.table({"a": pa.nulls(2)}), path)
    assert read(path) == ([(1, {"a": None}), (2, {"a": None})], [])


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_unsupported_type_is_named(path, name):
    parquet.write_table(pa.table({"a": UNSUPPORTED[name], "b": [1]}), path)
    assert read(path) == (
        [],
        [(None, "a", f"the type {name} has no place in a table; write text or numbers")],
    )


def test_rows_are_numbered_across_row_groups(path):
    parquet.write_table(pa.table({"a": range(10_000)}), path, row_group_size=300)
    rows, problems = read(path)
    assert problems == []
    assert rows == [(number + 1, {"a": number}) for number in range(10_000)]


def test_required_column_missing(path):
    parquet.write_table(pa.table({"itemid": ["x"]}), path)
    reason = 'required column missing; found itemid; did you mean "itemid"?'
    assert read(path, ["item_id"]) == ([], [(None, "item_id", reason)])


def test_column_named_twice(path):
    parquet.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"]), path)
    assert read(path) == ([], [(None, "a", 'the header names column "a" 2 times')])


def test_no_rows(path):
    parquet.write_table(pa.table({"a": pa.array([], pa.string())}), path)
    assert read(path) == ([], [])


def test_text_that_is_not_utf8(path):
    column = pa.StringArray.from_buffers(1, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xff"))
    parquet.write_table(pa.table({"a": column}), path)
    rows, ((_, _, reason),) = read(path)
    assert rows == []
    assert reason.startswith("cannot be read as Parquet: 'utf-8' codec can't decode byte 0xff")


def test_row_larger_than_a_row_may_be(path):
    parquet.write_table(pa.table({"a": ["x", "y" * 4_000_001, "z"]}), path)
    rows, problems = read(path)
    assert rows == [(1, {"a": "x"}), (3, {"a": "z"})]
    assert problems == [(2, None, "the row has 4,000,001 characters, more than 4,000,000")]


# Files that are no sound Parquet: one problem, and nothing is read.


def test_empty_and_foreign_files(path):
    path.write_bytes(b"")
    assert read(path) == ([], [(None, None, "the file is empty")])
    path.write_bytes(b"item_id,domain\n1,2\n")
    assert read(path) == ([], [(None, None, "not Parquet: its mark is missing")])


def test_truncated_anywhere(path):
    parquet.write_table(pa.table({"a": ["x"] * 100}), path)
    whole = path.read_bytes()
    for size in range(4, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert read(path) == ([], [(None, None, "the file is cut off: Parquet ends with its mark")])


def test_footer_larger_than_the_file(path):
    path.write_bytes(b"PAR1" + b"\xff" * 4 + b"PAR1")
    reason = "the file is damaged: a footer of 4,294,967,295 bytes does not fit into 12"
    assert read(path) == ([], [(None, None, reason)])


def test_encrypted_footer(path):
    parquet.write_table(pa.table({"a": ["x"]}), path)
    path.write_bytes(b"PARE" + path.read_bytes()[4:-4] + b"PARE")
    assert read(path) == ([], [(None, None, "the file is encrypted")])


def test_damaged_bytes_give_all_rows_or_a_problem(path):
    columns = {"a": ["x", "yy", None] * 50, "b": [1.5, None, 2] * 50, "c": [["p"], None, []] * 50}
    parquet.write_table(pa.table(columns), path, row_group_size=40)
    whole, chance = path.read_bytes(), random.Random(7)
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(3):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        rows, problems = read(path)
        assert problems or len(rows) == 150


# Small files that unpack to large ones.


@pytest.mark.parametrize("compression", ["gzip", "zstd", "brotli"])
def test_chunk_that_declares_to_expand_is_not_unpacked(path, compression):
    column = pa.array(["x" * 1_000_000] * 60 + ["y"])
    parquet.write_table(pa.table({"a": column}), path, compression=compression, use_dictionary=False)
    pool = pa.default_memory_pool()
    held = pool.bytes_allocated()
    tracemalloc.start()
    rows, ((line, name, reason),) = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (rows, line, name) == ([], None, "a")
    assert reason.endswith("more than 200-fold")
    assert peak < 5_000_000
    assert pool.bytes_allocated() <= held


def test_long_word_repeated_by_a_dictionary_is_held_once(path, peak):
    """The declared sizes are honest here: the word stands in the file once, and 10 GB come out of it."""
    column = pa.array(["x" * 500_000]).dictionary_encode().take(pa.array([0] * 20_000))
    parquet.write_table(pa.table({"a": column}), path, compression="none")
    assert path.stat().st_size < 600_000
    rows, problems, megabytes = peak(path)
    assert (rows, problems) == (20_000, [])
    assert megabytes < 60


def test_long_word_repeated_in_lists_is_refused(path, peak):
    words = pa.array(["x" * 50_000]).dictionary_encode().take(pa.array([0] * 50_000))
    column = pa.ListArray.from_arrays([0, 50_000], words)
    parquet.write_table(pa.table({"a": column}), path)
    rows, problems, megabytes = peak(path)
    reason = "50,000 values of up to 50,000 bytes in lists; write each list as JSON text"
    assert (rows, problems) == (0, [["a.list.element", reason]])
    assert megabytes < 60


def test_memory_does_not_grow_with_the_rows(path, peak):
    """One row group, as most writers make: a tenth of it costs what all of it does."""
    found = {}
    for total in (100_000, 1_000_000):
        ids = [f"output-{number}" for number in range(total)]
        texts = [f"The answer to question {number} is {number * 7 % 1009}, or so." for number in range(total)]
        parquet.write_table(pa.table({"a": ids, "b": texts}), path)
        rows, problems, found[total] = peak(path)
        assert (rows, problems) == (total, [])
    assert found[1_000_000] < found[100_000] + 20


def test_rows_out_of_nothing(path):
    parquet.write_table(pa.table({"a": pa.nulls(5_000_000)}), path)
    size = path.stat().st_size
    reason = f"5,000,000 rows in {size:,} bytes: that is no table with ids"
    assert read(path) == ([], [(None, None, reason)])
