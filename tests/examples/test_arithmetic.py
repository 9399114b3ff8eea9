"""The generated bundles: the scripts give the files that ship, and the files say what they should."""

from __future__ import annotations

import csv
import runpy
import sys
from collections import Counter
from pathlib import Path

import pytest

from annotations.catalogue.graders import grade_answer
from tests.examples.test_gsm8k import EXAMPLES, read_bundle, read_definition

BUNDLES = ("arithmetic-difficulty", "arithmetic-supervision")


def table(bundle, name):
    with (EXAMPLES / bundle / f"{name}.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def items():
    return {row["item_id"]: row for row in table("arithmetic-supervision", "items")}


@pytest.fixture(scope="module")
def outputs():
    return table("arithmetic-supervision", "outputs")


def scored(rows):
    return [row for row in rows if not row["check"]]


@pytest.mark.parametrize("name", BUNDLES)
def test_build_gives_the_files_that_ship(name, tmp_path, monkeypatch):
    script = EXAMPLES / name / "build.py"
    monkeypatch.setattr(sys, "argv", [str(script), "--out", str(tmp_path)])
    monkeypatch.setattr(sys, "path", [*sys.path])
    runpy.run_path(str(script), run_name="__main__")
    built = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert built == {path.name: path.read_bytes() for path in (EXAMPLES / name).glob("*.csv")}


def test_bundles_are_sound():
    difficulty, supervision = (read_bundle(name) for name in BUNDLES)
    assert difficulty.counts == {"items": 200}
    assert supervision.counts == {"items": 200, "systems": 6, "templates": 6, "outputs": 1540}
    assert difficulty.warnings == supervision.warnings == []


def test_both_share_one_collection():
    first, second = (EXAMPLES / name / "items.csv" for name in BUNDLES)
    assert first.read_bytes() == second.read_bytes()
    assert {read_definition(name).collection for name in BUNDLES} == {"arithmetic"}
    assert read_definition(BUNDLES[1]).analysis.difficulty_from == BUNDLES[0]


def test_metric_counts_carries(items):
    additions = [row for row in scored(items.values()) if row["domain"] == "addition"]
    assert Counter(row["metric"] for row in additions) == {str(carries): 10 for carries in range(10)}
    for row in additions:
        first, second = row["prompt"].removeprefix("What is ").rstrip("?").split(" + ")
        assert int(first) + int(second) == int(row["reference"])
        # A carry takes nine off the sum of the digits.
        digits = sum(map(int, first + second)) - sum(map(int, row["reference"]))
        assert digits == 9 * int(row["metric"])


def test_metric_counts_letters(items):
    anagrams = [row for row in scored(items.values()) if row["domain"] == "anagram"]
    assert Counter(row["metric"] for row in anagrams) == {str(letters): 12 for letters in range(3, 11)}
    for row in anagrams:
        letters = row["prompt"].partition(": ")[2].rstrip("?").lower().split()
        assert sorted(letters) == sorted(row["reference"])
        assert "".join(letters) != row["reference"]
        assert len(letters) == int(row["metric"])


def test_no_word_is_an_anagram_of_another():
    words = (EXAMPLES / "arithmetic-words.txt").read_text().split()
    assert len({"".join(sorted(word)) for word in words}) == len(words) == 104


def test_own_answers_are_marked_automatically(items):
    graders = {domain.name: domain.grader for domain in read_definition(BUNDLES[0]).domains}
    assert graders == {"addition": "number", "anagram": "text"}
    for row in items.values():
        grader = graders[row["domain"]]
        assert grade_answer(grader, f" {row['reference'].upper()} ", [row["reference"]]) is True
        assert grade_answer(grader, f"{row['reference']}0", [row["reference"]]) is False


def test_systems_say_that_they_are_simulated():
    systems = table("arithmetic-supervision", "systems")
    assert {row["family"] for row in systems} == {"Abacus (simulated)", "Quill (simulated)"}
    assert {row["shaping"] for row in systems} == {"raw", "shaped"}
    assert len({row["parameters"] for row in systems}) == 4
    for row in systems:
        assert row["system"].startswith("simulated-")
        assert row["simulated"] == "yes"
    definition = read_definition("arithmetic-supervision")
    assert "simulated" in definition.title
    assert "simulated" in definition.debrief["en"]
    assert "computer program" in definition.consent["en"]


def test_templates_have_weights(outputs):
    templates = {row["template"]: row for row in table("arithmetic-supervision", "templates")}
    for domain in ("addition", "anagram"):
        assert sum(
            float(row["weight"]) for row in templates.values() if row["domain"] == domain
        ) == pytest.approx(1)
    used = Counter(row["template"] for row in scored(outputs))
    assert set(used) == set(templates)
    phrasings = Counter((row["item_id"], row["system"]) for row in scored(outputs))
    assert Counter(phrasings.values()) == {1: 166 * 6, 3: 30 * 6}


def test_grades_say_what_the_texts_are(items, outputs):
    for row in outputs:
        item = items[row["item_id"]]
        assert (item["reference"] in row["text"]) == (row["grade"] == "correct") or item["check"]
        assert bool(row["avoidance_kind"]) == (row["grade"] == "avoidant")
    found = Counter(row["avoidance_kind"] for row in scored(outputs))
    assert set(found) == {"", "nonconforming", "epistemic", "ethical"}


def test_wrong_answers_look_like_right_ones(items, outputs):
    """Whoever looks at the kind of text alone cannot tell."""
    for row in scored(outputs):
        if row["grade"] == "incorrect" and items[row["item_id"]]["domain"] == "addition":
            right = items[row["item_id"]]["reference"]
            said = "".join(c if c.isdigit() else " " for c in row["text"]).split()[-1]
            assert abs(len(said) - len(right)) <= 1
    by_grade = {
        grade: {
            row["text"].split()[0] for row in scored(outputs) if row["grade"] == grade and " " in row["text"]
        }
        for grade in ("correct", "incorrect")
    }
    openings = {"The", "Adding", "These", "It"}
    assert openings <= by_grade["correct"]
    assert openings <= by_grade["incorrect"]


def test_shaped_systems_avoid_less_and_err_more_than_raw_ones_of_the_same_size(outputs):
    found = Counter((row["system"].removeprefix("simulated-"), row["grade"]) for row in scored(outputs))
    for raw in ("abacus-70b", "quill-7b"):
        assert found[f"{raw}-shaped", "avoidant"] < found[raw, "avoidant"]
        assert found[f"{raw}-shaped", "incorrect"] > found[raw, "incorrect"]
        assert found[f"{raw}-shaped", "correct"] > found[raw, "correct"]


def test_checks(items, outputs):
    checks = {row["item_id"]: row for row in items.values() if row["check"]}
    assert len(checks) == 4
    for row in checks.values():
        assert "only checks that you are reading" in row["prompt"]
        assert row["check"] == row["reference"]
    judged = [row for row in outputs if row["check"]]
    assert {row["item_id"] for row in judged} == set(checks)
    assert {row["check"] for row in judged} == {"correct", "incorrect", "avoidant"}
    for row in judged:
        assert row["check"] == row["grade"]
    assert not {row["item_id"] for row in scored(outputs)} & set(checks)


@pytest.mark.parametrize("name", BUNDLES)
def test_batch_holds_as_many_answers_as_it_asks_for(name, items, outputs):
    (batch,) = read_definition(name).batches
    units = batch.units.sample or len(scored(items.values()))
    checks = read_definition(name).checks.share
    wanted = batch.participants * batch.units_per_participant * (1 - checks)
    assert wanted <= units * batch.overlap <= batch.participants * batch.units_per_participant


@pytest.mark.parametrize("name", BUNDLES)
def test_readme_says_where_it_comes_from(name):
    readme = (EXAMPLES / name / "README.md").read_text()
    assert "python build.py" in readme
    assert "CC0-1.0" in readme


def test_examples_are_small():
    assert sum(path.stat().st_size for name in BUNDLES for path in Path(EXAMPLES / name).iterdir()) < 500_000
