"""`load_bundle --open` on a study that is there already, and names that no study may have."""

from __future__ import annotations

import pytest

from annotations.catalogue.bundle import BundleErrors
from annotations.releases.loading import load_bundle
from annotations.studies.models import Study
from tests.participation.kit import write_bundle


def test_open_opens_a_draft_that_was_loaded_before(db, tmp_path):
    folder = write_bundle(tmp_path / "sums")
    assert load_bundle(folder=folder, actor="test").study.state == Study.DRAFT
    again = load_bundle(folder=folder, actor="test", open_now=True)
    assert (again.study.state, again.changed) == (Study.OPEN, True)
    third = load_bundle(folder=folder, actor="test", open_now=True)
    assert (third.study.state, third.changed) == (Study.OPEN, False)


def test_name_of_a_participants_address_is_no_study_s(db, tmp_path):
    with pytest.raises(BundleErrors) as refused:
        load_bundle(folder=write_bundle(tmp_path / "sums"), slug="withdraw", actor="test")
    assert "is not free" in next(iter(refused.value.problems)).reason
    assert not Study.objects.exists()
