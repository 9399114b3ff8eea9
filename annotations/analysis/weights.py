"""How much each response weighs, where units were not handed out or drawn with equal probability."""

from __future__ import annotations

from typing import Any

import numpy as np

from annotations.analysis.data import StudyData
from annotations.statistics.basics import BoolArray, FloatArray

# What these hand out depends on nothing that anybody answered: every unit of a batch counts alike.
UNIFORM = ("least_filled", "latin_square")
NOT_LOGGED = (
    "{:,} of {:,} answers were given where units are not chosen with equal probability, but {:,} of them lack"
    " their `probability`: all answers weigh the same."
)


def weights_of(data: StudyData) -> tuple[FloatArray | None, list[str]]:
    """1 / the probability of each response's unit (R,), and what must be said; None where all are equal.

    The logged probability, of a batch whose strategy was adaptive and of answers that were collected
    elsewhere with a probability given (they name no batch); times the probability of being drawn, of a batch
    that took a larger share of some strata than of others (STATISTICS 2.1). Other responses weigh as much as
    these do on average.
    """
    batch = data.responses["batch"].to_numpy(object)
    probability = data.responses["probability"].to_numpy(float)
    chosen = _uneven(data, batch, probability)
    lacking = int(np.count_nonzero(chosen & ~(probability > 0)))
    if lacking:
        return None, [NOT_LOGGED.format(int(chosen.sum()), chosen.size, lacking)]
    weight, drawn = _against_drawing(data, batch)
    uneven = chosen | drawn
    if not uneven.any():
        return None, []
    weight[chosen] /= probability[chosen]
    weight[uneven] /= weight[uneven].mean()
    if np.ptp(weight) <= 1e-9:
        return None, []
    n_eff = weight.sum() ** 2 / (weight @ weight)
    return weight, [
        f"{int(uneven.sum()):,} of {uneven.size:,} answers weigh 1 / the probability with which their unit"
        f" was chosen: together all tell as much as {n_eff:,.0f} equal ones."
    ]


def _against_drawing(data: StudyData, batch: Any) -> tuple[FloatArray, BoolArray]:
    """1 / the probability of being drawn (R,), on average 1 in each batch, whose size is no weight; and for
    which responses it is not the same in their whole batch."""
    weight, uneven = np.ones(batch.size), np.zeros(batch.size, dtype=bool)
    if "drawn" not in data.responses:
        return weight, uneven
    drawn = data.responses["drawn"].to_numpy(float)
    for name in np.unique(batch.astype(str)):
        mine = batch == name
        if np.ptp(drawn[mine]) > 1e-9:
            weight[mine] = 1 / drawn[mine]
            weight[mine] /= weight[mine].mean()
            uneven |= mine
    return weight, uneven


def _uneven(data: StudyData, batch: Any, probability: FloatArray) -> BoolArray:
    """Which responses are to their units as their probabilities say."""
    strategies = {one["name"]: one["strategy"] for one in data.definition["batches"]}
    adaptive = [name for name, strategy in strategies.items() if strategy not in UNIFORM]
    elsewhere = batch == ""
    # One answer without a probability, and nobody meant them as weights.
    if elsewhere.any() and not np.all(probability[elsewhere] > 0):
        elsewhere = np.zeros(batch.size, dtype=bool)
    found: BoolArray = elsewhere | np.isin(batch.astype(str), adaptive)
    return found
