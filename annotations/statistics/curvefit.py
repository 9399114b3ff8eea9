"""The fit of one calibration curve and its covariances, on a standardised metric."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from scipy import special

from .basics import Caution, FloatArray
from .logistic import Counts, Fit, curve_at, fit_least_squares, fit_likelihood, is_separated, score_weight
from .sandwich import Robust, Sandwiches, Scores, response_meat, sandwiches
from .tally import Tally

Target = Literal["failure", "rated"]
Method = Literal["likelihood", "least_squares"]

RIDGE = 0.25
"""Taken off the score of a degenerate `rated` fit: as much as one response at one half tells."""


ONE_LEVEL = Caution("one_level", "The metric has one value: no slope can be found, the curve is flat.")
_SEPARATED = Caution(
    "separation",
    "The best curve would be infinitely steep or far away, as where one cut of the metric parts failures "
    "from the rest: a penalised fit is shown.",
)


def fit_flat(counts: Counts) -> Fit:
    mean = (np.sum(counts.k) + 0.5) / (np.sum(counts.n) + 1)
    inner = (mean - counts.floor) / (counts.ceiling - counts.floor)
    theta = np.array([float(special.logit(min(max(inner, 1e-6), 1 - 1e-6))), 0.0])
    return Fit(theta, np.full((2, 2), np.nan), True, 0)


def fit_curve(
    counts: Counts, target: Target, method: Method, weighted: bool
) -> tuple[Fit, bool, list[Caution]]:
    """The fit asked for, or the penalised one where it does not exist; True if penalised."""
    separated = is_separated(counts)
    if method == "least_squares":
        weight = _ls_weight(counts.n, weighted)
        start = _penalised(counts, target).theta
        fit = fit_least_squares(counts, weight, start)
        separated = separated or not _sound(fit)
        if separated:
            fit = fit_least_squares(_drawn_inwards(counts), weight, start)
    elif separated:
        fit = _penalised(counts, target)
    else:
        fit = fit_likelihood(counts)
        if not _sound(fit):
            separated, fit = True, _penalised(counts, target)
    notes = [_SEPARATED] if separated else []
    if not fit.converged:
        notes.append(Caution("not_converged", "The fit did not settle: read its numbers with care."))
    return fit, separated, notes


def _penalised(counts: Counts, target: Target) -> Fit:
    return fit_likelihood(counts, jeffreys=target == "failure", ridge=0.0 if target == "failure" else RIDGE)


def _drawn_inwards(counts: Counts) -> Counts:
    """Unit means put between floor and ceiling, half a response away from both."""
    span = counts.ceiling - counts.floor
    inner = np.clip((counts.k / counts.n - counts.floor) / span, 0, 1)
    mean = counts.floor + span * (inner * counts.n + 0.5) / (counts.n + 1)
    return Counts(counts.x, mean * counts.n, counts.n, counts.floor, counts.ceiling)


def _sound(fit: Fit) -> bool:
    """Whether a maximum was found: settled, and no standard error beyond all bounds."""
    if not fit.converged or np.linalg.cond(fit.information) > 1e8:
        return False
    return bool(np.max(np.diag(np.linalg.inv(fit.information))) < 1e4 and np.max(np.abs(fit.theta)) < 1e3)


def _ls_weight(n: FloatArray, weighted: bool) -> FloatArray:
    return n if weighted else np.ones(n.size)


def covariances(
    tally: Tally, counts: Counts, fit: Fit, target: Target, method: Method, weighted: bool,
    back: FloatArray, theta: FloatArray,
) -> tuple[FloatArray, Sandwiches]:  # fmt: skip
    nothing = np.full((2, 2), np.nan)
    if not np.all(np.isfinite(fit.information)) or np.linalg.cond(fit.information) > 1e12:
        return nothing, no_sandwiches(tally)
    shape = curve_at(fit.theta[0] + fit.theta[1] * counts.x, counts.floor, counts.ceiling)
    if method == "likelihood":
        weight, scale = score_weight(shape), 1.0
        if target == "rated":
            spread = tally.squares - 2 * shape.value * tally.total + tally.n * shape.value**2
            lost = float(np.sum(tally.n)) - 2
            scale = float(np.sum(spread / (shape.value * shape.rest))) / lost if lost > 0 else math.nan
    else:
        prior = _ls_weight(tally.n, weighted)
        weight = prior / tally.n * shape.slope
        rss = float(prior @ (tally.total / tally.n - shape.value) ** 2)
        scale = rss / (tally.x.size - 2) if tally.x.size > 2 else math.nan
    scores = Scores(counts.x, shape.value, weight)
    meat = response_meat(scores, *tally.meat)
    robust = sandwiches(scores, fit.information, tally.by_participant, tally.by_item, meat, back, theta)
    return scale * back @ np.linalg.inv(fit.information) @ back.T, robust


def no_sandwiches(tally: Tally) -> Sandwiches:
    none = np.full((2, 2), np.nan)
    people, items = tally.by_participant.clusters, tally.by_item.clusters
    made = [Robust(none, math.nan, math.nan, math.nan, c) for c in (people, items, min(people, items))]
    return Sandwiches(*made)
