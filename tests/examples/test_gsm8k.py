"""The bundles that ship with the project, and the script that builds them."""

from __future__ import annotations

import csv
import json
import runpy
import sys
from pathlib import Path

import pytest

from annotations.catalogue.bundle import Declared, check_bundle
from annotations.catalogue.graders import grade_answer
from annotations.studies.definition import parse_definition

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
ACCURACY = {
    "6b_finetuning": 0.2168,
    "6b_verification": 0.3904,
    "175b_finetuning": 0.3472,
    "175b_verification": 0.5625,
}
STEPS = {None: 18, 1: 65, 2: 357, 3: 364, 4: 290, 5: 138, 6: 57, 7: 21, 8: 9}


def read_definition(name):
    path = EXAMPLES / name / "study.yaml"
    return parse_definition(path.read_bytes(), file="study.yaml", default_collection=name)


def read_bundle(name):
    definition = read_definition(name)
    declared = Declared(
        protocol=definition.protocol,
        domains=frozenset(domain.name for domain in definition.domains),
        batches=frozenset(batch.name for batch in definition.batches),
        checks_share=definition.checks_asked_for,
    )
    return check_bundle(EXAMPLES / name, declared=declared)


@pytest.fixture(scope="module")
def supervision():
    return read_bundle("gsm8k-supervision")


@pytest.fixture(scope="module")
def difficulty():
    return read_bundle("gsm8k-difficulty")


def test_counts(supervision, difficulty):
    assert supervision.counts == {"items": 1319, "systems": 4, "outputs": 5276}
    assert difficulty.counts == {"items": 1319}
    assert supervision.warnings == difficulty.warnings == []


def test_both_share_one_collection():
    first, second = (EXAMPLES / name / "items.csv" for name in ("gsm8k-supervision", "gsm8k-difficulty"))
    assert first.read_bytes() == second.read_bytes()
    assert read_definition("gsm8k-supervision").collection == "gsm8k"
    assert read_definition("gsm8k-difficulty").collection == "gsm8k"
    assert read_definition("gsm8k-supervision").analysis.difficulty_from == "gsm8k-difficulty"


def test_accuracies(supervision):
    correct = dict.fromkeys(ACCURACY, 0)
    for output in supervision.outputs():
        correct[output.system] += output.grade == "correct"
        assert output.grader == "openai exact match"
    assert {system: round(count / 1319, 4) for system, count in correct.items()} == ACCURACY


def test_metric_counts_calculation_steps(difficulty):
    found = dict.fromkeys(STEPS, 0)
    for item in difficulty.items():
        found[item.metric] += 1
    assert found == STEPS


def test_systems(supervision):
    assert {
        row.system: (row.parameters, row.shaping, row.meta["training"]) for row in supervision.systems()
    } == {
        "6b_finetuning": (6e9, "shaped", "finetuning"),
        "6b_verification": (6e9, "shaped", "verification"),
        "175b_finetuning": (175e9, "shaped", "finetuning"),
        "175b_verification": (175e9, "shaped", "verification"),
    }


def test_participants_read_no_calculator_marks_and_no_solution(supervision):
    for item in supervision.items():
        assert "<<" not in item.prompt
        assert ">>" not in item.prompt
        assert "A:" not in item.prompt
        assert item.meta["worked_solution"] not in item.prompt
        assert item.meta["worked_solution"].endswith(f"A: {item.reference[0]}")
    for output in supervision.outputs():
        assert output.text
        assert "<<" not in output.text
        assert ">>" not in output.text


def test_references_are_numbers_that_the_grader_marks(difficulty):
    for item in difficulty.items():
        assert len(item.reference) == 1
        assert grade_answer("number", item.reference[0], item.reference) is True


@pytest.mark.parametrize("name", ["gsm8k-supervision", "gsm8k-difficulty"])
def test_batch_holds_as_many_answers_as_it_asks_for(name):
    (batch,) = read_definition(name).batches
    assert batch.participants * batch.units_per_participant == batch.units.sample * batch.overlap


@pytest.mark.parametrize("name", ["gsm8k-supervision", "gsm8k-difficulty"])
def test_licence_and_credit(name):
    assert "MIT License" in (EXAMPLES / name / "LICENSE").read_text()
    readme = (EXAMPLES / name / "README.md").read_text()
    assert "openai/grade-school-math" in readme
    assert "3101c7d" in readme


MADE_UP = [
    {
        "question": "Ann has 2 <<2>>pens and buys 3. How many has she?",
        "ground_truth": "She has 2 + 3 = <<2+3=5>>5 pens.\nA: not the last\nA: 1,005",
        "6b_finetuning": {"is_correct": True, "solution": "2 + 3 = <<2+3=5>>5\nA: 5"},
        "6b_verification": {"is_correct": False, "solution": "2 * 3 = $<<2*3=6 and so on\nA: 6"},
        "175b_finetuning": {"is_correct": False, "solution": "<<open <<1+1=2>>2\n5 > 3 and 3 < 5"},
        "175b_verification": {"is_correct": True, "solution": "<<5>4>>x <<"},
    },
    {
        "question": "No marks?",
        "ground_truth": "None.\nA: 0",
        **{system: {"is_correct": True, "solution": "A: 0"} for system in ACCURACY},
    },
]


def build(name, source, out, monkeypatch):
    script = EXAMPLES / name / "build.py"
    monkeypatch.setattr(sys, "argv", [str(script), str(source), "--out", str(out)])
    monkeypatch.setattr(sys, "path", [*sys.path])
    runpy.run_path(str(script), run_name="__main__")
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "solutions.jsonl"
    path.write_text("".join(json.dumps(problem) + "\n" for problem in MADE_UP))
    return path


def test_build_is_the_same_each_time(source, tmp_path, monkeypatch):
    first = build("gsm8k-supervision", source, tmp_path / "first", monkeypatch)
    assert list(first) == ["items.csv", "outputs.csv", "systems.csv"]
    assert build("gsm8k-supervision", source, tmp_path / "second", monkeypatch) == first
    alone = build("gsm8k-difficulty", source, tmp_path / "third", monkeypatch)
    assert alone == {"items.csv": first["items.csv"]}


def test_build_writes_what_the_source_says(source, tmp_path, monkeypatch):
    build("gsm8k-supervision", source, tmp_path / "out", monkeypatch)
    with (tmp_path / "out" / "items.csv").open(newline="") as stream:
        first, second = csv.DictReader(stream)
    assert first == {
        "item_id": "gsm8k-0001",
        "domain": "gsm8k",
        "prompt": "Ann has 2 pens and buys 3. How many has she?",
        "reference": "1,005",
        "metric": "1",
        "worked_solution": MADE_UP[0]["ground_truth"],
    }
    assert (second["item_id"], second["reference"], second["metric"]) == ("gsm8k-0002", "0", "")
    with (tmp_path / "out" / "outputs.csv").open(newline="") as stream:
        outputs = list(csv.DictReader(stream))
    assert [(row["output_id"], row["text"], row["grade"]) for row in outputs[:4]] == [
        ("gsm8k-0001-6b_finetuning", "2 + 3 = 5\nA: 5", "correct"),
        ("gsm8k-0001-6b_verification", "2 * 3 = $\nA: 6", "incorrect"),
        ("gsm8k-0001-175b_finetuning", "\n5 > 3 and 3 < 5", "incorrect"),
        ("gsm8k-0001-175b_verification", "x ", "correct"),
    ]


def test_build_reads_gzip(source, tmp_path, monkeypatch):
    import gzip

    packed = tmp_path / "solutions.jsonl.gz"
    packed.write_bytes(gzip.compress(source.read_bytes()))
    plain = build("gsm8k-difficulty", source, tmp_path / "plain", monkeypatch)
    assert build("gsm8k-difficulty", packed, tmp_path / "packed", monkeypatch) == plain
