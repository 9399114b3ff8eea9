"""Between-person conditions: balanced over those who completed and those who hold a place."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest

from annotations.allocation.services import finish, leave, sweep_leases
from annotations.core.clock import moved
from annotations.people.conditions import arm_of
from annotations.people.enrolling import NoPlace, enrol
from annotations.people.models import Enrolment
from annotations.responses.models import Response
from annotations.studies.definition import as_served
from annotations.studies.models import Study, StudyVersion
from tests.participation.kit import Walker, assert_balanced

HELD = ("active", "completed")
THREE = [{"name": name} for name in ("a", "b", "c")]
BARE = {"title": "Sums", "protocol": "supervision", "collection": "sums"}


@pytest.fixture
def armed(make):
    def make_one(conditions=THREE, **bundle):
        settings = {"conditions": conditions, **bundle.pop("settings", {})}
        return make(protocol="supervision", settings=settings, **{"participants": 60, **bundle})

    return make_one


def come(study, number):
    key = f"p{number}"
    return enrol(study=study, entry_key=f"{study.slug}-{key}".ljust(32, "-"), key=key).enrolment


def held(study):
    states = Enrolment.objects.filter(batch__study=study, state__in=HELD)
    counts = Counter(states.values_list("condition", flat=True))
    return [counts[arm["name"]] for arm in study.definition["conditions"]]


def test_study_without_arms_has_none(judged):
    assert come(judged, 1).condition == ""


def test_arms_differ_by_one_at_the_most_whenever_nobody_leaves(armed):
    study = armed()
    for number in range(20):
        come(study, number)
        assert max(held(study)) - min(held(study)) <= 1


def test_weights_are_kept_at_every_moment(armed):
    study = armed([{"name": "a", "weight": 3.0}, {"name": "b", "weight": 1.0}])
    for number in range(1, 25):
        come(study, number)
        assert abs(held(study)[0] - 0.75 * number) < 1
    assert held(study) == [18, 6]


def test_who_leaves_makes_room_in_their_arm(armed):
    study = armed()
    people = [come(study, number) for number in range(9)]
    gone = [one for one in people if one.condition == "b"]
    for one in gone:
        leave(enrolment=one)
    assert [come(study, 20 + number).condition for number in range(3)] == ["b"] * 3


def test_who_lapsed_makes_room_and_who_completed_does_not(armed):
    study = armed([{"name": "a"}, {"name": "b"}])
    first = come(study, 1)
    finish(enrolment=Enrolment.objects.select_related("batch").get(pk=first.pk))
    second = come(study, 2)
    assert {first.condition, second.condition} == {"a", "b"}
    with moved(timedelta(minutes=31)):
        sweep_leases()
        assert come(study, 3).condition == second.condition


def test_who_comes_back_keeps_the_arm(armed):
    study = armed([{"name": "a"}, {"name": "b"}])
    ann = Walker(study, "ann")
    arm = ann.enrolment.condition
    leave(enrolment=ann.enrolment)
    come(study, 2)
    come(study, 3)
    ann.walk()
    assert ann.enrolment.condition == arm
    assert set(Response.objects.values_list("condition", flat=True)) == {arm}


def test_batches_are_balanced_apart(armed):
    study = armed(participants=6, batches=2)
    for number in range(12):
        come(study, number)
    for batch in study.batches.all():
        counts = Counter(batch.enrolments.values_list("condition", flat=True))
        assert counts == {"a": 2, "b": 2, "c": 2}


def test_ties_are_decided_by_seed_and_person(armed):
    def first(slug, key, seed):
        study = armed(slug=slug, settings={"seed": seed, "collection": slug})
        return come(study, key).condition

    assert first("one", "ann", 1) == first("two", "ann", 1)
    arms = {first(f"s{number}", "ann", number) for number in range(8)}
    assert len(arms) > 1


def test_definition_that_is_older_than_a_setting_is_as_it_is_served(armed):
    study = armed()
    older = {name: value for name, value in study.definition.items() if name != "repeats"}
    StudyVersion.objects.update(definition=older, definition_hash="older")
    study = Study.objects.select_related("version").get()
    assert come(study, 1).version.definition["repeats"]["share"] == 0


@pytest.mark.parametrize("seed", range(4))
def test_arms_differ_by_no_more_than_leaving_explains(armed, seed):
    """Everybody who goes takes one from their arm; nothing else unbalances."""
    chance = random.Random(seed)
    study = armed([{"name": "a"}, {"name": "b"}], participants=12, units_per_participant=1)
    gone, late = 0, timedelta()
    for turn in range(60):
        late += timedelta(minutes=chance.choice([0, 1, 20]))
        with moved(late):
            act = chance.choice(["come", "come", "leave", "complete", "lapse"])
            active = list(Enrolment.objects.filter(state="active").select_related("batch").order_by("pk"))
            if act == "come":
                before = held(study)
                try:
                    arm = come(study, turn).condition
                except NoPlace:
                    continue
                # Never into the arm that has more.
                assert before["ab".index(arm)] == min(before)
            elif act == "lapse":
                gone += sweep_leases()
            elif active:
                one = chance.choice(active)
                gone += leave(enrolment=one) if act == "leave" else 0
                if act == "complete":
                    finish(enrolment=one)
            assert abs(held(study)[0] - held(study)[1]) <= 1 + gone
    assert_balanced()


@pytest.mark.parametrize("trace, shown", [("hidden", False), ("folded", True)])
def test_arm_is_as_for_everybody_where_it_sets_nothing(trace, shown):
    definition = as_served(BARE | {"presentation": {"trace": trace}, "conditions": THREE})
    plain = {"trace": shown, "critique": False, "incorrect_share": None, "told": False}
    assert arm_of(definition, "a") == arm_of(definition, "") == plain


def test_arm_has_its_parameters():
    parameters = {"trace": True, "incorrect_share": 0.2, "told": True}
    definition = as_served(BARE | {"conditions": [*THREE, {"name": "d", "parameters": parameters}]})
    assert arm_of(definition, "d") == {"critique": False, **parameters}
