from __future__ import annotations

import pytest

from annotations.catalogue.graders import grade_answer


@pytest.mark.parametrize("answer", ["Paris", "paris", "  PARIS. ", '"Paris"', "¡Paris!", "(paris)"])
def test_text_ignores_case_space_and_edges(answer):
    assert grade_answer("text", answer, ["Paris"]) is True


def test_text_ignores_runs_of_white_space():
    assert grade_answer("text", "new \n\t york", ["New York"]) is True


def test_text_folds_and_composes():
    assert grade_answer("text", "STRASSE", ["straße"]) is True
    assert grade_answer("text", "cafe\u0301", ["Café"]) is True


@pytest.mark.parametrize("answer", ["", "Pari", "Paris France", "Par-is", "x" * 10**6, "." * 10**6])
def test_text_not_equal(answer):
    assert grade_answer("text", answer, ["Paris"]) is False


def test_text_keeps_punctuation_that_is_the_answer():
    assert grade_answer("text", "?", ["?"]) is True
    assert grade_answer("text", "!", ["?"]) is False


def test_text_cannot_tell_without_reference():
    assert grade_answer("text", "Paris", []) is None
    assert grade_answer("text", "Paris", ["  "]) is None
