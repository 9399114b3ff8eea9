from __future__ import annotations

import time
from fractions import Fraction

import pytest

from annotations.catalogue.graders import grade_answer
from annotations.catalogue.graders.number import number_in


@pytest.mark.parametrize(
    "answer, reference",
    [
        ("18", "18"),
        (" 18 ", "18"),
        ("18.0", "18"),
        ("$18", "18"),
        ("18 dollars", "18"),
        ("A: 18.", "18"),
        ("€1.250,50", "1250.5"),
        ("1,250.50", "1250.5"),
        ("1'250", "1250"),
        ("1 250", "1,250"),
        ("1\u202f250\u00a0000", "1,250,000"),
        ("1.250.000", "1250000"),
        ("50%", "50"),
        ("-3", "-3"),
        ("\u22123", "-3"),
        ("-$3", "-3"),
        ("$-3", "-3"),
        ("+3", "3"),
        ("1/2", "0.5"),
        ("0,5", "1/2"),
        (".5", "1/2"),
        ("1 1/2", "1.5"),
        ("2e3", "2000"),
        ("٣", "3"),
        ("\uff11\uff18", "18"),
    ],
)
def test_number_equal_by_value(answer, reference):
    assert grade_answer("number", answer, [reference]) is True


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "   ",
        "eighteen",
        "181",
        "1.8",
        "-18",
        "16 or 18",
        "18-3",
        "18/0",
        "18..0",
        "1,8,0",
        "m2 18",
        "NaN",
    ],
)
def test_number_not_equal(answer):
    assert grade_answer("number", answer, ["18"]) is False


def test_number_any_reference_will_do():
    assert grade_answer("number", "2", ["1", "2"]) is True


def test_number_skips_references_that_are_no_numbers():
    assert grade_answer("number", "2", ["two", "2"]) is True


def test_number_cannot_tell_without_a_numeric_reference():
    assert grade_answer("number", "2", []) is None
    assert grade_answer("number", "2", ["two"]) is None


def test_number_is_exact():
    assert grade_answer("number", "0.1", ["0.1000000000000000055511151231257827"]) is False
    assert number_in("0.1") == Fraction(1, 10)


@pytest.mark.parametrize(
    "answer",
    [
        "9" * 10**6,
        "1" * 400,
        "1e999999999",
        "1e9999",
        "1/" * 10**6,
        "," * 10**6,
        "1," * 200,
        "1 " * 200,
        "-" * 499,
        "x" * 10**6,
        "\0" * 400,
        "\ud800",
    ],
)
def test_number_hostile_answers_are_wrong_and_cheap(answer):
    began = time.perf_counter()
    assert grade_answer("number", answer, ["18"]) is False
    assert time.perf_counter() - began < 0.5
