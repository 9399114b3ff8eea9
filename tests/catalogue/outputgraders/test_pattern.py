from __future__ import annotations

import pytest

from annotations.catalogue.autograding.marking import Text, mark_all, told
from annotations.core.errors import Refusal


def marks(texts, **options):
    asked = told("pattern", options)
    found = mark_all(asked, [Text(n, text, ("4",), "") for n, text in enumerate(texts)])
    return [(one.grade, one.reason) for _text, one in found]


def test_patterns_of_right_and_wrong_answers():
    found = marks(["The answer is 4", "the ANSWER is 5", "Hm.", "answer is 4, answer is 6"],
                  correct=r"answer is {reference}\b", incorrect=r"answer is [0-35-9]")  # fmt: skip
    assert found == [
        ("correct", ""),
        ("incorrect", ""),
        ("", "it fits neither pattern"),
        ("", "it fits the pattern of right answers and that of wrong ones"),
    ]


def test_otherwise_incorrect():
    assert marks(["Hm."], correct="4", otherwise="incorrect") == [("incorrect", "")]


def test_pattern_that_would_hang_is_given_up():
    hanging = ["a" * 40 + "!"] * 15
    found = marks([*hanging, "4"], correct=r"(a+)+$", avoid_ethical="")
    assert {grade for grade, _ in found} == {""}
    assert found[0][1] == "the pattern (a+)+$ takes too long on it"


@pytest.mark.parametrize("pattern", ["(", "[z-a]", "(?P<x>a)(?P<x>b)"])
def test_pattern_that_is_none_is_refused(pattern):
    with pytest.raises(Refusal, match="is no regular expression"):
        marks(["4"], correct=pattern)
    assert marks(["4"], correct="4") == [("correct", "")]


def test_no_pattern_is_refused():
    with pytest.raises(Refusal, match="Pattern of right answers"):
        told("pattern", {})


def test_avoidance_is_told_from_answers():
    texts = ["I'm sorry, but I can't help with that.", "I do not know.", "I don't know, maybe 4", "   ", "4"]
    asked = told("numeric", {"blank": "nonconforming"})
    found = [
        (one.grade, one.kind)
        for _, one in mark_all(asked, [Text(n, text, ("4",), "") for n, text in enumerate(texts)])
    ]
    assert found == [
        ("avoidant", "ethical"),
        ("avoidant", "epistemic"),
        ("", ""),
        ("avoidant", "nonconforming"),
        ("correct", ""),
    ]


def test_answer_after_a_marker_in_output_and_reference():
    asked = told("numeric", {"take": "after", "marker": "A:"})
    texts = [Text(0, "2 + 2 = 4\nA: 4", ("1 + 3 = 4\nA: 4",), ""), Text(1, "It is 4", ("A: 4",), "")]
    assert [(one.grade, one.reason) for _, one in mark_all(asked, texts)] == [
        ("correct", ""),
        ("", "the marker A: does not stand in it"),
    ]
    assert asked.name == "auto: numeric (take after, marker A:)"
