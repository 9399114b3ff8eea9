"""Indicators of systems, from the bundle to the tables of the run."""

from __future__ import annotations

import csv
import shutil

import pytest
from django.conf import settings

from annotations.analysis.tables import RELIABILITY_COLUMNS, RELIABILITY_SCALE_COLUMNS
from annotations.reliability import compute
from tests.analysis.bundles import analyse, defined, item, load, run_of, write_bundle

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_broker")]
SYSTEMS = [
    {"system": "raw", "family": "F", "parameters": 1e9, "flop": 1e21, "shaping": "raw"},
    {"system": "large", "family": "F", "parameters": 1e11, "flop": "", "shaping": "raw"},
    {"system": "shaped", "family": "F", "parameters": 1e9, "flop": 1e21, "shaping": "shaped"},
    {"system": "alone", "family": "", "parameters": "", "flop": "", "shaping": ""},
]
TEMPLATES = [{"template": "often", "weight": 3}, {"template": "seldom", "weight": 1}]
WORDS = {"c": "correct", "a": "avoidant", "i": "incorrect", "": ""}
ITEMS = 40


def grade_of(system, number, template):
    """raw and large: correct on the easier half under `often`, else wrong or avoidant in turn."""
    if system == "alone":
        return "i" if number else ""
    if number < ITEMS / 2:
        return "c" if template == "often" or number % 2 else "i"
    if system == "shaped":
        return "i"
    return "i" if system == "large" or number % 2 else "a"


def bundle(folder, *, systems=SYSTEMS, templates=TEMPLATES, grade=grade_of, **analysis):
    outputs = [
        {
            "output_id": f"{one['system']}-{number:02d}-{other['template']}",
            "item_id": f"i{number:02d}",
            "system": one["system"],
            "template": other["template"],
            "text": "x",
            "grade": WORDS[grade(one["system"], number, other["template"])],
        }
        for one in systems
        for number in range(ITEMS)
        for other in templates
    ]
    return write_bundle(
        folder,
        defined("supervision", analysis={"bins": 4, **analysis}),
        items=[item(f"i{number:02d}", number) for number in range(ITEMS)],
        systems=systems,
        templates=templates,
        outputs=outputs,
        responses=[{"participant_id": "p", "output_id": outputs[0]["output_id"], "verdict": "unsure"}],
    )


def found(run, indicator, system="raw", number=None, template=""):
    (row,) = [
        row
        for row in run.rows("reliability")
        if (row["indicator"], row["system"], row["bin"], row["template"])
        == (indicator, system, number, template)
    ]
    return row


def change(run, indicator, against):
    rows = run.rows("reliability_scale")
    (row,) = [row for row in rows if (row["indicator"], row["against"]) == (indicator, against)]
    return row


@pytest.fixture
def run(tmp_path):
    return run_of(load(bundle(tmp_path / "s", resamples=60)), "reliability")


def test_shares_by_the_weight_of_templates(run):
    """Easier half: often correct (3 of 4), seldom on odd items; harder half: wrong on odd items, else avoidant."""
    correct = found(run, "correctness")
    assert correct["value"] == pytest.approx((0.75 + 0.25 / 2) / 2)
    assert (correct["n"], correct["n_items"]) == (80, 40)
    assert correct["low"] < correct["value"] < correct["high"]
    assert found(run, "avoidance")["value"] == pytest.approx(0.25)
    assert found(run, "prudence")["value"] == pytest.approx(correct["value"] + 0.25)
    wrong = found(run, "ultracrepidarianism")
    assert wrong["value"] == pytest.approx((0.25 / 2 / 2 + 0.25) / (1 - correct["value"]))
    assert (wrong["n"], wrong["n_items"]) == (10 + 40, 10 + 20)
    assert found(run, "template_correctness", template="often")["value"] == 0.5
    assert found(run, "template_correctness", template="seldom")["value"] == 0.25


def test_bins_are_the_domains_own_and_the_easiest_stands_out(run):
    easiest = found(run, "easiest_correct", number=1)
    assert easiest["value"] == pytest.approx(0.875)
    assert (easiest["n"], easiest["n_items"]) == (20, 10)
    assert found(run, "easiest_incorrect", number=1)["value"] == pytest.approx(0.125)
    assert found(run, "correctness", number=4)["value"] == 0
    assert found(run, "correctness", number=4)["high"] > 0, "no failure seen is not certainty"
    lows = [found(run, "correctness", number=number)["difficulty_low"] for number in range(1, 5)]
    assert lows == sorted(lows)
    assert run.summary["domains"]["synth"]["bins"] == 4


def test_concordance_in_its_three_forms_and_stability_with_both_parts(run):
    concordance, spread = (found(run, f"{name}_correctness")["value"] for name in ("concordance", "spread"))
    assert concordance == pytest.approx(1 / (1 + spread))
    assert found(run, "generality_correctness")["value"] == pytest.approx(1 / spread)
    flat, excess = (found(run, f"{name}_correctness")["value"] for name in ("flat", "excess"))
    assert concordance == pytest.approx(flat + excess)
    assert found(run, "spread_correctness")["low"] < spread < found(run, "spread_correctness")["high"]
    # A success under `often` is one under `seldom` on half of the easier items; the other way always.
    inner = found(run, "stability_in_correctness")["value"]
    assert inner == pytest.approx((20 * 3 * 0.5 + 10 * 1) / (20 * 3 + 10))
    outer = found(run, "stability_out_correctness")["value"]
    assert found(run, "stability_correctness")["value"] == pytest.approx((inner + outer) / 2)
    assert found(run, "best_less_mean", number=1)["value"] == pytest.approx(1 - 0.875)


def test_size_and_shaping_within_the_family(run):
    wrong = {name: found(run, "ultracrepidarianism", name)["value"] for name in ("raw", "large", "shaped")}
    slope = change(run, "ultracrepidarianism", "parameters")
    assert (slope["family"], slope["n"]) == ("F", 3)
    assert slope["value"] == pytest.approx((wrong["large"] - (wrong["raw"] + wrong["shaped"]) / 2) / 2)
    contrast = change(run, "ultracrepidarianism", "shaping")
    assert (contrast["raw"], contrast["shaped"], contrast["n_items"]) == ("raw", "shaped", ITEMS)
    assert contrast["value"] == pytest.approx(wrong["shaped"] - wrong["raw"])
    assert change(run, "ultracrepidarianism", "flop")["value"] is None
    assert any("slopes need two systems of different size" in one for one in run.warnings)


def test_columns_and_figures_are_those_of_a_release(run):
    assert all(sorted(row) == sorted(RELIABILITY_COLUMNS) for row in run.rows("reliability"))
    assert all(sorted(row) == sorted(RELIABILITY_SCALE_COLUMNS) for row in run.rows("reliability_scale"))
    figures = {figure.name: figure for figure in run.figures.all()}
    assert sorted(figures) == [
        "grades-by-difficulty-synth", "scale-parameters-synth", "templates-by-difficulty-synth",
    ]  # fmt: skip
    grades = figures["grades-by-difficulty-synth"]
    assert "metric rank, not human difficulty" in grades.svg
    assert "raw, correct from 88 to 0 and incorrect from 12 to 50" in grades.alt
    assert all(figure.dark and figure.dark != figure.svg for figure in figures.values())


def test_ungraded_outputs_are_said_and_a_system_without_family_has_no_slope(run):
    assert any("outputs have no grade" in one for one in run.warnings)
    assert found(run, "correctness", "alone")["n_items"] == ITEMS - 1
    assert found(run, "spearman", "alone")["value"] is None
    assert any("have no spearman: difficulty or correctness does not vary" in one for one in run.warnings)
    assert {row["family"] for row in run.rows("reliability_scale")} == {"F"}


def test_nothing_graded_is_an_answer(tmp_path):
    run = run_of(load(bundle(tmp_path / "s", grade=lambda *_: "")), "reliability")
    assert run.rows("reliability") == run.rows("reliability_scale") == []
    assert "No output carries a grade: there are no indicators of systems." in run.warnings
    assert not run.figures.exists()


def test_weights_that_some_templates_lack_are_not_guessed(tmp_path):
    templates = [TEMPLATES[0], {"template": "seldom", "weight": ""}]
    run = run_of(load(bundle(tmp_path / "s", templates=templates)), "reliability")
    assert found(run, "correctness")["value"] == pytest.approx((0.5 + 0.25) / 2)
    assert "synth: 1 of 2 templates have no weight: all are taken to weigh the same." in run.warnings


def test_one_template_and_a_perfect_step_say_what_is_missing(tmp_path):
    grade = lambda _, number, __: "c" if number < ITEMS / 2 else "i"  # noqa: E731
    run = run_of(load(bundle(tmp_path / "s", templates=TEMPLATES[:1], grade=grade)), "reliability")
    assert found(run, "concordance_correctness")["value"] == 1
    assert found(run, "generality_correctness")["value"] is None
    assert any("generality are blank: success is a perfect step" in one for one in run.warnings)
    assert any("There is one template" in one for one in run.warnings)


def test_resamples_are_bounded_and_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(compute, "MOST_WORK", 1)
    run = run_of(load(bundle(tmp_path / "s", resamples=150)), "reliability")
    assert run.summary["domains"]["synth"]["resamples"] == 100
    assert any("100 resamples of items instead of 150" in one for one in run.warnings)


def test_alone_and_the_same_again(tmp_path):
    study = load(bundle(tmp_path / "s", resamples=30))
    first = analyse(study, only=("reliability",)).result["runs"]
    assert list(first) == ["reliability"]
    assert analyse(study, only=("reliability",)).result["runs"] == first


def test_kernel_check_on_the_shipped_solutions(tmp_path):
    """Concordance with calculation steps on the 1,301 items that have them, by the metric's rank."""
    example, folder = settings.EXAMPLES / "gsm8k-supervision", tmp_path / "s"
    domain = {"name": "gsm8k"}
    with (example / "outputs.csv").open(newline="") as file:
        judged = next(csv.DictReader(file))["output_id"]
    answers = [{"participant_id": "p", "output_id": judged, "verdict": "unsure"}]
    write_bundle(folder, defined("supervision", domain=domain), responses=answers)
    for name in ("items", "outputs", "systems"):
        shutil.copy(example / f"{name}.csv", folder)
    run = run_of(load(folder), "reliability")
    values = {
        name: tuple(
            round(found(run, indicator, name)["value"], 4)
            for indicator in ("concordance_correctness", "correctness")
        )
        for name in ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")
    }
    assert values == {
        "6b_finetuning": (0.0921, 0.2168), "6b_verification": (0.0788, 0.3904),
        "175b_finetuning": (0.0761, 0.3472), "175b_verification": (0.0751, 0.5625),
    }  # fmt: skip
    assert found(run, "concordance_correctness", "6b_finetuning")["n_items"] == 1301
