"""A rate whose responses share participants and outputs: its interval counts both.

Estimand: outputs like these, judged by people like these.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from .basics import BoolArray, Caution, FloatArray, IntArray, check_level, integer_codes, positive_weights
from .clusters import (
    Index,
    Places,
    cluster_sums,
    places_of,
    repeats,
    sizes,
    squared_errors,
    squared_errors_alone,
)
from .rates import clopper_pearson_bounds

NO_INTERVAL, LOGIT_T, CLOPPER_PEARSON = 0, 1, 2
"""How the interval of one rate was found; the values of `CellRates.how`."""

SMALL_COUNT = 10


@dataclass(frozen=True)
class CellRates:
    """Rates of K outcomes in C cells, on 0-1; nan where a cell gives none.

    Shape (C,): `total` responses (unweighted), `participants` and `outputs` (clusters).
    Shape (C, K): `n` responses with the outcome (unweighted), `rate` sum(w y) / sum(w), `low`, `high`,
    `n_eff`, `variance` of the rate, `how` (NO_INTERVAL, LOGIT_T or CLOPPER_PEARSON).
    """

    n: IntArray
    total: IntArray
    participants: IntArray
    outputs: IntArray
    rate: FloatArray
    low: FloatArray
    high: FloatArray
    n_eff: FloatArray
    variance: FloatArray
    how: IntArray
    level: float
    method: str
    warnings: tuple[Caution, ...]


def rates_by_cell(
    cell: ArrayLike,
    participant: ArrayLike,
    output: ArrayLike,
    outcome: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    n_cells: int,
    n_outcomes: int,
    rho_participant: float = 0.1,
    rho_output: float = 0.1,
    level: float = 0.95,
) -> CellRates:
    """Weighted (Hajek) rate of each outcome in each cell, with two-way clustered intervals.

    cell, participant, output, outcome: integer codes, shape (R,), one entry a response; weight (R,),
    1 by default. `output` is the second kind of cluster: pass item codes wherever several outputs of
    one item are judged, else coverage falls. A cell of -1 takes no part.

    V = max(V_P + V_O - V_PO, V_P, V_O); PO are the distinct pairs, which are the responses unless
    somebody judges one cluster twice. Logit-t interval with min(P, O) - 1 degrees of freedom;
    n_eff = min(n, rate (1 - rate) / V), and where V = 0, n over the planned design effect
    1 + (n/P - 1) rho_participant + (n/O - 1) rho_output; Clopper-Pearson at n_eff where fewer than
    10 responses have the outcome or fewer than 10 have not. Fewer than two clusters of either kind:
    nan and a caution. After one pass the cost does not depend on R. ValueError for malformed input.
    Source: STATISTICS 2.2; Cameron, Gelbach & Miller 2011, J Bus Econ Stat 29, 238-249.

    >>> people, outputs = np.repeat(np.arange(8), 5), np.tile(np.arange(5), 8)
    >>> result = rates_by_cell(np.zeros(40, int), people, outputs, (people + outputs) % 2,
    ...                        n_cells=1, n_outcomes=2)
    >>> print(result.rate, result.total, f"{result.low[0, 0]:.3f} {result.high[0, 0]:.3f}")
    [[0.5 0.5]] [40] 0.397 0.603
    """
    check_level(level)
    cells = integer_codes(cell, "cell", lowest=-1)
    people = integer_codes(participant, "participant", cells.size)
    things = integer_codes(output, "output", cells.size)
    outcomes = integer_codes(outcome, "outcome", cells.size)
    weights = positive_weights(weight, cells.size)
    if cells.size and (int(cells.max()) >= n_cells or int(outcomes.max()) >= n_outcomes):
        raise ValueError("a cell or outcome code is too large")
    if not (0 <= rho_participant <= 1 and 0 <= rho_output <= 1):
        raise ValueError("rho must lie between 0 and 1")
    places = places_of(cells, people, things, repeats(people, things), n_cells)
    return cell_rates(
        places, outcomes, weights, n_outcomes=n_outcomes,
        rho_participant=rho_participant, rho_output=rho_output, level=level,
    )  # fmt: skip


def cell_rates(
    places: Places,
    outcome: IntArray,
    weight: FloatArray,
    among: BoolArray | None = None,
    *,
    n_outcomes: int,
    rho_participant: float,
    rho_output: float,
    level: float,
) -> CellRates:
    """Kernel of `rates_by_cell` on checked arrays; `among` (R,) says which responses are counted."""
    rows = _rows(places, outcome, weight, among)
    n = _counts(rows.cell, rows.outcome, None, places.n_cells, n_outcomes).astype(np.int64)
    sums = _counts(rows.cell, rows.outcome, rows.weight, places.n_cells, n_outcomes)
    rate = hajek(n, n.sum(axis=1), sums, sums.sum(axis=1))
    errors = _errors(places, rows, rate)
    return rates_from(
        n, n.sum(axis=1), sums.sum(axis=1), rate, errors,
        rho_participant=rho_participant, rho_output=rho_output, level=level,
    )  # fmt: skip


def hajek(n: IntArray, total: IntArray, sums: FloatArray, mass: FloatArray) -> FloatArray:
    """sum(w y) / sum(w), (C, K), from `n` and `sums` of each outcome (C, K) and of all together (C,).

    None and all are 0 and 1 to the last digit.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        rate: FloatArray = sums / mass[:, None]
    rate[n == 0] = 0.0
    rate[n == total[:, None]] = 1.0
    rate[total == 0] = np.nan
    return rate


def rates_from(
    n: IntArray,
    total: IntArray,
    mass: FloatArray,
    rate: FloatArray,
    errors: tuple[Errors, Errors, Errors],
    *,
    rho_participant: float,
    rho_output: float,
    level: float,
) -> CellRates:
    """Rates with their intervals, from the squared errors over participants, outputs and pairs."""
    variance = _variance(errors, mass)
    people, outputs = errors[0].clusters, errors[1].clusters
    smallest = np.minimum(people, outputs)
    variance[smallest < 2] = np.nan
    planned = total / planned_effect(total, people, outputs, rho_participant, rho_output)
    n_eff, used = effective_numbers(rate, variance, total, planned)
    low, high, how = interval_bounds(rate, used, n_eff, n, total, smallest, level)
    warnings = _cautions(total, smallest)
    return CellRates(
        n, total, people, outputs, rate, low, high, n_eff, used, how, level, "two_way", warnings
    )  # fmt: skip


@dataclass(frozen=True)
class Errors:
    """Over clusters of one kind: sum (sum w y - rate sum w)^2 of each rate (C, K), and how many (C,)."""

    squares: FloatArray
    clusters: IntArray


@dataclass(frozen=True)
class _Rows:
    """The responses that are counted: arrays of shape (S,), and their numbers, None where it is all."""

    keep: IntArray | None
    cell: IntArray
    outcome: IntArray
    weight: FloatArray


def _rows(places: Places, outcome: IntArray, weight: FloatArray, among: BoolArray | None) -> _Rows:
    counted = places.cell >= 0 if among is None else among & (places.cell >= 0)
    if bool(counted.all()):
        return _Rows(None, places.cell, outcome, weight)
    keep = np.flatnonzero(counted)
    return _Rows(keep, places.cell[keep], outcome[keep], weight[keep])


def _counts(cell: IntArray, outcome: IntArray, weight: FloatArray | None, cells: int, k: int) -> FloatArray:
    flat = np.bincount(cell * k + outcome, weight, cells * k)
    return flat.reshape(cells, k).astype(np.float64)


def _variance(errors: tuple[Errors, Errors, Errors], mass: FloatArray) -> FloatArray:
    """max(V_P + V_O - V_PO, V_P, V_O), shape (C, K). Rounding noise below 1e-14 counts as 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        people, outputs, pairs = (
            one.squares / mass[:, None] ** 2 * (one.clusters / (one.clusters - 1.0))[:, None]
            for one in errors
        )
        largest = np.maximum(np.maximum(people + outputs - pairs, people), outputs)
    found: FloatArray = np.where(largest > 1e-14, largest, np.where(np.isnan(largest), np.nan, 0.0))
    return found


def _errors(places: Places, rows: _Rows, rate: FloatArray) -> tuple[Errors, Errors, Errors]:
    cells, k = rate.shape
    parts = []
    for kind in (places.participant, places.output):
        at = kind.place if rows.keep is None else kind.place[rows.keep]
        sums = cluster_sums(at, kind.cell, rows.outcome, rows.weight, k)
        parts.append(Errors(squared_errors(sums, rate), sizes(sums, cells)))
    return parts[0], parts[1], _pair_errors(places.pair, rows, rate)


def _pair_errors(kind: Index, rows: _Rows, rate: FloatArray) -> Errors:
    """Over (participant, output) pairs: most are met only once."""
    cells, k = rate.shape
    at = kind.place if rows.keep is None else kind.place[rows.keep]
    again = at >= 0
    if not bool(again.any()):
        count = np.bincount(rows.cell, minlength=cells).astype(np.int64)
        return Errors(squared_errors_alone(rows.cell, rows.outcome, rows.weight, rate), count)
    sums = cluster_sums(at[again], kind.cell, rows.outcome[again], rows.weight[again], k)
    once = rows.cell[~again], rows.outcome[~again], rows.weight[~again]
    count = np.bincount(once[0], minlength=cells) + sizes(sums, cells)
    squares = squared_errors_alone(*once, rate) + squared_errors(sums, rate)
    return Errors(squares, count.astype(np.int64))


def planned_effect(
    total: IntArray, people: IntArray, outputs: IntArray, rho_p: float, rho_o: float
) -> FloatArray:
    """The planned design effect 1 + (m - 1) rho_P + (k - 1) rho_O of each cell (C,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return 1 + (total / people - 1) * rho_p + (total / outputs - 1) * rho_o


def effective_numbers(
    rate: FloatArray, variance: FloatArray, total: IntArray, planned: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """n_eff, and the variance to use: where V = 0 the one that n_eff implies, never a width of 0."""
    spread = rate * (1 - rate)
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = np.minimum(total[:, None], spread / variance)
        n_eff = np.where(variance == 0, planned[:, None], observed)
        used = np.where(variance == 0, spread / n_eff, variance)
    return n_eff, used


def interval_bounds(
    rate: FloatArray, variance: FloatArray, n_eff: FloatArray, n: IntArray, total: IntArray,
    smallest: IntArray, level: float,
) -> tuple[FloatArray, FloatArray, IntArray]:  # fmt: skip
    enough = (smallest >= 2)[:, None] & np.ones(rate.shape, dtype=bool)
    small = np.minimum(n, total[:, None] - n) < SMALL_COUNT
    exact_low, exact_high = clopper_pearson_bounds(rate * n_eff, n_eff, level)
    quantile = special.stdtrit(np.maximum(smallest - 1, 1), 0.5 + level / 2)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        half = quantile * np.sqrt(variance) / (rate * (1 - rate))
        middle = special.logit(rate)
        low = np.where(small, exact_low, special.expit(middle - half))
        high = np.where(small, exact_high, special.expit(middle + half))
    how = np.where(enough, np.where(small, CLOPPER_PEARSON, LOGIT_T), NO_INTERVAL).astype(np.int64)
    return np.where(enough, low, np.nan), np.where(enough, high, np.nan), how


def _cautions(total: IntArray, smallest: IntArray) -> tuple[Caution, ...]:
    found = []
    empty = int(np.count_nonzero(total == 0))
    few = int(np.count_nonzero((total > 0) & (smallest < 2)))
    if empty:
        found.append(Caution("no_responses", f"{empty} of {total.size} cells have no responses: rate nan."))
    if few:
        text = f"{few} of {total.size} cells have fewer than two participants or two outputs: no interval."
        found.append(Caution("too_few_clusters", text))
    return tuple(found)
