"""The one place where an answer is checked, below the pages."""

from __future__ import annotations

import pytest

from annotations.responses.answers import FIRST, SECOND, WHOLE, Answer, asked_of, check_answer
from annotations.studies.definition import as_served

BARE = {"title": "Sums", "protocol": "both", "collection": "sums"}
WHY = {"name": "why", "text": {"en": "Why?"}, "per": "unit", "required": False}
HOW = {
    "name": "how", "kind": "multiple", "text": {"en": "How?"}, "per": "unit",
    "options": [{"value": "by heart"}, {"value": "on paper"}],
}  # fmt: skip
AGE = {"name": "age", "kind": "number", "text": {"en": "Age?"}}
OWN = {"answer": "4", "difficulty": "10", "confidence": "90"}


def asked(*, judges_output, part=WHOLE, **settings):
    return asked_of(as_served(BARE | settings), judges_output=judges_output, part=part)


ITEM, OUTPUT = asked(judges_output=False), asked(judges_output=True)


def test_own_answer_is_checked():
    checked = check_answer(OWN, asked=ITEM)
    assert checked.answer == Answer(answer="4", dont_know=False, difficulty=10.0, confidence=90.0)
    assert checked.errors == {}


def test_verdict_is_checked():
    checked = check_answer({"verdict": "avoidant", "confidence": "0"}, asked=OUTPUT)
    assert checked.answer == Answer(verdict="avoidant", confidence=0.0)


@pytest.mark.parametrize("judges", [True, False])
def test_what_the_other_protocol_asks_is_not_taken(judges):
    """A form that was tampered with cannot fill the columns of the other protocol."""
    checked = check_answer(OWN | {"verdict": "correct"}, asked=OUTPUT if judges else ITEM)
    assert checked.answer is not None
    assert bool(checked.answer.verdict) == judges
    assert (checked.answer.difficulty is None) == judges


def test_nothing_given_has_a_message_for_each_field():
    assert set(check_answer({}, asked=OUTPUT).errors) == {"verdict", "confidence"}
    assert set(check_answer({}, asked=ITEM).errors) == {"answer", "difficulty", "confidence"}


@pytest.mark.parametrize("given", [None, [], {}, True, 5, "5.5"])
def test_values_of_other_types_are_no_errors_of_ours(given):
    check_answer({"answer": given, "verdict": given, "confidence": given}, asked=OUTPUT)
    check_answer({"answer": given, "dont_know": given, "confidence": given}, asked=ITEM)


def test_equal_answers_have_equal_hashes():
    one, two = (check_answer(OWN | {"difficulty": text}, asked=ITEM).answer for text in ("10", " 10.0"))
    other = check_answer(OWN | {"difficulty": "11"}, asked=ITEM).answer
    assert one.body_hash() == two.body_hash() != other.body_hash()


def test_an_empty_answer_is_not_the_same_as_not_knowing():
    assert Answer(answer="", dont_know=True).body_hash() != Answer(answer="", dont_know=False).body_hash()


def test_hash_of_an_answer_without_the_younger_fields_is_the_one_it_always_had():
    known = "95a662e20960a85215e340386e096051848c043e2ba5b658325780eb04da9b6f"
    assert Answer(verdict="correct", confidence=50.0).body_hash() == known
    assert Answer(verdict="correct", confidence=50.0, meta={"why": "x"}).body_hash() != known


@pytest.mark.parametrize(
    "part, asking, names",
    [
        (WHOLE, {}, {"verdict", "confidence"}),
        (WHOLE, {"confidence": False}, {"verdict"}),
        (FIRST, {"own_answer": True}, {"answer"}),
        (FIRST, {"difficulty": True}, {"difficulty"}),
        (FIRST, {"own_answer": True, "difficulty": True}, {"answer", "difficulty"}),
        (SECOND, {"own_answer": True, "difficulty": True}, {"verdict", "confidence"}),
        (SECOND, {"own_answer": True, "revise": True}, {"answer", "verdict", "confidence"}),
        (WHOLE, {"forecast": True}, {"verdict", "confidence"}),
    ],
)
def test_output_is_asked_what_its_part_asks(part, asking, names):
    """Nothing was given, so every field that is asked for has a message."""
    page = asked(judges_output=True, part=part, asking=asking)
    assert set(check_answer({}, asked=page).errors) == names


@pytest.mark.parametrize(
    "asking, names",
    [
        ({"forecast": True}, {"answer", "difficulty", "confidence", "forecast"}),
        ({"confidence": False}, {"answer", "difficulty"}),
        ({"own_answer": True, "difficulty": True}, {"answer", "difficulty", "confidence"}),
    ],
)
def test_item_is_asked_what_the_study_asks(asking, names):
    assert set(check_answer({}, asked=asked(judges_output=False, asking=asking)).errors) == names


def test_confidence_that_is_not_asked_for_stays_blank():
    page = asked(judges_output=True, asking={"confidence": False})
    assert check_answer({"verdict": "correct", "confidence": "9"}, asked=page).answer.confidence is None


@pytest.mark.parametrize("sent, fine", [("yes", True), ("no", True), ("maybe", False), ("", False)])
def test_forecast_is_yes_or_no(sent, fine):
    page = asked(judges_output=False, asking={"forecast": True})
    checked = check_answer(OWN | {"forecast": sent}, asked=page)
    assert (checked.answer.meta if fine else set(checked.errors)) == (
        {"forecast": sent} if fine else {"forecast"}
    )


@pytest.mark.parametrize("judges", [True, False])
def test_questions_of_every_unit_are_checked_by_their_kind(judges):
    page = asked(judges_output=judges, questions=[WHY, HOW, AGE])
    form = OWN | {"verdict": "correct", "age": "30"}
    assert set(check_answer(form | {"how": ["by heart", "in a dream"]}, asked=page).errors) == {"how"}
    assert set(check_answer(form, asked=page).errors) == {"how"}
    answer = check_answer(form | {"how": ["on paper", "by heart"], "why": " "}, asked=page).answer
    assert answer.meta == {"how": "by heart | on paper"}


def test_questions_of_units_come_with_the_second_part():
    asking, questions = {"own_answer": True}, [HOW]
    parts = {
        part: asked(judges_output=True, part=part, asking=asking, questions=questions).questions
        for part in (FIRST, SECOND)
    }
    assert [len(parts[FIRST]), len(parts[SECOND])] == [0, 1]
