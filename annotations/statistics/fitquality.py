"""How well a calibration curve fits its counts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from .basics import FloatArray
from .logistic import Counts, curve_at, log_likelihood
from .tally import Tally


@dataclass(frozen=True)
class Quality:
    """Fit of a curve, on the scale of 0-1.

    `log_likelihood` sums y log F + (1 - y) log(1 - F) over responses; `deviance_responses` is its
    -2-fold, `log_likelihood_grouped` adds the binomial coefficients of the units (both nan for
    ratings). `deviance` and `pearson` compare the units with their own means, on
    `degrees_of_freedom`; `dispersion` is their ratio. `rss` and `sigma` are those of least squares on
    unit means; `rmse` is the root mean squared distance of item means from the curve.
    """

    log_likelihood: float
    log_likelihood_grouped: float
    deviance_responses: float
    deviance: float
    pearson: float
    degrees_of_freedom: int
    dispersion: float
    rss: float
    sigma: float
    rmse: float

    @staticmethod
    def nothing() -> Quality:
        none = math.nan
        return Quality(none, none, none, none, none, 0, none, none, none, none)


def quality(
    tally: Tally, theta: FloatArray, floor: float, ceiling: float, weighted: bool, *, binomial: bool
) -> Quality:
    """All measures of fit of the curve `theta` = (intercept, slope) to a tally with one unit or more."""
    counts = Counts(tally.x, tally.total, tally.n, floor, ceiling)
    shape = curve_at(theta[0] + theta[1] * tally.x, floor, ceiling)
    k, n = tally.total, tally.n
    missed = np.maximum(n - k, 0.0)
    fitted = log_likelihood(counts, theta)
    own = float(np.sum(special.xlogy(k, k / n) + special.xlogy(missed, missed / n)))
    choose = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(missed + 1)
    pearson = float(np.sum((k - n * shape.value) ** 2 / (n * shape.value * shape.rest)))
    df = int(tally.x.size) - 2
    rss = float((n if weighted else np.ones(n.size)) @ (k / n - shape.value) ** 2)
    items = tally.by_item
    apart = items.total / items.n - shape.value[items.unit]
    return Quality(
        fitted,
        fitted + float(np.sum(choose)) if binomial else math.nan,
        -2 * fitted if binomial else math.nan,
        2 * (own - fitted),
        pearson,
        max(df, 0),
        pearson / df if df > 0 else math.nan,
        rss,
        math.sqrt(rss / df) if df > 0 else math.nan,
        math.sqrt(float(np.mean(apart**2))),
    )
