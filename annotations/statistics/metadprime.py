"""Fitting meta-d' to counts of confidence, many tables at once: Fisher scoring, damped row by row.

meta-d' is the d' at which a person who used their confidence as well as the signal allows would have
spread it over right and wrong answers as these people did, their type-1 criterion c / d' held.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from .basics import BoolArray, FloatArray

_STEPS = 200
_TINY = 1e-12


@dataclass(frozen=True)
class MetaFit:
    """`theta` (B, 2 L - 1): meta-d', then the logs of the distances between the criteria of either
    answer; `log_likelihood` (B,) and `settled` (B,)."""

    theta: FloatArray
    log_likelihood: FloatArray
    settled: BoolArray


def fit_meta(counts: FloatArray, dprime: FloatArray, criterion: FloatArray) -> MetaFit:
    """Counts (B, 2, 2, L) [is signal, said signal, confidence rising], all above 0; d' and c (B,).

    Source: Maniscalco & Lau 2012, Conscious Cogn 21, 422-430, and 2014, equal variances.
    """
    lean = criterion / dprime
    gaps = counts.shape[3] - 1
    theta = np.concatenate([dprime[:, None], np.full((dprime.size, 2 * gaps), np.log(0.5))], axis=1)
    value, score, information = _terms(counts, lean, theta)
    damping, settled = np.full(dprime.size, 1e-3), np.zeros(dprime.size, dtype=bool)
    for _ in range(_STEPS):
        rows = np.flatnonzero(~settled)
        if not rows.size:
            break
        own = information[rows]
        scale = np.einsum("bii->bi", own) + 1e-9
        damped = own + np.einsum("bi,ij->bij", damping[rows, None] * scale, np.eye(theta.shape[1]))
        move = np.linalg.solve(damped, score[rows][:, :, None])[:, :, 0]
        move *= np.minimum(1.0, 1 / np.maximum(np.max(np.abs(move), axis=1, keepdims=True), _TINY))
        tried = theta[rows] + move
        new_value, new_score, new_information = _terms(counts[rows], lean[rows], tried)
        better = new_value >= value[rows] - 1e-13 * np.abs(value[rows])
        settled[rows] = (np.max(np.abs(move), axis=1) < 1e-9) | (damping[rows] > 1e12)
        went = rows[better]
        theta[went], value[went] = tried[better], new_value[better]
        score[went], information[went] = new_score[better], new_information[better]
        damping[rows] = np.where(better, np.maximum(damping[rows] / 10, 1e-12), damping[rows] * 10)
    return MetaFit(theta, value, settled & (damping <= 1e12))


def _terms(
    counts: FloatArray, lean: FloatArray, theta: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log likelihood (B,), its gradient and the expected information at theta."""
    gaps = counts.shape[3] - 1
    size = theta.shape[1]
    value, score = np.zeros(lean.size), np.zeros((lean.size, size))
    information = np.zeros((lean.size, size, size))
    # Saying noise is saying signal seen in a mirror: the criterion and the means change their signs.
    for said, sign, first in ((1, 1.0, 1), (0, -1.0, 1 + gaps)):
        own = np.concatenate([[0], np.arange(first, first + gaps)])
        for is_signal in (0, 1):
            mean = 0.5 if is_signal == said else -0.5
            part = _side(counts[:, is_signal, said], mean - sign * lean, theta[:, own])
            value += part[0]
            score[:, own] += part[1]
            information[:, own[:, None], own] += part[2]
    return value, score, information


def _side(n: FloatArray, pull: FloatArray, theta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """One answer to one kind of output: n (B, L); the evidence lies `pull` meta-d' above the criterion."""
    b, levels = n.shape
    gap = np.exp(theta[:, 1:])
    edge = np.concatenate([np.zeros((b, 1)), np.cumsum(gap, axis=1)], axis=1)
    z = pull[:, None] * theta[:, :1] - edge
    above, density = special.ndtr(z), np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    moved = np.zeros((b, levels + 1, levels))
    moved[:, :levels, 0] = density * pull[:, None]
    later = np.arange(levels)[:, None] > np.arange(levels - 1)
    moved[:, :levels, 1:] = -density[:, :, None] * gap[:, None, :] * later
    whole = np.maximum(above[:, :1], 1e-300)
    share = (above - np.concatenate([above[:, 1:], np.zeros((b, 1))], axis=1)) / whole
    share = np.maximum(share, _TINY)
    change = (moved[:, :-1] - moved[:, 1:]) / whole[:, :, None]
    change -= share[:, :, None] * moved[:, :1] / whole[:, :, None]
    value = np.sum(n * np.log(share), axis=1)
    score = np.einsum("bl,blk->bk", n / share, change)
    weight = n.sum(axis=1)[:, None] / share
    information = np.einsum("blj,bl,blk->bjk", change, weight, change)
    return value, score, information
