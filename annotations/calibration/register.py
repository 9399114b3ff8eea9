"""Makes the calibration known to jobs and pipeline, without importing what it computes with."""

from __future__ import annotations

from annotations.analysis.pipeline import Analysis, register_analysis
from annotations.calibration.axis import lend_axis
from annotations.core.jobs import kinds
from annotations.studies.axis import register_lender

kinds.register_module("calibration", "annotations.calibration.job")
register_analysis(Analysis("calibration", 0, lambda study: study.rates_difficulty))
register_lender(lend_axis)
