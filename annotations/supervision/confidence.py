"""Whether people know when they know: meta-d', where they said how sure they were."""

from __future__ import annotations

import numpy as np

from annotations.analysis.findings import Rows
from annotations.analysis.tables import TELLING_COLUMNS, row
from annotations.statistics.companions import AVOIDANT, UNSURE
from annotations.statistics.metacognition import metacognition
from annotations.supervision.cohort import Cohort

MOST_RESAMPLES = 1000


def confidence_rows(study: Cohort) -> Rows:
    """Of all judgements together; none where nobody was asked. What is nan has its reason in `note`."""
    sure = study.column("confidence")
    if not np.isfinite(sure).any():
        return []
    count = min(study.resamples, MOST_RESAMPLES)
    found = metacognition(study.judged, sure, seed=study.seed, count=count)
    note = " ".join(one.text for one in found.warnings)
    wrong, right = (int(one.sum()) for one in (found.counts[1], found.counts[0]))
    graded = np.isin(study.judged.grade[study.judged.output], (0, 2))
    left = [int(np.count_nonzero(graded & (study.judged.verdict == code))) for code in (UNSURE, AVOIDANT)]
    quantities = (
        ("confidence_area", found.area, found.area_interval, "two_way"),
        ("meta_dprime", found.meta_dprime, found.meta_dprime_interval, "participants"),
        ("meta_ratio", found.ratio, found.ratio_interval, "participants"),
    )
    return [
        row(
            TELLING_COLUMNS, "all", None, None, None, name, value, interval.low, interval.high,
            "" if np.isnan(interval.low) else ends, wrong, right, *left, found.participants,
            int(np.unique(study.judged.cluster).size), note,
        )
        for name, value, interval, ends in quantities
    ]  # fmt: skip
