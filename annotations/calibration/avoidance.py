"""What people decline, by difficulty: beside it stands what systems avoid."""

from __future__ import annotations

import numpy as np

from annotations.analysis.data import StudyData
from annotations.analysis.findings import Rows
from annotations.analysis.tables import PEOPLE_AVOIDANCE_COLUMNS, row
from annotations.calibration.domains import Domain
from annotations.calibration.fitting import ends_of, rounded_ends
from annotations.statistics.bins import equal_bins
from annotations.statistics.leaveout import leave_out_values, response_bins
from annotations.statistics.twoway import rates_by_cell


def avoidance(data: StudyData, domain: Domain) -> Rows:
    """Share of "don't know" among answers, all together and in bins of items. Each answer stands in the bin
    of a difficulty that its own person, or their fold, did not help to estimate."""
    ratings = data.ratings
    place = np.full(len(data.items), -1, dtype=np.int64)
    place[domain.items] = np.arange(domain.items.size)
    item = place[ratings["item"].to_numpy(np.int64)]
    declined = ratings["declined"].to_numpy(float)
    mine = (item >= 0) & np.isfinite(declined)
    if not mine.any():
        return []
    person, item, said = ratings["person"].to_numpy(np.int64)[mine], item[mine], declined[mine] == 1
    axis = domain.axis_target(data.settings["difficulty_target"])
    ends, _ = ends_of(domain, axis, data.settings.get("free_ends", []))
    floor, ceiling = (0.0, domain.top(axis)) if ends is None else rounded_ends(ends)
    values = leave_out_values(
        domain.people, domain.item, domain.outcome(axis), domain.x, target=axis, floor=floor, ceiling=ceiling
    )
    bins = equal_bins(values.difficulty[-1], data.settings["bins"])
    code = response_bins(bins, values.of(person, item))
    settings = data.settings
    everything = np.zeros(person.size, dtype=np.int64)
    rows: Rows = []
    for cells, size in ((everything, 1), (code - 1, int(bins.n.size))):
        if not size:
            continue
        found = rates_by_cell(
            cells, person, item, said.astype(np.int64), np.ones(person.size), n_cells=size, n_outcomes=2,
            rho_participant=settings["rho_participant"], rho_output=settings["rho_output"],
        )  # fmt: skip
        for at in range(size):
            whole = cells is everything
            place_of = (None, None, None) if whole else (at + 1, bins.low[at], bins.high[at])
            numbers = (
                found.n[at, 1],
                found.total[at],
                found.rate[at, 1],
                found.low[at, 1],
                found.high[at, 1],
            )
            rows.append(
                row(PEOPLE_AVOIDANCE_COLUMNS, domain.name, *place_of, *numbers, found.participants[at])
            )
    return rows
