"""What wrong grades would do to the slip rate, and what a second grading says of how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from annotations.analysis.findings import Rows
from annotations.analysis.tables import WRONG_GRADES_COLUMNS, row
from annotations.statistics.basics import BoolArray
from annotations.statistics.companions import CORRECT, INCORRECT
from annotations.statistics.judgements import Judgements
from annotations.statistics.misgrading import Audit, Misgrading, misgrading
from annotations.supervision.cohort import Cohort

RATES = (0.0, 0.002, 0.005, 0.01, 0.02, 0.05)


def wrong_grades(study: Cohort) -> Rows:
    """Of all outputs and of those of the easiest bin, which true errors are rarest in."""
    outputs = study.data.outputs
    first = outputs["first"].to_numpy(np.int64)
    regraded = outputs["regraded"].to_numpy(bool)
    judged = replace(study.judged, grade=first)
    rows: Rows = []
    everything = np.ones(first.size, dtype=bool)
    for name, among in (("all", everything), ("easiest", study.bins.code == 1)):
        if np.isin(first[judged.output[among[judged.output]]], (CORRECT, INCORRECT)).any():
            audit = _audit(first, study.judged.grade, regraded & among)
            rows += _rows(name, judged, among, audit, study.data.settings["thresholds"])
    return rows


def _audit(first: Any, current: Any, again: BoolArray) -> Audit:
    """Outputs that were graded a second time: what the first grade was, and what stands now."""
    wrong, right = again & (first == INCORRECT), again & (first == CORRECT)
    return Audit(
        int(wrong.sum()), int((wrong & (current == CORRECT)).sum()),
        int(right.sum()), int((right & (current == INCORRECT)).sum()),
    )  # fmt: skip


def _rows(
    outputs: str, judged: Judgements, among: BoolArray, audit: Audit, thresholds: list[float]
) -> Iterator[dict[str, Any]]:
    kept = among[judged.output] & (judged.grade[judged.output] == INCORRECT)
    total, slips = int(kept.sum()), int((kept & (judged.verdict == CORRECT)).sum())
    found: Misgrading | None = None
    for per_cent in thresholds or [50.0]:
        threshold = per_cent / 100
        if not 0 < threshold < 1:
            continue
        found = misgrading(judged, audit, threshold=threshold, rates=RATES, among=among)
        note = " ".join(one.text for one in found.warnings)
        yield row(
            WRONG_GRADES_COLUMNS, outputs, "tipping", threshold, found.tipping_rate, found.tipping_share,
            found.observed, None, None, slips, total, note,
        )  # fmt: skip
    if found is None:
        return
    for rate, share, slip in zip(found.rates, found.share, found.slip, strict=True):
        none = "" if np.isfinite(slip) else "More correct outputs than were graded incorrect: not possible."
        yield row(
            WRONG_GRADES_COLUMNS, outputs, "supposed", None, rate, share, slip, None, None, slips, total, none
        )
    if audit.incorrect:
        yield row(
            WRONG_GRADES_COLUMNS, outputs, "audited", None, None, found.audited_share, found.corrected,
            found.corrected_interval.low, found.corrected_interval.high, audit.found_correct,
            audit.incorrect, "Second gradings are taken as a blind and random sample of the first ones.",
        )  # fmt: skip
