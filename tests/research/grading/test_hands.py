"""Two people grade blind, a third where they differ; what they agree on becomes a revision."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from annotations.catalogue.handgrading.models import HandPlace, HandRound, HandTask
from annotations.catalogue.models import Grade, Item, Output
from annotations.core import clock
from annotations.studies import handrounds


@pytest.fixture(autouse=True)
def ungraded(study):
    """Two outputs without a grade."""
    Grade.objects.filter(output__key__in=("i0-1", "i1-1")).delete()
    Item.objects.filter(key="i0").update(prompt="**Add** <b>0</b> and 0")


def output_of(desk):
    return HandPlace.objects.get(key=desk.key).task.output.key


def test_two_who_agree_grade_the_output(owner, erin, frank):
    assert "The round has begun." in owner.begin()
    first = output_of(erin.look())
    erin.give("correct")
    assert not Grade.objects.filter(output__key=first).exists()
    while output_of(frank.look()) != first:
        frank.give("incorrect")
    frank.give("correct")
    grade = Grade.objects.get(output__key=first)
    assert (grade.grade, grade.grader, grade.current) == ("correct", "by hand: two agreed", True)


def test_half_graded_outputs_come_first(owner, erin, frank):
    owner.begin()
    first = output_of(erin.look())
    erin.give("correct")
    assert output_of(frank.look()) == first


def test_page_shows_neither_system_nor_grade_nor_key(owner, erin, frank, study):
    owner.begin(standing="all")
    erin.look().give("incorrect", note="a slip of the pen")
    for desk in (erin, frank):
        page = desk.look().page
        assert "The task" in page
        output = Output.objects.get(key=output_of(desk))
        for secret in (
            output.system.key,
            f">{output.key}<",
            f'"{output.key}"',
            "a slip of the pen",
            "system-",
        ):
            assert secret not in page


def test_outputs_are_rendered_as_participants_see_them(owner, erin):
    owner.begin()
    page = erin.look().page
    while output_of(erin) != "i0-1":
        page = erin.give("correct").page
    assert "<strong>Add</strong>" in page
    assert "<b>0</b>" not in page


def test_difference_goes_to_a_third(owner, erin, frank, grace):
    owner.begin(sample="1", seed="7")
    erin.look().give("correct")
    frank.look().give("avoidant", kind="ethical")
    task = HandTask.objects.get()
    assert task.state == HandTask.TIE
    assert not Grade.objects.filter(output=task.output).exists()
    for one in (erin, frank):
        assert "Nothing to grade now" in one.look().page
    assert "People differ on this output. Your grade decides." in grace.look().page
    grace.give("incorrect")
    grade = Grade.objects.get(output=task.output)
    assert (grade.grade, grade.grader) == ("incorrect", "by hand: tie-break")


def test_owner_may_break_a_tie_in_which_they_are(owner, erin):
    owner.begin(sample="1")
    owner.look().give("correct")
    erin.look().give("incorrect")
    assert "Nothing to grade now" in erin.look().page
    assert "Your grade decides" in owner.look().page
    owner.give("correct")
    assert HandTask.objects.get().final == "correct"


def test_sent_twice_is_kept_once_and_not_changed(owner, erin, frank):
    owner.begin(sample="1")
    key = erin.look().key
    erin.give("correct", key)
    erin.give("correct", key)
    task = HandTask.objects.get()
    assert (task.taken, task.given, task.first, task.second) == (1, 1, "correct", "")
    assert "You graded this output correct already, and that stands." in erin.give("incorrect", key).page
    assert HandPlace.objects.get().grade == "correct"


def test_lapsed_place_goes_to_somebody_else(owner, erin, frank, grace):
    owner.begin(sample="1")
    key = erin.look().key
    frank.look().give("correct")
    assert "Nothing to grade now" in grace.look().page
    HandPlace.objects.filter(key=key).update(expires_at=clock.now() - timedelta(seconds=1))
    grace.look().give("correct")
    assert HandTask.objects.get().state == HandTask.SETTLED
    assert "somebody else has your place" in erin.give("incorrect", key).page
    assert HandTask.objects.get().given == 2


def test_late_grade_counts_while_nobody_needed_the_place(owner, erin):
    owner.begin(sample="1")
    key = erin.look().key
    HandPlace.objects.filter(key=key).update(expires_at=clock.now() - timedelta(seconds=1))
    erin.give("correct", key)
    assert HandTask.objects.get().given == 1


def test_nobody_grades_an_output_twice(owner, erin):
    owner.begin()
    keys = []
    while erin.look().key:
        keys.append(output_of(erin))
        erin.give("correct")
    assert sorted(keys) == ["i0-1", "i1-1"]


def test_place_of_another_is_not_to_be_had(owner, erin, frank):
    owner.begin(sample="1")
    key = erin.look().key
    frank.give("incorrect", key)
    frank.give("incorrect", "no key")
    frank.give("incorrect", str(uuid.uuid4()))
    assert HandPlace.objects.get(key=key).state == HandPlace.LEASED
    assert "Choose one of the three grades." in erin.give("unsure", key).page


def test_agreement_is_shown(owner, erin, frank):
    owner.begin(standing="all")
    while erin.look().key:
        erin.give("incorrect" if output_of(erin).startswith("i5") else "correct")
    for _ in range(12):
        frank.look().give("incorrect" if output_of(frank) == "i5-0" else "correct")
    page = owner.client.get(reverse("research:grading", args=[owner.study.slug])).content.decode()
    # 11 of 12 alike; by chance (21/24)^2 + (3/24)^2.
    assert "Two people graded 12 outputs, 11 of them alike: agreement .92, kappa .62." in page


def test_same_seed_draws_the_same(owner):
    drawn = []
    for _ in range(2):
        owner.begin(standing="all", sample="4", seed="7")
        drawn.append(
            set(HandTask.objects.filter(round__closed_at=None).values_list("output__key", flat=True))
        )
        owner.client.post(
            reverse("research:grading-close", args=[owner.study.slug, HandRound.objects.first().pk])
        )
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) == 4


def test_output_is_in_one_open_round_at_a_time(owner):
    owner.begin()
    assert "all that do are being graded by hand already" in owner.begin()
    assert HandRound.objects.count() == 1


def test_closed_round_gives_no_places(owner, erin):
    owner.begin()
    key = erin.look().key
    owner.client.post(reverse("research:grading-close", args=[owner.study.slug, HandRound.objects.get().pk]))
    assert "Nothing to grade now" in erin.look().page
    assert "The round was closed meanwhile" in erin.give("correct", key).page


def test_many_outputs_are_drawn_by_a_job(owner, erin, worker, monkeypatch):
    from annotations.core.jobs.driver import drive
    from annotations.core.models import Job

    monkeypatch.setattr(handrounds, "SMALL", 3)
    assert "The outputs are being drawn." in owner.begin()
    assert "Nothing to grade now" in erin.look().page
    drive(Job.objects.get())
    assert erin.look().key


def test_only_editors_grade(owner, erin, bob, charlie, as_user):
    owner.begin()
    key = erin.look().key
    for user in (bob, charlie):
        client = as_user(user)
        for name in ("grading-hand",):
            assert client.get(reverse(f"research:{name}", args=[owner.study.slug])).status_code == 404
        for name, more in (
            ("grading-give", []),
            ("grading-begin", []),
            ("grading-close", [HandRound.objects.get().pk]),
        ):
            address = reverse(f"research:{name}", args=[owner.study.slug, *more])
            assert client.post(address, {"key": key, "grade": "correct"}).status_code == 404
    assert HandPlace.objects.get().state == HandPlace.LEASED


def test_bad_numbers_are_said(owner):
    assert "Seed: write a whole number" in owner.begin(seed="x")
    assert "as a whole number" in owner.begin(sample="many")
    assert not HandRound.objects.exists()


def test_round_shows_what_is_settled_and_nothing_else(owner, erin, frank, bob, as_user):
    owner.begin()
    first = output_of(erin.look())
    erin.give("correct", note="plain sum")
    address = reverse("research:grading-round", args=[owner.study.slug, HandRound.objects.get().pk])
    page = owner.client.get(address).content.decode()
    assert "0 of 2 outputs are settled" in page
    assert "plain sum" not in page
    assert first not in page
    assert output_of(frank.look()) == first
    frank.give("correct")
    for client in (owner.client, as_user(bob)):
        page = client.get(address).content.decode()
        assert "plain sum" in page
        assert first in page
        assert "erin@example.org" in page
