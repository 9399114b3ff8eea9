"""One-sided upper bounds of clustered rates: Clopper-Pearson at an effective number of trials."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from .basics import FloatArray, IntArray
from .cells import Planned
from .twoway import CellRates, planned_effect

FEW_EVENTS = 5


@dataclass(frozen=True)
class BinBounds:
    """What a bound needs, shape (C,): `n` responses or outputs, `events`, weighted `rate`, design effect
    `deff`, `clusters` = the smaller number of the two kinds. deff is nan below two clusters."""

    n: IntArray
    events: IntArray
    rate: FloatArray
    deff: FloatArray
    clusters: IntArray

    def only(self, which: slice) -> BinBounds:
        return BinBounds(
            self.n[which], self.events[which], self.rate[which], self.deff[which], self.clusters[which]
        )


def bounds_of(rates: CellRates, planned: Planned) -> BinBounds:
    """From two-way rates whose outcome 0 is the event: deff is at least 1 and, below 5 events, at least
    the planned one."""
    plan = planned_effect(
        rates.total, rates.participants, rates.outputs, planned.rho_participant, planned.rho_output
    )
    n, events = rates.total, rates.n[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        deff = np.maximum(n / rates.n_eff[:, 0], 1.0)
    deff = np.where(events < FEW_EVENTS, np.maximum(deff, plan), deff)
    clusters = np.minimum(rates.participants, rates.outputs)
    return BinBounds(n, events, rates.rate[:, 0], np.where(clusters >= 2, deff, np.nan), clusters)


def effective_n(bounds: BinBounds, confidence: float) -> FloatArray:
    """n* = min(n, n / deff (z / t)^2), t with clusters - 1 degrees of freedom; nan below two clusters.

    The factor is that of Korn & Graubard 1998, Surv Methodol 24, 193-201.
    """
    z = float(special.ndtri(confidence))
    t = special.stdtrit(np.maximum(bounds.clusters - 1, 1), confidence)
    star: FloatArray = np.minimum(bounds.n, bounds.n / bounds.deff * (z / t) ** 2)
    return star


def upper_bound(rate: FloatArray, n: FloatArray, confidence: float) -> FloatArray:
    """One-sided Clopper-Pearson bound of `rate` n events, not rounded, in n trials; 1 where n is nan or 0.

    >>> [round(float(upper_bound(np.zeros(1), np.array([n]), 0.95)[0]), 4) for n in (58.0, 59.0)]
    [0.0503, 0.0495]
    """
    usable = n > 0
    trials = np.where(usable, n, 1.0)
    events = np.where(usable, np.clip(rate, 0.0, 1.0), 0.0) * trials
    misses = trials - events
    some = misses > 0
    bound = special.betaincinv(events + 1, np.where(some, misses, 1.0), confidence)
    return np.where(usable & some, bound, 1.0)
