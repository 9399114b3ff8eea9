"""Grades inferred from verdicts for outputs that nobody graded. They enter no rate."""

from __future__ import annotations

import numpy as np

from annotations.analysis.findings import Rows
from annotations.analysis.tables import INFERRED_COLUMNS, row
from annotations.statistics.companions import UNSURE
from annotations.statistics.dawidskene import dawid_skene
from annotations.statistics.judgements import GRADES
from annotations.supervision.cohort import Cohort

STARTS, STEPS = 3, 500
TOLERANCE = 1e-7
# A person with few verdicts would else be taken for infallible or always wrong.
SMOOTHING = 0.5


def inferred_grades(study: Cohort) -> tuple[Rows, list[str]]:
    """One row an output without a grade that was judged; the model is fitted to all that were, graded or
    not, so that the known grades tell how far it can be trusted."""
    judged, grade = study.judged, study.judged.grade
    told = judged.verdict != UNSURE
    wanted = np.unique(judged.output[told & (grade[judged.output] < 0)])
    if not wanted.size:
        return [], []
    found = dawid_skene(
        judged.output[told], judged.participant[told], judged.verdict[told], n_labels=len(GRADES),
        seed=study.seed, starts=STARTS, steps=STEPS, smoothing=SMOOTHING, tolerance=TOLERANCE,
    )  # fmt: skip
    place = np.searchsorted(found.unit, wanted)
    votes = np.bincount(judged.output[told], minlength=grade.size)
    outputs = study.data.outputs
    domain_of = study.data.items["domain"].to_numpy(object)[study.item]
    rows = [
        row(
            INFERRED_COLUMNS, outputs["key"].iat[at], domain_of[at], outputs["system"].iat[at],
            GRADES[found.label[where]] if found.label[where] >= 0 else "",
            *found.posterior[where].round(6), votes[at],
        )
        for at, where in zip(wanted.tolist(), place.tolist(), strict=True)
    ]  # fmt: skip
    known = found.unit[grade[found.unit] >= 0]
    same = int(np.count_nonzero(found.label[grade[found.unit] >= 0] == grade[known]))
    said = [f"Inferred grades: {one.text}" for one in found.warnings]
    if known.size and found.label[0] >= 0:
        said.append(
            f"Inferred grades: of {known.size:,} outputs whose grade is known, the same model gives {same:,}"
            " that grade."
        )
    return rows, said
