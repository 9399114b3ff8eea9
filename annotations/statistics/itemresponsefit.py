"""The search for the maximum of the marginal likelihood of an item response model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import optimize, special

from .basics import BoolArray, FloatArray
from .latentability import (
    Answers,
    Expected,
    Nodes,
    complete_information,
    expect,
    observed_information,
    slopes,
)

Model = Literal["rasch", "2pl"]

_CYCLES = 25
_SLOPE_MOST, _INTERCEPT_MOST, _SPREAD_LEAST = 8.0, 15.0, 1e-3
_INTERCEPT_SD = 3.0
_ITEMS_MOST = 400


@dataclass(frozen=True)
class ModelFit:
    """Per item (I,): `slope` on the standardised ability and `intercept`, with their joint `covariance`
    (2 I, 2 I), None where there is none; `spread`, the mean absolute slope; per person (P,) the
    posterior mean and sd of the standardised ability."""

    slope: FloatArray
    intercept: FloatArray
    covariance: FloatArray | None
    spread: float
    log_likelihood: float
    ability: FloatArray
    ability_sd: FloatArray
    constant: int
    at_bound: bool
    converged: bool


@dataclass(frozen=True)
class _Priors:
    """Whether the intercepts (I,), the slopes (I,) and a common slope have one."""

    intercept: BoolArray
    slope: BoolArray
    common: bool


def fit_model(answers: Answers, nodes: Nodes, model: Model, prior: bool) -> ModelFit:
    """EM cycles from the items' shares, then L-BFGS-B on the marginal likelihood."""
    n, right = answers.n.T @ answers.people, answers.right.T @ answers.people
    constant = (right == 0) | (right == n)
    held = constant | prior
    priors = _Priors(held, held & (model == "2pl"), prior and model == "rasch")
    a, d = np.ones(n.size), 1.2 * special.logit((right + 0.5) / (n + 1))
    for _ in range(_CYCLES):
        a, d = _cycle(answers, a, d, nodes, model, priors)
    theta, converged = _finish(answers, a, d, nodes, model, priors)
    a, d = _parts(theta, n.size, model)
    sign = -1.0 if float(np.sum(a)) < 0 else 1.0
    a = sign * a
    at = expect(answers, a, d, nodes)
    mean = at.posterior @ nodes.z
    sd = np.sqrt(np.maximum(at.posterior @ nodes.z**2 - mean**2, 0.0))
    at_bound = bool(np.any(np.abs(a) > _SLOPE_MOST - 1e-6) or np.any(np.abs(d) > _INTERCEPT_MOST - 1e-6))
    return ModelFit(
        a, d, _covariance(answers, at, a, d, nodes, model, priors), float(np.mean(np.abs(a))),
        at.log_likelihood, mean[answers.pattern], sd[answers.pattern], int(np.count_nonzero(constant)),
        at_bound, converged,
    )  # fmt: skip


def _parts(theta: FloatArray, items: int, model: Model) -> tuple[FloatArray, FloatArray]:
    if model == "rasch":
        return np.full(items, theta[0]), theta[1:]
    return theta[:items], theta[items:]


def _cycle(
    answers: Answers, a: FloatArray, d: FloatArray, nodes: Nodes, model: Model, priors: _Priors
) -> tuple[FloatArray, FloatArray]:
    """One E-step, and one Newton step of every item's M-step (for a common slope, its closed form)."""
    at = expect(answers, a, d, nodes)
    pull_a, pull_d = slopes(at, a, d, nodes)
    aa, ad, dd = complete_information(at, a, d, nodes)
    pull_d, dd = pull_d - priors.intercept * d / _INTERCEPT_SD**2, dd + priors.intercept / _INTERCEPT_SD**2
    if model == "rasch":
        grown = math.sqrt(float(answers.people @ (at.posterior @ nodes.z**2)) / float(np.sum(answers.people)))
        return np.clip(a * grown, 0.05, _SLOPE_MOST / 2), d + np.clip(pull_d / (dd + 1e-9), -1, 1)
    pull_a, aa = pull_a - priors.slope * (a - 1), aa + priors.slope
    spare = np.maximum(aa * dd - ad * ad, 1e-9)
    move_a, move_d = (dd * pull_a - ad * pull_d) / spare, (aa * pull_d - ad * pull_a) / spare
    return np.clip(a + np.clip(move_a, -0.5, 0.5), -4, 4), np.clip(d + np.clip(move_d, -1, 1), -10, 10)


def _finish(
    answers: Answers, a: FloatArray, d: FloatArray, nodes: Nodes, model: Model, priors: _Priors
) -> tuple[FloatArray, bool]:
    scale = float(np.sum(answers.people))

    def loss(theta: FloatArray) -> tuple[float, FloatArray]:
        slope, intercept = _parts(theta, a.size, model)
        at = expect(answers, slope, intercept, nodes)
        pull_a, pull_d = slopes(at, slope, intercept, nodes)
        value = at.log_likelihood - 0.5 * float(priors.intercept @ (intercept / _INTERCEPT_SD) ** 2)
        pull_d = pull_d - priors.intercept * intercept / _INTERCEPT_SD**2
        if model == "rasch":
            common = float(np.sum(pull_a))
            if priors.common:
                value += math.log(theta[0]) - float(theta[0])
                common += 1 / float(theta[0]) - 1
            return -value / scale, -np.array([common, *pull_d]) / scale
        value -= 0.5 * float(priors.slope @ (slope - 1) ** 2)
        pull_a = pull_a - priors.slope * (slope - 1)
        return -value / scale, -np.concatenate([pull_a, pull_d]) / scale

    first = a[:1] if model == "rasch" else a
    least = _SPREAD_LEAST if model == "rasch" else -_SLOPE_MOST
    bounds = [(least, _SLOPE_MOST)] * first.size + [(-_INTERCEPT_MOST, _INTERCEPT_MOST)] * d.size
    found = optimize.minimize(
        loss, np.concatenate([first, d]), jac=True, method="L-BFGS-B", bounds=bounds,
        options={"ftol": 1e-16, "gtol": 1e-9, "maxiter": 1000, "maxcor": 30},
    )  # fmt: skip
    inside = [low + 1e-9 < value < high - 1e-9 for value, (low, high) in zip(found.x, bounds, strict=True)]
    pull = np.abs(np.asarray(found.jac)[inside])
    return np.asarray(found.x, dtype=np.float64), float(np.max(pull, initial=0.0)) < 1e-5


def _covariance(
    answers: Answers, at: Expected, a: FloatArray, d: FloatArray, nodes: Nodes, model: Model, priors: _Priors
) -> FloatArray | None:
    """The inverse of the observed information of likelihood and priors together."""
    if a.size > _ITEMS_MOST:
        return None
    matrix = observed_information(answers, at, a, d, nodes)
    matrix += np.diag(np.concatenate([priors.slope * 1.0, priors.intercept / _INTERCEPT_SD**2]))
    turn = np.eye(2 * a.size)
    if model == "rasch":
        turn = turn[:, a.size - 1 :]
        turn[: a.size, 0] = 1.0
    matrix = turn.T @ matrix @ turn
    if priors.common:
        matrix[0, 0] += 1 / float(a[0]) ** 2
    if not np.all(np.isfinite(matrix)) or float(np.linalg.eigvalsh(matrix).min()) <= 1e-9:
        return None
    return np.asarray(turn @ np.linalg.inv(matrix) @ turn.T, dtype=np.float64)
