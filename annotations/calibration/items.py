"""A value for every item of a domain: rows of the table `difficulty`."""

from __future__ import annotations

import numpy as np

from annotations.analysis.data import StudyData
from annotations.analysis.findings import Rows
from annotations.analysis.tables import DIFFICULTY_COLUMNS, in_words, row
from annotations.calibration.domains import Domain, by_item
from annotations.calibration.fitting import Fitted
from annotations.statistics.curvefit import Target
from annotations.statistics.itemvalues import item_values


def item_rows(data: StudyData, domain: Domain, axis: Target, chosen: Fitted) -> tuple[Rows, list[str]]:
    """Rows of `difficulty`, and what must be said of them. The curve's uncertainty is the sandwich's where
    the method is a plain one, else that of the joint fit."""
    n, total, squares = by_item(domain, axis)
    base = chosen.base
    covariance = base.robust.participant.covariance
    usable = chosen.method == base.method and bool(np.all(np.isfinite(covariance)))
    values = item_values(
        domain.x, n, total, squares, target=axis, floor=base.floor, ceiling=base.ceiling,
        curve_covariance=covariance if usable else None,
    )  # fmt: skip
    failures, failed, _ = by_item(domain, "failure")
    ratings, rated, _ = by_item(domain, "rated")
    responses = np.bincount(domain.item, minlength=domain.items.size)
    pairs = np.unique(domain.item * (len(data.people) + 1) + domain.people)
    people = np.bincount(pairs // (len(data.people) + 1), minlength=domain.items.size)
    keys = data.items["key"].to_numpy(object)[domain.items]
    metric = data.items["metric"].to_numpy(float)[domain.items]
    with np.errstate(invalid="ignore"):
        failure_rate, rating = failed / failures, 100 * rated / ratings
    columns = (
        keys, metric, responses, people, failure_rate, rating, values.difficulty, values.low, values.high,
        values.source,
    )  # fmt: skip
    rows: Rows = []
    for key, x, count, persons, *found, source in zip(*(c.tolist() for c in columns), strict=True):
        rows.append(
            row(DIFFICULTY_COLUMNS, key, domain.name, domain.population, x, count, persons, *found, source)
        )
    return rows, in_words(values.warnings, domain.about)
