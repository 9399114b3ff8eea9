"""Units in two parts: what is asked before the output is shown is stored once and cannot change."""

from __future__ import annotations

import pytest

from annotations.allocation.models import Assignment
from annotations.allocation.services import leave
from annotations.core.errors import NotFound, Refusal
from annotations.participation import flow
from annotations.responses.answers import Answer, part_of
from annotations.responses.erasure import erase_participant
from annotations.responses.models import Response
from annotations.responses.recording import correct_response, record_first
from annotations.responses.skipping import skip_unit
from tests.participation.kit import Walker

OWN = Answer(answer="4", dont_know=False, difficulty=30.0)
OTHER = Answer(answer="5", dont_know=False, difficulty=90.0)
UNKNOWN = Answer(dont_know=True)
JUDGED = Answer(verdict="incorrect", confidence=60.0)
REVISED = Answer(answer="2", dont_know=False, verdict="incorrect", confidence=60.0)


@pytest.fixture
def parted(make):
    """Makes a study with one item of two, 1 + 1, and says who answers it: Ann."""

    def make_one(*, corrections=False, **asking):
        settings = {
            "asking": asking,
            "corrections": {"allowed": corrections},
            "skipping": {"allowed": True},
        }
        return Walker(make(protocol="supervision", items=1, systems=1, settings=settings), "ann")

    return make_one


def part(walker):
    return part_of(walker.enrolment.version.definition, walker.unit())


def send_first(walker, answer=OWN):
    return send_first_of(walker, walker.unit(), answer)


def send_first_of(walker, unit, answer=OWN):
    return record_first(enrolment=walker.enrolment, assignment=unit, answer=answer)


def send(walker, answer=JUDGED):
    return flow.submit(enrolment=walker.enrolment, assignment=walker.unit(), answer=answer).response


@pytest.mark.parametrize("asking", [{"own_answer": True}, {"difficulty": True}])
def test_parts_come_one_after_the_other(parted, asking):
    ann = parted(**asking)
    assert part(ann) == 1
    assert send_first(ann)
    assert part(ann) == 2


@pytest.mark.parametrize("asking", [{}, {"confidence": False}])
def test_nothing_asked_before_is_one_page(parted, asking):
    assert part(parted(**asking)) == 0


def test_items_have_one_page_whatever_is_asked_with_outputs(make):
    study = make(protocol="both", settings={"asking": {"own_answer": True}})
    assert {
        part_of(study.version.definition, Assignment(unit=unit)) for unit in study.batches.get().units.all()
    } == {0, 1}


def test_first_part_is_stored_once_and_never_changed(parted):
    ann = parted(own_answer=True, difficulty=True)
    assert [send_first(ann), send_first(ann), send_first(ann, OTHER)] == [True, False, False]
    first = Assignment.objects.get().first
    assert first.pop("at_ms") >= 0
    assert first == {"answer": "4", "dont_know": False, "difficulty": 30.0}


def test_response_has_both_parts(parted):
    ann = parted(own_answer=True, difficulty=True)
    send_first(ann)
    response = send(ann)
    assert (response.answer, response.dont_know, response.difficulty) == ("4", False, 30.0)
    assert (response.verdict, response.confidence, response.initial_answer) == ("incorrect", 60.0, "")
    assert response.answer_correct is False


def test_difficulty_alone_marks_nothing(parted):
    ann = parted(difficulty=True)
    send_first(ann, Answer(difficulty=20.0))
    response = send(ann)
    assert (response.difficulty, response.dont_know, response.answer_correct) == (20.0, None, None)


def test_not_knowing_is_a_wrong_own_answer(parted):
    ann = parted(own_answer=True)
    send_first(ann, UNKNOWN)
    response = send(ann)
    assert (response.dont_know, response.answer_correct) == (True, False)


def test_revised_answer_stands_beside_the_first(parted):
    """1 + 1: the first answer was wrong, the last one is right and marked so."""
    ann = parted(own_answer=True, difficulty=True, revise=True)
    send_first(ann)
    response = send(ann, REVISED)
    assert (response.answer, response.initial_answer, response.answer_correct) == ("2", "4", True)
    assert response.difficulty == 30.0


def test_second_part_without_the_first_is_refused_and_changes_nothing(parted):
    ann = parted(own_answer=True)
    with pytest.raises(Refusal, match="comes in two parts"):
        send(ann)
    assert not Response.objects.exists()
    assert part(ann) == 1


def test_second_part_of_a_tab_that_does_not_know_of_the_first_is_stored(parted):
    ann = parted(own_answer=True)
    before = ann.unit()
    send_first(ann)
    stored = flow.submit(enrolment=ann.enrolment, assignment=before, answer=JUDGED).response
    assert stored.answer == "4"


def test_second_part_sent_twice_is_one_row(parted):
    ann = parted(own_answer=True)
    send_first(ann)
    unit = ann.unit()
    outcomes = [
        flow.submit(enrolment=ann.enrolment, assignment=unit, answer=answer).outcome
        for answer in (JUDGED, JUDGED, Answer(verdict="correct", confidence=60.0))
    ]
    assert outcomes == ["stored", "replayed", "other"]
    assert Response.objects.count() == 1


def test_first_part_after_the_answer_changes_nothing(parted):
    ann = parted(own_answer=True)
    unit = ann.unit()
    send_first(ann)
    send(ann)
    assert not send_first_of(ann, unit, OTHER)
    assert Assignment.objects.get().first["answer"] == "4"


def test_first_part_of_a_skipped_unit_is_not_stored(parted):
    ann = parted(own_answer=True)
    unit = ann.unit()
    skip_unit(enrolment=ann.enrolment, assignment=unit)
    assert not send_first_of(ann, unit)
    assert Assignment.objects.get().first is None


def test_first_part_of_a_lapsed_lease_is_there_when_the_unit_comes_again(parted):
    ann = parted(own_answer=True)
    unit = ann.unit()
    leave(enrolment=ann.enrolment)
    assert send_first_of(ann, unit)
    assert part(ann) == 2
    assert send(ann).answer == "4"


def test_first_part_of_somebody_else_s_unit_is_not_stored(parted):
    ann = parted(own_answer=True)
    unit = ann.unit()
    bob = Walker(ann.study, "bob")
    assert not send_first_of(bob, unit)
    assert Assignment.objects.get(pk=unit.pk).first is None


def test_first_part_of_somebody_erased_meanwhile_is_not_stored(parted):
    ann = parted(own_answer=True)
    unit, enrolment = ann.unit(), ann.enrolment
    erase_participant(participant=enrolment.participant, actor="test")
    with pytest.raises(NotFound, match="have been deleted"):
        record_first(enrolment=enrolment, assignment=unit, answer=OWN)


def test_correction_keeps_the_first_part(parted):
    ann = parted(own_answer=True, difficulty=True, revise=True, corrections=True)
    send_first(ann)
    last = Answer(answer="3", dont_know=False, verdict="correct", confidence=1.0)
    second = correct_response(response=send(ann, REVISED), answer=last)
    assert (second.answer, second.initial_answer, second.difficulty) == ("3", "4", 30.0)
    assert (second.verdict, second.answer_correct) == ("correct", False)


def test_second_part_of_somebody_erased_is_not_found(parted):
    ann = parted(own_answer=True)
    enrolment, unit = ann.enrolment, ann.unit()
    erase_participant(participant=enrolment.participant, actor="test")
    with pytest.raises(NotFound):
        flow.submit(enrolment=enrolment, assignment=unit, answer=JUDGED)
