"""A logistic slope common to strata that each have an intercept of their own; one stratum is plain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from .basics import BoolArray, FloatArray, IntArray
from .clusters import runs
from .crossing import sums

_STEPS = 100


@dataclass(frozen=True)
class StrataFit:
    """The `slope` per unit of x, every response's `influence` (R,) on it, and how many strata hold both
    outcomes; nan and 0 where `separated`: one cut of x, in every stratum alike, parts the outcomes."""

    slope: float
    influence: FloatArray
    strata: int
    separated: bool


@dataclass(frozen=True)
class _Cells:
    """Responses put together by stratum and x: weight `n` (M,), of which `k` are events."""

    stratum: IntArray
    z: FloatArray
    n: FloatArray
    k: FloatArray
    strata: int


def fit_strata(event: BoolArray, x: FloatArray, stratum: IntArray, weight: FloatArray) -> StrataFit:
    """Maximum likelihood of logit P = a_s + b x on responses (R,) with codes of strata.

    Strata in which all or none are events say nothing of b and take no part. Newton's method, whose
    cost depends on the distinct (stratum, x).
    Source: McCullagh & Nelder 1989, Generalized Linear Models, chapter 4.
    """
    usable = _both(event, stratum)[stratum] if event.size else event
    rows = np.flatnonzero(usable)
    own, strata = _renumbered(stratum[rows])
    influence = np.zeros(event.size)
    if _parted(event[rows], x[rows], own, strata):
        return StrataFit(float("nan"), influence, strata, True)
    middle, scale = float(np.mean(x[rows])), float(np.std(x[rows]))
    levels, place = np.unique(x[rows], return_inverse=True)
    cells, at = _cells(event[rows], (levels - middle) / scale, place, own, weight[rows], strata)
    slope, chance, centre, information = _newton(cells)
    pull = weight[rows] * (event[rows] - chance[at]) * (cells.z[at] - centre[own])
    influence[rows] = pull / (information * scale)
    return StrataFit(slope / scale, influence, strata, False)


def _both(event: BoolArray, stratum: IntArray) -> BoolArray:
    n = np.bincount(stratum)
    k = np.bincount(stratum, event)
    both: BoolArray = (k > 0) & (k < n)
    return both


def _renumbered(stratum: IntArray) -> tuple[IntArray, int]:
    there = np.bincount(stratum, minlength=1) > 0
    return (np.cumsum(there) - 1)[stratum], int(np.count_nonzero(there))


def _parted(event: BoolArray, x: FloatArray, stratum: IntArray, strata: int) -> bool:
    """Whether the likelihood has no maximum: in all strata events lie above the rest, or in all below."""
    ends = np.full((2, 2, strata), np.inf)
    for kind in (0, 1):
        own = event == bool(kind)
        np.minimum.at(ends[kind, 0], stratum[own], x[own])
        np.minimum.at(ends[kind, 1], stratum[own], -x[own])
    low, high = ends[:, 0], -ends[:, 1]
    return bool(np.all(high[0] <= low[1]) or np.all(high[1] <= low[0]))


def _cells(
    event: BoolArray, z: FloatArray, place: IntArray, stratum: IntArray, weight: FloatArray, strata: int
) -> tuple[_Cells, IntArray]:
    keys, at = runs(stratum * z.size + place)
    n, k = sums(at, weight, keys.size), sums(at, weight * event, keys.size)
    return _Cells(keys // z.size, z[keys % z.size], n, k, strata), at


def _newton(cells: _Cells) -> tuple[float, FloatArray, FloatArray, float]:
    """The slope on z, each cell's chance (M,), the strata's weighted means of z, and the slope's own
    information, the intercepts swept out."""
    n, k = (sums(cells.stratum, part, cells.strata) for part in (cells.n, cells.k))
    base, slope = special.logit(k / n), 0.0
    value, at = _likelihood(cells, base, slope), _around(cells, base, slope)
    for _ in range(_STEPS):
        error = cells.k - cells.n * at.chance
        move = float(error @ at.centred) / at.information
        moved = sums(cells.stratum, error, cells.strata) / at.mass - at.mean * move
        share, tried = 1.0, _likelihood(cells, base + moved, slope + move)
        while tried < value - 1e-12 * abs(value) and share > 1e-8:
            share /= 2
            tried = _likelihood(cells, base + share * moved, slope + share * move)
        base, slope, value = base + share * moved, slope + share * move, tried
        at = _around(cells, base, slope)
        if max(abs(move), float(np.max(np.abs(moved)))) < 1e-10 * (1 + abs(slope)):
            break
    return slope, at.chance, at.mean, at.information


@dataclass(frozen=True)
class _Around:
    """At one place: chances (M,), the binomial weights' sums `mass` and means of z by stratum, z less
    those means, and the information on the slope."""

    chance: FloatArray
    mass: FloatArray
    mean: FloatArray
    centred: FloatArray
    information: float


def _around(cells: _Cells, base: FloatArray, slope: float) -> _Around:
    chance = special.expit(base[cells.stratum] + slope * cells.z)
    spread = cells.n * np.maximum(chance * (1 - chance), 1e-300)
    mass = sums(cells.stratum, spread, cells.strata)
    mean = sums(cells.stratum, spread * cells.z, cells.strata) / mass
    centred = cells.z - mean[cells.stratum]
    return _Around(chance, mass, mean, centred, float(spread @ centred**2))


def _likelihood(cells: _Cells, base: FloatArray, slope: float) -> float:
    eta = base[cells.stratum] + slope * cells.z
    return float(cells.k @ eta - cells.n @ np.logaddexp(0, eta))
