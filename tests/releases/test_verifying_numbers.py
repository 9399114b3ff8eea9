"""When two numbers are the same: to one part in 10^9."""

from __future__ import annotations

import math

import pytest

from annotations.releases.verifying.numbers import differences, different

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("released", "found", "differs"),
    [
        (1.0, 1.0, False),
        (NAN, NAN, False),
        (INF, INF, False),
        (0.0, 1e-13, False),
        (1e-13, 0.0, False),
        # One step of the tenth digit, where it weighs most and least.
        (1.000000000, 1.000000001, False),
        (9.999999998, 9.999999999, False),
        (-31.25000001, -31.25, False),
        (1.0, 1.000000003, True),
        (100.0, 100.0001, True),
        (1e-20, 1.000001e-20, True),
        (1e-13, 2e-13, True),
        (0.0, 1e-11, True),
        (1.0, -1.0, True),
        (NAN, 0.0, True),
        (0.0, NAN, True),
        (INF, 1.0, True),
        (INF, -INF, True),
    ],
)
def test_different(released, found, differs):
    assert bool(different(released, found)) is differs


def test_paths_of_differences():
    released = {"a": [1, {"b": 2.0}], "c": "x", "d": True, "gone": None, "more": 1}
    found = {"a": [1.0, {"b": 2.1}], "c": "y", "d": 1, "gone": None}
    assert list(differences(released, found, "run")) == [
        ("run.a[2].b", 2.0, 2.1),
        ("run.c", "x", "y"),
        ("run.d", True, 1),
        ("run.more", 1, None),
    ]


def test_lists_of_other_lengths_differ_as_wholes():
    assert list(differences([1], [1, 2], "warnings")) == [("warnings", [1], [1, 2])]
