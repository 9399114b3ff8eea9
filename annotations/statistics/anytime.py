"""Evidence that may be looked at after every observation, as often as one likes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from annotations.statistics.basics import FloatArray

METHOD = "betting, uniform mixture over the share staked"
STAKES = 20


@dataclass(frozen=True)
class Evidence:
    """`highest` is the largest that the evidence ever was; `reached_at` how many observations that took."""

    estimate: float
    n: int
    evidence: float
    highest: float
    reached_at: int
    method: str = METHOD
    warnings: tuple[str, ...] = ()


def evidence_against_mean(values: FloatArray, *, bound: float) -> Evidence:
    """Evidence that observations in [0, 1] have a mean above `bound`, (N,) in the order of their coming.

    Somebody who starts with 1 bets on every next observation that it lies above the bound, at odds that are
    fair or worse if its mean, whatever came before, is at most the bound. Then what they own is a
    non-negative supermartingale, and by Ville's inequality the chance that it *ever* reaches 1/alpha is at
    most alpha, whenever and however often one looks. The capital is the mean over stakes from 1/21 to 20/21
    of the largest stake that cannot ruin: 1/bound. ValueError for a bound or an observation outside 0-1.

    References
    ----------
    Ville (1939), Étude critique de la notion de collectif; Waudby-Smith and Ramdas (2024), Estimating means
    of bounded random variables by betting, Journal of the Royal Statistical Society B 86(1), 1-27.

    Examples
    --------
    >>> found = evidence_against_mean(np.ones(4), bound=0.1)
    >>> found.n, found.reached_at, found.highest > 1000
    (4, 4, True)
    >>> evidence_against_mean(np.zeros(30), bound=0.1).highest
    1.0
    """
    if not 0 < bound < 1:
        raise ValueError("the bound lies between 0 and 1")
    if values.size and not ((values >= 0) & (values <= 1)).all():
        raise ValueError("observations lie from 0 to 1")
    if not values.size:
        return Evidence(math.nan, 0, 1.0, 1.0, 0, warnings=("no observations",))
    stakes = np.arange(1, STAKES + 1) / (STAKES + 1) / bound
    growth = np.cumsum(np.log1p(np.outer(stakes, values - bound)), axis=1)
    capital = np.exp(np.minimum(growth, 700.0)).mean(axis=0)
    best = int(np.argmax(capital))
    highest = float(capital[best])
    return Evidence(
        estimate=float(values.mean()),
        n=values.size,
        evidence=float(capital[-1]),
        highest=max(1.0, highest),
        reached_at=best + 1 if highest > 1 else 0,
    )
