"""Expectation-maximisation for true classes that nobody saw: two sparse products a step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import linear_sum_assignment

from .basics import FloatArray

_LEAST = 1e-300


@dataclass(frozen=True)
class LabelCounts:
    """How often each unit got each (participant, label), (U, P K), label fastest, and K."""

    by_unit: sparse.csr_array
    by_label: sparse.csr_array
    kinds: int

    @property
    def participants(self) -> int:
        return int(self.by_unit.shape[1]) // self.kinds


@dataclass(frozen=True)
class Classes:
    """`prior` (K,), `confusion` (P, K, K) [true, said], `posterior` (U, K), and the fit's end: `objective`
    is what was climbed."""

    prior: FloatArray
    confusion: FloatArray
    posterior: FloatArray
    log_likelihood: float
    objective: float
    steps: int
    converged: bool


def shares(counts: LabelCounts) -> FloatArray:
    """The share (U, K) of each label among a unit's labels."""
    width = counts.participants * counts.kinds
    labels = np.tile(np.eye(counts.kinds), (counts.participants, 1)).reshape(width, counts.kinds)
    n = np.asarray(counts.by_unit @ labels, dtype=np.float64)
    return np.asarray(n / n.sum(axis=1, keepdims=True), dtype=np.float64)


def climb(
    counts: LabelCounts, posterior: FloatArray, *, smoothing: float, tolerance: float, steps: int
) -> Classes:
    """Steps from the posterior (U, K) until the objective rises by less than `tolerance`.

    The objective is the marginal log likelihood; with `smoothing`, that many pretended labels in each
    cell of a confusion matrix, it is the posterior's. The likelihood is that of the last parameters.
    """
    value = -np.inf
    for step in range(1, steps + 1):
        prior, confusion = _parameters(counts, posterior, smoothing)
        posterior, likelihood = _expect(counts, prior, confusion)
        found = likelihood + smoothing * float(np.sum(np.log(np.maximum(confusion, _LEAST))))
        if found - value < tolerance:
            return Classes(prior, confusion, posterior, likelihood, found, step, True)
        value = found
    return Classes(prior, confusion, posterior, likelihood, value, steps, False)


def aligned(counts: LabelCounts, found: Classes) -> Classes:
    """The same fit with its classes renamed so that people say the true class as often as may be.

    The likelihood does not change when classes trade names: this guards against their having done so.
    """
    said = np.asarray(counts.by_label @ found.posterior, dtype=np.float64)
    together = said.reshape(counts.participants, counts.kinds, counts.kinds).sum(axis=0)
    order = linear_sum_assignment(together, maximize=True)[1]
    return Classes(
        found.prior[order], found.confusion[:, order], found.posterior[:, order],
        found.log_likelihood, found.objective, found.steps, found.converged,
    )  # fmt: skip


def _parameters(
    counts: LabelCounts, posterior: FloatArray, smoothing: float
) -> tuple[FloatArray, FloatArray]:
    prior = posterior.mean(axis=0)
    said = np.asarray(counts.by_label @ posterior, dtype=np.float64) + smoothing
    said = said.reshape(counts.participants, counts.kinds, counts.kinds).transpose(0, 2, 1)
    total = said.sum(axis=2, keepdims=True)
    return prior, np.where(total > _LEAST, said / np.where(total > _LEAST, total, 1.0), 1 / counts.kinds)


def _expect(counts: LabelCounts, prior: FloatArray, confusion: FloatArray) -> tuple[FloatArray, float]:
    logs = np.log(np.maximum(confusion, _LEAST)).transpose(0, 2, 1).reshape(-1, counts.kinds)
    joint = np.asarray(counts.by_unit @ logs, dtype=np.float64) + np.log(np.maximum(prior, _LEAST))
    top = joint.max(axis=1, keepdims=True)
    share = np.exp(joint - top)
    mass = share.sum(axis=1, keepdims=True)
    return share / mass, float(np.sum(np.log(mass) + top))
