"""The axis before a study has answers: borrowed, else the rank of the metric."""

from __future__ import annotations

import pytest

from annotations.catalogue.models import Item
from annotations.core.errors import Refusal
from annotations.studies import axis
from annotations.studies.axis import Borrowed, borrow_axis, item_difficulty
from annotations.studies.models import Axis, Study
from annotations.studies.services import open_study
from tests.studies.study_case import draft

BORROWED = Borrowed(
    source_hash="h" * 64,
    difficulty=[
        {"item_id": f"i{n}", "population": population, "difficulty": 100 - n if population == "all" else 1.0}
        for n in range(1, 6)
        for population in ("all", "group")
    ],
    calibration=[{"domain": "sums"}],
)


@pytest.fixture
def borrower(db, tmp_path):
    return draft(tmp_path, settings={"analysis": {"difficulty_from": "other"}})


@pytest.fixture
def lenders(monkeypatch):
    """Lenders that a test registers are gone after it."""
    known: list[axis.Lender] = []
    monkeypatch.setattr(axis, "_lenders", known)
    return known


def items(study):
    return list(Item.objects.filter(collection=study.collection).order_by("key"))


def test_axis_is_the_rank_of_the_metric_by_itself(db, tmp_path):
    study = draft(tmp_path, items=5)
    values = [item_difficulty(study, items(study))[item.pk] for item in items(study)]
    assert values == [10.0, 30.0, 50.0, 70.0, 90.0]
    assert borrow_axis(study) is None


def test_items_without_a_metric_have_no_difficulty(db, tmp_path):
    study = draft(tmp_path, items=5)
    Item.objects.filter(key="i3").update(metric=None)
    known = item_difficulty(study, items(study))
    assert sorted(known.values()) == [12.5, 37.5, 62.5, 87.5]


def test_axis_is_borrowed_with_its_hash_when_the_study_opens(borrower, lenders):
    lenders.append(lambda study, source: BORROWED)
    opened = open_study(study=borrower, actor="test")
    copied = Axis.objects.get(study=opened)
    assert (copied.source_slug, copied.source_hash) == ("other", "h" * 64)
    assert copied.difficulty == BORROWED.difficulty


def test_borrowed_axis_counts_for_all_people_together(borrower, lenders):
    lenders.append(lambda study, source: BORROWED)
    known = item_difficulty(borrower, items(borrower))
    assert sorted(known.values()) == [95, 96, 97, 98, 99]


def test_axis_is_borrowed_once(borrower, lenders):
    lenders.append(lambda study, source: BORROWED)
    first = borrow_axis(borrower)
    lenders[0] = lambda study, source: pytest.fail("asked again")
    assert borrow_axis(borrower) == first


def test_study_whose_axis_is_not_there_does_not_open_and_says_so(borrower, lenders):
    def nothing_yet(study, source):
        raise Refusal(f"{source!r} has no finished calibration yet.")

    lenders.append(nothing_yet)
    with pytest.raises(Refusal, match="'other' has no finished calibration yet"):
        open_study(study=borrower, actor="test")
    assert Study.objects.get().state == "draft"


def test_study_of_an_unknown_lender_does_not_open(borrower):
    with pytest.raises(Refusal, match="other"):
        open_study(study=borrower, actor="test")
