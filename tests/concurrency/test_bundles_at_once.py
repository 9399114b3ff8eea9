"""Two researchers who bring the same new collection at one moment: it is one's, and the other is told so."""

from __future__ import annotations

import threading

import pytest

from annotations.accounts.models import User
from annotations.catalogue.models import Item
from annotations.core.errors import Refusal
from annotations.releases import loading
from annotations.releases.importing import bundles
from annotations.studies.models import Study
from tests.concurrency.threads import PATIENCE, at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
PEOPLE = ("ann", "ben")
YAML = "title: Sums\nprotocol: difficulty\ncollection: shared\nbatches: [{name: main, participants: 5}]\n"


@pytest.fixture
def load_at_once(tmp_path, monkeypatch):
    """Each loads a bundle of their own items, checked before the other stores anything."""
    met = threading.Barrier(len(PEOPLE))

    def check_and_meet(bundle, actor):
        check(bundle, actor)
        met.wait(PATIENCE)

    check = loading._check_names
    monkeypatch.setattr(loading, "_check_names", check_and_meet)

    def load(name):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "study.yaml").write_text(YAML)
        (folder / "items.csv").write_text(f"item_id,domain,prompt\n{name},sums,What is 1 + 1?\n")
        owner = User.objects.create_user(f"{name}@example.org", "correct horse")
        return lambda: bundles._load(folder, name, owner, owner.email)

    return lambda: at_once([load(name) for name in PEOPLE])


def test_new_collection_is_of_one_of_them(load_at_once):
    came = sorted(load_at_once(), key=lambda one: isinstance(one, Refusal))
    assert str(came[1]) == "The name 'shared' is not free for a collection: choose another."
    assert list(Item.objects.values_list("key", flat=True)) == [Study.objects.get().slug]


def test_both_are_in_it_with_the_guard_off(load_at_once, monkeypatch):
    asked, check_use = set(), bundles.check_use

    def check_once(owner, collection):
        if owner.pk not in asked:
            asked.add(owner.pk)
            check_use(owner, collection)

    monkeypatch.setattr(bundles, "check_use", check_once)
    assert not [one for one in load_at_once() if isinstance(one, Exception)]
    assert Item.objects.filter(collection__name="shared").count() == len(PEOPLE)
