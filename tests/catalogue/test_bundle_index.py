"""Keys are found whether they lie in memory or in the file, and none for another."""

from __future__ import annotations

import pytest

from annotations.catalogue.bundle import index
from annotations.catalogue.bundle.index import Index
from tests.catalogue.bundle_case import SOUND, check, faults

KEYS = ["a", "A", "ä", "a\u0308", "", "0", "a\0b", "\ud800", "x" * 300, *(f"key-{at}" for at in range(20))]


@pytest.fixture(params=[1, 3, 1000])
def held(monkeypatch, request):
    """How many keys are held in memory."""
    monkeypatch.setattr(index, "HELD", request.param)
    return request.param


def test_every_key_keeps_its_first_value(held):
    keys = Index(2)
    assert [keys.setdefault(key, (at, key[:1])) for at, key in enumerate(KEYS) if key != "\ud800"]
    for at, key in enumerate(KEYS):
        if key != "\ud800":
            assert keys.setdefault(key, (-1, "")) == keys.get(key) == (at, key[:1])
    assert len(keys) == len(KEYS) - 1


def test_keys_of_any_characters_are_apart(held):
    keys = Index()
    for at, key in enumerate(KEYS):
        keys.setdefault(key, (at,))
    assert [keys.get(key) for key in KEYS] == [(at,) for at in range(len(KEYS))]
    assert sorted(keys) == sorted(KEYS)
    assert "b" not in keys
    assert None not in keys


def test_no_room_for_keys_is_an_error_of_the_system(monkeypatch):
    monkeypatch.setattr(index, "HELD", 100)
    monkeypatch.setattr(index, "SETTINGS", (*index.SETTINGS, "PRAGMA max_page_count = 8"))
    keys = Index()

    def fill():
        for at in range(10_000):
            keys.setdefault(f"a key of some length {at}", (at,))

    with pytest.raises(OSError, match="no room"):
        fill()


def test_faults_of_a_bundle_do_not_hang_on_where_its_keys_lie(tmp_path, held):
    assert not faults(tmp_path)
    found = faults(
        tmp_path,
        items=SOUND["items"] + "i1,sums,1 + 1?,2,1\n",
        outputs=SOUND["outputs"] + "o1,i2,alpha,plain,5,,\no4,i7,alpha,plain,5,,\n",
        grades="output_id,grade,grader,revision\no1,correct,x,1\no2,correct,x,2\no2,correct,y,2\no9,correct,x,\n",
        participants=SOUND["participants"] + "p1,human,\n",
        responses="participant_id,item_id,output_id,verdict,supersedes\n"
        "p1,,o1,correct,\np2,,o1,correct,1\np1,i2,o1,correct,\np1,i1,o1,correct,1\n",
    )
    assert [(file.partition(".")[0], line, column) for file, line, column, _ in found] == [
        ("items", 4, "item_id"),
        ("outputs", 4, "output_id"),
        ("outputs", 5, "item_id"),
        ("grades", 2, "revision"),
        ("grades", 4, "revision"),
        ("grades", 5, "output_id"),
        ("participants", 4, "participant_id"),
        ("responses", 3, "supersedes"),
        ("responses", 4, "item_id"),
        ("responses", 5, "supersedes"),
    ]


def test_rows_of_a_sound_bundle_do_not_hang_on_where_its_keys_lie(tmp_path, held):
    assert check(tmp_path).counts["outputs"] == 2
