"""The difficulty of a study's items, for cutting its outputs into bins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from annotations.analysis.frames import StudyData
from annotations.analysis.runs import is_stale, latest_run
from annotations.analysis.tables import DIFFICULTY_COLUMNS, row
from annotations.core.errors import Refusal
from annotations.statistics.basics import FloatArray
from annotations.statistics.metric import metric_rank
from annotations.studies.axis import borrow_axis

BORROWED, OWN, RANK = "borrowed", "own", "metric-rank"
IN_WORDS = {
    BORROWED: "Difficulty is borrowed from the calibration of another study.",
    OWN: "Difficulty comes from this study's own calibration, to which the same people may have"
    " contributed (same_people).",
    RANK: "The axis is the metric rank, not human difficulty.",
}


@dataclass(frozen=True)
class ItemAxis:
    """Difficulty 0-100 by item position (nan where missing), and where it comes from."""

    difficulty: FloatArray
    source: str
    rows: list[dict[str, Any]]


def item_axis(data: StudyData) -> ItemAxis:
    """Borrowed where the definition says so; else the study's own calibration; else the metric's rank."""
    borrowed = borrow_axis(data.study)
    if borrowed is not None:
        return ItemAxis(_by_key(data, borrowed.difficulty), BORROWED, [])
    if data.study.rates_difficulty:
        run = latest_run(data.study, "calibration")
        if run is None or is_stale(run):
            raise Refusal("The calibration of this study is missing or stale: run it first.")
        return ItemAxis(_by_key(data, run.rows("difficulty")), OWN, [])
    return _ranks(data)


def _by_key(data: StudyData, rows: list[dict[str, Any]]) -> FloatArray:
    known = {one["item_id"]: one["difficulty"] for one in rows if one["population"] == "all"}
    values = [known.get(key) for key in data.items["key"]]
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def _ranks(data: StudyData) -> ItemAxis:
    values = np.full(len(data.items), np.nan)
    metric = data.items["metric"].to_numpy(float)
    domains = data.items["domain"].to_numpy(object)
    for domain in sorted(set(domains)):
        mine = domains == domain
        values[mine] = metric_rank(metric[mine]).values
    rows = [
        row(
            DIFFICULTY_COLUMNS, key, domain, "all", x, 0, 0, None, None, value, None, None,
            RANK if np.isfinite(value) else "",
        )
        for key, domain, x, value in zip(data.items["key"], domains, metric, values, strict=True)
    ]  # fmt: skip
    return ItemAxis(values, RANK, rows)
