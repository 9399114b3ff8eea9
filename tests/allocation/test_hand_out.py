"""Which unit is handed out: to whom, in which order, with which odds, and up to which number."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from annotations.allocation.models import Assignment
from annotations.allocation.services import leave
from annotations.core.hashing import share
from annotations.people.enrolling import NoPlace
from annotations.responses.models import Response
from annotations.studies.models import Unit
from tests.participation.kit import Walker, assert_balanced


def keys_of(assignments):
    return [a.unit.output.key if a.unit.output else a.item.key for a in assignments]


def test_no_item_comes_twice_to_one_person(make):
    """Every item has three outputs; nobody sees two of them."""
    study = make(protocol="supervision", items=4, systems=3, participants=6, units_per_participant=10)
    for number in range(6):
        walked = Walker(study, f"p{number}").walk()
        items = [assignment.item_id for assignment in walked]
        assert len(items) == len(set(items)) == 4


def test_quotas_are_filled_exactly(make):
    """Six people, four items each, twelve outputs at overlap two: 24 answers, two to each."""
    study = make(protocol="supervision", items=4, systems=3, participants=6, units_per_participant=4)
    for number in range(6):
        Walker(study, f"p{number}").walk()
    assert set(Unit.objects.values_list("answered", flat=True)) <= {1, 2}
    assert Response.objects.filter(surplus=False).count() == 24


def test_places_are_filled_exactly(make):
    study = make(participants=2)
    Walker(study, "p1")
    Walker(study, "p2").walk()
    with pytest.raises(NoPlace, match="All places of this study are taken"):
        Walker(study, "p3")


def test_units_beyond_the_quota_are_not_handed_out(make):
    study = make(items=2, overlap=1, participants=3, units_per_participant=2)
    late = Walker(study, "p2")
    assert len(Walker(study, "p1").walk()) == 2
    assert late.walk() == []


def test_who_gets_no_task_uses_up_no_place_and_gets_no_code(make):
    study = make(items=2, overlap=1, participants=3, units_per_participant=2)
    late = Walker(study, "p2")
    first = Walker(study, "p1")
    first.submit(first.unit())
    first.unit()
    assert late.stand().step == "no-task"
    assert late.enrolment.state == "left"
    with pytest.raises(NoPlace, match="answered or being answered"):
        Walker(study, "p3")
    leave(enrolment=first.enrolment)
    assert late.stand().step == "units"
    assert_balanced()


def test_least_filled_comes_first(make):
    """Three people see all: after each, the levels differ by one at the most."""
    study = make(items=5, overlap=3, participants=6, units_per_participant=2)
    for number in range(6):
        Walker(study, f"p{number}").walk()
        levels = set(Unit.objects.values_list("filled", flat=True))
        assert max(levels) - min(levels) <= 1


def test_strata_grow_together(make):
    """One stratum has five units, the other five as well: at no time is one two answers ahead."""
    study = make(
        protocol="supervision", items=5, systems=2, strata=["system"], participants=5, units_per_participant=4
    )
    for number in range(5):
        walker = Walker(study, f"p{number}")
        while (assignment := walker.stand().assignment) is not None:
            walker.submit(assignment)
            counts = Counter(Response.objects.values_list("output__system__key", flat=True))
            assert abs(counts["s0"] - counts["s1"]) <= 1


def test_strata_of_unequal_size_grow_in_proportion(make):
    study = make(
        protocol="supervision",
        items=9,
        systems=1,
        strata=["grade"],
        overlap=3,
        participants=6,
        units_per_participant=3,
    )
    sizes = Counter(Unit.objects.values_list("stratum", flat=True))
    for number in range(6):
        Walker(study, f"p{number}").walk()
    filled = Counter(Response.objects.values_list("assignment__unit__stratum", flat=True))
    shares = [filled[stratum] / size for stratum, size in sizes.items()]
    assert len(sizes) == 2
    assert max(shares) - min(shares) <= 1 / min(sizes.values())


def walk_all(study):
    return {key: keys_of(Walker(study, key).walk()) for key in ("ann", "bob", "cyd")}


@pytest.mark.parametrize("protocol", ["difficulty", "supervision"])
def test_same_counters_give_the_same_order_in_another_database(make, protocol):
    """The second study's rows were loaded after others, so that no key of the database is the same."""
    first = walk_all(make("first", protocol=protocol, settings={"collection": "one"}))
    make("between", protocol=protocol, items=3, settings={"collection": "two"})
    second = walk_all(make("second", protocol=protocol, settings={"collection": "three"}))
    assert first == second
    assert first["ann"] != first["bob"]


def test_another_seed_gives_another_order(make):
    first = walk_all(make("first", items=20, settings={"collection": "one"}))
    second = walk_all(make("second", items=20, settings={"collection": "two", "seed": 8}))
    assert first != second


def test_order_does_not_hang_on_the_clock(make):
    from datetime import timedelta

    from annotations.core.clock import moved

    first = walk_all(make("first", settings={"collection": "one"}))
    with moved(timedelta(days=40)):
        assert walk_all(make("second", settings={"collection": "two"})) == first


def test_probability_is_one_of_the_eligible(make):
    """Six equal items: of six, of the five that are left, of the four; and so for each who comes."""
    study = make(participants=4, overlap=4)
    for key in ("p1", "p2", "p3", "p4"):
        Walker(study, key).walk()
    for assignment in Assignment.objects.all():
        assert assignment.probability == 1 / assignment.eligible
        (response,) = assignment.responses.all()
        assert response.probability == assignment.probability
    first, second = (
        list(
            Assignment.objects.filter(participant__key=key)
            .order_by("position")
            .values_list("eligible", flat=True)
        )
        for key in ("p1", "p2")
    )
    assert first == [6, 5, 4]
    assert second == [3, 2, 1]


def test_eligible_leaves_out_other_outputs_of_items_seen(make):
    """Two items with two outputs each: after the first, the item's other output is no choice."""
    study = make(protocol="supervision", items=2, systems=2, units_per_participant=2)
    walked = Walker(study, "p1").walk()
    assert [assignment.eligible for assignment in walked] == [4, 2]


def test_choice_is_near_uniform_over_people(make):
    """60 people choose first among six equals: a fair choice passes this in all but 1 of 10^6 seeds."""
    study = make(participants=60, overlap=60)
    first = Counter()
    for number in range(60):
        walker = Walker(study, f"p{number}")
        first[keys_of([walker.unit()])[0]] += 1
        reset(study)
    assert sum(first.values()) == 60
    assert max(first.values()) <= 25


def reset(study):
    """As if nobody had been handed anything."""
    from annotations.people.models import Enrolment
    from annotations.studies.models import StratumLevel

    Assignment.objects.all().delete()
    Unit.objects.update(filled=0)
    StratumLevel.objects.update(units=0)
    StratumLevel.objects.filter(filled=0).update(units=Unit.objects.count())
    Enrolment.objects.update(handed_out=0)


def test_checks_come_at_the_seed_s_positions_and_are_never_scored(make):
    study = make(
        items=12,
        checks=8,
        overlap=3,
        participants=6,
        units_per_participant=8,
        settings={"checks": {"share": 0.4}},
    )
    seen = 0
    for number in range(6):
        key = f"p{number}"
        for assignment in Walker(study, key).walk():
            due = share(7, "check", key, assignment.position) < 0.4
            assert assignment.unit.is_check == due
            seen += due
    assert seen > 5
    assert Response.objects.filter(is_check=True).count() == seen
    assert Response.objects.scored().count() == Response.objects.count() - seen
    assert not Response.objects.filter(is_check=True, surplus=True).exists()


def test_checks_have_no_quota(make):
    """One check, four people who all get it, though units take two answers."""
    study = make(
        items=6, checks=1, participants=4, units_per_participant=2, settings={"checks": {"share": 0.99}}
    )
    for number in range(4):
        Walker(study, f"p{number}").walk()
    unit = Unit.objects.get(is_check=True)
    assert unit.quota is None
    assert unit.answered == 4


def test_check_is_marked_by_its_own_key(make):
    study = make(items=6, checks=1, participants=2, settings={"checks": {"share": 0.99}})
    for key, answer in (("p1", " 1 "), ("p2", "2")):
        walker = Walker(study, key)
        walker.submit(walker.unit(), answer=answer, dont_know=False, difficulty=1.0)
        stored = Response.objects.get(participant__key=key)
        assert stored.is_check
        assert stored.check_passed is (answer == " 1 ")


def test_check_outputs_are_marked_by_the_verdict(make):
    study = make(protocol="supervision", checks=1, participants=2, settings={"checks": {"share": 0.99}})
    for key, verdict in (("p1", "avoidant"), ("p2", "correct")):
        walker = Walker(study, key)
        walker.submit(walker.unit(), verdict=verdict)
        stored = Response.objects.get(participant__key=key)
        assert stored.check_passed is (verdict == "avoidant")


def test_share_of_checks_without_checks_serves_none(make):
    study = make(settings={"checks": {"share": 0.9}})
    assert not any(assignment.unit.is_check for assignment in Walker(study, "p1").walk())


def test_hand_out_ends_with_what_was_asked_for(make):
    study = make(units_per_participant=4)
    assert len(Walker(study, "p1").walk()) == 4


def test_sample_limits_what_is_handed_out(make):
    study = make(items=20, units={"sample": 5}, units_per_participant=10)
    assert Unit.objects.count() == 5
    assert len(Walker(study, "p1").walk()) == 5


@pytest.mark.parametrize("seed", range(6))
def test_random_acts_keep_every_counter(make, seed):
    """People come, answer, leave, come back, lapse and are swept in any order; `make` recounts at the end."""
    from datetime import timedelta

    from annotations.allocation.services import leave, sweep_leases
    from annotations.core import clock
    from tests.participation.kit import assert_balanced

    chance = random.Random(seed)
    study = make(
        protocol="supervision", items=5, systems=2, checks=2, participants=4, overlap=2, units_per_participant=4,
        settings={"checks": {"share": 0.2}},
    )  # fmt: skip
    people: list[Walker] = []
    forms: list[tuple[Walker, Assignment]] = []
    late = timedelta()
    for turn in range(60):
        late += timedelta(minutes=chance.choice([0, 0, 1, 20, 45]))
        with clock.moved(late):
            act = chance.choice(["come", "look", "look", "answer", "answer", "old answer", "leave", "sweep"])
            person = chance.choice(people) if people else None
            if act == "come" or person is None:
                try:
                    people.append(Walker(study, f"p{turn}"))
                except NoPlace:
                    assert not study.batches.get().free_places
            elif act == "look":
                assignment = person.stand().assignment
                forms += [(person, assignment)] if assignment else []
            elif act == "answer":
                assignment = person.stand().assignment
                if assignment:
                    person.submit(assignment)
            elif act == "old answer" and forms:
                whose, assignment = chance.choice(forms)
                whose.submit(assignment)
            elif act == "leave":
                leave(enrolment=person.enrolment)
            elif act == "sweep":
                sweep_leases()
            assert_balanced()
    assert Response.objects.exists()
