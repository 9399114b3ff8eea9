"""A release of a study whose batches were added and extended tells them, and loads to the same again."""

from __future__ import annotations

import pytest
import yaml

from annotations.studies.adding import add_batch
from annotations.studies.extending import extend_batch
from annotations.studies.models import Batch, Study
from annotations.studies.services import close_study, open_study
from tests.releases.case import analyse, load, release, write_bundle
from tests.releases.test_round_trip import released_again

pytestmark = pytest.mark.django_db(transaction=True)


def test_release_with_added_and_extended_batches_is_the_same_bytes_again(tmp_path):
    load(write_bundle(tmp_path / "tasks", protocol="difficulty"))
    study = Study.objects.get()
    Study.objects.update(state=Study.DRAFT, version=None)
    study.versions.all().delete()
    study.batches.all().delete()
    open_study(study=Study.objects.get(), actor="test")
    before = Study.objects.get().version.definition_hash
    wave = {"name": "wave", "participants": 4, "strata": [], "cost_per_place": 2, "budget": 8}
    add_batch(study=Study.objects.get(), given=wave, actor="test")
    extend_batch(
        batch=Batch.objects.get(name="main"), wanted={"overlap": 5, "participants": 30}, actor="test"
    )
    close_study(study=Study.objects.get(), actor="test")
    analyse("tasks")
    first = release("tasks", tmp_path / "first")
    main, added = yaml.safe_load(first["study.yaml"])["batches"]
    assert (main["participants"], main["overlap"], added["name"]) == (20, 2, "wave")
    assert {one["setting"]: one["after"] for one in main["changes"]} == {"participants": 30, "overlap": 5}
    sheet = first["README.md"].decode()
    assert "Batch `main`: 30 places" in sheet
    assert "up to 5 counted" in sheet
    assert "`participants` from 20 to 30" in sheet
    assert "`overlap` from 2 to 5" in sheet
    again = released_again(tmp_path / "first", tmp_path / "second")
    assert again == first
    loaded = Batch.objects.get(name="main")
    assert (loaded.places, loaded.overlap) == (30, 5)
    assert Study.objects.get().version.definition_hash == before
