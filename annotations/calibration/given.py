"""What analyses of outputs take from elsewhere: a borrowed axis, or the study's own calibration."""

from __future__ import annotations

from typing import Any

from annotations.analysis.runs import is_stale, latest_run
from annotations.core.errors import Refusal
from annotations.studies.axis import borrow_axis
from annotations.studies.models import Study


def given(study: Study) -> dict[str, Any]:
    """Raises Refusal where the axis cannot be had yet."""
    borrowed = borrow_axis(study)
    if borrowed is not None:
        return {
            "borrowed": borrowed.difficulty,
            "axis_hash": borrowed.source_hash,
            "same_people": borrowed.same_people,
        }
    if study.rates_difficulty:
        run = latest_run(study, "calibration")
        if run is None or is_stale(run):
            raise Refusal("The calibration of this study is missing or stale: run it first.")
        return {"difficulty": run.rows("difficulty")}
    return {}
