"""One unit, two acts at one moment: first parts, skips, answers and lapses. One of them wins, counts fit."""

from __future__ import annotations

from datetime import timedelta

import pytest

from annotations.allocation import leases
from annotations.allocation.models import Assignment
from annotations.allocation.services import leave, sweep_leases, take_assignment
from annotations.core import clock
from annotations.core.errors import Refusal
from annotations.participation import flow
from annotations.responses import recording, skipping
from annotations.responses.answers import Answer
from annotations.responses.models import Response
from annotations.responses.recording import record_first
from annotations.responses.skipping import skip_unit
from tests.concurrency.threads import at_once, read_then_write
from tests.participation.kit import Walker, assert_balanced, make_study

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
ROUNDS, TABS = 6, 6
JUDGED = Answer(verdict="correct", confidence=1.0)


@pytest.fixture
def study(tmp_path):
    settings = {"asking": {"own_answer": True}, "skipping": {"allowed": True}}
    return make_study(
        tmp_path, protocol="supervision", items=ROUNDS + 1, systems=1, units_per_participant=ROUNDS,
        settings=settings,
    )  # fmt: skip


@pytest.fixture
def ann(study):
    return Walker(study, "ann")


@pytest.fixture
def uncounted(monkeypatch):
    """The units whose shares were given back, while their counters and constraints are out of the way."""
    freed = []
    monkeypatch.setattr(leases, "free", lambda unit: freed.append(unit.pk))
    monkeypatch.setattr(leases, "_count_answer", lambda unit_id: None)
    return freed


def own(text="4"):
    return Answer(answer=text, dont_know=False)


def first(ann, unit, text="4"):
    return lambda: record_first(enrolment=ann.enrolment, assignment=unit, answer=own(text))


def submit(ann, unit):
    return lambda: flow.submit(enrolment=ann.enrolment, assignment=unit, answer=JUDGED)


def skip(ann, unit):
    return lambda: skip_unit(enrolment=ann.enrolment, assignment=unit)


def fresh(unit):
    """As a tab of its own would have read it."""
    return Assignment.objects.with_unit().get(pk=unit.pk)


def make_overdue(unit):
    Assignment.objects.filter(pk=unit.pk).update(expires_at=clock.now() - timedelta(minutes=1))


def firsts_of_many_tabs(ann, unit):
    said = [str(number) for number in range(TABS)]
    stored = at_once([first(ann, fresh(unit), text) for text in said])
    return [text for text, one in zip(said, stored, strict=True) if one is True], stored


def test_one_of_many_first_parts_is_stored(ann):
    for _ in range(ROUNDS):
        unit = ann.unit()
        (winner,), stored = firsts_of_many_tabs(ann, unit)
        assert stored.count(False) == TABS - 1
        assert Assignment.objects.get(pk=unit.pk).first["answer"] == winner
        skip(ann, unit)()


def test_several_first_parts_are_stored_with_the_guard_off(ann, monkeypatch):
    monkeypatch.setattr(recording, "swap", read_then_write(TABS, Assignment))
    winners, _ = firsts_of_many_tabs(ann, ann.unit())
    assert len(winners) == TABS


def test_first_part_and_answer_at_once_fit_together(ann):
    """The answer is refused if it is quicker, else it has the first part. None is stored without."""
    for _ in range(ROUNDS):
        unit = ann.unit()
        stored, answered = at_once([first(ann, fresh(unit)), submit(ann, fresh(unit))])
        assert stored is True
        if isinstance(answered, Refusal):
            submit(ann, fresh(unit))()
    assert set(Response.objects.values_list("answer", flat=True)) == {"4"}
    assert Response.objects.count() == ROUNDS
    assert_balanced()


def test_first_part_and_lapse_at_once_lose_nothing(ann):
    for _ in range(ROUNDS):
        unit = ann.unit()
        make_overdue(unit)
        stored, swept = at_once([first(ann, fresh(unit)), sweep_leases])
        assert (stored, swept) == (True, 1)
        again = ann.unit()
        assert (again.pk, again.first["answer"]) == (unit.pk, "4")
        submit(ann, again)()
    assert_balanced()


def skip_and_answer(ann):
    unit = ann.unit()
    first(ann, unit)()
    return at_once([skip(ann, fresh(unit)), submit(ann, fresh(unit))])


def test_skip_or_answer_wins_and_the_other_is_told(ann):
    for done in range(1, ROUNDS + 1):
        results = skip_and_answer(ann)
        assert [isinstance(result, Refusal) for result in results].count(True) == 1
        enrolment = ann.enrolment
        assert enrolment.done == done
        assert Response.objects.count() == enrolment.answered
        assert_balanced()


def test_skip_and_answer_both_win_with_the_guard_off(ann, uncounted, monkeypatch):
    unit = ann.unit()
    first(ann, unit)()
    for module in (recording, skipping):
        monkeypatch.setattr(module, "swap", lambda rows, **changes: True)  # nor is the enrolment locked
    monkeypatch.setattr(leases, "swap", read_then_write(2, Assignment))
    skipped, answered = at_once([skip(ann, fresh(unit)), submit(ann, fresh(unit))])
    assert (skipped, answered.outcome) == (True, "stored")


def skip_and_lapse(ann):
    unit = ann.unit()
    make_overdue(unit)
    return unit, at_once([skip(ann, fresh(unit)), sweep_leases])


def test_skip_and_lapse_free_the_share_once(ann):
    for _ in range(ROUNDS):
        unit, (skipped, _swept) = skip_and_lapse(ann)
        assert skipped is True
        assert Assignment.objects.get(pk=unit.pk).state == "skipped"
        assert_balanced()


def test_skip_and_lapse_free_the_share_twice_with_the_guard_off(ann, uncounted, monkeypatch):
    monkeypatch.setattr(leases, "swap", read_then_write(2, Assignment))
    unit, results = skip_and_lapse(ann)
    assert results == [True, 1]
    assert uncounted == [unit.unit_id] * 2


def test_tab_that_read_before_the_last_skip_is_handed_nothing_beyond_what_is_wanted(tmp_path):
    study = make_study(tmp_path, units_per_participant=1, settings={"skipping": {"allowed": True}})
    ann = Walker(study, "ann")
    unit = ann.unit()
    before = ann.enrolment
    skip(ann, unit)()
    assert take_assignment(enrolment=before) is None
    assert Assignment.objects.count() == 1


def test_late_answer_without_a_place_to_a_unit_that_was_passed_over_is_refused(tmp_path):
    settings = {"asking": {"own_answer": True}, "skipping": {"allowed": True}}
    study = make_study(tmp_path, protocol="supervision", systems=1, participants=1, settings=settings)
    ann = Walker(study, "ann")
    unit = ann.unit()
    first(ann, unit)()
    leave(enrolment=ann.enrolment)
    Walker(study, "ben")
    skip(ann, fresh(unit))()
    with pytest.raises(Refusal):
        submit(ann, fresh(unit))()
    assert not Response.objects.exists()
    assert_balanced()
