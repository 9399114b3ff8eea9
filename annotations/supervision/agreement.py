"""How far people agree in their verdicts, beyond chance."""

from __future__ import annotations

import numpy as np

from annotations.analysis.findings import Rows
from annotations.analysis.tables import AGREEMENT_COLUMNS, row
from annotations.statistics.agreement import alpha_counts, krippendorff
from annotations.statistics.agreementbootstrap import alpha_bootstrap
from annotations.supervision.cohort import Cohort, groupings, only

GROUPS = ("all", "domain", "system", "participant_group")
MOST_RESAMPLES = 1000
# Numbers of one bootstrap: units x resamples. More would take seconds a group.
MOST_WORK = 10_000_000


def agreement(study: Cohort) -> Rows:
    """Krippendorff's alpha of the four verdicts, nominal, its interval over outputs drawn again."""
    rows: Rows = []
    for grouping in groupings(study.data):
        for code, label in enumerate(grouping.labels if grouping.name in GROUPS else ()):
            codes = grouping.codes if grouping.of == "responses" else grouping.codes[study.judged.output]
            mine = only(study.judged, codes == code)
            if not mine.output.size:
                continue
            counts = alpha_counts(mine.output, mine.participant, mine.verdict.astype(np.float64))
            found = krippendorff(counts)
            asked = min(study.resamples, MOST_RESAMPLES, MOST_WORK // max(found.units, 1))
            drawn = alpha_bootstrap(counts, seed=study.seed, count=asked)
            notes = [one.text for one in (*found.warnings, *drawn.warnings)]
            rows.append(
                row(
                    AGREEMENT_COLUMNS,
                    grouping.name,
                    label,
                    "nominal",
                    found.alpha,
                    drawn.interval.low,
                    drawn.interval.high,
                    found.n,
                    found.units,
                    found.n_single,
                    found.participants,
                    drawn.alphas.size,
                    " ".join(dict.fromkeys(notes)),
                )
            )
    return rows
