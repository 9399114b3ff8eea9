"""Makes the reliability of the systems known to the pipeline, without importing what it computes with."""

from __future__ import annotations

from annotations.analysis.pipeline import Analysis, register_analysis
from annotations.calibration.given import given

register_analysis(
    Analysis("reliability", "annotations.reliability.compute", lambda study: study.judges_outputs, given)
)
