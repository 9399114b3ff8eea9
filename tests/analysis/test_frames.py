"""A study's data as frames: what counts, what does not, and fingerprints."""

from __future__ import annotations

import numpy as np
import pytest

from annotations.analysis import frames
from annotations.analysis.frames import read_study
from annotations.people.models import Participant
from annotations.responses.models import Response
from tests.analysis.bundles import defined, golden_s1, golden_s2, item, load, write_bundle

pytestmark = pytest.mark.django_db

ITEMS = [item("i1", 1), item("i2", 2), item("i3", "")]
SYSTEMS = [{"system": "one"}]
OUTPUTS = [
    {"output_id": "o1", "item_id": "i1", "system": "one", "text": "x", "grade": "incorrect"},
    {"output_id": "o2", "item_id": "i2", "system": "one", "text": "y", "grade": ""},
]


def rated(folder, responses, participants=()):
    return load(
        write_bundle(
            folder, defined("difficulty"), items=ITEMS, responses=responses, participants=participants
        )
    )


def answer(person, key, **columns):
    return {
        "participant_id": person, "item_id": key, "answer": "7", "answer_correct": "", "dont_know": "", "difficulty": "",
        "repeat": "", "is_check": "", "surplus": "", "supersedes": "", "excluded": "", **columns,
    }  # fmt: skip


def test_failures_and_what_does_not_count(tmp_path):
    study = rated(
        tmp_path / "s",
        [
            answer("p1", "i1", answer_correct=1, difficulty=10),
            answer("p1", "i2", answer_correct=0),
            answer("p1", "i3", dont_know=1, difficulty=90),
            answer("p2", "i1", difficulty=50),
            answer("p2", "i2", answer_correct=1, repeat=1),
            answer("p2", "i3", answer_correct=1, surplus=1),
            answer("p3", "i1", answer_correct=1, excluded=1),
            answer("p3", "i2", answer_correct=1, is_check=1),
            answer("p4", "i1", answer_correct=1),
            answer("p4", "i1", answer_correct=0, supersedes=9),
        ],
    )
    data = read_study(study)
    found = {
        (int(item), "" if np.isnan(failed) else failed, "" if np.isnan(rating) else rating)
        for item, failed, rating in zip(
            data.ratings["item"], data.ratings["failed"], data.ratings["difficulty"], strict=True
        )
    }
    assert found == {(0, 0.0, 10.0), (1, 1.0, ""), (2, 1.0, 90.0), (0, "", 50.0), (0, 1.0, "")}
    assert len(data.people) == 3, "who gave no answer that counts is not among the people"
    assert len(data.judgements) == 0


def test_ungraded_outputs_are_outputs(tmp_path):
    responses = [{"participant_id": "p", "output_id": key, "verdict": "unsure"} for key in ("o1", "o2")]
    folder = write_bundle(
        tmp_path / "s",
        defined("supervision"),
        items=ITEMS, systems=SYSTEMS, outputs=OUTPUTS, responses=responses,
    )  # fmt: skip
    data = read_study(load(folder))
    assert data.outputs["grade"].tolist() == [2, -1]
    assert data.judgements["verdict"].tolist() == [3, 3]


def test_what_is_known_of_systems_and_templates(tmp_path):
    systems = [
        {"system": "two", "family": "F", "parameters": 7e9, "flop": "", "shaping": "raw"},
        {"system": "one", "family": "", "parameters": "", "flop": 1e22, "shaping": ""},
    ]
    templates = [{"template": "plain", "weight": 0.5}, {"template": "again", "weight": ""}]
    data = read_study(
        load(
            write_bundle(
                tmp_path / "s",
                defined("supervision"),
                items=ITEMS,
                systems=systems,
                templates=templates,
                outputs=OUTPUTS,
            )
        )
    )
    assert data.systems["key"].tolist() == ["one", "two"]
    assert data.systems["family"].tolist() == ["", "F"]
    assert data.systems["shaping"].tolist() == ["", "raw"]
    assert np.array_equal(data.systems["parameters"], [np.nan, 7e9], equal_nan=True)
    assert np.array_equal(data.systems["flop"], [1e22, np.nan], equal_nan=True)
    assert data.templates["key"].tolist() == ["again", "plain"]
    assert np.array_equal(data.templates["weight"], [np.nan, 0.5], equal_nan=True)


@pytest.mark.parametrize("golden", [golden_s1, golden_s2])
def test_fingerprint_knows_neither_ids_nor_order(tmp_path, golden):
    first = read_study(load(golden(tmp_path / "a"), "one"))
    second = read_study(load(golden(tmp_path / "b", rename="x{}y", reverse=True), "two"))
    assert first.fingerprint == second.fingerprint
    assert first.responses.equals(second.responses)
    assert first.people["digest"].equals(second.people["digest"])


def test_fingerprint_knows_every_answer(tmp_path):
    study = load(golden_s1(tmp_path / "s"))
    before = read_study(study).fingerprint
    response = Response.objects.filter(study=study, answer_correct=True).first()
    Response.objects.filter(pk=response.pk).update(answer_correct=False)
    assert read_study(study).fingerprint != before


def test_who_comes_while_it_is_read_is_nobody_elses(tmp_path, monkeypatch):
    """An answer of a person who enrolled after the people were read must not count as another's."""
    study = rated(
        tmp_path / "s", [answer("p1", "i1", answer_correct=1), answer("p2", "i2", answer_correct=0)]
    )
    before = read_study(study)
    read_people = frames._people

    def and_then_one_comes(study):
        people = read_people(study)
        late = Participant.objects.create(study=study, key="late")
        some = Response.objects.filter(study=study).first()
        Response.objects.create(
            study=study, participant=late, item=some.item, definition_hash="", answer_correct=False
        )
        return people

    monkeypatch.setattr(frames, "_people", and_then_one_comes)
    meanwhile = read_study(study)
    assert meanwhile.fingerprint == before.fingerprint
    assert len(meanwhile.responses) == 2
    monkeypatch.setattr(frames, "_people", read_people)
    assert len(read_study(study).responses) == 3


KINDS = [
    {"participant_id": name, "kind": kind}
    for name, kind in (("p1", "human"), ("p2", "simulated"), ("m1", "ai"), ("m2", "ai"))
]


def test_machine_supervisors_are_never_mixed_with_people(tmp_path):
    answers = [answer(name, "i1", difficulty=40) for name in ("p1", "p2", "m1", "m2")]
    data = read_study(rated(tmp_path / "s", answers, KINDS))
    assert sorted(data.people["kind"]) == ["human", "simulated"]
    assert len(data.ratings) == 2
    assert data.cautions == [
        "The answers of 2 machine supervisors are left out: they are never mixed with people's.",
        "1 of the 2 participants are simulated.",
    ]


def test_machine_supervisors_alone_are_analysed(tmp_path):
    answers = [answer(name, "i1", difficulty=40) for name in ("m1", "m2")]
    data = read_study(rated(tmp_path / "s", answers, KINDS[2:]))
    assert len(data.ratings) == 2
    assert data.cautions == []
