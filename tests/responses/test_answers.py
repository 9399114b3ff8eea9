"""The one place where an answer is checked, below the pages."""

from __future__ import annotations

import pytest

from annotations.responses.answers import Answer, check_answer

OWN = {"answer": "4", "difficulty": "10", "confidence": "90"}


def test_own_answer_is_checked():
    checked = check_answer(OWN, judges_output=False)
    assert checked.answer == Answer(answer="4", dont_know=False, difficulty=10.0, confidence=90.0)
    assert checked.errors == {}


def test_verdict_is_checked():
    checked = check_answer({"verdict": "avoidant", "confidence": "0"}, judges_output=True)
    assert checked.answer == Answer(verdict="avoidant", confidence=0.0)


@pytest.mark.parametrize("judges", [True, False])
def test_what_the_other_protocol_asks_is_not_taken(judges):
    """A form that was tampered with cannot fill the columns of the other protocol."""
    checked = check_answer(OWN | {"verdict": "correct"}, judges_output=judges)
    assert checked.answer is not None
    assert bool(checked.answer.verdict) == judges
    assert (checked.answer.difficulty is None) == judges


def test_nothing_given_has_a_message_for_each_field():
    assert set(check_answer({}, judges_output=True).errors) == {"verdict", "confidence"}
    assert set(check_answer({}, judges_output=False).errors) == {"answer", "difficulty", "confidence"}


@pytest.mark.parametrize("given", [None, [], {}, True, 5, "5.5"])
def test_values_of_other_types_are_no_errors_of_ours(given):
    check_answer({"answer": given, "verdict": given, "confidence": given}, judges_output=True)
    check_answer({"answer": given, "dont_know": given, "confidence": given}, judges_output=False)


def test_equal_answers_have_equal_hashes():
    one, two = (
        check_answer(OWN | {"difficulty": text}, judges_output=False).answer for text in ("10", " 10.0")
    )
    other = check_answer(OWN | {"difficulty": "11"}, judges_output=False).answer
    assert one.body_hash() == two.body_hash() != other.body_hash()


def test_an_empty_answer_is_not_the_same_as_not_knowing():
    assert Answer(answer="", dont_know=True).body_hash() != Answer(answer="", dont_know=False).body_hash()
