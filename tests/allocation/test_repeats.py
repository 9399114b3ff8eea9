"""Units shown again: unannounced, after a gap, at no cost to any quota."""

from __future__ import annotations

from datetime import timedelta

import pytest

from annotations.allocation.models import Assignment
from annotations.allocation.services import leave, sweep_leases
from annotations.core.clock import moved
from annotations.responses.erasure import erase_participant
from annotations.responses.models import Response
from annotations.responses.skipping import skip_unit
from annotations.studies.models import StratumLevel, Unit
from tests.participation.kit import Walker

LATE = timedelta(minutes=31)


@pytest.fixture
def repeating(make):
    """Twelve units a person of twenty items, half of the positions for repeats, a gap of three."""

    def make_one(share=0.5, gap=3, **bundle):
        settings = {"repeats": {"share": share, "gap": gap}, "skipping": {"allowed": True}}
        settings |= bundle.pop("settings", {})
        given = {"items": 20, "systems": 1, "overlap": 1, "units_per_participant": 12, **bundle}
        return make(protocol="supervision", settings=settings, **given)

    return make_one


def first_repeat(walker):
    while not (unit := walker.unit()).repeat:
        walker.submit(unit)
    return unit


def counters():
    units = Unit.objects.order_by("pk").values_list("filled", "answered")
    levels = StratumLevel.objects.order_by("pk").values_list("units", flat=True)
    return list(units), list(levels)


def test_repeats_come_after_the_gap_and_each_unit_once_again(repeating):
    walked = Walker(repeating(), "ann").walk()
    assert len(walked) == 12
    positions = {unit.unit_id: unit.position for unit in walked if not unit.repeat}
    repeats = [unit for unit in walked if unit.repeat]
    assert repeats
    assert len({unit.unit_id for unit in repeats}) == len(repeats)
    # At least three other units lie between.
    assert all(unit.position - positions[unit.unit_id] > 3 for unit in repeats)


def test_no_share_no_repeats(repeating):
    assert not any(unit.repeat for unit in Walker(repeating(share=0.0), "ann").walk())


def test_repeats_are_where_the_seed_sets_them(repeating):
    """Two people have theirs at other positions; the same person has them there again."""

    def places(slug, key):
        study = repeating(slug=slug, settings={"collection": slug})
        return [unit.position for unit in Walker(study, key).walk() if unit.repeat]

    assert places("one", "ann") == places("two", "ann") != places("three", "bob")


def test_repeats_come_about_as_often_as_asked_for(repeating):
    study = repeating(share=0.3, gap=1, participants=10, overlap=9)
    walked = [unit for number in range(10) for unit in Walker(study, f"p{number}").walk()]
    assert 0.15 < sum(unit.repeat for unit in walked) / len(walked) < 0.4


def test_repeat_takes_no_quota_at_any_time(repeating):
    """Handed out, lapsed, taken again and answered: units and levels stand as they stood."""
    ann = Walker(repeating(), "ann")
    again = first_repeat(ann)
    Assignment.objects.filter(pk=again.pk).update(state="released")
    before = counters()
    for late in (LATE, 2 * LATE):
        with moved(late):
            assert ann.unit().pk == again.pk
            assert counters() == before
    with moved(3 * LATE):
        assert sweep_leases()
        assert Assignment.objects.get(pk=again.pk).state == "released"
        assert counters() == before
        ann.submit(ann.unit())
    assert counters() == before
    assert Assignment.objects.get(pk=again.pk).state == "answered"


def test_late_answer_to_a_repeat_takes_no_quota(repeating):
    ann = Walker(repeating(), "ann")
    again = first_repeat(ann)
    before = counters()
    leave(enrolment=ann.enrolment)
    response = ann.submit(again)
    assert (response.repeat, response.surplus) == (True, False)
    assert counters() == before


def test_skipped_repeat_frees_nothing(repeating):
    ann = Walker(repeating(), "ann")
    again = first_repeat(ann)
    before = counters()
    assert skip_unit(enrolment=ann.enrolment, assignment=again)
    assert counters() == before


def test_erasure_with_repeats_balances(repeating):
    ann = Walker(repeating(), "ann")
    ann.walk()
    assert Response.objects.filter(repeat=True).exists()
    erase_participant(participant=ann.enrolment.participant, actor="test")
    assert sum(Unit.objects.values_list("filled", flat=True)) == 0


def test_repeat_counts_as_one_of_the_person_s_units_and_says_so(repeating):
    ann = Walker(repeating(), "ann")
    ann.walk()
    marks = Response.objects.order_by("position").values_list("repeat", flat=True)
    kept = Assignment.objects.order_by("position").values_list("repeat", flat=True)
    assert list(marks) == list(kept)
    assert ann.enrolment.answered == 12


def test_repeat_logs_among_how_many_it_was_chosen(repeating):
    ann = Walker(repeating(gap=1), "ann")
    again = first_repeat(ann)
    among = Response.objects.filter(position__lt=again.position - 1).count()
    assert (again.eligible, again.probability) == (among, 1 / among)


def test_checks_are_not_repeated(repeating):
    """Three people, of whose first units many are checks."""
    settings = {"checks": {"share": 0.5}}
    study = repeating(gap=1, checks=9, units_per_participant=18, overlap=3, settings=settings)
    walked = [unit for key in ("ann", "bob", "cyd") for unit in Walker(study, key).walk()]
    assert sum(unit.unit.is_check for unit in walked) > 15
    repeats = [unit for unit in walked if unit.repeat]
    assert len(repeats) > 5
    assert not any(unit.unit.is_check for unit in repeats)


def test_skipped_units_are_not_repeated(repeating):
    """Nearly everything is skipped, and then every second position is for a repeat."""
    ann = Walker(repeating(gap=1), "ann")
    for _ in range(6):
        skip_unit(enrolment=ann.enrolment, assignment=ann.unit())
    repeats = {unit.unit_id for unit in ann.walk() if unit.repeat}
    skipped = Assignment.objects.filter(state="skipped").values_list("unit", flat=True)
    assert repeats
    assert not repeats & set(skipped)


def test_repeat_s_page_says_nothing_of_it(repeating):
    """The same unit twice: apart from keys and progress the pages hold the same."""
    ann = Walker(repeating(), "ann")
    again = first_repeat(ann)
    first = Assignment.objects.with_unit().get(unit=again.unit_id, repeat=False)
    shown = [(one.item.prompt, one.unit.output.text) for one in (first, again)]
    assert shown[0] == shown[1]
    assert len(first.submission_key) == len(again.submission_key)
