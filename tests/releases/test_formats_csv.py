from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.catalogue.readers import READERS
from annotations.releases.formats import FORMATS, Column, Kind
from annotations.releases.formats.csv import lines, written
from annotations.releases.writing import tidy


@pytest.mark.parametrize(
    "kind, value, text",
    [
        (Kind.TEXT, None, ""), (Kind.TEXT, "", ""), (Kind.TEXT, "a b", "a b"), (Kind.TEXT, 3, "3"),
        (Kind.FLAG, True, "1"), (Kind.FLAG, False, "0"), (Kind.FLAG, None, ""),
        (Kind.WHOLE, 0, "0"), (Kind.WHOLE, -3, "-3"), (Kind.WHOLE, 2**53, "9007199254740992"),
        (Kind.NUMBER, 0.1 + 0.2, "0.3"), (Kind.NUMBER, 1.0, "1"), (Kind.NUMBER, -0.0, "0"),
        (Kind.NUMBER, math.nan, ""), (Kind.NUMBER, math.inf, ""), (Kind.NUMBER, 6e9, "6000000000"),
        (Kind.NUMBER, 1.75e11, "1.75e+11"), (Kind.NUMBER, 1 / 3, "0.3333333333"), (Kind.NUMBER, 4, "4"),
    ],
)  # fmt: skip
def test_value_is_written_plainly(kind, value, text):
    assert written(kind, tidy(kind, [value])) == [text]


def test_text_is_quoted_where_it_must_be():
    assert lines([["a,b", "x"], ['c"d', "x"], ["e\rf", "x"], ["g\nh", "x"], ["i j", "x"]]) == (
        '"a,b","c""d","e\rf","g\nh",i j\nx,x,x,x,x\n'
    )


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(rows=st.lists(st.tuples(st.just("x"), TEXTS, TEXTS), max_size=5))
def test_reader_of_bundles_reads_what_is_written(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "table.csv"
    file = FORMATS[".csv"](path, tuple(Column(name, Kind.TEXT) for name in ("one", "two", "three")))
    for row in rows:
        file.write([[cell] for cell in row])
    file.close()
    problems = []
    found = list(READERS[".csv"](path, required=["one"], report=problems.append))
    assert not problems
    assert [tuple(row.cells.values()) for row in found] == rows
