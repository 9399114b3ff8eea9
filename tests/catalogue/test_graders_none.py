from __future__ import annotations

import pytest

from annotations.catalogue.graders import GRADERS, grade_answer, meets


def test_none_cannot_tell():
    assert grade_answer("none", "18", ["18"]) is None


def test_graders_registered():
    assert set(GRADERS) >= {"none", "number", "text"}


def test_unknown_grader_is_refused():
    with pytest.raises(KeyError):
        grade_answer("nubmer", "18", ["18"])


@pytest.mark.parametrize("grader", ["none", "number", "text"])
def test_check_that_the_grader_cannot_mark_is_compared_letter_by_letter(grader):
    assert meets(grader, " blue ", "Blue")
    assert not meets(grader, "green", "Blue")


@pytest.mark.parametrize("grader, met", [("none", False), ("number", True), ("text", False)])
def test_check_is_met_as_the_grader_sees_it(grader, met):
    assert meets(grader, "7.0", "7") is met
