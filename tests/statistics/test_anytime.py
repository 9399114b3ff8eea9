"""Evidence that may be looked at after every observation: false alarms keep to their level, looks or no."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from annotations.statistics.anytime import evidence_against_mean

PEOPLE, ANSWERS = 1_500, 150


def ever(rng, share, bound, level):
    """The share of people, whose mean is `share`, for whom the evidence ever reaches 1/level."""
    found = [
        evidence_against_mean((rng.random(ANSWERS) < share).astype(float), bound=bound).highest >= 1 / level
        for _ in range(PEOPLE)
    ]
    return sum(found)


@pytest.mark.parametrize(("bound", "level"), [(0.1, 0.05), (0.3, 0.02), (0.7, 0.05)])
def test_of_those_at_the_bound_no_more_than_the_level_ever_have_an_alarm(bound, level):
    alarms = ever(np.random.default_rng(1), bound, bound, level)
    assert binomtest(alarms, PEOPLE, level, alternative="greater").pvalue > 0.001


def test_a_usual_test_at_every_look_alarms_far_more_often():
    """The control: of people at the bound, a fifth or more would have been alarmed at the 5 % level."""
    rng, bound = np.random.default_rng(1), 0.3
    alarms = 0
    for _ in range(PEOPLE):
        seen = np.cumsum(rng.random(ANSWERS) < bound)
        count = np.arange(1, ANSWERS + 1)
        z = (seen - count * bound) / np.sqrt(count * bound * (1 - bound))
        alarms += bool((z[9:] > 1.645).any())
    assert alarms > 0.2 * PEOPLE


def test_those_well_above_are_found_soon():
    assert ever(np.random.default_rng(2), 0.8, 0.3, 0.02 / 6) > 0.99 * PEOPLE


def test_values_between_are_taken_as_they_are():
    fair = evidence_against_mean(np.full(100, 0.6), bound=0.6)
    assert fair.highest == pytest.approx(1.0)
    above = evidence_against_mean(np.full(100, 0.75), bound=0.6)
    assert above.highest > 1_000
    assert (above.n, above.estimate, above.reached_at) == (100, pytest.approx(0.75), 100)


def test_what_came_later_does_not_undo_an_alarm():
    found = evidence_against_mean(np.array([1.0] * 6 + [0.0] * 200), bound=0.1)
    assert found.highest > 10_000 > 1 > found.evidence
    assert found.reached_at == 6


def test_no_observations_are_no_evidence():
    found = evidence_against_mean(np.empty(0), bound=0.1)
    assert (found.n, found.highest, found.warnings) == (0, 1.0, ("no observations",))
    assert np.isnan(found.estimate)


@pytest.mark.parametrize(("values", "bound"), [([2.0], 0.1), ([-0.1], 0.1), ([0.5], 0.0), ([0.5], 1.0)])
def test_what_is_no_observation_or_bound_is_refused(values, bound):
    with pytest.raises(ValueError):
        evidence_against_mean(np.array(values), bound=bound)
