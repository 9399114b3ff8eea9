"""The share of incorrect outputs of an arm: by position, set by the seed, and nobody starves for it."""

from __future__ import annotations

import pytest

from annotations.allocation.designs import wants_incorrect
from annotations.catalogue.models import Grade
from annotations.people.models import Enrolment
from tests.participation.kit import Walker


@pytest.fixture
def armed(make):
    """Makes a study of two arms, `plain` and `mixed`; system 0 is wrong about every second of 40 items."""

    def make_one(part, **bundle):
        conditions = [{"name": "plain"}, {"name": "mixed", "parameters": {"incorrect_share": part}}]
        settings = {"conditions": conditions, **bundle.pop("settings", {})}
        given = {"items": 40, "systems": 1, "overlap": 4, "units_per_participant": 10, **bundle}
        return make(protocol="supervision", strata=["grade"], settings=settings, **given)

    return make_one


def in_arm(study, key, arm="mixed"):
    walker = Walker(study, key)
    Enrolment.objects.filter(pk=walker.enrolment.pk).update(condition=arm)
    return walker


def incorrect(walked):
    """Whether each of the units is an incorrect output; None for checks and repeats."""
    wrong = set(Grade.objects.filter(current=True, grade="incorrect").values_list("output_id", flat=True))
    return [None if unit.unit.is_check or unit.repeat else unit.unit.output_id in wrong for unit in walked]


@pytest.mark.parametrize("part, count", [(0.0, 0), (0.05, 0), (0.2, 2), (0.5, 5), (0.75, 8), (1.0, 10)])
def test_person_gets_the_share_of_the_arm(armed, part, count):
    assert sum(incorrect(in_arm(armed(part), "ann").walk())) == count


def test_positions_differ_between_people_and_not_between_visits(armed):
    one, two = armed(0.5, slug="one"), armed(0.5, slug="two", settings={"collection": "two"})
    ann, again, bob = (
        incorrect(in_arm(study, key).walk()) for study, key in ((one, "ann"), (two, "ann"), (one, "bob"))
    )
    assert ann == again != bob


def test_other_arm_takes_units_as_they_come(armed):
    """Two strata of 20: without a share they are filled alike."""
    assert sum(incorrect(in_arm(armed(0.0), "ann", "plain").walk())) == 5


@pytest.mark.parametrize("part, items, wrong, walked", [(1.0, 12, 6, 10), (0.0, 7, 4, 7)])
def test_other_kind_comes_where_one_is_used_up(armed, part, items, wrong, walked):
    """Ten units are wanted, but half of twelve outputs are incorrect, or three of seven are not."""
    kinds = incorrect(in_arm(armed(part, items=items), "ann").walk())
    assert (sum(kinds), len(kinds)) == (wrong, walked)


def test_checks_and_repeats_take_no_part(armed):
    """They stand beside the share: it comes out exactly all the same."""
    settings = {"checks": {"share": 0.2}, "repeats": {"share": 0.2, "gap": 1}}
    study = armed(0.4, checks=6, participants=5, overlap=9, units_per_participant=20, settings=settings)
    walks = [in_arm(study, f"p{number}").walk() for number in range(5)]
    for walked in walks:
        kinds = incorrect(walked)
        assert kinds.count(None) > 0
        assert kinds.count(True) == 8
    assert any(unit.unit.is_check for walked in walks for unit in walked)
    assert any(unit.repeat for walked in walks for unit in walked)


def test_eligible_and_probability_are_those_of_the_stratum(armed):
    first = in_arm(armed(1.0), "ann").unit()
    assert (first.eligible, first.probability) == (20, 1 / 20)


@pytest.mark.parametrize("part", [0.0, 1.0])
def test_unit_that_makes_up_for_one_that_others_took_follows_the_share(armed, part):
    """Ten units are wanted; the eleventh position is there because one of them was lost."""
    enrolment = in_arm(armed(part), "ann").enrolment
    assert wants_incorrect(enrolment, 11) is bool(part)
