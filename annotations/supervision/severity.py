"""Slips weighed by the harm that outputs do, where a bundle says how severe they are."""

from __future__ import annotations

import numpy as np

from annotations.analysis.findings import Rows
from annotations.analysis.tables import SEVERITY_COLUMNS, row
from annotations.statistics.severity import severity_slip
from annotations.supervision.cohort import Cohort, groupings, only

GROUPS = ("all", "domain", "system")
NEGATIVE = "Some severities are below 0, and are taken as unknown."


def severity(study: Cohort) -> Rows:
    harm = study.data.outputs["severity"].to_numpy(float)
    wrong = study.judged.grade == 2
    if not np.isfinite(harm[wrong]).any():
        return []
    usable = np.where(np.isfinite(harm) & (harm >= 0), harm, np.nan)
    note = NEGATIVE if bool(np.any(harm[wrong] < 0)) else ""
    rows: Rows = []
    for grouping in groupings(study.data):
        for code, label in enumerate(grouping.labels if grouping.name in GROUPS else ()):
            mine = grouping.codes[study.judged.output] == code
            found = severity_slip(only(study.judged, mine), usable, **study.planned)
            said = " ".join(dict.fromkeys([note, *(one.text for one in found.warnings)])).strip()
            numbers = (
                ("weighted_slip", found.rate, found.interval.low, found.interval.high),
                ("plain_slip", found.plain, found.plain_interval.low, found.plain_interval.high),
                ("difference", found.difference, found.difference_interval.low,
                 found.difference_interval.high),
                ("mean_severity_passed", found.passed, None, None),
                ("mean_severity_caught", found.caught, None, None),
            )  # fmt: skip
            rows += [
                row(SEVERITY_COLUMNS, grouping.name, label, name, *values, found.slips, found.n, said)
                for name, *values in numbers
            ]
    return rows
