"""Letting a system answer only up to a difficulty: what it covers, and the risk before and after people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from .basics import Caution, FloatArray, IntArray, check_level, floats, integer_codes
from .companions import CORRECT, INCORRECT
from .cumulative import Ordered, Running, resampled, running
from .judgements import Judgements
from .twoway import effective_numbers, interval_bounds, planned_effect


@dataclass(frozen=True)
class Risk:
    """A rate on 0-1 over all outputs up to each point (X,), `events` of `n`: its interval at that point
    alone (`low`, `high`) and the band (`band_low`, `band_high`) that holds all points at once."""

    rate: FloatArray
    low: FloatArray
    high: FloatArray
    band_low: FloatArray
    band_high: FloatArray
    events: IntArray
    n: IntArray
    critical: float


@dataclass(frozen=True)
class RejectOption:
    """At the difficulties `x` (X,): the `coverage`, a share of the outputs, and both risks: `before`,
    P(incorrect) of the graded outputs, and `after`, P(incorrect and accepted) of the verdicts."""

    x: FloatArray
    coverage: FloatArray
    before: Risk
    after: Risk
    n_outputs: int
    n_without_difficulty: int
    resamples: int
    level: float
    method: str
    warnings: tuple[Caution, ...]


def reject_option(
    data: Judgements,
    difficulty: ArrayLike,
    points: ArrayLike,
    *,
    seed: int,
    count: int = 500,
    item: ArrayLike | None = None,
    rho_participant: float = 0.1,
    rho_output: float = 0.1,
    level: float = 0.95,
) -> RejectOption:
    """Coverage and risks of the outputs at or below each point, as if harder ones were rejected.

    difficulty (N,) of the outputs on 0-100, nan where unknown: those are left out; points (X,), rising.
    Ungraded outputs count for coverage alone; an avoidant output is no error. `before` is clustered by
    `item` (N,), `after` by people and outputs, as STATISTICS 2.2 has it, Clopper-Pearson below 10 events.
    The band widens the standard error to the `level` quantile of the largest error over the points, in
    standard errors, among `count` resamples of people and outputs together; their spread is too wide
    for an interval, but not its shape. ValueError for points that do not rise.
    Source: STATISTICS 2.2, 2.7; Davison & Hinkley 1997, section 4.2.4, for the band.

    >>> from annotations.statistics.judgements import judgements
    >>> outputs, people = (a.ravel() for a in np.indices((50, 20)))
    >>> grade = np.where(np.arange(50) % 5 == 0, 2, 0)
    >>> verdict = np.where((outputs + people) % 3 == 0, 0, grade[outputs])
    >>> data = judgements(outputs, people, verdict, grade=grade)
    >>> found = reject_option(data, np.arange(50) * 2.0, [49.0, 98.0], seed=1, count=100)
    >>> found.coverage.tolist(), found.before.rate.tolist(), found.after.rate.round(3).tolist()
    ([0.5, 1.0], [0.2, 0.2], [0.068, 0.067])
    """
    check_level(level)
    x = floats(points, "points")
    if bool(np.any(np.isnan(x))) or bool(np.any(np.diff(x) <= 0)):
        raise ValueError("points must rise")
    if seed < 0 or count < 2:
        raise ValueError("seed must not be negative, and count be 2 or more")
    hard = floats(difficulty, "difficulty", data.grade.size)
    items = np.arange(hard.size) if item is None else integer_codes(item, "item", hard.size)
    order = np.argsort(np.where(np.isnan(hard), np.inf, hard), kind="stable")
    known = int(np.count_nonzero(~np.isnan(hard)))
    last = np.searchsorted(hard[order[:known]], x, side="right")
    place = np.empty(hard.size, dtype=np.int64)
    place[order] = np.arange(hard.size)
    graded = np.flatnonzero((data.grade >= 0) & ~np.isnan(hard))
    outputs = Ordered(
        place[graded], data.grade[graded] == INCORRECT, np.ones(graded.size), np.arange(graded.size),
        _codes(items[graded]),
    )  # fmt: skip
    judged = np.flatnonzero((data.grade[data.output] >= 0) & ~np.isnan(hard[data.output]))
    own = data.output[judged]
    passed = (data.grade[own] == INCORRECT) & (data.verdict[judged] == CORRECT)
    verdicts = Ordered(
        place[own],
        passed,
        data.weight[judged],
        _codes(data.participant[judged]),
        _codes(data.cluster[judged]),
    )
    plan = _Plan(rho_participant, rho_output, seed, count, level)
    before, after = _risk(outputs, last, plan, lone=True), _risk(verdicts, last, plan, lone=False)
    with np.errstate(invalid="ignore"):
        coverage = last / np.float64(known)
    missing = hard.size - known
    notes = _cautions(known, missing, int(np.count_nonzero(data.grade < 0)), before, after)
    return RejectOption(
        x, coverage, before, after, known, missing, count, level, "two_way_max_t", notes
    )  # fmt: skip


@dataclass(frozen=True)
class _Plan:
    rho_participant: float
    rho_output: float
    seed: int
    count: int
    level: float


def _codes(values: IntArray) -> IntArray:
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def _risk(data: Ordered, last: IntArray, plan: _Plan, *, lone: bool) -> Risk:
    """`lone`: an output is its own participant, so that items alone are drawn."""
    found = running(data, last)
    variance, smallest = found.variance, np.minimum(found.participants, found.outputs)
    planned = found.n / planned_effect(
        found.n, found.participants, found.outputs, plan.rho_participant, plan.rho_output
    )
    n_eff, used = effective_numbers(found.rate[:, None], variance[:, None], found.n, planned)
    critical = float("nan")
    if found.n.size and found.n[-1]:
        people = Ordered(data.output, data.event, data.weight, data.cluster * 0, data.cluster)
        drawn = resampled(people if lone else data, last, seed=plan.seed, count=plan.count)
        critical = _critical(found, drawn, plan.level)
    # A band is an interval of a higher level: t and Clopper-Pearson widen with it.
    (low, high, _), (band_low, band_high, _) = (
        interval_bounds(found.rate[:, None], used, n_eff, found.events[:, None], found.n, smallest, level)
        for level in (plan.level, float(2 * special.ndtr(critical) - 1))
    )
    return Risk(
        found.rate, low[:, 0], high[:, 0], band_low[:, 0], band_high[:, 0], found.events, found.n, critical
    )


def _critical(found: Running, drawn: FloatArray, level: float) -> float:
    """The quantile of the largest error over the points, on the logit scale, in standard errors; Bonferroni's
    where no point shows any."""
    usable = (found.variance > 0) & (found.rate > 0) & (found.rate < 1)
    if not usable.any():
        return float(special.ndtri(1 - (1 - level) / (2 * usable.size)))
    least = 0.5 / found.n[usable]
    apart = special.logit(np.clip(drawn[:, usable], least, 1 - least)) - special.logit(found.rate[usable])
    # A point of which a resample holds nothing says nothing of its largest error.
    apart = np.where(np.isnan(apart), 0.0, apart)
    scale = np.std(apart, axis=0, ddof=1)
    largest = np.max(np.abs(apart) / np.where(scale > 0, scale, np.inf), axis=1)
    return max(float(np.quantile(largest, level)), float(special.ndtri(0.5 + level / 2)))


def _cautions(known: int, missing: int, ungraded: int, before: Risk, after: Risk) -> tuple[Caution, ...]:
    found = []
    if not known:
        found.append(Caution("no_difficulty", "No output has a difficulty: nothing to cover."))
    if missing:
        found.append(Caution("missing_difficulty", f"{missing} outputs have no difficulty: left out."))
    if ungraded:
        text = f"{ungraded} outputs have no grade: they count for coverage, and for no risk."
        found.append(Caution("ungraded", text))
    if known and not after.n.any():
        text = "No verdict is on a graded output with a difficulty: no risk after supervision."
        found.append(Caution("no_responses", text))
    few = int(np.count_nonzero(np.isnan(before.low) | np.isnan(after.low)))
    if few:
        text = (
            f"At {few} of {before.rate.size} points there are fewer than two people, or outputs: no interval."
        )
        found.append(Caution("too_few_clusters", text))
    return tuple(found)
