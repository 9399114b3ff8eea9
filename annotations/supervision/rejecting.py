"""Letting systems answer only up to a difficulty: coverage and risk, before and after people."""

from __future__ import annotations

import numpy as np

from annotations.analysis.findings import Rows
from annotations.analysis.tables import REJECT_COLUMNS, row
from annotations.statistics.rejectoption import reject_option as of_judgements
from annotations.supervision.cohort import Cohort

MOST_POINTS = 25
RESAMPLES = 200
"""Of the band: their quantile of the largest error moves by some hundredths with more."""


def reject_option(study: Cohort) -> Rows:
    """At up to 25 quantiles of the outputs' difficulty, so that every point covers outputs."""
    known = study.difficulty[np.isfinite(study.difficulty)]
    if not known.size or not study.judged.output.size:
        return []
    shares = np.arange(1, MOST_POINTS + 1) / MOST_POINTS
    points = np.unique(np.quantile(known, shares, method="inverted_cdf"))
    found = of_judgements(
        study.judged, study.difficulty, points, seed=study.seed, count=RESAMPLES, item=study.item,
        **study.planned,
    )  # fmt: skip
    return [
        row(
            REJECT_COLUMNS, found.x[at], found.coverage[at], name, risk.events[at], risk.n[at],
            risk.rate[at], risk.low[at], risk.high[at], risk.band_low[at], risk.band_high[at],
        )
        for name, risk in (("before", found.before), ("after", found.after))
        for at in range(found.x.size)
    ]  # fmt: skip
