"""Inferred grades against the published table, a plain EM, and simulated truths."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.statistics.dawidskene import dawid_skene

from .data import close, columns, expected


def codes(found) -> set[str]:
    return {caution.code for caution in found.warnings}


def anaesthetists():
    table = columns("dawid_skene_1979_anaesthetists.csv")
    return table["item"].astype(int), table["rater"].astype(int), table["rating"].astype(int) - 1


def world(seed, units=40, people=7, each=4, kinds=3, care=0.8):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, kinds, units)
    unit = np.repeat(np.arange(units), each)
    person = np.concatenate([rng.permutation(people)[:each] for _ in range(units)])
    right = rng.random(unit.size) < care
    return unit, person, np.where(right, truth[unit], rng.integers(0, kinds, unit.size)), truth


def slow_twin(unit, person, label, kinds, steps):
    """EM from the shares of labels, one label at a time; `steps` rounds of both halves."""
    units, people = unit.max() + 1, person.max() + 1
    posterior = np.zeros((units, kinds))
    for u, said in zip(unit, label, strict=True):
        posterior[u, said] += 1
    posterior /= posterior.sum(axis=1, keepdims=True)
    for _ in range(steps):
        prior = posterior.mean(axis=0)
        confusion = np.zeros((people, kinds, kinds))
        for u, p, said in zip(unit, person, label, strict=True):
            confusion[p, :, said] += posterior[u]
        total = confusion.sum(axis=2, keepdims=True)
        confusion = np.divide(confusion, total, out=np.full_like(confusion, np.nan), where=total > 0)
        joint = np.tile(prior, (units, 1))
        for u, p, said in zip(unit, person, label, strict=True):
            joint[u] *= np.where(np.isnan(confusion[p, :, said]), 1 / kinds, confusion[p, :, said])
        mass = joint.sum(axis=1)
        posterior = joint / mass[:, None]
    return prior, confusion, posterior, np.log(mass).sum()


def test_dawid_skene_golden():
    wanted = expected()["dawid_skene_1979 (EM to marginal log likelihood change < 1e-9)"]
    found = dawid_skene(*anaesthetists(), n_labels=4, seed=1)
    assert all(close(*pair) for pair in zip(found.prior, wanted["priors"], strict=True))
    assert close(found.log_likelihood, wanted["loglik"])
    assert found.converged
    assert found.agreeing > 1
    assert found.participant.tolist() == [1, 2, 3, 4, 5]
    assert found.n_labels.tolist() == [135, 45, 45, 45, 45]


@pytest.mark.parametrize("seed", range(4))
def test_dawid_skene_step_equals_the_slow_twin(seed):
    unit, person, label, _ = world(seed)
    for steps in (1, 2, 30):
        prior, confusion, posterior, likelihood = slow_twin(unit, person, label, 3, steps)
        found = dawid_skene(unit, person, label, n_labels=3, seed=1, starts=1, steps=steps, tolerance=0.0)
        assert found.steps == steps
        assert np.allclose(found.prior, prior)
        assert np.allclose(found.posterior, posterior)
        assert np.allclose(found.confusion, confusion, equal_nan=True)
        assert close(found.log_likelihood, likelihood)


def test_dawid_skene_finds_the_truth_and_the_careless():
    rng = np.random.default_rng(3)
    truth, care = rng.integers(0, 2, 300), np.array([0.95, 0.9, 0.85, 0.6, 0.5])
    unit, person = (a.ravel() for a in np.indices((300, 5)))
    label = np.where(rng.random(unit.size) < care[person], truth[unit], 1 - truth[unit])
    found = dawid_skene(unit, person, label, n_labels=2, seed=1)
    assert np.mean(found.label == truth) > 0.95
    right = found.confusion[:, [0, 1], [0, 1]].mean(axis=1)
    assert np.allclose(right, care, atol=0.08)
    majority = (np.bincount(unit, label) > 2.5).astype(int)
    assert np.mean(found.label == truth) > np.mean(majority == truth)
    assert codes(found) == {"inferred"}
    assert found.inferred


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_dawid_skene_ignores_order_and_labels_of_people_and_units(seed):
    rng = np.random.default_rng(seed)
    unit, person, label, _ = world(seed % 50)
    order, names = rng.permutation(unit.size), rng.permutation(60)
    found = dawid_skene(unit, person, label, n_labels=3, seed=1, starts=1)
    again = dawid_skene(names[unit][order], names[person][order], label[order], n_labels=3, seed=1, starts=1)
    assert close(found.log_likelihood, again.log_likelihood)
    assert np.allclose(found.posterior, again.posterior[np.argsort(np.argsort(names[:40]))], atol=1e-4)


def test_dawid_skene_renamed_classes_stay_with_their_labels():
    unit, person, label, _ = world(5, units=100)
    order = np.array([2, 0, 1])
    found = dawid_skene(unit, person, label, n_labels=3, seed=1, starts=1)
    again = dawid_skene(unit, person, order[label], n_labels=3, seed=1, starts=1)
    assert np.allclose(found.posterior, again.posterior[:, order], atol=1e-5)


def test_dawid_skene_classes_that_traded_names_are_given_back():
    """From far starts EM ends with traded names too; no result shows it."""
    unit, person, label, truth = world(6, units=150, each=6, care=0.7)
    found = dawid_skene(unit, person, label, n_labels=3, seed=2, starts=12)
    assert np.mean(found.label == truth) > 0.85
    assert np.all(np.nanmean(found.confusion, axis=0).diagonal() > 0.5)


def test_dawid_skene_smoothing_draws_error_rates_inwards():
    unit, person, label, _ = world(7)
    plain = dawid_skene(unit, person, label, n_labels=3, seed=1, starts=1)
    smooth = dawid_skene(unit, person, label, n_labels=3, seed=1, starts=1, smoothing=1.0)
    assert np.nanmin(plain.confusion) == pytest.approx(0, abs=1e-6)
    assert np.min(smooth.confusion) > 0.01
    assert smooth.log_likelihood < plain.log_likelihood


@pytest.mark.parametrize(
    ("unit", "person", "label", "code"),
    [
        ([], [], [], "no_data"),
        ([0, 1, 2], [4, 4, 4], [0, 1, 0], "one_participant"),
        ([0, 0, 1, 1], [0, 1, 0, 1], [1, 1, 1, 1], "constant"),
        ([0, 1, 2, 3], [0, 1, 0, 1], [0, 1, 0, 1], "no_overlap"),
    ],
)
def test_dawid_skene_degenerate(unit, person, label, code):
    found = dawid_skene(*(np.array(part, int) for part in (unit, person, label)), n_labels=2, seed=1)
    assert codes(found) == {code}
    assert np.isnan(found.posterior).all()
    assert math.isnan(found.log_likelihood)
    assert np.all(found.label == -1)


def test_dawid_skene_cautions():
    found = dawid_skene([0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 1, 1], n_labels=2, seed=1)
    assert codes(found) >= {"inferred", "two_labels", "few_labels"}
    unit, person, label, _ = world(8, care=0.4)
    assert "not_converged" in codes(dawid_skene(unit, person, label, n_labels=3, seed=1, steps=3))


@settings(max_examples=25)
@given(st.data())
def test_dawid_skene_of_any_small_data_gives_numbers_or_reasons(data):
    size = data.draw(st.integers(0, 12))
    unit, person, label = (
        np.array(data.draw(st.lists(st.integers(0, 2), min_size=size, max_size=size)), int) for _ in range(3)
    )
    found = dawid_skene(unit, person, label, n_labels=3, seed=1, starts=2, steps=200)
    assert found.warnings
    assert np.isfinite(found.posterior).all() or math.isnan(found.log_likelihood)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"label": [0, 2]}, "label"),
        ({"n_labels": 1}, "n_labels"),
        ({"starts": 0}, "starts"),
        ({"smoothing": -1.0}, "smoothing"),
        ({"unit": [0.5, 1.0]}, "unit"),
    ],
)
def test_dawid_skene_refuses_bad_input(change, match):
    good = {"unit": [0, 1], "participant": [0, 1], "label": [0, 1], "n_labels": 2, "seed": 1}
    with pytest.raises(ValueError, match=match):
        dawid_skene(**{**good, **change})
