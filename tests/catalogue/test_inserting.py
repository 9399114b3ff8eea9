"""Rows past the models: the database must hold what was given, and refuse what it refuses otherwise."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from annotations.catalogue.inserting import as_json, insert
from annotations.catalogue.loading import IMAGE, ITEM
from annotations.catalogue.models import Collection, Image, Item, Load

pytestmark = pytest.mark.django_db
TEXTS = [
    "\\N",
    "a\tb",
    "a\\tb",
    "line\nline\r\n",
    "\\.",
    "",
    "\"quoted\", 'twice'",
    "größer 数 🎲",
    "NULL",
    "%s",
]


@pytest.fixture
def load():
    return Load.objects.create(collection=Collection.objects.create(name="c"), digest="0" * 64)


def item(load, key, text="", metric=None):
    meta = as_json({"note": text})
    shared = (load.collection_id, load.pk, "d", meta, key)
    return (*shared, "sums", text, as_json([text]), metric, "{}", text, None, text)


def test_texts_arrive_as_they_are(load):
    insert(Item, ITEM, [item(load, str(at), text) for at, text in enumerate(TEXTS)])
    found = Item.objects.order_by("pk").values_list("prompt", "check_answer", "reference", "meta__note")
    assert list(found) == [(text, text, [text], text) for text in TEXTS]


def test_numbers_arrive_as_they_are(load):
    numbers = [None, 0.1, -1e300, 5e-324, 12345678901.25]
    insert(Item, ITEM, [item(load, str(at), metric=number) for at, number in enumerate(numbers)])
    assert list(Item.objects.order_by("pk").values_list("metric", flat=True)) == numbers


def test_bytes_arrive_as_they_are(load):
    content = bytes(range(256))
    insert(Image, IMAGE, [(load.collection_id, load.pk, "d", "{}", "a.png", "image/png", content)])
    assert bytes(Image.objects.get().content) == content


def test_no_rows_are_no_statement(load, django_assert_num_queries):
    with django_assert_num_queries(0):
        insert(Item, ITEM, [])


def test_key_that_is_there_is_an_integrity_error(load):
    insert(Item, ITEM, [item(load, "i1")])
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Item, ITEM, [item(load, "i2"), item(load, "i1")])
    assert Item.objects.count() == 1
