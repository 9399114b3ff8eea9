"""Makes the supervision known to jobs and pipeline, without importing what it computes with."""

from __future__ import annotations

from annotations.analysis.pipeline import Analysis, register_analysis
from annotations.core.jobs import kinds

kinds.register_module("supervision", "annotations.supervision.job")
register_analysis(Analysis("supervision", 1, lambda study: study.judges_outputs))
