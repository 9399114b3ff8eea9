from __future__ import annotations

import pytest

from annotations.catalogue.outputgraders import OUTPUT_GRADERS, Given

NUMERIC = OUTPUT_GRADERS["numeric"]


@pytest.mark.parametrize(
    ("text", "reference", "options", "grade"),
    [
        ("$1,250.00", "1250", {}, "correct"),
        ("It is 5.", "4", {}, "incorrect"),
        ("-3", "3", {}, "incorrect"),
        ("3 and 4 make 7", "7", {"which": "last"}, "correct"),
        ("3 and 4 make 7", "3", {"which": "first"}, "correct"),
        ("about 3.14", "3.1415", {"tolerance": "0.1"}, "correct"),
        ("about 3.14", "3.1415", {}, "incorrect"),
        ("word " * 1000 + "and so 42", "42", {"which": "last"}, "correct"),
    ],
)
def test_numbers_are_compared_by_value(text, reference, options, grade):
    assert NUMERIC.mark(Given(text, [reference]), options).grade == grade


@pytest.mark.parametrize(
    ("text", "reference", "reason"),
    [
        ("3 and 4 make 7", "7", "3 numbers stand where the answer should be"),
        ("seven", "7", "no number stands where the answer should be"),
        ("7", "seven", "the item's reference holds no number that can be read"),
        ("7" * 501, "7", "the number cannot be read, or the text is too long"),
    ],
)
def test_what_is_not_understood_is_said(text, reference, reason):
    marked = NUMERIC.mark(Given(text, [reference]), {})
    assert (marked.grade, marked.reason) == ("", reason)


@pytest.mark.parametrize("tolerance", ["x", "-1", "101", "1e9", "1.2.3"])
def test_tolerance_that_is_none(tolerance):
    assert NUMERIC.faults({"tolerance": tolerance})
    assert not NUMERIC.faults({"tolerance": "0.5"})
