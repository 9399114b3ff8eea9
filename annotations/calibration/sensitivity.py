"""The calibration with and without what is excluded, by group of participants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from annotations.analysis.data import StudyData
from annotations.analysis.findings import Rows
from annotations.analysis.sensitivity import scopes
from annotations.analysis.tables import CALIBRATION_SENSITIVITY_COLUMNS, row
from annotations.calibration.domains import Domain, domains
from annotations.calibration.fitting import Fitted
from annotations.statistics.curvefit import Target


def sensitivity(data: StudyData, fit: Callable[[Domain, Target], Fitted]) -> Rows:
    """The curve that gives the axis, of everybody and by group. Its intervals are the sandwich's."""
    return [
        _row(scope, rule, domain, found)
        for scope, rule, answered in scopes(data)
        for domain in domains(answered)
        for found in (fit(domain, domain.axis_target(data.settings["difficulty_target"])),)
    ]


def _row(scope: str, rule: str, domain: Domain, fitted: Fitted) -> dict[str, Any]:
    found = fitted.base
    return row(
        CALIBRATION_SENSITIVITY_COLUMNS, scope, rule, domain.name, domain.population, found.target,
        found.method, found.n_items, found.n_responses, found.n_participants, found.location, found.slope,
        found.location_interval.low, found.location_interval.high, found.slope_interval.low,
        found.slope_interval.high,
    )  # fmt: skip
