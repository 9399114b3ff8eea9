"""Makes the calibration known to the pipeline, without importing what it computes with."""

from __future__ import annotations

from annotations.analysis.pipeline import Analysis, register_analysis
from annotations.calibration.axis import lend_axis
from annotations.studies.axis import register_lender

register_analysis(
    Analysis("calibration", "annotations.calibration.compute", lambda study: study.rates_difficulty)
)
register_lender(lend_axis)
