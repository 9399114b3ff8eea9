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
    "n_incorrect", "n_correct", "n_unsure", "n_avoidant", "n_participants", "n_outputs", "note",
)  # fmt: skip

RELIABILITY_COLUMNS = (
    "system", "family", "domain", "bin", "indicator", "value", "low", "high", "n", "n_items", "template",
    "difficulty_low", "difficulty_high",
)  # fmt: skip
RELIABILITY_SCALE_COLUMNS = (
    "family", "domain", "indicator", "against", "raw", "shaped", "value", "low", "high", "n", "n_items",
)  # fmt: skip

CALIBRATION_SENSITIVITY_COLUMNS = (
    "scope", "rule", "domain", "population", "target", "method", "n_items", "n_responses", "n_participants",
    "location", "slope", "location_low", "location_high", "slope_low", "slope_high",
)  # fmt: skip
CANDIDATES_COLUMNS = (
    "domain", "population", "metric", "target", "n_items", "n_responses", "spearman", "kendall", "location",
    "slope", "deviance", "degrees_of_freedom", "dispersion", "isotonic_distance", "held_out_loss",
    "held_out_rmse", "held_out_gain", "note",
)  # fmt: skip
ANSWER_RELIABILITY_COLUMNS = (
    "domain", "population", "target", "quantity", "estimate", "low", "high", "n", "n_items",
    "n_participants", "note",
)  # fmt: skip
ITEM_RESPONSE_COLUMNS = (
    "item_id", "domain", "model", "difficulty_logit", "se", "slope", "slope_se", "ability_sd", "n",
    "n_participants", "note",
)  # fmt: skip
PEOPLE_AVOIDANCE_COLUMNS = (
    "domain", "bin", "difficulty_low", "difficulty_high", "n", "total", "rate", "low", "high",
    "n_participants",
)  # fmt: skip
SUPERVISION_SENSITIVITY_COLUMNS = (
    "scope", "rule", "group", "value", "bin", "difficulty_low", "difficulty_high", "measure", "n", "total",
    "rate", "low", "high", "n_eff", "n_participants",
)  # fmt: skip
SLIPS_AGAINST_COLUMNS = (
    "covariate", "part", "value_low", "value_high", "n", "total", "estimate", "low", "high",
    "n_participants", "note",
)  # fmt: skip
SLIP_EFFECTS_COLUMNS = (
    "term", "estimate", "low", "high", "se", "n", "n_participants", "n_outputs", "note",
)  # fmt: skip
MACHINES_COLUMNS = (
    "machine", "accepts", "measure", "n", "total", "rate", "low", "high", "expected", "n_outputs",
    "n_participants", "note",
)  # fmt: skip
AGREEMENT_COLUMNS = (
    "group", "value", "metric", "alpha", "low", "high", "n", "n_units", "n_single", "n_participants",
    "resamples", "note",
)  # fmt: skip
INFERRED_COLUMNS = (
    "output_id", "domain", "system", "inferred_grade", "p_correct", "p_avoidant", "p_incorrect",
    "n_verdicts",
)  # fmt: skip
SEVERITY_COLUMNS = (
    "group", "value", "quantity", "estimate", "low", "high", "n", "total", "note",
)  # fmt: skip
WRONG_GRADES_COLUMNS = (
    "outputs", "part", "threshold", "misgraded", "share", "slip", "low", "high", "n", "total", "note",
)  # fmt: skip
REJECT_COLUMNS = (
    "difficulty", "coverage", "risk", "n", "total", "rate", "low", "high", "band_low", "band_high",
)  # fmt: skip

RATERS_COLUMNS = (
    "participant_id", "kind", "group", "n_responses", "checks_passed", "checks_failed",
    "median_duration_ms", "hit_rate", "false_alarm_rate", "d_prime", "criterion", "excluded", "reason",
)  # fmt: skip

# Every table that a run may keep, in the order in which a release has them.
TABLE_COLUMNS = {
    "difficulty": DIFFICULTY_COLUMNS,
    "calibration": CALIBRATION_COLUMNS,
    "calibration_intervals": INTERVALS_COLUMNS,
    "calibration_curve": CURVE_COLUMNS,
    "calibration_sensitivity": CALIBRATION_SENSITIVITY_COLUMNS,
    "metric_candidates": CANDIDATES_COLUMNS,
    "answer_reliability": ANSWER_RELIABILITY_COLUMNS,
    "item_response": ITEM_RESPONSE_COLUMNS,
    "people_avoidance": PEOPLE_AVOIDANCE_COLUMNS,
    "supervision": SUPERVISION_COLUMNS,
    "supervision_rates": RATES_COLUMNS,
    "slip_curve": SLIP_CURVE_COLUMNS,
    "safe_region": REGION_COLUMNS,
    "telling_apart": TELLING_COLUMNS,
    "supervision_sensitivity": SUPERVISION_SENSITIVITY_COLUMNS,
    "reject_option": REJECT_COLUMNS,
    "wrong_grades": WRONG_GRADES_COLUMNS,
    "slips_against": SLIPS_AGAINST_COLUMNS,
    "slip_effects": SLIP_EFFECTS_COLUMNS,
    "severity": SEVERITY_COLUMNS,
    "agreement": AGREEMENT_COLUMNS,
    "machine_supervisors": MACHINES_COLUMNS,
    "inferred_grades": INFERRED_COLUMNS,
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


def settled(*values: float) -> list[float]:
    """Numbers that a search ended at, to the 6 digits that every machine agrees on."""
    return [float(f"{value:.6g}") for value in values]


def row(columns: tuple[str, ...], *values: Any) -> dict[str, Any]:
    return {name: plain(value) for name, value in zip(columns, values, strict=True)}


def row_of(columns: tuple[str, ...], result: object) -> dict[str, Any]:
    """The columns that a result row's attributes are named after."""
    return {name: plain(getattr(result, name)) for name in columns}


def in_words(cautions: Iterable[Caution], about: str = "") -> list[str]:
    """The cautions' sentences, each once, with what they are about in front."""
    return list(dict.fromkeys(f"{about}: {one.text}" if about else one.text for one in cautions))
