"""The calibration job: difficulty curves by domain, and a value for every item."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from annotations.analysis import figures
from annotations.analysis.frames import StudyData, read_study
from annotations.analysis.runs import Outcome, stamp_of, store_run
from annotations.analysis.tables import CALIBRATION_COLUMNS, DIFFICULTY_COLUMNS, in_words, plain, row
from annotations.core.errors import Refusal
from annotations.core.jobs import kinds
from annotations.core.models import Job
from annotations.statistics.basics import FloatArray, IntArray
from annotations.statistics.calibration import Calibration, calibrate
from annotations.statistics.correlation import spearman
from annotations.statistics.curve import curve
from annotations.statistics.itemvalues import item_values
from annotations.statistics.metric import transform_metric
from annotations.statistics.tally import tally
from annotations.studies.models import Study

KIND = "calibration"
ALL = "all"
Target = Literal["failure", "rated"]
Method = Literal["likelihood", "least_squares"]
METHODS: tuple[Method, ...] = ("likelihood", "least_squares")


@dataclass(frozen=True)
class Domain:
    """One domain's items and the responses to them, by one population."""

    name: str
    population: str
    items: IntArray  # positions among all items
    x: FloatArray  # the metric after its transform, (I,)
    people: IntArray
    item: IntArray  # positions among this domain's items, (R,)
    failed: FloatArray
    rated: FloatArray
    ceiling: float

    def outcome(self, target: Target) -> FloatArray:
        return self.failed if target == "failure" else self.rated

    def top(self, target: Target) -> float:
        return self.ceiling if target == "failure" else 1.0


@dataclass
class Tables:
    difficulty: list[dict[str, Any]] = field(default_factory=list)
    calibration: list[dict[str, Any]] = field(default_factory=list)
    figures: dict[str, tuple[str, str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def work(context: kinds.Context) -> Outcome:
    study = Study.objects.select_related("version").get(pk=context.job.params["study"])
    method = study.definition["analysis"]["method"]
    if method not in METHODS:
        raise Refusal(f"The calibration method {method!r} is not served: use {' or '.join(METHODS)}.")
    stamp = stamp_of(study)
    data = read_study(study)
    tables = Tables()
    parts = list(domains(data))
    for done, domain in enumerate(parts):
        context.progress(done / len(parts), f"{domain.name}, {domain.population}")
        calibrate_domain(data, domain, method, tables)
    return Outcome(
        kind=KIND,
        params={"method": method, "target": study.definition["analysis"]["difficulty_target"]},
        stamp=stamp,
        fingerprint=data.fingerprint,
        seed=context.job.params["seed"],
        summary={
            "n_responses": len(data.ratings),
            "n_participants": int(data.ratings["person"].nunique()),
            "participants_by_kind": _kinds(data),
            "n_items": len(data.items),
        },
        warnings=[*data.cautions, *dict.fromkeys(tables.warnings)],
        tables={"calibration": tables.calibration, "difficulty": tables.difficulty},
        figures=tables.figures,
    )


def store(job: Job, outcome: Outcome) -> dict[str, Any]:
    run = store_run(study=Study.objects.get(pk=job.params["study"]), outcome=outcome, job=job)
    return {"run": run.pk, "warnings": outcome.warnings}


def domains(data: StudyData) -> Iterator[Domain]:
    """Every domain for all people, and for each group of people where there are any."""
    ratings = data.ratings
    groups = data.people["group"].to_numpy(object)
    named = sorted({group for group in groups if group})
    settings = {one["name"]: one for one in data.study.definition["domains"]}
    for name in sorted(data.items["domain"].unique()):
        setting = settings.get(name, {"metric_transform": "none", "guess": 0.0})
        items = np.flatnonzero((data.items["domain"] == name).to_numpy())
        place = np.full(len(data.items), -1, dtype=np.int64)
        place[items] = np.arange(items.size)
        x = transform_metric(data.items["metric"].to_numpy(float)[items], setting["metric_transform"]).values
        for population in [ALL, *named]:
            mine = place[ratings["item"].to_numpy(np.int64)] >= 0
            if population != ALL:
                mine &= groups[ratings["person"].to_numpy(np.int64)] == population
            own = ratings[mine]
            yield Domain(
                name, population, items, x, own["person"].to_numpy(np.int64),
                place[own["item"].to_numpy(np.int64)], own["failed"].to_numpy(float),
                own["difficulty"].to_numpy(float) / 100, 1.0 - setting["guess"],
            )  # fmt: skip


def calibrate_domain(data: StudyData, domain: Domain, method: Method, tables: Tables) -> None:
    """Fit both targets by both methods; the chosen one of the axis's target gives items their values."""
    axis = axis_target(data, domain, tables)
    fits: dict[tuple[Target, Method], Calibration] = {}
    for target in ("rated", "failure"):
        if np.all(np.isnan(domain.outcome(target))) and target != axis:
            continue
        for one in (method, *(other for other in METHODS if other != method)):
            fits[target, one] = _fit(domain, target, one, tables)
    chosen = fits[axis, method]
    about = domain.name if domain.population == ALL else f"{domain.name}, {domain.population}"
    tables.warnings += in_words(chosen.warnings, about)
    _item_rows(data, domain, axis, chosen, about, tables)
    if domain.population == ALL:
        tables.figures[f"calibration-{domain.name}"] = (
            f"Calibration of difficulty: {domain.name}",
            _figure(data, domain, axis, chosen),
        )


def axis_target(data: StudyData, domain: Domain, tables: Tables) -> Target:
    """The declared target; without ratings, failures."""
    declared = data.study.definition["analysis"]["difficulty_target"]
    if declared == "failure":
        return "failure"
    if np.all(np.isnan(domain.rated)) and not np.all(np.isnan(domain.failed)):
        if declared == "rated":
            tables.warnings.append(f"{domain.name}: nobody rated difficulty, so failures give the axis.")
        return "failure"
    return "rated"


def _fit(domain: Domain, target: Target, method: Method, tables: Tables) -> Calibration:
    unit: Literal["item", "level"] = "item" if method == "least_squares" else "level"
    outcome = domain.outcome(target)
    sums = tally(domain.people, domain.item, outcome, domain.x, unit=unit)
    fit = calibrate(sums, target=target, method=method, ceiling=domain.top(target))
    n, total, _ = _by_item(domain, target)
    means = np.divide(total, n, out=np.full(n.size, np.nan), where=n > 0)
    tables.calibration.append(
        row(
            CALIBRATION_COLUMNS, domain.name, domain.population, target, method, fit.n_items,
            fit.n_responses, fit.n_participants, fit.location, fit.slope, fit.floor, fit.ceiling,
            fit.location_interval.low, fit.location_interval.high, fit.slope_interval.low,
            fit.slope_interval.high, spearman(domain.x, means).estimate, fit.quality.rmse,
            " ".join(in_words(fit.warnings)),
        )
    )  # fmt: skip
    return fit


def _item_rows(
    data: StudyData, domain: Domain, axis: Target, chosen: Calibration, about: str, tables: Tables
) -> None:
    n, total, squares = _by_item(domain, axis)
    covariance = chosen.robust.participant.covariance
    values = item_values(
        domain.x, n, total, squares, target=axis, ceiling=domain.top(axis),
        curve_covariance=covariance if np.all(np.isfinite(covariance)) else None,
    )  # fmt: skip
    tables.warnings += in_words(values.warnings, about)
    failures, failed, _ = _by_item(domain, "failure")
    ratings, rated, _ = _by_item(domain, "rated")
    responses = np.bincount(domain.item, minlength=domain.items.size)
    pairs = np.unique(domain.item * (len(data.people) + 1) + domain.people)
    people = np.bincount(pairs // (len(data.people) + 1), minlength=domain.items.size)
    keys = data.items["key"].to_numpy(object)[domain.items]
    metric = data.items["metric"].to_numpy(float)[domain.items]
    with np.errstate(invalid="ignore"):
        failure_rate, rating = failed / failures, 100 * rated / ratings
    for at in range(domain.items.size):
        tables.difficulty.append(
            row(
                DIFFICULTY_COLUMNS, keys[at], domain.name, domain.population, metric[at],
                int(responses[at]), int(people[at]), failure_rate[at], rating[at],
                values.difficulty[at], values.low[at], values.high[at], str(values.source[at]),
            )
        )  # fmt: skip


def _by_item(domain: Domain, target: Target) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Number, sum and sum of squares of the outcomes of each item, (I,)."""
    y = domain.outcome(target)
    there = ~np.isnan(y)
    item, y, size = domain.item[there], y[there], domain.items.size
    counts = [np.bincount(item, weights, size).astype(float) for weights in (None, y, y * y)]
    return counts[0], counts[1], counts[2]


def _figure(data: StudyData, domain: Domain, axis: Target, chosen: Calibration) -> str:
    n, total, _ = _by_item(domain, axis)
    shown = (n > 0) & np.isfinite(domain.x)
    points = pd.DataFrame({"x": domain.x[shown], "y": 100 * total[shown] / n[shown], "n": n[shown]})
    # Items at one point of the metric with one value are one dot: a figure does not grow with the data.
    merged = points.groupby(["x", "y"], as_index=False).sum()
    line: list[dict[str, Any]] = []
    if np.isfinite(chosen.slope) and chosen.x_high > chosen.x_low:
        band = curve(chosen, np.linspace(chosen.x_low, chosen.x_high, 61))
        line = [
            {"x": plain(x), "y": plain(y), "low": plain(low), "high": plain(high)}
            for x, y, low, high in zip(band.x, band.difficulty, band.low, band.high, strict=True)
        ]
    settings = {one["name"]: one for one in data.study.definition["domains"]}
    name = settings.get(domain.name, {}).get("metric") or "metric"
    y_title = "rated difficulty (0-100)" if axis == "rated" else "people who fail, per cent"
    rows: list[dict[str, Any]] = merged.to_dict("records")  # type: ignore[assignment]
    return figures.curve_with_points(
        line, rows, x=name, y=y_title, title=_title(data, f"Difficulty: {domain.name}")
    )


def _title(data: StudyData, text: str) -> str:
    return f"{text} (simulated people)" if "simulated" in _kinds(data) else text


def _kinds(data: StudyData) -> dict[str, int]:
    return {str(kind): int(count) for kind, count in sorted(data.people["kind"].value_counts().items())}
