"""The curve of one domain, population and target, by any method that a definition may name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from annotations.analysis.findings import Rows
from annotations.analysis.tables import CURVE_COLUMNS, row
from annotations.calibration.domains import Domain
from annotations.statistics.basics import Caution, FloatArray, Interval
from annotations.statistics.calibration import Calibration, calibrate
from annotations.statistics.curve import curve
from annotations.statistics.curvefit import Target
from annotations.statistics.freedends import FreedEnds, free_ends
from annotations.statistics.isotonic import isotonic
from annotations.statistics.mixedcurve import MixedCurve, mixed_curve
from annotations.statistics.tally import tally

Method = Literal["likelihood", "least_squares", "mixed", "isotonic"]
Plain = Literal["likelihood", "least_squares"]
SANDWICH, PERCENTILE, LAPLACE = "sandwich_participants", "percentile_participants", "laplace"
CORRECTED = "bca_participants"
STEPS = 61
# Laplace's approximation with as many responses takes some seconds.
MOST_MIXED = 20_000
NOWHERE = Interval(float("nan"), float("nan"))
Points = tuple[FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True)
class Fitted:
    """`base` is the plain fit whose counts, ends and quality all methods share; what a method finds
    otherwise stands beside it. `at` reads difficulty with its band (0-100) off at metrics."""

    base: Calibration
    method: str
    location: float
    slope: float
    location_interval: Interval
    slope_interval: Interval
    at: Callable[[FloatArray], Points]
    interval: str
    rmse: float
    said: tuple[Caution, ...]
    ends: FreedEnds | None = None
    typical: Callable[[FloatArray], Points] | None = None

    @property
    def target(self) -> Target:
        return self.base.target


def fit_domain(domain: Domain, target: Target, method: Method, free: Sequence[str] = ()) -> Fitted:
    """Floor and ceiling are the domain's, or found by likelihood where they are `free`."""
    ends, notes = ends_of(domain, target, free)
    if method == "mixed":
        return _mixed(domain, ends, notes, _plain(domain, target, "likelihood", ends))
    if method == "isotonic":
        return _isotonic(domain, _plain(domain, target, "likelihood", ends), ends, notes)
    return _usual(_plain(domain, target, method, ends), ends, notes)


def ends_of(
    domain: Domain, target: Target, free: Sequence[str]
) -> tuple[FreedEnds | None, tuple[Caution, ...]]:
    """The ends that are freed; None, and why, where the data do not tell them."""
    if not free:
        return None, ()
    sums = tally(domain.people, domain.item, domain.outcome(target), domain.x, weight=domain.weight)
    wanted: Any = [end for end in ("floor", "ceiling") if end in free]
    found = free_ends(sums, target=target, free=wanted, ceiling=domain.top(target))
    known = {note.code for note in sums.warnings}
    notes = tuple(note for note in found.warnings if note.code not in known)
    sound = np.isfinite([found.floor.estimate, found.ceiling.estimate, found.slope]).all()
    told = found.floor.identified and found.ceiling.identified and "steep" not in {n.code for n in notes}
    if sound and told:
        return found, notes
    text = "Floor and ceiling were to be found from the data, which do not tell them: they are fixed."
    return None, (*notes, Caution("ends_fixed", text))


def _plain(domain: Domain, target: Target, method: Plain, ends: FreedEnds | None) -> Calibration:
    unit: Literal["item", "level"] = "item" if method == "least_squares" else "level"
    sums = tally(
        domain.people, domain.item, domain.outcome(target), domain.x, weight=domain.weight, unit=unit
    )
    floor, ceiling = (0.0, domain.top(target)) if ends is None else rounded_ends(ends)
    return calibrate(sums, target=target, method=method, floor=floor, ceiling=ceiling)


def rounded_ends(ends: FreedEnds) -> tuple[float, float]:
    """To 6 digits: what all else rests on must not hang on where a search stopped."""
    return round(ends.floor.estimate, 6), round(ends.ceiling.estimate, 6)


def _usual(base: Calibration, ends: FreedEnds | None, notes: tuple[Caution, ...]) -> Fitted:
    def at(x: FloatArray) -> Points:
        found = curve(base, x)
        return found.difficulty, found.low, found.high

    return Fitted(
        base, base.method, base.location, base.slope, base.location_interval, base.slope_interval, at,
        SANDWICH, base.quality.rmse, (*base.warnings, *notes), ends,
    )  # fmt: skip


def _mixed(domain: Domain, ends: FreedEnds | None, notes: tuple[Caution, ...], base: Calibration) -> Fitted:
    kept = np.ones(domain.people.size, dtype=bool)
    if kept.size > MOST_MIXED:
        before = np.cumsum(np.bincount(domain.people))
        people = max(int(np.searchsorted(before, MOST_MIXED, side="right")), 2)
        kept = domain.people < people
        text = (
            f"The mixed model is fitted to the first {np.unique(domain.people[kept]).size:,} of"
            f" {np.unique(domain.people).size:,} participants: all would take long."
        )
        notes = (*notes, Caution("some_participants", text))
    if domain.weight is not None:
        notes = (*notes, Caution("unweighted", "The mixed model takes all responses alike."))
    found = mixed_curve(
        domain.people[kept], domain.item[kept], domain.outcome(base.target)[kept], domain.x,
        target=base.target, floor=base.floor, ceiling=base.ceiling,
    )  # fmt: skip
    known = {note.text for note in found.warnings}
    own = tuple(note for note in base.warnings if note.code in ("nobody_failed", "all_failed", "no_data"))
    return Fitted(
        base, "mixed", found.location, found.marginal_slope, found.location_interval,
        found.marginal_slope_interval, lambda x: _read(found, x, "marginal"), LAPLACE,
        _rmse(domain, base.target, lambda x: _read(found, x, "marginal")[0]),
        (*(note for note in own if note.text not in known), *found.warnings, *notes), ends,
        lambda x: _read(found, x, "typical"),
    )  # fmt: skip


def _read(found: MixedCurve, x: FloatArray, which: str) -> Points:
    curves = found.at(x)
    parts = (getattr(curves, f"{which}{end}") for end in ("", "_low", "_high"))
    value, low, high = (100 * np.array([float(f"{one:.6g}") for one in part]) for part in parts)
    return value, low, high


def _isotonic(
    domain: Domain, base: Calibration, ends: FreedEnds | None, notes: tuple[Caution, ...]
) -> Fitted:
    """Increasing unless the plain curve falls. Its location is where it crosses half-way."""
    sums = tally(domain.people, domain.item, domain.outcome(base.target), domain.x, weight=domain.weight)
    rising = not base.slope < 0
    found = isotonic(sums.x, sums.total, sums.n, increasing=rising)
    half = (base.floor + base.ceiling) / 2
    crossed = bool(
        found.x.size and np.ptp(found.x) > 0 and found.estimate.min() < half < found.estimate.max()
    )
    order = slice(None) if rising else slice(None, None, -1)
    location = float(np.interp(half, found.estimate[order], found.x[order])) if crossed else float("nan")
    own = [
        note for note in base.warnings if note.code not in ("flat_slope", "location_outside", "separation")
    ]
    if not crossed and found.x.size:
        own.append(Caution("no_location", "The monotone curve does not cross half-way: it has no location."))

    def at(x: FloatArray) -> Points:
        if not found.x.size:
            return np.full((3, x.size), np.nan)[0], np.full(x.size, np.nan), np.full(x.size, np.nan)
        place = np.clip(np.searchsorted(found.x, x * (1 + 1e-12), side="right") - 1, 0, found.x.size - 1)
        none = np.full(x.size, np.nan)
        return 100 * found.estimate[place], none, none

    return Fitted(
        base, "isotonic", location, float("nan"), NOWHERE, NOWHERE, at, "",
        _rmse(domain, base.target, lambda x: at(x)[0]), (*own, *notes), ends,
    )  # fmt: skip


def _rmse(domain: Domain, target: Target, read: Callable[[FloatArray], FloatArray]) -> float:
    y = domain.outcome(target)
    there = ~np.isnan(y) & np.isfinite(domain.x)[domain.item]
    n = np.bincount(domain.item[there], minlength=domain.items.size)
    total = np.bincount(domain.item[there], y[there], domain.items.size)
    seen = n > 0
    if not seen.any():
        return float("nan")
    apart = total[seen] / n[seen] - read(domain.x[seen]) / 100
    return float(np.sqrt(np.mean(apart**2)))


def grid(base: Calibration) -> FloatArray:
    return np.linspace(base.x_low, base.x_high, STEPS)


def curve_rows(domain: Domain, fitted: Fitted, method: str = "") -> Rows:
    """The curve over the metrics that were seen, with its band; none where there is no range of them."""
    base = fitted.base
    if not (np.isfinite(base.slope) and base.x_high > base.x_low):
        return []
    x = grid(base)
    read = fitted.at if not method or fitted.typical is None else fitted.typical
    points = read(x)
    if not np.isfinite(points[0]).all():
        return []
    metric = 10**x if domain.transform == "log10" else x
    return [
        row(
            CURVE_COLUMNS, domain.name, domain.population, fitted.target, method or fitted.method, *numbers,
            fitted.interval,
        )
        for numbers in zip(metric, *points, strict=True)
    ]  # fmt: skip
