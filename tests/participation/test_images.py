"""Pictures of units: each under an address of its own, which works for the person that was given it."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from annotations.catalogue.models import Image, Item
from annotations.core.errors import NotFound
from annotations.participation.images import image, image_key, practice_image_key
from tests.catalogue.pictures import PNG
from tests.participation.kit import Walker, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(tmp_path):
    return pictured(make_study(tmp_path, units_per_participant=3, items=3))


def pictured(study):
    """All items but the last show the same picture."""
    load = study.load
    picture = Image.objects.create(
        collection=load.collection, load=load, digest="0" * 64, key="secret-name.png", media_type="image/png",
        content=PNG,
    )  # fmt: skip
    Item.objects.exclude(key="i3").update(image=picture, image_alt="A dot")
    return study


def fetch(walker, key, method="get"):
    return image(getattr(RequestFactory(), method)("/"), walker.enrolment, key)


def units(walker):
    """By the name of their item."""
    return {assignment.item.key: assignment for assignment in walker.walk()}


def test_a_picture_comes_without_its_name(study):
    alice = Walker(study, "alice")
    answer = fetch(alice, image_key(units(alice)["i1"]))
    assert answer.content == PNG
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, max-age=3600"
    said = str(dict(answer.items()))
    assert "secret" not in said
    assert "filename" not in said


def test_a_unit_comes_with_what_its_picture_needs(study, django_assert_num_queries):
    assignment = Walker(study, "alice").unit()
    with django_assert_num_queries(0):
        assert (assignment.item.image_id is None) == (assignment.item.key == "i3")
        assert assignment.item.image_alt == ("" if assignment.item.key == "i3" else "A dot")


def test_addresses_say_nothing_of_the_item(study):
    """The same picture has another address with every unit and every person."""
    found = [units(Walker(study, name)) for name in ("alice", "bob")]
    keys = {image_key(one) for own in found for name, one in own.items() if name != "i3"}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}


def test_nobody_elses_address_works(study):
    alice, bob = Walker(study, "alice"), Walker(study, "bob")
    key = image_key(units(alice)["i1"])
    units(bob)
    with pytest.raises(NotFound) as forbidden:
        fetch(bob, key)
    with pytest.raises(NotFound) as missing:
        fetch(bob, "0" * 32)
    assert str(forbidden.value) == str(missing.value)
    assert fetch(alice, key).status_code == 200


def test_units_that_were_not_handed_out_have_no_address(study):
    alice = Walker(study, "alice")
    first = alice.unit()
    (later,) = [
        one for name, one in units(Walker(study, "bob")).items() if name not in ("i3", first.item.key)
    ][:1]
    with pytest.raises(NotFound):
        fetch(alice, image_key(later))


def test_an_item_without_a_picture_has_none(study):
    alice = Walker(study, "alice")
    with pytest.raises(NotFound):
        fetch(alice, image_key(units(alice)["i3"]))


def test_it_rejects_post(study):
    alice = Walker(study, "alice")
    assert fetch(alice, image_key(alice.unit()), method="post").status_code == 405


@pytest.fixture
def practising(tmp_path):
    """Somebody in a study that practises on c1; c2 shows a picture of its own."""
    practice = {"kind": "practice", "items": ["c1"]}
    steps = [{"kind": "consent"}, practice, {"kind": "units"}, {"kind": "exit"}]
    study = pictured(make_study(tmp_path, items=3, checks=2, settings={"steps": steps}))
    other = Image.objects.get()
    other.pk, other.key = None, "other.png"
    other.save()
    Item.objects.filter(key="c2").update(image=other)
    return Walker(study, "alice", until="practice")


def practise(walker, name):
    return fetch(walker, practice_image_key(walker.enrolment, Item.objects.get(key=name)))


def test_only_practised_items_show_their_picture(practising):
    assert practise(practising, "c1").content == PNG
    with pytest.raises(NotFound):
        practise(practising, "c2")


def test_it_costs_few_queries(study, django_assert_max_num_queries):
    alice = Walker(study, "alice")
    key = image_key(units(alice)["i1"])
    enrolment = alice.enrolment
    with django_assert_max_num_queries(2):
        image(RequestFactory().get("/"), enrolment, key)
