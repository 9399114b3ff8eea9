"""The walk over the bins of one group, and its answer in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .basics import BoolArray, FloatArray, IntArray
from .bins import Bins
from .regionbounds import BinBounds, effective_n, upper_bound

Status = Literal["region", "none", "not_measured"]
MEASURES = ("slip", "slip_through", "model_error", "either")
_EITHER = ("model_error", "slip")
_OF = {
    "slip": ("judgements of incorrect outputs", "slips"),
    "slip_through": ("judgements of graded outputs", "slips"),
    "model_error": ("graded outputs", "errors"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    status: Status
    start: float
    limit: float
    reason: str


@dataclass(frozen=True)
class Tested:
    """One measure against one threshold in every bin (B,)."""

    name: str
    bounds: BinBounds
    star: FloatArray
    upper: FloatArray
    measured: BoolArray
    passed: BoolArray


def _tested(name: str, bounds: BinBounds, threshold: float, confidence: float) -> Tested:
    """`measured` where zero events at this n and design effect would pass."""
    star = effective_n(bounds, confidence)
    upper = upper_bound(bounds.rate, star, confidence)
    measured = upper_bound(np.zeros(star.size), star, confidence) < threshold
    return Tested(name, bounds, star, upper, measured, measured & (upper < threshold))


def walk(
    found: dict[str, BinBounds], measure: str, threshold: float, bins: Bins, n_outputs: IntArray,
    confidence: float,
) -> Answer:  # fmt: skip
    """The answer for one group: `found` are its bounds by measure (B,), `n_outputs` (B,) its outputs.

    `either` is not measured in a bin that does not pass while one of its two measures is not: more
    judgements could still pass it.
    """
    names = _EITHER if measure == "either" else (measure,)
    each = 1 - (1 - confidence) / len(names)
    tests = [_tested(name, found[name], threshold, each) for name in names]
    passed = np.logical_or.reduce([test.passed for test in tests])
    measured = passed | np.logical_and.reduce([test.measured for test in tests])
    there = np.flatnonzero(n_outputs)
    if not there.size:
        return Answer("not_measured", math.nan, math.nan, "No output of this group has a difficulty.")
    first = int(there[0])
    stops = np.flatnonzero(~passed[first:])
    stop = first + int(stops[0]) if stops.size else passed.size
    ended = "Every bin passes, to the hardest."
    if stop < passed.size:
        ended = _why(tests, stop, bool(measured[stop]), threshold, bins, each)
    if stop > first:
        start, limit = float(bins.low[first]), float(bins.high[stop - 1])
        text = f"Below {_percent(threshold)} from difficulty {start:.3g} to {limit:.3g}. {ended}"
        return Answer("region", start, limit, text)
    return Answer("none" if measured[stop] else "not_measured", math.nan, math.nan, ended)


def _why(
    tests: list[Tested], at: int, measured: bool, threshold: float, bins: Bins, confidence: float
) -> str:
    where = f"Bin {at + 1} (difficulty {bins.low[at]:.3g} to {bins.high[at]:.3g}): "
    said = [_failed(t, at, confidence) if t.measured[at] else _too_few(t, at, threshold) for t in tests]
    end = f", not below {_percent(threshold)}." if measured else "."
    return where + "; ".join(said) + end


def _failed(test: Tested, at: int, confidence: float) -> str:
    many, events = _OF[test.name]
    b = test.bounds
    return (
        f"{b.events[at]} {events} in {b.n[at]} {many} ({_percent(b.rate[at])}), "
        f"upper {100 * confidence:g} % bound {_percent(test.upper[at])}"
    )


def _too_few(test: Tested, at: int, threshold: float) -> str:
    many, events = _OF[test.name]
    b = test.bounds
    if not b.n[at]:
        return f"no {many}"
    if b.clusters[at] < 2:
        return f"{b.n[at]} {many} by fewer than two participants or of fewer than two outputs"
    return (
        f"{b.n[at]} {many} count as {test.star[at]:.3g} independent ones, "
        f"too few to show a rate below {_percent(threshold)} even without any {events}"
    )


def _percent(rate: float) -> str:
    return f"{100 * rate:.3g} %"
