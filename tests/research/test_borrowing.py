"""Other studies are drawn on by whoever is at work on them, whoever else may be at work on this one."""

from __future__ import annotations

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile

from annotations.studies.axis import borrow_axis
from annotations.studies.definition import to_yaml
from annotations.studies.models import Axis, Batch, Member, Study
from tests.research import rows
from tests.research.importing.test_bundles import YAML, packed

CALIBRATED = {"difficulty": [{"item_id": "i0", "population": "all", "difficulty": 7.0}], "calibration": []}
NOT_THEIRS = "there is no such study among yours"


@pytest.fixture
def lender(alice, collection):
    study = rows.make_study("rated", alice, collection=collection, protocol="difficulty", opened=True)
    rows.make_run(study, "calibration", CALIBRATED)
    return study


@pytest.fixture
def borrower(lender, charlie, alice, collection):
    """Charlie's, who is not at work on the lender. Alice is at work on both."""
    study = rows.make_study("judged", charlie, collection=collection, difficulty_from="rated")
    rows.add_viewer(study, alice)
    return study


def opened(client, study):
    client.post(f"/research/studies/{study.slug}/open/", follow=True)
    return Study.objects.get(pk=study.pk).state


def written(study, **changes):
    """A `study.yaml` of the study with other settings."""
    return yaml.safe_dump({**yaml.safe_load(to_yaml(study.definition)), **changes})


def save(client, study, **changes):
    sent = {"content": written(study, **changes), "confirmed": "1", "revision": study.revision}
    return client.post(f"/research/studies/{study.slug}/setup/file/", sent, follow=True).content.decode()


LEAVING_OUT = [{"name": "main", "participants": 5, "overlap": 2, "leave_out": ["rated"]}]
NAMES_IT = [{"analysis": {"difficulty_from": "rated"}}, {"batches": LEAVING_OUT}]


def test_of_what_is_not_theirs_nothing_is_borrowed(borrower, charlie, as_user):
    client = as_user(charlie)
    assert opened(client, borrower) == "draft"
    page = client.post(f"/research/studies/{borrower.slug}/open/", follow=True).content.decode()
    assert NOT_THEIRS in page
    assert not Axis.objects.exists()


def test_of_what_is_theirs_it_is_borrowed(borrower, lender, charlie, as_user):
    Member.objects.create(study=lender, user=charlie, role=Member.VIEWER)
    assert opened(as_user(charlie), borrower) == "open"
    assert Axis.objects.get(study=borrower).difficulty[0]["difficulty"] == 7.0


def test_admin_borrows_of_anybody(borrower, ada, as_user):
    assert opened(as_user(ada), borrower) == "open"


@pytest.mark.parametrize("names", NAMES_IT)
def test_name_is_written_down_by_who_is_at_work_there(lender, draft, charlie, alice, as_user, names):
    Member.objects.create(study=draft, user=charlie, role=Member.EDITOR)
    assert NOT_THEIRS in save(as_user(charlie), draft, **names)
    draft.refresh_from_db()
    assert draft.revision == 1
    assert NOT_THEIRS not in save(as_user(alice), draft, **names)
    # What stands there does not keep the other from their work, but opening it does.
    draft.refresh_from_db()
    assert NOT_THEIRS not in save(as_user(charlie), draft, title="Other", **names)
    draft.refresh_from_db()
    assert draft.title == "Other"
    assert opened(as_user(charlie), draft) == "draft"
    assert opened(as_user(alice), draft) == "open"


def test_amendment_is_made_by_who_is_at_work_there(lender, study, charlie, alice, as_user):
    Member.objects.create(study=study, user=charlie, role=Member.EDITOR)
    save(as_user(alice), study, analysis={"difficulty_from": "rated"})
    study.refresh_from_db()
    assert study.amendment
    for user, number in ((charlie, 1), (alice, 2)):
        sent = {"act": "make", "revision": study.revision}
        as_user(user).post(f"/research/studies/{study.slug}/setup/amendment/", sent)
        assert Study.objects.get(pk=study.pk).version.number == number


def test_batch_leaves_out_people_of_ones_own_studies(lender, study, charlie, alice, as_user):
    Member.objects.create(study=study, user=charlie, role=Member.EDITOR)
    sent = {
        "name": "second", "participants": "4", "units_per_participant": "3", "overlap": "2", "do": "add",
        "lease_minutes": "30", "strategy": "least_filled", "strata": ["domain"], "leave_out": "rated",
    }  # fmt: skip
    address = f"/research/studies/{study.slug}/batches/add/"
    assert NOT_THEIRS in as_user(charlie).post(address, sent).content.decode()
    as_user(alice).post(address, sent)
    assert Batch.objects.get(name="second").left_out == [[lender.pk, None]]


@pytest.mark.parametrize("line", ["analysis: {difficulty_from: rated}\n", ""])
def test_file_of_a_new_study_names_ones_own(lender, charlie, as_user, line):
    content = f"title: Mine\nprotocol: supervision\n{line}".encode()
    sent = {"start": "file", "slug": "mine", "file": SimpleUploadedFile("study.yaml", content)}
    page = as_user(charlie).post("/research/new/", sent, follow=True).content.decode()
    assert (NOT_THEIRS in page) == bool(line)
    assert Study.objects.filter(slug="mine").exists() == (not line)


@pytest.mark.parametrize("line", ["analysis: {difficulty_from: rated}\n", ""])
def test_bundle_names_ones_own(lender, charlie, as_user, line):
    sent = {"file": SimpleUploadedFile("mine.zip", packed(YAML + line))}
    page = as_user(charlie).post("/research/new/bundle/", sent, follow=True).content.decode()
    assert (NOT_THEIRS in page) == bool(line)
    assert Study.objects.filter(slug="mine").exists() == (not line)


def test_draft_that_names_another_study_now_borrows_of_that(borrower, lender, alice, collection):
    borrow_axis(borrower)  # as a preview of a batch does
    other = rows.make_study("rerated", alice, collection=collection, protocol="difficulty", opened=True)
    rows.make_run(other, "calibration", CALIBRATED)
    borrower.definition["analysis"]["difficulty_from"] = "rerated"
    assert borrow_axis(borrower).source_slug == "rerated"
    assert Axis.objects.get().source_slug == "rerated"
