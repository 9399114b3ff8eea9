"""Resamples of people: counts of equally likely draws, the same whoever draws them and in whatever parts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from annotations.statistics import draws
from annotations.statistics.draws import drawn_blocks, forget_draws, participant_weights


@pytest.mark.parametrize("people, count", [(1, 300), (4, 300), (12, 300), (80, 300), (20_000, 120)])
def test_resamples_are_the_same_in_whatever_parts(people, count):
    whole = participant_weights(people, 5, 0, count)
    forget_draws()
    for first, size in ((count - 3, 3), (0, 1), (17, 90)):
        assert np.array_equal(participant_weights(people, 5, first, size), whole[first : first + size])
    assert np.all(whole.sum(axis=1) == people)
    assert people == 1 or not np.array_equal(whole, participant_weights(people, 6, 0, count))


@pytest.mark.parametrize("people", [2, 9, 30, 400])
def test_a_person_is_drawn_as_often_as_the_binomial_says(people):
    """By chi-square over all cells, which depend on one another a little less than independent ones."""
    weights = participant_weights(people, 11, 0, 200_000 // people).astype(int)
    expected = stats.binom.pmf(np.arange(people + 1), people, 1 / people) * weights.size
    kept = expected > 5
    seen = np.bincount(weights.ravel(), minlength=people + 1)
    excess = np.sum((seen[kept] - expected[kept]) ** 2 / expected[kept])
    assert excess < stats.chi2.ppf(0.9999, kept.sum())
    # Nobody is favoured, and two people's counts are as negatively related as draws of one sample are.
    n = weights.shape[0]
    each = np.sum((weights.mean(axis=0) - 1) ** 2) * n / (1 - 1 / people)
    assert stats.chi2.ppf(0.0001, people - 1) < each < stats.chi2.ppf(0.9999, people)
    assert np.isclose(np.cov(weights[:, 0], weights[:, 1])[0, 1], -1 / people, atol=5 / np.sqrt(n))


def test_rows_with_too_many_draws_are_drawn_again(monkeypatch):
    """One in a thousand as a rule; here, from numbers of mean 1, near half of the rows."""
    even = np.tile(np.array([0, 1, 1, 2], dtype=np.uint8), 16_384)
    monkeypatch.setattr(draws, "_poisson_table", lambda people: draws._Table(even, np.ones(1)))
    forget_draws()
    weights = participant_weights(30, 5, 0, 500)
    forget_draws()
    assert np.all(weights.sum(axis=1) == 30)


def test_the_table_and_its_rest_are_the_poisson_distribution():
    table = draws._poisson_table(5000)
    common = np.bincount(table.number, minlength=256) / 65_536
    rest = np.diff(table.rest, prepend=0.0) * common[255]
    assert np.allclose(
        common[:30] + rest, stats.poisson.pmf(np.arange(30), 1 - 3 / np.sqrt(5000)), atol=1e-15
    )


def test_what_is_kept_cannot_be_written_to():
    block = next(drawn_blocks(7, 1, 0, 2))
    with pytest.raises(ValueError, match="read-only"):
        block[0] = 0
