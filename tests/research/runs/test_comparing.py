"""Two runs beside each other."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.research import rows


@pytest.fixture
def two(study):
    first = rows.make_run(
        study,
        "supervision",
        {"supervision": rows.supervision_rows({"": (30, 100), 1: (5, 50)})},
        params={"resamples": 100},
        stamp={},
    )
    second = rows.make_run(
        study,
        "supervision",
        {"supervision": rows.supervision_rows({"": (40, 100), 1: (5, 50)})},
        params={"resamples": 2000},
        fingerprint="e" * 64,
    )
    return first, second


def compare(client, study, **query):
    return client.get(reverse("research:compare", args=[study.slug]), query)


def test_numbers_and_what_differs_are_shown(two, study, alice, as_user):
    first, second = two
    page = compare(as_user(alice), study, a=first.pk, b=second.pk).content.decode()
    for said in ("resamples", "2000", "data (fingerprint)", "Slip rate, bin 1", ">0.3<", ">0.4<", ">0.1<"):
        assert said in page, said
    assert "seed" not in page.partition("Made with something else")[2].partition("</table>")[0]


def test_runs_are_listed_with_what_they_are_of(two, study, alice, as_user):
    page = as_user(alice).get(reverse("research:runs", args=[study.slug])).content.decode()
    assert page.count("older data") == page.count("as now") == 1


@pytest.mark.parametrize("query", [{}, {"a": "x", "b": "y"}, {"a": "9" * 40}])
def test_missing_choice_is_said(two, study, alice, as_user, query):
    page = compare(as_user(alice), study, **query)
    assert "Choose two runs" in page.content.decode()


def test_different_kinds_are_not_compared(two, study, alice, as_user):
    other = rows.make_run(study, "calibration", {"calibration": rows.calibration_rows()})
    page = compare(as_user(alice), study, a=two[0].pk, b=other.pk)
    assert "different analyses" in page.content.decode()


def test_calibrations_are_compared(study, alice, as_user):
    runs = [
        rows.make_run(study, "calibration", {"calibration": rows.calibration_rows()}, seed=seed)
        for seed in (1, 2)
    ]
    page = compare(as_user(alice), study, a=runs[0].pk, b=runs[1].pk).content.decode()
    assert "Location, addition, all, rated, likelihood" in page
    assert "4.21" in page


def test_run_of_another_study_is_not_there(two, draft, study, alice, as_user):
    other = rows.make_run(draft, "supervision", {"supervision": rows.supervision_rows({"": (1, 2)})})
    assert compare(as_user(alice), study, a=two[0].pk, b=other.pk).status_code == 404
