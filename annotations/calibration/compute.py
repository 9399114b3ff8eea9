"""The calibration: difficulty curves by domain, and a value for every item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from annotations.analysis.data import StudyData
from annotations.analysis.findings import Findings, Fit, Rows
from annotations.analysis.sensitivity import said_of
from annotations.analysis.tables import CALIBRATION_COLUMNS, INTERVALS_COLUMNS, in_words, plain, row
from annotations.analysis.weights import weights_of
from annotations.calibration.beside import beside
from annotations.calibration.domains import ALL, Domain, by_item, domains
from annotations.calibration.drawing import draw as draw
from annotations.calibration.fitting import (
    CORRECTED,
    PERCENTILE,
    SANDWICH,
    Fitted,
    Method,
    curve_rows,
    fit_domain,
    grid,
)
from annotations.calibration.items import item_rows
from annotations.calibration.reliability import axis_reliability, in_summary
from annotations.calibration.sensitivity import sensitivity
from annotations.statistics.basics import Interval
from annotations.statistics.bootstrap import Bootstrap, bootstrap
from annotations.statistics.calibration import Calibration
from annotations.statistics.correlation import spearman
from annotations.statistics.curvefit import Target
from annotations.statistics.resampling import CurveSample, levels_of
from annotations.statistics.tally import tally

PLAIN: tuple[Method, ...] = ("likelihood", "least_squares")
METHODS: tuple[Method, ...] = (*PLAIN, "mixed", "isotonic")
TARGETS: tuple[Target, ...] = ("rated", "failure")
PROFILE = "profile_likelihood"
QUANTITIES = ("location", "slope", "floor", "ceiling")


@dataclass
class Tables:
    calibration: Rows = field(default_factory=list)
    calibration_intervals: Rows = field(default_factory=list)
    calibration_curve: Rows = field(default_factory=list)
    difficulty: Rows = field(default_factory=list)


def find(data: StudyData, given: dict[str, Any]) -> Findings:
    """Both targets by the plain methods, the axis's by the chosen one too, which gives items their values."""
    settings = data.settings
    method, free = settings["method"], settings.get("free_ends", [])
    declared = settings["difficulty_target"]
    tables = Tables()
    targets: dict[str, str] = {}
    reliability: dict[str, dict[str, Any]] = {}
    findings = Findings(
        params={"method": method, "target": declared} | ({"free_ends": free} if free else {}),
        summary={
            "n_responses": len(data.ratings),
            "n_participants": int(data.ratings["person"].nunique()),
            "participants_by_kind": data.kinds,
            "n_items": len(data.items),
            "targets": targets,
            "reliability": reliability,
        },
        warnings=[*data.cautions, *said_of(data), *weights_of(data)[1]],
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
        _domain(data, domain, axis, tables, findings)
    plain: Method = method if method in PLAIN else "likelihood"
    findings.tables = vars(tables)
    more = {
        "calibration_sensitivity": sensitivity(
            data, lambda domain, target: fit_domain(domain, target, plain, free)
        ),
        **beside(data, given),
    }
    findings.tables |= {name: rows for name, rows in more.items() if rows}
    findings.summary["sources"] = Counter(
        row["source"] for row in tables.difficulty if row["population"] == ALL
    )
    return findings


def finish(findings: Findings, samples: Sequence[CurveSample]) -> None:
    """Percentile intervals and bands over resampled participants take the place of the sandwich's, which
    stand beside them, as do percentiles corrected for bias and skewness."""
    for fit, sample in zip(findings.fits, samples, strict=False):
        about = fit.about
        points = np.array(about["points"])
        found = bootstrap(fit.levels, sample, points=points, floor=fit.floor, ceiling=fit.ceiling)
        fitted = findings.tables["calibration"][about["row"]]
        for quantity in QUANTITIES[:2]:
            interval: Interval = getattr(found, quantity)
            fitted |= {f"{quantity}_low": plain(interval.low), f"{quantity}_high": plain(interval.high)}
            corrected: Interval = getattr(found, f"corrected_{quantity}")
            findings.tables["calibration_intervals"] += [
                _interval_row(fitted, quantity, kind, one, found.resamples)
                for kind, one in ((PERCENTILE, interval), (CORRECTED, corrected))
                if kind == PERCENTILE or np.isfinite(one.low)
            ]
        _add_warnings(fitted, in_words(found.warnings))
        if about["shown"]:
            findings.warn(in_words(found.warnings, about["in_words"]))
        if about["points"]:
            _band(findings.tables["calibration_curve"], about["curve"], found)
    findings.tables["calibration_intervals"].sort(key=_interval_order)


def _domain(data: StudyData, domain: Domain, axis: Target, tables: Tables, findings: Findings) -> None:
    method, free = data.settings["method"], data.settings.get("free_ends", [])
    for target in TARGETS:
        if not domain.answered(target) and target != axis:
            continue
        chosen = [method] if method in PLAIN or target == axis else []
        for one in [*chosen, *(other for other in PLAIN if other != method)]:
            fitted = fit_domain(domain, target, one, free)
            _add(domain, fitted, tables)
            place = [len(tables.calibration_curve)]
            shown = (target, one) == (axis, method)
            if shown:
                tables.calibration_curve += curve_rows(domain, fitted)
            place.append(len(tables.calibration_curve))
            if shown:
                _further_curves(domain, fitted, tables)
                findings.warn(in_words(fitted.said, domain.about))
                rows, said = item_rows(data, domain, axis, fitted)
                tables.difficulty += rows
                findings.warn(said)
            if one == "likelihood" and fitted.base.n_participants > 1:
                findings.fits.append(_wanted(domain, fitted.base, tables, place, shown))


def _further_curves(domain: Domain, fitted: Fitted, tables: Tables) -> None:
    """Beside the curve that is shown: the monotone one, and that of the typical person where they differ."""
    if fitted.typical is not None:
        tables.calibration_curve += curve_rows(domain, fitted, "mixed_typical")
    if fitted.method != "isotonic":
        tables.calibration_curve += curve_rows(domain, fit_domain(domain, fitted.target, "isotonic"))


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
        "points": grid(fitted).tolist() if place[0] < place[1] else [],
        "in_words": domain.about,
    }
    return Fit(domain.name, about, levels, target, fitted.floor, fitted.ceiling)


def _add(domain: Domain, found: Fitted, tables: Tables) -> None:
    """Its row of the calibration, and of the intervals those that need no resamples."""
    base = found.base
    n, total, _ = by_item(domain, base.target)
    means = np.divide(total, n, out=np.full(n.size, np.nan), where=n > 0)
    ends = (found.location_interval, found.slope_interval)
    fitted = row(
        CALIBRATION_COLUMNS, domain.name, domain.population, base.target, found.method, base.n_items,
        base.n_responses, base.n_participants, found.location, found.slope, base.floor, base.ceiling,
        *(bound for one in ends for bound in (one.low, one.high)),
        spearman(domain.x, means).estimate, found.rmse, " ".join(in_words(found.said)),
    )  # fmt: skip
    tables.calibration.append(fitted)
    kind = found.interval
    for quantity, interval in zip(QUANTITIES, ends, strict=False):
        if kind:
            tables.calibration_intervals.append(_interval_row(fitted, quantity, kind, interval, None))
    if found.ends is not None and found.method in PLAIN:
        for quantity, end in (("floor", found.ends.floor), ("ceiling", found.ends.ceiling)):
            for name, interval in ((SANDWICH, end.robust), (PROFILE, end.profile)):
                if end.free and np.isfinite(interval.low):
                    tables.calibration_intervals.append(_interval_row(fitted, quantity, name, interval, None))


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


def _band(rows: Rows, place: list[int], found: Bootstrap) -> None:
    for at, low, high in zip(range(*place), found.low, found.high, strict=True):
        rows[at] |= {"low": plain(low), "high": plain(high), "interval": PERCENTILE}
