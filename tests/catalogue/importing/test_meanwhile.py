"""A file that was read and then became another's: its check, its mapping and its loading change nothing."""

from __future__ import annotations

import pytest

from annotations.catalogue.importing import staging
from annotations.catalogue.importing.models import Upload
from annotations.catalogue.models import Load
from annotations.core import clock
from annotations.core.errors import Refusal
from annotations.releases.importing import running, services
from annotations.research.importing.shown import first_mapping
from tests.participation.kit import make_study
from tests.research.importing.elsewhere import FLAT

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(tmp_path, settings):
    settings.VAR = tmp_path
    return make_study(tmp_path, open_now=False, protocol="supervision")


@pytest.fixture
def upload(study):
    """As somebody read it who is about to do something with it."""
    found = staging.stage_file(
        collection=study.collection, subject=study.slug, name="t.csv", chunks=[FLAT.encode()], wanted_by="a"
    )
    services.set_mapping(upload=found, mapping=first_mapping(found))
    return Upload.objects.get()


def test_check_of_another_mapping_is_not_kept(upload, study):
    Upload.objects.update(mapping={**upload.mapping, "table": "items"})
    running.run_check(upload, study)
    assert Upload.objects.get().report == {}


def test_check_is_kept_where_nothing_was_changed(upload, study):
    running.run_check(upload, study)
    assert Upload.objects.get().report != {}


def test_file_that_was_loaded_takes_no_other_mapping(upload):
    mapping = first_mapping(upload)
    Upload.objects.update(loaded_at=clock.now())
    with pytest.raises(Refusal):
        services.set_mapping(upload=upload, mapping=mapping)


@pytest.mark.parametrize("loaded", [False, True])
def test_file_is_loaded_once(upload, study, loaded):
    report = running.run_check(upload, study)
    audited = Load.objects.count()
    if not loaded:
        running._finish(upload, study, report, "a", None)
        assert Upload.objects.get().loaded_at is not None
        return
    Upload.objects.update(loaded_at=clock.now())
    with pytest.raises(Refusal):
        running._finish(upload, study, report, "a", None)
    assert Load.objects.count() == audited
