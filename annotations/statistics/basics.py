"""What every measure shares: cautions, intervals, checked arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Caution:
    """A typed warning: `code` for programs (stable), `text` for people."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided interval; nan at both ends where the data give none."""

    low: float
    high: float
    level: float = 0.95


def floats(values: ArrayLike, name: str, size: int | None = None) -> FloatArray:
    """`values` as a float vector (of `size`), else ValueError."""
    array = np.asarray(values, dtype=np.float64)
    _check_vector(array, name, size)
    return array


def integer_codes(values: ArrayLike, name: str, size: int | None = None, *, lowest: int = 0) -> IntArray:
    """`values` as a vector of integer codes, none below `lowest`, else ValueError."""
    raw = np.asarray(values)
    if raw.size and not np.issubdtype(raw.dtype, np.integer):
        raise ValueError(f"{name} must hold integer codes, not {raw.dtype}")
    array = raw.astype(np.int64)
    _check_vector(array, name, size)
    if array.size and int(array.min()) < lowest:
        raise ValueError(f"{name} holds a code below {lowest}")
    return array


def compacted(codes: IntArray) -> tuple[IntArray, IntArray]:
    """The codes that occur (K,), rising, and the place of each of `codes` (N,) among them; none below 0.

    As np.unique, but without sorting where the codes lie close together.

    >>> [one.tolist() for one in compacted(np.array([7, 2, 7, 4]))]
    [[2, 4, 7], [2, 0, 2, 1]]
    """
    span = int(codes.max()) + 1 if codes.size else 0
    if span > 4 * codes.size:
        names, place = np.unique(codes, return_inverse=True)
        return names, place.astype(np.int64)
    there = np.zeros(span, dtype=bool)
    there[codes] = True
    return np.flatnonzero(there), (np.cumsum(there, dtype=np.int64) - 1)[codes]


def positive_weights(values: ArrayLike | None, size: int) -> FloatArray:
    """Weights, 1 where none are given; each must be finite and above 0, else ValueError."""
    if values is None:
        return np.ones(size)
    array = floats(values, "weight", size)
    if not bool(np.all(np.isfinite(array) & (array > 0))):
        raise ValueError("a weight must be finite and above 0")
    return array


def check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")


def _check_vector(array: NDArray[Any], name: str, size: int | None) -> None:
    if array.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not {array.ndim}")
    if size is not None and array.size != size:
        raise ValueError(f"{name} has {array.size} values where {size} are needed")
