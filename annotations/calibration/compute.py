"""The calibration: difficulty curves by domain, and a value for every item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from annotations.analysis.data import StudyData
from annotations.analysis.findings import Findings, Fit, Rows
from annotations.analysis.sensitivity import said_of
from annotations.analysis.tables import (
    CALIBRATION_COLUMNS,
    CURVE_COLUMNS,
    DIFFICULTY_COLUMNS,
    INTERVALS_COLUMNS,
    in_words,
    plain,
    row,
)
from annotations.calibration.domains import ALL, Domain, domains
from annotations.calibration.drawing import draw as draw
from annotations.calibration.reliability import axis_reliability, in_summary
from annotations.calibration.sensitivity import sensitivity
from annotations.core.errors import Refusal
from annotations.statistics.basics import FloatArray, Interval
from annotations.statistics.bootstrap import Bootstrap, bootstrap
from annotations.statistics.calibration import Calibration, calibrate
from annotations.statistics.correlation import spearman
from annotations.statistics.curve import curve
from annotations.statistics.curvefit import Target
from annotations.statistics.itemvalues import item_values
from annotations.statistics.resampling import CurveSample, levels_of
from annotations.statistics.tally import tally

Method = Literal["likelihood", "least_squares"]
METHODS: tuple[Method, ...] = ("likelihood", "least_squares")
TARGETS: tuple[Target, ...] = ("rated", "failure")
SANDWICH, PERCENTILE = "sandwich_participants", "percentile_participants"
QUANTITIES = ("location", "slope")
STEPS = 61


@dataclass
class Tables:
    calibration: Rows = field(default_factory=list)
    calibration_intervals: Rows = field(default_factory=list)
    calibration_curve: Rows = field(default_factory=list)
    difficulty: Rows = field(default_factory=list)


def find(data: StudyData, given: dict[str, Any]) -> Findings:
    """Both targets by both methods; the chosen method on the axis's target gives items their values."""
    method = data.settings["method"]
    if method not in METHODS:
        raise Refusal(f"The calibration method {method!r} is not served: use {' or '.join(METHODS)}.")
    declared = data.settings["difficulty_target"]
    tables = Tables()
    targets: dict[str, str] = {}
    reliability: dict[str, dict[str, Any]] = {}
    findings = Findings(
        params={"method": method, "target": declared},
        summary={
            "n_responses": len(data.ratings),
            "n_participants": int(data.ratings["person"].nunique()),
            "participants_by_kind": data.kinds,
            "n_items": len(data.items),
            "targets": targets,
            "reliability": reliability,
        },
        warnings=data.cautions,
    )
    for domain in domains(data):
        axis = domain.axis_target(declared)
        if domain.population == ALL:
            targets[domain.name] = axis
            found = axis_reliability(domain, axis, seed=int(data.definition.get("seed", 0)))
            reliability[domain.name] = in_summary(found, axis)
            findings.warn(in_words(found.warnings, domain.about))
        if declared == "rated" and axis == "failure":
            findings.warn([f"{domain.name}: nobody rated difficulty, so failures give the axis."])
        _domain(data, domain, axis, method, tables, findings)
    findings.tables = vars(tables)
    findings.warn(said_of(data))
    if rows := sensitivity(data, lambda domain, target: _calibrated(domain, target, method)):
        findings.tables["calibration_sensitivity"] = rows
    findings.summary["sources"] = Counter(
        row["source"] for row in tables.difficulty if row["population"] == ALL
    )
    return findings


def finish(findings: Findings, samples: Sequence[CurveSample]) -> None:
    """Percentile intervals and bands over resampled participants take the place of the sandwich's, which
    stand beside them."""
    for fit, sample in zip(findings.fits, samples, strict=False):
        about = fit.about
        points = np.array(about["points"])
        found = bootstrap(fit.levels, sample, points=points, floor=fit.floor, ceiling=fit.ceiling)
        fitted = findings.tables["calibration"][about["row"]]
        for quantity in QUANTITIES:
            interval: Interval = getattr(found, quantity)
            fitted |= {f"{quantity}_low": plain(interval.low), f"{quantity}_high": plain(interval.high)}
            findings.tables["calibration_intervals"].append(
                _interval_row(fitted, quantity, PERCENTILE, interval, found.resamples)
            )
        _add_warnings(fitted, in_words(found.warnings))
        if about["shown"]:
            findings.warn(in_words(found.warnings, about["in_words"]))
        if about["points"]:
            _band(findings.tables["calibration_curve"], about["curve"], found)
    findings.tables["calibration_intervals"].sort(key=_interval_order)


def _domain(
    data: StudyData, domain: Domain, axis: Target, method: Method, tables: Tables, findings: Findings
) -> None:
    for target in TARGETS:
        if not domain.answered(target) and target != axis:
            continue
        for one in (method, *(other for other in METHODS if other != method)):
            fitted = _fit(domain, target, one, tables)
            place = [len(tables.calibration_curve)]
            shown = (target, one) == (axis, method)
            if shown:
                tables.calibration_curve += _curve_rows(domain, fitted)
                findings.warn(in_words(fitted.warnings, domain.about))
                _item_rows(data, domain, axis, fitted, tables, findings)
            place.append(len(tables.calibration_curve))
            if one == "likelihood" and fitted.n_participants > 1:
                findings.fits.append(_wanted(domain, fitted, tables, place, shown))


def _wanted(domain: Domain, fitted: Calibration, tables: Tables, place: list[int], shown: bool) -> Fit:
    """The resamples of the fit whose row was added last; `place` is that of its curve, if it has one."""
    target = fitted.target
    levels = levels_of(
        tally(domain.people, domain.item, domain.outcome(target), domain.x, weight=domain.weight)
    )
    about = {
        "row": len(tables.calibration) - 1,
        "shown": shown,
        "curve": place,
        "points": _grid(fitted).tolist() if place[0] < place[1] else [],
        "in_words": domain.about,
    }
    return Fit(domain.name, about, levels, target, fitted.floor, fitted.ceiling)


def _fit(domain: Domain, target: Target, method: Method, tables: Tables) -> Calibration:
    fit = _calibrated(domain, target, method)
    n, total, _ = _by_item(domain, target)
    means = np.divide(total, n, out=np.full(n.size, np.nan), where=n > 0)
    fitted = row(
        CALIBRATION_COLUMNS, domain.name, domain.population, target, method, fit.n_items,
        fit.n_responses, fit.n_participants, fit.location, fit.slope, fit.floor, fit.ceiling,
        fit.location_interval.low, fit.location_interval.high, fit.slope_interval.low,
        fit.slope_interval.high, spearman(domain.x, means).estimate, fit.quality.rmse,
        " ".join(in_words(fit.warnings)),
    )  # fmt: skip
    tables.calibration.append(fitted)
    for quantity in QUANTITIES:
        interval = getattr(fit, f"{quantity}_interval")
        tables.calibration_intervals.append(_interval_row(fitted, quantity, SANDWICH, interval, None))
    return fit


def _calibrated(domain: Domain, target: Target, method: Method) -> Calibration:
    unit: Literal["item", "level"] = "item" if method == "least_squares" else "level"
    sums = tally(
        domain.people, domain.item, domain.outcome(target), domain.x, weight=domain.weight, unit=unit
    )
    return calibrate(sums, target=target, method=method, ceiling=domain.top(target))


def _interval_row(
    fitted: dict[str, Any], quantity: str, interval: str, found: Interval, resamples: int | None
) -> dict[str, Any]:
    head = [fitted[name] for name in ("domain", "population", "target", "method")]
    return row(
        INTERVALS_COLUMNS, *head, quantity, fitted[quantity], interval, found.low, found.high,
        fitted["n_participants"], resamples,
    )  # fmt: skip


def _interval_order(one: dict[str, Any]) -> tuple[Any, ...]:
    population = "" if one["population"] == ALL else one["population"]
    return (
        one["domain"], population, TARGETS.index(one["target"]), METHODS.index(one["method"]),
        QUANTITIES.index(one["quantity"]), one["interval"],
    )  # fmt: skip


def _add_warnings(fitted: dict[str, Any], sentences: list[str]) -> None:
    known = fitted["warnings"]
    fitted["warnings"] = " ".join([part for part in (known, *sentences) if part])


def _grid(fitted: Calibration) -> FloatArray:
    return np.linspace(fitted.x_low, fitted.x_high, STEPS)


def _curve_rows(domain: Domain, fitted: Calibration) -> Rows:
    """The curve over the metrics that were seen, with the sandwich's band; none without a slope."""
    if not (np.isfinite(fitted.slope) and fitted.x_high > fitted.x_low):
        return []
    found = curve(fitted, _grid(fitted))
    metric = 10**found.x if domain.transform == "log10" else found.x
    return [
        row(
            CURVE_COLUMNS, domain.name, domain.population, fitted.target, fitted.method, x, y, low, high,
            SANDWICH,
        )
        for x, y, low, high in zip(metric, found.difficulty, found.low, found.high, strict=True)
    ]  # fmt: skip


def _band(rows: Rows, place: list[int], found: Bootstrap) -> None:
    for at, low, high in zip(range(*place), found.low, found.high, strict=True):
        rows[at] |= {"low": plain(low), "high": plain(high), "interval": PERCENTILE}


def _item_rows(
    data: StudyData, domain: Domain, axis: Target, chosen: Calibration, tables: Tables, findings: Findings
) -> None:
    n, total, squares = _by_item(domain, axis)
    covariance = chosen.robust.participant.covariance
    values = item_values(
        domain.x, n, total, squares, target=axis, ceiling=domain.top(axis),
        curve_covariance=covariance if np.all(np.isfinite(covariance)) else None,
    )  # fmt: skip
    findings.warn(in_words(values.warnings, domain.about))
    failures, failed, _ = _by_item(domain, "failure")
    ratings, rated, _ = _by_item(domain, "rated")
    responses = np.bincount(domain.item, minlength=domain.items.size)
    pairs = np.unique(domain.item * (len(data.people) + 1) + domain.people)
    people = np.bincount(pairs // (len(data.people) + 1), minlength=domain.items.size)
    keys = data.items["key"].to_numpy(object)[domain.items]
    metric = data.items["metric"].to_numpy(float)[domain.items]
    with np.errstate(invalid="ignore"):
        failure_rate, rating = failed / failures, 100 * rated / ratings
    columns = (
        keys, metric, responses, people, failure_rate, rating, values.difficulty, values.low, values.high,
        values.source,
    )  # fmt: skip
    for key, x, count, persons, *found, source in zip(*(c.tolist() for c in columns), strict=True):
        tables.difficulty.append(
            row(DIFFICULTY_COLUMNS, key, domain.name, domain.population, x, count, persons, *found, source)
        )


def _by_item(domain: Domain, target: Target) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Number, sum and sum of squares of the outcomes of each item, (I,)."""
    y = domain.outcome(target)
    there = ~np.isnan(y)
    item, y, size = domain.item[there], y[there], domain.items.size
    counts = [np.bincount(item, weights, size).astype(float) for weights in (None, y, y * y)]
    return counts[0], counts[1], counts[2]
