"""The README of a release, made from contents that a test can think up."""

from __future__ import annotations

import dataclasses
import json

import pytest

from annotations.releases.codebook import codebook
from annotations.releases.contents import files_in
from annotations.releases.croissant import croissant
from annotations.releases.datasheet import datasheet
from annotations.releases.folder import contents_of


@pytest.fixture
def contents(folder):
    return contents_of(folder)


def test_it_tells_the_composition(contents):
    text = datasheet(contents)
    for line in (
        "- Participants: 1 machine supervisors, whose verdicts were imported",
        "- Participants: 12 people",
        "- Items: 19; by domain: sums 10, words 9",
        "- Of the responses, 3 are corrections of an earlier answer",
        'too fast, "clearly" 1',
        "> Line one.",
        "- Batch `main`: 20 places, 6 units a participant, up to 2 counted responses a unit",
        "- systems, licence: MIT",
        "highest revision of a grade: 3",
    ):
        assert line in text, line
    assert "SIMULATED" not in text


def test_every_method_has_its_mark_and_recalled_is_not_sold_as_read(contents):
    lines = [
        line for line in datasheet(contents).splitlines() if line.startswith("- ") and "`calibration`" in line
    ]
    assert any("(ours)" in line and "this curve family is recalled" in line for line in lines)
    text = datasheet(contents)
    assert "believed to be its way and not checked" in text
    assert "for each true grade (recalled)" in text
    assert "other people like these would do on other outputs like these" in text


def test_warnings_of_the_runs_are_told(contents, folder):
    warnings = [
        one for run in json.loads((folder / "manifest.json").read_text())["runs"] for one in run["warnings"]
    ]
    assert warnings
    text = datasheet(contents)
    assert all(" ".join(warning.split()) in text for warning in warnings)


@pytest.mark.parametrize(
    "kinds, words",
    [
        ({"simulated": 3}, "EVERY PARTICIPANT IS SIMULATED"),
        ({"simulated": 1, "human": 2}, "SOME PARTICIPANTS ARE SIMULATED"),
    ],
)
def test_simulated_people_are_said_loudly_everywhere(contents, folder, kinds, words):
    contents.census.kinds.clear()
    contents.census.kinds.update(kinds)
    assert f"**{words}" in datasheet(contents)
    assert croissant(contents, files_in(folder))["description"].startswith(words)
    notes = {
        line.rsplit(",", 1)[1]
        for line in codebook(contents.census).splitlines()
        if line.startswith("difficulty,")
    }
    assert all("SIMULATED" in note for note in notes)


def test_study_collected_elsewhere_says_so(contents):
    elsewhere = dataclasses.replace(contents, definition=contents.definition | {"batches": []})
    assert "No batch is declared" in datasheet(elsewhere)
