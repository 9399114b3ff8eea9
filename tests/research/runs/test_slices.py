"""A part of the supervision results: only its own numbers."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.research import rows


@pytest.fixture
def run(study):
    parts = [
        *rows.supervision_rows({"": (30, 100), 1: (5, 50), 2: (25, 50)}),
        *rows.supervision_rows({"": (10, 40), 1: (1, 20), 2: (9, 20)}, "system", "system-0"),
        *rows.supervision_rows({"": (20, 60), 1: (4, 30), 2: (16, 30)}, "system", "system-1"),
        *rows.supervision_rows({"": (30, 100)}, "domain", "addition"),
    ]
    return rows.make_run(study, "supervision", {"supervision": parts})


def look(client, study, **query):
    return client.get(reverse("research:slice", args=[study.slug]), query)


def test_part_is_shown_with_its_own_numbers(run, study, alice, as_user):
    page = look(as_user(alice), study, group="system", value="system-0").content.decode()
    assert "Of 100 wrong answers, people let 25 pass; in the easiest bin 5." in page
    assert "System: system-0" in page
    assert "let 30 pass" not in page


def test_parts_are_chosen_in_a_form(run, study, alice, as_user):
    page = as_user(alice).get(reverse("research:results", args=[study.slug])).content.decode()
    assert 'value="system:system-1"' in page
    assert 'value="domain:addition"' not in page, "one domain is no choice"
    chosen = look(as_user(alice), study, part="system:system-1").content.decode()
    assert "System: system-1" in chosen
    assert '<option value="system:system-1" selected>' in chosen


@pytest.mark.parametrize(
    "query", [{}, {"group": "system", "value": "no-such"}, {"group": "all", "value": ""}, {"part": "x"}]
)
def test_part_that_is_not_there(run, study, alice, as_user, query):
    assert look(as_user(alice), study, **query).status_code == 404


def test_without_a_run_there_is_no_part(study, alice, as_user):
    assert look(as_user(alice), study, group="system", value="system-0").status_code == 404


def test_strangers_see_nothing(run, study, charlie, as_user):
    assert look(as_user(charlie), study, group="system", value="system-0").status_code == 404


def test_queries_do_not_grow(run, study, alice, as_user, django_assert_max_num_queries):
    client = as_user(alice)
    look(client, study, group="system", value="system-0")  # what is read once in a process is read now
    with django_assert_max_num_queries(12):
        look(client, study, group="system", value="system-0")
