"""The difficulty of a study's items on one axis from 0 to 100, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from annotations.analysis.data import StudyData
from annotations.analysis.tables import DIFFICULTY_COLUMNS, row
from annotations.calibration.domains import ALL
from annotations.statistics.basics import FloatArray
from annotations.statistics.metric import metric_rank

BORROWED, OWN, RANK = "borrowed", "own", "metric-rank"
BORROWED_IN_WORDS = "Difficulty is borrowed from the calibration of another study."
RANK_IN_WORDS = "The axis is the metric rank, not human difficulty."


@dataclass(frozen=True)
class ItemDifficulty:
    """`values` by item position (nan where missing); `rows` where no other analysis has the table."""

    values: FloatArray
    source: str
    rows: list[dict[str, Any]] = field(default_factory=list)


def item_difficulty(data: StudyData, given: dict[str, Any]) -> ItemDifficulty:
    """Borrowed where there is one; else the study's own calibration; else the metric's rank.

    `given`: `borrowed` or `difficulty`, rows of the table `difficulty`.
    """
    if given.get("borrowed") is not None:
        return ItemDifficulty(_by_key(data, given["borrowed"]), BORROWED)
    if given.get("difficulty") is not None:
        return ItemDifficulty(_by_key(data, given["difficulty"]), OWN)
    return _ranks(data)


def _by_key(data: StudyData, rows: list[dict[str, Any]]) -> FloatArray:
    known = {one["item_id"]: one["difficulty"] for one in rows if one["population"] == ALL}
    values = [known.get(key) for key in data.items["key"]]
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def _ranks(data: StudyData) -> ItemDifficulty:
    values = np.full(len(data.items), np.nan)
    metric = data.items["metric"].to_numpy(float)
    domain_of = data.items["domain"].to_numpy(object)
    for domain in sorted(set(domain_of)):
        mine = domain_of == domain
        values[mine] = metric_rank(metric[mine]).values
    rows = [
        row(
            DIFFICULTY_COLUMNS, key, domain, ALL, x, 0, 0, None, None, value, None, None,
            RANK if np.isfinite(value) else "",
        )
        for key, domain, x, value in zip(data.items["key"], domain_of, metric, values, strict=True)
    ]  # fmt: skip
    return ItemDifficulty(values, RANK, rows)
