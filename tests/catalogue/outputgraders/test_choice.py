from __future__ import annotations

import pytest

from annotations.catalogue.outputgraders import OUTPUT_GRADERS, Given

CHOICE = OUTPUT_GRADERS["choice"]
PROMPT = "What is the capital of France?\nA. Rome\nB) Paris\n(C) Berlin"


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("B", "correct"),
        ("(B).", "correct"),
        ("**B**", "correct"),
        ("The answer is B.", "correct"),
        ("Answer: (C), for it is large", "incorrect"),
        ("A is in Italy. So the answer is (B) Paris.", "correct"),
        ("Paris", "correct"),
        ("Rome.", "incorrect"),
        ("I go for (B) here.", "correct"),
    ],
)
def test_letter_that_is_settled_on(text, grade):
    assert CHOICE.mark(Given(text, ["B"], PROMPT), {}).grade == grade
    assert CHOICE.mark(Given(text, ["Paris"], PROMPT), {}).grade == grade


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("The answer is A or B.", "it names A, B"),
        ("Either (A) or (C).", "it names A, C"),
        ("No idea.", "no letter of a choice stands in it"),
        ("D", "D is none of the choices"),
    ],
)
def test_what_is_not_understood_is_said(text, reason):
    marked = CHOICE.mark(Given(text, ["B"], PROMPT), {})
    assert (marked.grade, marked.reason) == ("", reason)


def test_reference_that_is_no_choice():
    assert "neither a letter" in CHOICE.mark(Given("B", ["Madrid"], PROMPT), {}).reason


def test_number_of_choices_where_the_prompt_lists_none():
    assert CHOICE.mark(Given("E", ["E"], "Which?"), {"choices": "5"}).grade == "correct"
    assert CHOICE.mark(Given("E", ["D"], "Which?"), {"choices": "4"}).grade == ""
    assert CHOICE.faults({"choices": "1"})
    assert not CHOICE.faults({"choices": "5"})
