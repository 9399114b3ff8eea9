"""Reliability against scale: slopes within families, and which raw system each shaped one is paired with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .basics import FloatArray, IntArray, floats, integer_codes
from .percentiles import percentiles


@dataclass(frozen=True)
class Scale:
    """Of each system (S,): code of its `family` (-1 for none), log10 of parameters and of FLOP."""

    family: IntArray
    parameters: FloatArray
    flop: FloatArray


@dataclass(frozen=True)
class ScaleSlope:
    """Change of ultracrepidarianism, i / (a + i), per factor of ten; nan where the family's systems do
    not differ in size. `n_systems` have both a size and a value."""

    family: int
    against: Literal["parameters", "flop"]
    slope: float
    low: float
    high: float
    n_systems: int


def scale_of(family: ArrayLike, parameters: ArrayLike, flop: ArrayLike) -> Scale:
    """Families and sizes of the systems (S,); sizes above 0, nan where unknown, else ValueError.

    Source: STATISTICS 3.

    >>> scale_of([0, 0], [1e9, 1e10], [np.nan, 1e22]).parameters.tolist()
    [9.0, 10.0]
    """
    codes = integer_codes(family, "family", lowest=-1)
    logs = []
    for name, values in (("parameters", parameters), ("flop", flop)):
        size = floats(values, name, codes.size)
        if bool(np.any((size <= 0) | np.isinf(size))):
            raise ValueError(f"{name} must be above 0, nan where unknown")
        logs.append(np.log10(size))
    return Scale(codes, logs[0], logs[1])


def raw_and_shaped(family: ArrayLike, shaped: Sequence[bool | None], parameters: ArrayLike) -> tuple[
    tuple[int, int], ...
]:  # fmt: skip
    """Pairs (raw, shaped) of systems of one family and the same number of parameters.

    `shaped` (S,) is True, False (raw) or None where unknown. Where a number is not known, a shaped system
    is paired with the family's raw one if there is only that. ValueError for arrays of unlike
    length. Source: STATISTICS 3.

    >>> raw_and_shaped([0, 0, 0, 1], [False, True, True, True], [7e9, 7e9, 13e9, 7e9])
    ((0, 1),)
    """
    codes = integer_codes(family, "family", lowest=-1)
    size = floats(parameters, "parameters", codes.size)
    if len(shaped) != codes.size:
        raise ValueError(f"shaped has {len(shaped)} values where {codes.size} are needed")
    pairs: list[tuple[int, int]] = []
    for system in range(codes.size):
        if not shaped[system] or codes[system] < 0:
            continue
        raw = [i for i in range(codes.size) if codes[i] == codes[system] and shaped[i] is False]
        same = [i for i in raw if size[i] == size[system]]
        unknown = np.isnan(size[system]) or (len(raw) == 1 and np.isnan(size[raw[0]]))
        if not same and len(raw) == 1 and unknown:
            same = raw
        pairs.extend((i, system) for i in same)
    return tuple(pairs)


def scale_slopes(
    scale: Scale, value: FloatArray, resamples: FloatArray, level: float
) -> tuple[ScaleSlope, ...]:
    """Least-squares slope of `value` (S,) on log10 size in each family, intervals from `resamples` (S, B).

    Systems without a size or a value are left out, in each resample those without a value there.
    """
    found = []
    for family in np.unique(scale.family[scale.family >= 0]).tolist():
        own = scale.family == family
        sizes: tuple[tuple[Literal["parameters", "flop"], FloatArray], ...]
        sizes = (("parameters", scale.parameters), ("flop", scale.flop))
        for against, size in sizes:
            x = size[own]
            slope = slopes_of(x, value[own][:, None])
            result = percentiles(slope, slopes_of(x, resamples[own])[None, :], level)
            n = int(np.count_nonzero(np.isfinite(x) & np.isfinite(value[own])))
            ends = float(result.low[0]), float(result.high[0])
            found.append(ScaleSlope(family, against, float(slope[0]), *ends, n))
    return tuple(found)


def slopes_of(x: FloatArray, y: FloatArray) -> FloatArray:
    """Slope (B,) of each column of y (S, B) on x (S,), over the pairs that are there.

    nan where those have one x. Raises nothing. Source: STATISTICS 3, least squares.

    >>> slopes_of(np.array([1.0, 2.0, 4.0]), np.array([[1.0, 5.0], [3.0, 5.0], [7.0, np.nan]])).tolist()
    [2.0, 0.0]
    """
    there = np.isfinite(x)[:, None] & np.isfinite(y)
    n = np.maximum(there.sum(axis=0), 1)
    apart = np.where(there, x[:, None], 0.0)
    apart = np.where(there, apart - apart.sum(axis=0) / n, 0.0)
    spread = np.sum(apart * apart, axis=0)
    product = np.sum(apart * np.where(there, y, 0.0), axis=0)
    return np.where(spread > 1e-12, product / np.where(spread > 1e-12, spread, 1.0), np.nan)
