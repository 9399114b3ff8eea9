"""Pictures on their way into the database: once a collection, taken back with a load that failed."""

from __future__ import annotations

import hashlib

import pytest

from annotations.catalogue.loading import Loaded
from annotations.catalogue.models import Collection, Image, Item, Load
from annotations.core import clock
from annotations.releases import loading
from tests.catalogue import pictures
from tests.catalogue.pictures import GIF, ITEMS, PNG
from tests.catalogue.test_loading import STUDY, refused, run
from tests.releases.case import row_counts

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bundle(tmp_path):
    return write(tmp_path / "sums")


def write(folder, items=ITEMS, **images):
    pictures.write(folder, items, **images)
    (folder / "study.yaml").write_text(STUDY)
    return folder


def test_pictures_are_stored_as_they_came(bundle, capsys):
    assert run(capsys, bundle)[0] == 0
    image = Image.objects.visible().get()
    assert (image.key, image.media_type, bytes(image.content)) == ("two.png", "image/png", PNG)
    assert image.digest == hashlib.sha256(PNG).hexdigest()
    shown = dict(Item.objects.values_list("key", "image__key"))
    assert shown == {"i1": "two.png", "i2": None}
    assert Item.objects.get(key="i1").image_alt == "Two dots"


def test_the_same_bundle_again_changes_nothing(bundle, capsys):
    run(capsys, bundle)
    before = row_counts()
    code, said = run(capsys, bundle)
    assert (code, said["result"]["changed"]) == (0, False)
    assert row_counts() == before


def test_another_picture_is_another_bundle(bundle, capsys):
    run(capsys, bundle)
    (bundle / "images" / "two.png").write_bytes(PNG + b"\0")
    assert ("images/two.png", None, None, "is in the collection already, with other content") in refused(
        capsys, bundle
    )


def test_a_second_study_shares_the_pictures(bundle, tmp_path, capsys):
    """It brings one item more, which shows the same picture, and one with a picture of its own."""
    run(capsys, bundle)
    more = ITEMS + "i3,sums,Again?,2,1,two.png,Two dots\ni4,sums,This?,1,1,new.gif,A dot\n"
    second = write(tmp_path / "second", more, two__png=PNG, new__gif=GIF)
    assert run(capsys, second)[0] == 0
    assert Image.objects.count() == 2
    shown = dict(Item.objects.exclude(image=None).values_list("key", "image__key"))
    assert shown == {"i1": "two.png", "i3": "two.png", "i4": "new.gif"}


def test_a_second_study_may_leave_tables_and_pictures_out(bundle, tmp_path, capsys):
    run(capsys, bundle)
    second = tmp_path / "second"
    second.mkdir()
    (second / "study.yaml").write_text(STUDY)
    assert run(capsys, second)[0] == 0
    assert Image.objects.count() == 1


def test_a_bad_picture_keeps_everything_out(bundle, capsys):
    (bundle / "images" / "logo.svg").write_text("<svg/>")
    ((file, _, _, reason),) = refused(capsys, bundle)
    assert file == "images/logo.svg"
    assert reason.startswith("is SVG")


def test_a_load_that_fails_takes_its_pictures_back(bundle, capsys, monkeypatch):
    def fail(*args, **options):
        assert Image.objects.count() == 1
        raise RuntimeError("no more")

    monkeypatch.setattr(loading, "create_study", fail)
    before = row_counts()
    with pytest.raises(RuntimeError):
        loading.load_bundle(folder=bundle, actor="test")
    assert row_counts() == before


def test_a_picture_that_changes_meanwhile_is_not_loaded(bundle, capsys, monkeypatch):
    store_collection = loading.store_collection

    def change_first(load, rows, tell):
        (bundle / "images" / "two.png").write_bytes(PNG + b"\0")
        store_collection(load, rows, tell)

    monkeypatch.setattr(loading, "store_collection", change_first)
    before = row_counts()
    code, said = run(capsys, bundle)
    assert code == 1
    assert "two.png changed while it was being loaded" in said["errors"][0]["reason"]
    assert row_counts() == before


def test_pictures_of_a_load_under_way_are_nobodys(bundle, capsys):
    run(capsys, bundle)
    Load.objects.update(published_at=None, beat_at=clock.now())
    assert not Image.objects.visible().exists()
    assert Loaded(Collection.objects.get()).image_digest("two.png") is None
