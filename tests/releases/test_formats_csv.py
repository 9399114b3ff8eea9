from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.catalogue.readers import READERS
from annotations.releases.formats import FORMATS, Table
from annotations.releases.formats.csv import cell, line


@pytest.mark.parametrize(
    "value, text",
    [
        (None, ""), ("", ""), (True, "1"), (False, "0"), (0, "0"), (-3, "-3"), (0.1 + 0.2, "0.3"),
        (1.0, "1"), (-0.0, "0"), (math.nan, ""), (math.inf, ""), (6e9, "6000000000"),
        (1.75e11, "1.75e+11"), (1 / 3, "0.3333333333"), ("a b", "a b"), (2**53, "9007199254740992"),
    ],
)  # fmt: skip
def test_cell_is_written_plainly(value, text):
    assert cell(value) == text


def test_field_is_quoted_where_it_must_be():
    assert line(("a,b", 'c"d', "e\rf", "g\nh", "i j")) == '"a,b","c""d","e\rf","g\nh",i j\n'


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(rows=st.lists(st.tuples(st.just("x"), TEXTS, TEXTS), max_size=5))
def test_reader_of_bundles_reads_what_is_written(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "table.csv"
    assert FORMATS[".csv"](path, Table("table", ("one", "two", "three"), rows)) == len(rows)
    problems = []
    found = list(READERS[".csv"](path, required=["one"], report=problems.append))
    assert not problems
    assert [tuple(row.cells.values()) for row in found] == rows
