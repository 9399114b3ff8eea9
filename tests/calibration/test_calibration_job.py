"""The calibration of golden data, from the bundle to the tables of its run."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import curve_fit
from scipy.special import expit

from annotations.analysis.tables import CALIBRATION_COLUMNS, DIFFICULTY_COLUMNS
from tests.analysis.bundles import defined, golden_s1, item, load, run_of, write_bundle
from tests.statistics.data import close, columns, expected

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_broker")]
LOGISTIC = expected()["s1_synth"]["binomial_logistic_fail_on_proxy"]
FRACTIONAL = expected()["s1_synth"]["fractional_logit_rating"]


@pytest.fixture
def run(tmp_path):
    return run_of(load(golden_s1(tmp_path / "s1", difficulty_target="failure")), "calibration")


def fit(run, target, method):
    (row,) = [row for row in run.rows("calibration") if (row["target"], row["method"]) == (target, method)]
    return row


def test_likelihood_of_failures_is_the_golden_one(run):
    row = fit(run, "failure", "likelihood")
    assert close(row["slope"], LOGISTIC["coef"]["proxy"], 1e-9)
    assert close(row["location"], LOGISTIC["x50"], 1e-9)
    assert (row["floor"], row["ceiling"]) == (0, 1)
    assert (row["n_responses"], row["n_participants"]) == (1416, 60)
    assert row["location_low"] < row["location"] < row["location_high"]


def test_likelihood_of_ratings_is_the_golden_one(run):
    row = fit(run, "rated", "likelihood")
    assert close(row["slope"], FRACTIONAL["coef"]["proxy"], 1e-8)
    assert close(row["location"], -FRACTIONAL["coef"]["intercept"] / FRACTIONAL["coef"]["proxy"], 1e-8)


@pytest.mark.parametrize("target, column, scale", [("failure", "fail", 1), ("rated", "rating", 100)])
def test_least_squares_are_those_of_item_means(run, target, column, scale):
    table = columns("s1_synth.csv")
    keys = sorted(set(table["item"]))
    x = np.array([float(table["proxy"][table["item"] == key][0]) for key in keys])
    y = np.array([table[column][table["item"] == key].astype(float).mean() / scale for key in keys])
    (location, slope), _ = curve_fit(
        lambda x, b, a: expit(a * (x - b)), x, y, p0=[5, 0.5], xtol=1e-14, ftol=1e-14
    )
    row = fit(run, target, "least_squares")
    assert close(row["location"], location, 1e-6)
    assert close(row["slope"], slope, 1e-6)


def test_columns_are_those_of_a_release(run):
    assert all(sorted(row) == sorted(CALIBRATION_COLUMNS) for row in run.rows("calibration"))
    assert all(sorted(row) == sorted(DIFFICULTY_COLUMNS) for row in run.rows("difficulty"))
    assert " ".join(DIFFICULTY_COLUMNS) == (
        "item_id domain population metric n_responses n_participants failure_rate rated_difficulty"
        " difficulty difficulty_low difficulty_high source"
    )
    assert " ".join(CALIBRATION_COLUMNS) == (
        "domain population target method n_items n_responses n_participants location slope floor ceiling"
        " location_low location_high slope_low slope_high spearman rmse warnings"
    )


def test_every_item_has_its_means_and_a_value_in_its_interval(run):
    table = columns("s1_synth.csv")
    rows = run.rows("difficulty")
    assert [row["item_id"] for row in rows] == sorted(set(table["item"]))
    for row in rows:
        mine = table["item"] == row["item_id"]
        assert row["n_responses"] == mine.sum()
        assert row["n_participants"] == len(set(table["participant"][mine]))
        assert close(row["failure_rate"], table["fail"][mine].astype(float).mean(), 1e-9)
        assert close(row["rated_difficulty"], table["rating"][mine].astype(float).mean(), 1e-9)
        assert 0 <= row["difficulty_low"] < row["difficulty"] < row["difficulty_high"] <= 100
        assert row["source"] == "both"


@pytest.mark.parametrize("method", ["mixed", "isotonic"])
def test_every_declared_method_is_served(tmp_path, method):
    run = run_of(load(golden_s1(tmp_path / "s1", method=method)), "calibration")
    first, *others = run.rows("calibration")
    assert (first["method"], first["target"]) == (method, "rated")
    plain = next(row for row in others if (row["method"], row["target"]) == ("likelihood", "rated"))
    assert abs(first["location"] - plain["location"]) < 0.5
    assert method in {row["method"] for row in run.rows("calibration_curve")}
    assert run.figures.exists()


@pytest.mark.parametrize("target, column", [("failure", "fail"), ("rated", "rating")])
def test_reliability_of_the_axis_is_that_of_its_halves(tmp_path, target, column):
    run = run_of(load(golden_s1(tmp_path / "s1", difficulty_target=target)), "calibration")
    table = columns("s1_synth.csv")
    people, items = (np.unique(table[name], return_inverse=True)[1] for name in ("participant", "item"))
    y = table[column].astype(float)
    rng, found = np.random.default_rng(5), []
    for _ in range(200):
        half = (rng.permutation(60) < 30)[people]
        means = [np.bincount(items[one], y[one]) / np.bincount(items[one]) for one in (half, ~half)]
        found.append(np.corrcoef(*means)[0, 1])
    r = np.mean(found)
    (one,) = run.summary["reliability"].values()
    assert one["target"] == target
    assert abs(one["split_half"] - 2 * r / (1 + r)) < 0.01
    assert one["n_participants"] == 60


def test_noisy_axis_is_warned_of(tmp_path):
    """Twelve people who rate by chance tell nothing about the items."""
    rng = np.random.default_rng(2)
    items = [item(f"i{number}", number) for number in range(10)]
    answers = [
        {"participant_id": f"p{person}", "item_id": one["item_id"], "difficulty": int(rng.integers(101))}
        for person in range(12)
        for one in items
    ]
    folder = write_bundle(tmp_path / "noise", defined("difficulty"), items=items, responses=answers)
    run = run_of(load(folder), "calibration")
    assert run.summary["reliability"]["synth"]["split_half"] < 0.8
    assert any("split-half reliability is" in sentence for sentence in run.warnings)
