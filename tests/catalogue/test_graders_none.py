from __future__ import annotations

import pytest

from annotations.catalogue.graders import GRADERS, grade_answer


def test_none_cannot_tell():
    assert grade_answer("none", "18", ["18"]) is None


def test_graders_registered():
    assert set(GRADERS) >= {"none", "number", "text"}


def test_unknown_grader_is_refused():
    with pytest.raises(KeyError):
        grade_answer("nubmer", "18", ["18"])
