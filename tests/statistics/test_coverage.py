"""How often the intervals hold the truth, over simulated cohorts of 80 people: also where people share illusions.

Truths are those of people and outputs like these. In CI 300 cohorts, with room for their Monte Carlo error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from annotations.statistics.bins import equal_bins
from annotations.statistics.bootstrap import bootstrap
from annotations.statistics.calibration import calibrate
from annotations.statistics.judgements import everything, judgements
from annotations.statistics.resampling import levels_of, sample_curves
from annotations.statistics.supervision import supervision_table
from annotations.statistics.tally import tally

PEOPLE, EACH, OVERLAP = 80, 10, 3
CORRECT, INCORRECT = 0, 2
WRONG = 0.6
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(60)


def expit(x):
    return 1 / (1 + np.exp(-x))


@dataclass(frozen=True)
class World:
    """Slips on incorrect outputs. With illusions, half of those above 50 are accepted by three in four."""

    illusions: bool
    people: float = 0.6
    outputs: float = 0.6

    def logit(self, rng, difficulty):
        base = -1.2 + 0.012 * difficulty + rng.normal(0, self.outputs, difficulty.size)
        shared = (difficulty > 50) & (rng.random(difficulty.size) < 0.5)
        return np.where(shared & self.illusions, math.log(3), base)

    @property
    def slip(self):
        """Over all people and outputs, difficulty being even between 0 and 100."""
        at = np.linspace(0.5, 99.5, 100)

        def mean(eta, scatter):
            return expit(eta[:, None] + scatter * NODES) @ WEIGHTS / WEIGHTS.sum()

        plain = mean(-1.2 + 0.012 * at, math.hypot(self.people, self.outputs))
        illusion = mean(np.full(at.size, math.log(3)), self.people)
        shared = 0.5 * self.illusions * (at > 50)
        return float(np.mean((1 - shared) * plain + shared * illusion))


def cohort(world, seed):
    """Interval of the slip rate of one study: each output is judged by three people, nobody sees one twice."""
    rng = np.random.default_rng(seed)
    outputs = -(-PEOPLE * EACH // OVERLAP)
    difficulty = rng.uniform(0, 100, outputs)
    grade = np.where(rng.random(outputs) < WRONG, INCORRECT, CORRECT)
    person = np.repeat(np.arange(PEOPLE), EACH)
    output = rng.permutation(np.repeat(np.arange(outputs), OVERLAP))[: person.size]
    _, first = np.unique(person * outputs + output, return_index=True)
    person, output = person[first], output[first]
    trust = rng.normal(0, world.people, PEOPLE)
    accepts = rng.random(output.size) < expit(world.logit(rng, difficulty)[output] + trust[person])
    data = judgements(output, person, np.where(accepts, CORRECT, INCORRECT), grade=grade)
    table = supervision_table(data, equal_bins(difficulty, 5), (everything(outputs),))
    return next(
        (one.low, one.high)
        for one in table.rows
        if (one.bin, one.grade, one.verdict) == (None, "incorrect", "correct")
    )


def slips_covered(world, cohorts):
    held = [low <= world.slip <= high for low, high in (cohort(world, seed) for seed in range(cohorts))]
    return float(np.mean(held))


def curves_covered(cohorts, resamples):
    """Location and slope by participant bootstrap, 20 of 200 items each: people scatter, the items are these."""
    items, each = 200, 20
    x, levels = np.arange(items) % 10.0, np.arange(10.0)
    share = expit(-3 + 0.6 * levels[:, None] + 0.8 * NODES) @ WEIGHTS / WEIGHTS.sum()
    truth = calibrate(tally(np.zeros(10, int), np.arange(10), share, levels), target="rated")
    held = np.zeros(2)
    for seed in range(cohorts):
        rng = np.random.default_rng(seed)
        person = np.repeat(np.arange(PEOPLE), each)
        item = np.argsort(rng.random((PEOPLE, items)), axis=1)[:, :each].ravel()
        eta = -3 + 0.6 * x[item] + rng.normal(0, 0.8, PEOPLE)[person]
        failed = (rng.random(eta.size) < expit(eta)).astype(float)
        counts = levels_of(tally(person, item, failed, x))
        found = bootstrap(counts, sample_curves(counts, seed=seed, count=resamples))
        for at, name in enumerate(("location", "slope")):
            interval = getattr(found, name)
            held[at] += interval.low <= getattr(truth, name) <= interval.high
    return held / cohorts


def assert_covers(found, cohorts):
    error = math.sqrt(0.95 * 0.05 / cohorts)
    print(f"coverage {found:.4f}, Monte Carlo error {error:.4f}")
    assert 0.93 - 2 * error <= found <= 0.97 + 2 * error


@pytest.mark.parametrize("illusions", [False, True], ids=["plain", "shared illusions"])
def test_slip_interval_covers(illusions):
    assert_covers(slips_covered(World(illusions), 300), 300)


@pytest.mark.proof
@pytest.mark.parametrize("illusions", [False, True], ids=["plain", "shared illusions"])
def test_slip_interval_covers_at_full_size(illusions):
    assert_covers(slips_covered(World(illusions), 2000), 2000)


def test_bootstrap_of_location_and_slope_covers():
    for found in curves_covered(150, 200):
        assert_covers(found, 150)


@pytest.mark.proof
def test_bootstrap_of_location_and_slope_covers_at_full_size():
    for found in curves_covered(2000, 1000):
        assert_covers(found, 2000)
