"""Slips against anything known of a judgement: own answer, own rating, position, time, trust."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .basics import BoolArray, Caution, FloatArray, IntArray, Interval, check_level, floats
from .bins import Bins, equal_bins, fixed_bins
from .clusters import places_of, repeats
from .companions import CORRECT, INCORRECT
from .influence import t_of, two_way_spread
from .judgements import Judgements
from .stratalogistic import fit_strata
from .twoway import rates_by_cell


@dataclass(frozen=True)
class Slope:
    """Change of logit(slip) per unit of the covariate, with its two-way standard error and interval.

    `strata` of the bins of difficulty hold both slips and others; 1 where none are given.
    """

    estimate: float
    se: float
    interval: Interval
    strata: int


@dataclass(frozen=True)
class SlipAgainst:
    """Slip rates on 0-1 by group of the covariate, arrays (G,) from the lowest: its range `value_low`,
    `value_high`, raw counts `slips` of `total`, rate and two-way interval, `n_eff`, `participants`.

    `slope` is over all verdicts on incorrect outputs with a covariate, `adjusted` within bins of
    difficulty, nan where none is given; both per unit, of which `sd` is a standard deviation.
    """

    value_low: FloatArray
    value_high: FloatArray
    slips: IntArray
    total: IntArray
    rate: FloatArray
    low: FloatArray
    high: FloatArray
    n_eff: FloatArray
    participants: IntArray
    slope: Slope
    adjusted: Slope
    sd: float
    n: int
    n_missing: int
    n_without_difficulty: int
    level: float
    method: str
    warnings: tuple[Caution, ...]


def slip_against(
    data: Judgements,
    covariate: ArrayLike,
    *,
    difficulty: ArrayLike | None = None,
    groups: int = 5,
    bins: int = 10,
    rho_participant: float = 0.1,
    rho_output: float = 0.1,
    level: float = 0.95,
) -> SlipAgainst:
    """Slip rates by group of a covariate, and the logistic slope on it, alone and within difficulty.

    covariate (R,): any number known of each response (right 1 or wrong 0, a rating, position, seconds,
    trust), nan where missing. With at most `groups` distinct values each is a group, else they are cut
    into that many of equal numbers of verdicts. difficulty (R,): the output's, on 0-100; the adjusted
    slope compares verdicts within `bins` equal bins of it, each with an intercept. Intervals two-way, t
    with min(P, O) - 1 degrees of freedom; the slope's variance has the factor (n - 1) / (n - strata - 1).
    No slope, and a caution, where slips are none, all, or parted by the covariate.
    ValueError for a covariate or difficulty of another length, or fewer than one group or bin.
    Source: STATISTICS 2.2, 2.6; Cameron, Gelbach & Miller 2011, J Bus Econ Stat 29, 238-249.

    >>> from annotations.statistics.judgements import judgements
    >>> people, outputs = (a.ravel() for a in np.indices((20, 10)))
    >>> knew = (people * 3 + outputs) % 2
    >>> verdict = np.where((people + 2 * outputs) % 5 < 3 - 2 * knew, 0, 2)
    >>> found = slip_against(judgements(outputs, people, verdict, grade=[2] * 10), knew)
    >>> found.rate.tolist(), round(found.slope.estimate, 3)
    ([0.6, 0.2], -1.792)
    """
    check_level(level)
    values = floats(covariate, "covariate", data.output.size)
    if groups < 1 or bins < 1:
        raise ValueError("groups and bins must be 1 or more")
    hard = None if difficulty is None else floats(difficulty, "difficulty", data.output.size)
    judged = data.grade[data.output] == INCORRECT
    rows = np.flatnonzero(judged & np.isfinite(values))
    x, slip = values[rows], data.verdict[rows] == CORRECT
    people, things, weight = data.participant[rows], data.cluster[rows], data.weight[rows]
    cut = _groups(x, groups)
    rates = rates_by_cell(
        cut.code - 1, people, things, slip.astype(np.int64), weight, n_cells=cut.n.size, n_outcomes=2,
        rho_participant=rho_participant, rho_output=rho_output, level=level,
    )  # fmt: skip
    everybody = _Rows(slip, x, people, things, weight, level)
    slope = everybody.slope(np.zeros(x.size, dtype=np.int64))
    adjusted, without = _no_slope(level), 0
    if hard is not None:
        known = np.isfinite(hard[rows])
        without = int(np.count_nonzero(~known))
        some = _Rows(slip[known], x[known], people[known], things[known], weight[known], level)
        adjusted = some.slope(equal_bins(hard[rows][known], bins).code - 1)
    missing = int(np.count_nonzero(judged)) - rows.size
    notes = _cautions(missing, without, slope, adjusted if hard is not None else None, x)
    return SlipAgainst(
        cut.low, cut.high, rates.n[:, 1], rates.total, rates.rate[:, 1], rates.low[:, 1], rates.high[:, 1],
        rates.n_eff[:, 1], rates.participants, slope, adjusted, float(np.std(x)) if x.size else math.nan,
        x.size, missing, without, level, "two_way_logistic", (*notes, *rates.warnings),
    )  # fmt: skip


@dataclass(frozen=True)
class _Rows:
    """Verdicts on incorrect outputs, arrays (R,)."""

    slip: BoolArray
    x: FloatArray
    people: IntArray
    things: IntArray
    weight: FloatArray
    level: float

    def slope(self, stratum: IntArray) -> Slope:
        fit = fit_strata(self.slip, self.x, stratum, self.weight)
        if fit.separated:
            return _no_slope(self.level, fit.strata)
        cell = np.zeros(self.x.size, dtype=np.int64)
        places = places_of(cell, self.people, self.things, repeats(self.people, self.things), 1)
        spread = two_way_spread(places, fit.influence)
        lost = self.x.size - fit.strata - 1
        factor = (self.x.size - 1) / lost if lost > 0 else math.nan
        se = math.sqrt(float(spread.variance[0]) * factor)
        half = float(t_of(spread, self.level)[0]) * se
        return Slope(fit.slope, se, Interval(fit.slope - half, fit.slope + half, self.level), fit.strata)


def _no_slope(level: float, strata: int = 0) -> Slope:
    return Slope(math.nan, math.nan, Interval(math.nan, math.nan, level), strata)


def _groups(x: FloatArray, groups: int) -> Bins:
    distinct = np.unique(x)
    if distinct.size > groups:
        return equal_bins(x, groups)
    return fixed_bins(x, (distinct[1:] + distinct[:-1]) / 2)


def _cautions(
    missing: int, without: int, slope: Slope, adjusted: Slope | None, x: FloatArray
) -> tuple[Caution, ...]:
    found = []
    if missing:
        text = f"{missing} verdicts on incorrect outputs have no value of this, and are left out."
        found.append(Caution("missing_covariate", text))
    if without:
        text = f"{without} verdicts have no difficulty, and are left out of the adjusted slope."
        found.append(Caution("missing_difficulty", text))
    if not x.size:
        found.append(Caution("no_data", "No verdict on an incorrect output has a value of this."))
    elif np.ptp(x) == 0:
        found.append(Caution("constant", "All values are the same: there is nothing to compare."))
    elif math.isnan(slope.estimate):
        text = "Slips are none, all, or parted by one cut of the values: there is no slope."
        found.append(Caution("separation", text))
    elif adjusted is not None and math.isnan(adjusted.estimate):
        text = "Within the bins of difficulty slips are none, all, or parted: no adjusted slope."
        found.append(Caution("separation_within_bins", text))
    if not math.isnan(slope.estimate) and math.isnan(slope.se):
        found.append(Caution("too_few_clusters", "Fewer than two participants or outputs: no interval."))
    return tuple(found)
