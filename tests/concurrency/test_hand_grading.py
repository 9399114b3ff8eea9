"""People who grade at one moment: no place twice, no grade lost, and without the guards there would be."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import transaction

from annotations.accounts.models import User
from annotations.catalogue.handgrading import giving, places, rounds
from annotations.catalogue.handgrading.models import HandPlace, HandRound, HandTask
from annotations.catalogue.handgrading.rounds import close_round, draw_for_grading, fill_round, new_round
from annotations.catalogue.models import Grade
from annotations.core.errors import Refusal
from annotations.core.models import AuditEntry
from tests.concurrency.threads import at_once, read_then_write
from tests.concurrency.unchecked import without_constraints
from tests.concurrency.waiting import Meanwhile
from tests.research.rows import make_collection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]

MANY = 6


@pytest.fixture
def people(transactional_db):
    return [User.objects.create_user(f"g{n}@example.org", "correct horse") for n in range(MANY)]


@pytest.fixture
def round(transactional_db):
    """One output, two places."""
    collection = make_collection(items=1, systems=1)
    Grade.objects.all().delete()
    load = collection.loads.get().pk
    asked = {"loads": [load], "standing": "ungraded", "sample": None, "seed": 1}
    made = new_round(collection=collection, subject="s", purpose="grading", asked=asked, actor="test")
    fill_round(made, draw_for_grading(made))
    return made


def take(round, user):
    of = {"collection": round.collection_id, "subject": round.subject, "user": user}
    return places.held_place(**of) or places.new_place(**of, may_break_own=False)


def take_all(round, people):
    return at_once([partial(take, round, user) for user in people])


def test_place_that_is_left_is_given_though_somebody_came_first(round, people):
    """All have looked before any of them takes."""
    seen = HandTask.objects.get()
    assert [places._take(seen, user) is not None for user in people[:3]] == [True, True, False]


def test_places_of_an_output_are_not_given_twice(round, people):
    taken = take_all(round, people)
    assert sum(isinstance(one, HandPlace) for one in taken) == 2
    assert taken.count(None) == MANY - 2
    assert HandPlace.objects.count() == 2
    assert HandTask.objects.get().taken == 2


def test_without_the_swap_places_are_given_twice(round, people, monkeypatch):
    """The control: everybody looks before anybody writes."""
    monkeypatch.setattr(places, "swap", read_then_write(MANY, HandTask))
    with without_constraints(HandTask, "hand_places_are_not_given_twice"):
        taken = take_all(round, people)
    assert sum(isinstance(one, HandPlace) for one in taken) == MANY


def test_one_person_in_many_windows_has_one_place(round, people):
    taken = take_all(round, [people[0]] * MANY)
    assert {one.pk for one in taken if one} == {HandPlace.objects.get().pk}
    assert HandTask.objects.get().taken == 1


def give(key, user, grade):
    return giving.give_grade(subject="s", key=key, user=user, grade=grade)


def test_equal_posts_at_once_are_kept_once(round, people):
    place = take(round, people[0])
    at_once([partial(give, place.key, people[0], "correct")] * MANY)
    task = HandTask.objects.get()
    assert (task.given, task.first, task.second) == (1, "correct", "")


def test_other_posts_at_once_keep_the_first(round, people):
    place = take(round, people[0])
    grades = ["correct", "incorrect"] * (MANY // 2)
    results = at_once([partial(give, place.key, people[0], grade) for grade in grades])
    stored = HandPlace.objects.get().grade
    assert HandTask.objects.get().given == 1
    for grade, result in zip(grades, results, strict=True):
        assert isinstance(result, Refusal) == (grade != stored)


def test_equal_posts_without_the_swap_are_counted_twice(round, people, monkeypatch):
    place = take(round, people[0])
    monkeypatch.setattr(giving, "swap", read_then_write(2, HandPlace))
    with without_constraints(HandTask, "hand_grades_have_places"):
        at_once([partial(give, place.key, people[0], "correct")] * 2)
    assert HandTask.objects.get().given == 2


@pytest.mark.parametrize("grades", [("correct", "correct"), ("correct", "incorrect")])
def test_two_who_end_at_once_settle_or_differ(round, people, grades):
    held = [take(round, user) for user in people[:2]]
    first, second = (
        partial(give, *one) for one in zip([one.key for one in held], people, grades, strict=False)
    )
    with transaction.atomic():
        first()
        late = Meanwhile(second)
        late.begin()
    assert isinstance(late.end(), HandPlace)
    task = HandTask.objects.get()
    assert task.given == 2
    if grades[0] == grades[1]:
        assert (task.state, task.final) == (HandTask.SETTLED, "correct")
        assert Grade.objects.get().grade == "correct"
    else:
        assert (task.state, task.wanted) == (HandTask.TIE, 3)
        assert not Grade.objects.exists()


def late_filling(round, people):
    """A worker read the round before another published it, and goes on when people grade in it."""
    HandRound.objects.update(ready=False)
    HandTask.objects.all().delete()
    late = HandRound.objects.get()
    drawn = draw_for_grading(late)
    fill_round(HandRound.objects.get(), drawn)
    place = take(round, people[0])
    give(place.key, people[0], "correct")
    fill_round(late, drawn)


def test_worker_that_is_late_leaves_a_published_round_alone(round, people):
    late_filling(round, people)
    assert (HandTask.objects.get().given, HandPlace.objects.get().grade) == (1, "correct")
    assert AuditEntry.objects.filter(action="hand grading begun").count() == 2  # one of the fixture's


def test_without_looking_again_a_late_worker_deletes_grades(round, people, monkeypatch):
    """The control."""
    monkeypatch.setattr(rounds, "_hold_unpublished", lambda round: True)
    late_filling(round, people)
    assert HandTask.objects.get().given == 0
    assert not HandPlace.objects.exists()


def test_round_is_not_published_while_another_worker_empties_it(round):
    """Between the last task of one and its publishing, the other begins anew."""
    HandRound.objects.update(ready=False)
    drawn = draw_for_grading(round)

    def emptied(share, said):
        at_once([lambda: HandTask.objects.filter(round=round).delete()])

    with pytest.raises(RuntimeError, match="begun again"):
        fill_round(round, drawn, emptied)
    assert not HandRound.objects.get().ready


def test_lapsed_place_is_given_back_once(round, people):
    place = take(round, people[0])
    HandPlace.objects.filter(pk=place.pk).update(expires_at="2020-01-01T00:00Z")
    at_once([places.take_back_lapsed] * MANY)
    assert HandTask.objects.get().taken == 0
    assert HandRound.objects.get().total == 1


def test_two_who_close_a_round_close_it_once(round):
    closed = at_once([partial(close_round, round=round, actor=who) for who in ("ada", "ben")])
    assert sorted(type(one).__name__ for one in closed) == ["NoneType", "Refusal"]
    assert AuditEntry.objects.filter(action="hand grading closed").count() == 1
