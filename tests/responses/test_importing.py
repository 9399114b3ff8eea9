"""Answers come in chunks; what they are does not hang on where a chunk ends."""

from __future__ import annotations

import pytest

from annotations.catalogue import inserting, pacing
from annotations.responses.importing import IMPORTED
from annotations.responses.models import Exclusion, Response
from tests.releases.case import load, write_bundle

pytestmark = pytest.mark.django_db
RESPONSES = (
    "participant_id,item_id,difficulty,supersedes,excluded,exclusion_reason\n"
    "p1,check-1,10,,,\n"
    "p2,check-1,20,,1,too fast\n"
    "p1,check-1,11,1,,\n"
    "p3,check-1,30,,1,\n"
    "p1,check-1,12,3,,\n"
)


@pytest.mark.parametrize("rows", [1, 2, 3, 1000])
@pytest.mark.parametrize("keys", [1, 1000])
def test_answers_of_any_chunk(tmp_path, monkeypatch, rows, keys):
    for size in ("FIRST", "FEWEST", "MOST"):
        monkeypatch.setattr(pacing, size, rows)
    monkeypatch.setattr(inserting, "MOST_KEYS", keys)
    folder = write_bundle(tmp_path / "rated", protocol="difficulty")
    (folder / "responses.csv").write_text(RESPONSES)
    (folder / "participants.csv").write_text("participant_id,group\np2,experts\n")
    study = load(folder)
    found = Response.objects.order_by("pk").values_list(
        "participant__key", "participant__group", "difficulty", "supersedes__difficulty", "definition_hash"
    )
    hashed = study.version.definition_hash
    assert list(found) == [
        ("p1", "", 10, None, hashed),
        ("p2", "experts", 20, None, hashed),
        ("p1", "", 11, 10, hashed),
        ("p3", "", 30, None, hashed),
        ("p1", "", 12, 11, hashed),
    ]
    excluded = Exclusion.objects.order_by("pk").values_list("response__difficulty", "reason", "decided_by")
    assert list(excluded) == [(20, "too fast", IMPORTED), (30, IMPORTED, IMPORTED)]


def test_checks_are_marked_by_the_grader_of_their_domain(tmp_path):
    folder = write_bundle(tmp_path / "rated", protocol="difficulty", answers=False)
    (folder / "responses.csv").write_text(
        "participant_id,item_id,answer,difficulty,is_check\np1,check-1,$7.00,10,1\np2,check-1,77,10,1\n"
    )
    load(folder)
    assert list(Response.objects.order_by("pk").values_list("check_passed", flat=True)) == [True, False]
