"""Slips weighed by how much harm the output does, where outputs carry a severity."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .basics import BoolArray, Caution, FloatArray, Interval, check_level, floats
from .clusters import places_of, repeats
from .companions import CORRECT, INCORRECT
from .influence import t_of, two_way_spread
from .judgements import Judgements
from .twoway import rates_by_cell


@dataclass(frozen=True)
class SeveritySlip:
    """`rate`: the share of severity that is let through, sum(w s y) / sum(w s); `plain`: the slip rate on
    the same verdicts; `difference`: rate - plain, above 0 where the severe slip through more. All on
    0-1 with two-way intervals; `passed` and `caught` are the mean severities of either."""

    rate: float
    interval: Interval
    n_eff: float
    plain: float
    plain_interval: Interval
    difference: float
    difference_interval: Interval
    passed: float
    caught: float
    slips: int
    n: int
    n_missing: int
    n_harmless: int
    method: str
    warnings: tuple[Caution, ...]


def severity_slip(
    data: Judgements,
    severity: ArrayLike,
    *,
    rho_participant: float = 0.1,
    rho_output: float = 0.1,
    level: float = 0.95,
) -> SeveritySlip:
    """The severity-weighted slip rate; severity (N,) of the outputs, 0 or more, nan where unknown.

    Incorrect outputs of severity 0 are harmless: they weigh nothing, and are left out and counted.
    ValueError for a negative or infinite severity.
    Source: STATISTICS 2.2 for the intervals, 2.6.

    >>> from annotations.statistics.judgements import judgements
    >>> outputs, people = (a.ravel() for a in np.indices((4, 5)))
    >>> data = judgements(outputs, people, np.where(outputs == 3, 0, 2), grade=[2] * 4)
    >>> found = severity_slip(data, [1, 1, 1, 5])
    >>> found.rate, found.plain, found.passed
    (0.625, 0.25, 5.0)
    """
    check_level(level)
    harm = floats(severity, "severity", data.grade.size)
    if bool(np.any(np.isinf(harm) | (harm < 0))):
        raise ValueError("severity must be 0 or more, or nan where unknown")
    judged = data.grade[data.output] == INCORRECT
    own = harm[data.output]
    rows = np.flatnonzero(judged & (own > 0))
    slip, weight = data.verdict[rows] == CORRECT, data.weight[rows]
    bounds = [
        rates_by_cell(
            np.zeros(rows.size, dtype=np.int64), data.participant[rows], data.cluster[rows],
            slip.astype(np.int64), w, n_cells=1, n_outcomes=2,
            rho_participant=rho_participant, rho_output=rho_output, level=level,
        )
        for w in (weight * own[rows], weight)
    ]  # fmt: skip
    (rate, interval), (plain, plain_interval) = (
        (float(r.rate[0, 1]), Interval(float(r.low[0, 1]), float(r.high[0, 1]), level)) for r in bounds
    )
    missing = int(np.count_nonzero(judged & np.isnan(own)))
    harmless = int(np.count_nonzero(judged & (own == 0)))
    part = data.participant[rows], data.cluster[rows]
    influence = _influence(slip, weight * own[rows], rate) - _influence(slip, weight, plain)
    places = places_of(np.zeros(rows.size, dtype=np.int64), *part, repeats(*part), 1)
    spread = two_way_spread(places, influence)
    half = float(t_of(spread, level)[0]) * math.sqrt(float(spread.variance[0]))
    difference = rate - plain
    return SeveritySlip(
        rate, interval, float(bounds[0].n_eff[0, 1]), plain, plain_interval, difference,
        Interval(difference - half, difference + half, level), _mean(own[rows][slip], weight[slip]),
        _mean(own[rows][~slip], weight[~slip]), int(np.count_nonzero(slip)), rows.size, missing, harmless,
        "two_way", (*_cautions(missing, harmless, own[rows], slip), *bounds[0].warnings),
    )  # fmt: skip


def _influence(slip: BoolArray, weight: FloatArray, rate: float) -> FloatArray:
    return weight * (slip - rate) / np.sum(weight) if slip.size else weight


def _mean(values: FloatArray, weight: FloatArray) -> float:
    return float(np.average(values, weights=weight)) if values.size else math.nan


def _cautions(missing: int, harmless: int, harm: FloatArray, slip: BoolArray) -> tuple[Caution, ...]:
    found = []
    if missing:
        text = f"{missing} verdicts are on incorrect outputs of unknown severity, and are left out."
        found.append(Caution("missing_severity", text))
    if harmless:
        text = f"{harmless} verdicts are on incorrect outputs of severity 0, and weigh nothing."
        found.append(Caution("harmless", text))
    if harm.size and np.ptp(harm) == 0:
        text = "All incorrect outputs are equally severe: the weighted rate is the plain one."
        found.append(Caution("constant", text))
    if slip.size and (slip.all() or not slip.any()):
        text = "Slips are all or none: one of the mean severities has nothing to rest on."
        found.append(Caution("one_outcome", text))
    return tuple(found)
