"""A difficulty axis is borrowed from studies of the people who work on the study, and from no others."""

from __future__ import annotations

import pytest

from annotations.studies.models import Axis, Member, Study
from tests.research import rows

CALIBRATED = {"difficulty": [{"item_id": "i0", "population": "all", "difficulty": 7.0}], "calibration": []}


@pytest.fixture
def lender(alice, collection):
    study = rows.make_study("rated", alice, collection=collection, protocol="difficulty", opened=True)
    rows.make_run(study, "calibration", CALIBRATED)
    return study


@pytest.fixture
def borrower(lender, charlie, collection):
    return rows.make_study("judged", charlie, collection=collection, difficulty_from="rated")


def opened(client, study):
    client.post(f"/research/studies/{study.slug}/open/", follow=True)
    return Study.objects.get(pk=study.pk).state


def test_of_strangers_nothing_is_borrowed(borrower, charlie, as_user):
    client = as_user(charlie)
    assert opened(client, borrower) == "draft"
    page = client.post(f"/research/studies/{borrower.slug}/open/", follow=True).content.decode()
    assert "there is no such study" in page
    assert not Axis.objects.exists()


def test_of_the_same_people_it_is_borrowed(borrower, lender, charlie, as_user):
    Member.objects.create(study=lender, user=charlie, role=Member.VIEWER)
    assert opened(as_user(charlie), borrower) == "open"
    assert Axis.objects.get(study=borrower).difficulty[0]["difficulty"] == 7.0


def test_admin_borrows_of_anybody(borrower, ada, as_user):
    Member.objects.create(study=borrower, user=ada, role=Member.EDITOR)
    assert opened(as_user(ada), borrower) == "open"
