"""Makes the supervision known to the pipeline, without importing what it computes with."""

from __future__ import annotations

from annotations.analysis.pipeline import Analysis, register_analysis
from annotations.calibration.given import given

register_analysis(
    Analysis("supervision", "annotations.supervision.compute", lambda study: study.judges_outputs, given)
)
