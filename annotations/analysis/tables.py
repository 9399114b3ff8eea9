"""Result tables as rows of plain values: what runs keep and releases write."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from annotations.statistics.basics import Caution

DIFFICULTY_COLUMNS = (
    "item_id", "domain", "population", "metric", "n_responses", "n_participants", "failure_rate",
    "rated_difficulty", "difficulty", "difficulty_low", "difficulty_high", "source",
)  # fmt: skip
CALIBRATION_COLUMNS = (
    "domain", "population", "target", "method", "n_items", "n_responses", "n_participants", "location",
    "slope", "floor", "ceiling", "location_low", "location_high", "slope_low", "slope_high", "spearman",
    "rmse", "warnings",
)  # fmt: skip
SUPERVISION_COLUMNS = (
    "group", "value", "bin", "difficulty_low", "difficulty_high", "n_outputs", "n_participants", "grade",
    "verdict", "n", "total", "rate", "low", "high", "n_eff",
)  # fmt: skip

RATES_COLUMNS = (
    "group", "value", "bin", "difficulty_low", "difficulty_high", "measure", "n", "total", "rate", "low",
    "high", "n_eff",
)  # fmt: skip
REGION_COLUMNS = (
    "group", "value", "measure", "threshold", "status", "from_difficulty", "limit_difficulty", "reason",
)  # fmt: skip

INTERVALS_COLUMNS = (
    "domain", "population", "target", "method", "quantity", "estimate", "interval", "low", "high",
    "n_participants", "resamples",
)  # fmt: skip
CURVE_COLUMNS = (
    "domain", "population", "target", "method", "metric", "difficulty", "low", "high", "interval",
)  # fmt: skip
SLIP_CURVE_COLUMNS = (
    "group", "value", "difficulty", "rate", "low", "high", "isotonic", "n", "total", "n_participants",
    "resamples",
)  # fmt: skip
TELLING_COLUMNS = (
    "scope", "bin", "difficulty_low", "difficulty_high", "quantity", "estimate", "low", "high", "ends",
    "n_incorrect", "n_correct", "n_unsure", "n_avoidant", "n_participants", "n_outputs",
)  # fmt: skip

RELIABILITY_COLUMNS = (
    "system", "family", "domain", "bin", "indicator", "value", "low", "high", "n", "n_items", "template",
    "difficulty_low", "difficulty_high",
)  # fmt: skip
RELIABILITY_SCALE_COLUMNS = (
    "family", "domain", "indicator", "against", "raw", "shaped", "value", "low", "high", "n", "n_items",
)  # fmt: skip

# Every table that a run may keep, in the order in which a release has them.
TABLE_COLUMNS = {
    "difficulty": DIFFICULTY_COLUMNS,
    "calibration": CALIBRATION_COLUMNS,
    "calibration_intervals": INTERVALS_COLUMNS,
    "calibration_curve": CURVE_COLUMNS,
    "supervision": SUPERVISION_COLUMNS,
    "supervision_rates": RATES_COLUMNS,
    "slip_curve": SLIP_CURVE_COLUMNS,
    "safe_region": REGION_COLUMNS,
    "telling_apart": TELLING_COLUMNS,
    "reliability": RELIABILITY_COLUMNS,
    "reliability_scale": RELIABILITY_SCALE_COLUMNS,
}


def plain(value: Any) -> Any:
    """A value as tables hold it: nan and infinities become None, floats have 10 significant digits.

    Rounded here, a run's tables are those of its release, and equal inputs stay ties: the last bit of
    a vectorised function may depend on where in the array a value stood.
    """
    if hasattr(value, "item"):
        value = value.item()  # numpy's own scalar
    if isinstance(value, float):
        return float(f"{value:.10g}") if math.isfinite(value) else None
    return value


def row(columns: tuple[str, ...], *values: Any) -> dict[str, Any]:
    return {name: plain(value) for name, value in zip(columns, values, strict=True)}


def row_of(columns: tuple[str, ...], result: object) -> dict[str, Any]:
    """The columns that a result row's attributes are named after."""
    return {name: plain(getattr(result, name)) for name in columns}


def in_words(cautions: Iterable[Caution], about: str = "") -> list[str]:
    """The cautions' sentences, each once, with what they are about in front."""
    return list(dict.fromkeys(f"{about}: {one.text}" if about else one.text for one in cautions))
