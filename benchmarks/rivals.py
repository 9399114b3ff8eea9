"""What people would use instead, in an environment of its own: python -m benchmarks.rivals TASK FILE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks.measured import main
from benchmarks.rows import CORRECT, DOMAINS, INCORRECT, OUTPUTS, PEOPLE, SYSTEMS

# Resamples that are run; the time is said for a thousand.
FEW_CELLS, FEW_RAW = 100, 3
Rows = Mapping[str, Any]


def _curve(x: Any, location: float, slope: float) -> Any:
    return 1 / (1 + np.exp(-slope * (x - location)))


def curve_cells(rows: Rows) -> float:
    """scipy's curve_fit on the failure rates of the levels, for each resample of participants."""
    from scipy.optimize import curve_fit

    level = rows["metric"][rows["r_item"]].astype(int)
    levels = level.max() + 1
    cell = rows["r_person"] * levels + level
    n = np.bincount(cell, minlength=PEOPLE * levels).reshape(PEOPLE, levels)
    failed = np.bincount(cell, rows["failed"], PEOPLE * levels).reshape(PEOPLE, levels)
    rng = np.random.default_rng(1)
    found = []
    for _ in range(FEW_CELLS):
        weight = np.bincount(rng.integers(0, PEOPLE, PEOPLE), minlength=PEOPLE)
        total = weight @ n
        found.append(curve_fit(_curve, np.arange(levels), weight @ failed / total, p0=(6, 0.4))[0][0])
    return float(np.quantile(found, 0.025))


def curve_raw(rows: Rows) -> float:
    """curve_fit on the single responses, drawn again person by person."""
    from scipy.optimize import curve_fit

    order = np.argsort(rows["r_person"], kind="stable")
    x, y = rows["metric"][rows["r_item"]][order], rows["failed"][order]
    starts = np.searchsorted(rows["r_person"][order], np.arange(PEOPLE + 1))
    rng = np.random.default_rng(1)
    found = []
    for _ in range(FEW_RAW):
        people = rng.integers(0, PEOPLE, PEOPLE)
        rows_of = np.concatenate([np.arange(starts[one], starts[one + 1]) for one in people])
        found.append(curve_fit(_curve, x[rows_of], y[rows_of], p0=(6, 0.4))[0][0])
    return float(np.quantile(found, 0.025))


def logistic(rows: Rows) -> list[float]:
    import statsmodels.api as sm

    wrong = rows["grade"][rows["j_output"]] == INCORRECT
    output = rows["j_output"][wrong]
    x = sm.add_constant(rows["metric"][output // SYSTEMS])
    slip = (rows["verdict"][wrong] == CORRECT).astype(float)
    model = sm.GLM(slip, x, family=sm.families.Binomial())
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": rows["j_person"][wrong]})
    return [float(fit.params[1]), float(fit.bse[1])]


def table(rows: Rows) -> float:
    """pandas group-bys: the counts alone, without any interval."""
    import pandas as pd

    output = rows["j_output"]
    frame = pd.DataFrame(
        {
            "bin": pd.qcut(rows["metric"][output // SYSTEMS], 10, duplicates="drop"),
            "domain": output // SYSTEMS % DOMAINS,
            "system": output % SYSTEMS,
            "grade": rows["grade"][output],
            "verdict": rows["verdict"],
        }
    )
    total = 0
    for group in ([], ["domain"], ["system"], ["domain", "system"]):
        for by in (group, [*group, "bin"]):
            counts = frame.groupby([*by, "grade", "verdict"], observed=True).size()
            total += int(counts.sum())
    return total


def alpha(rows: Rows) -> float:
    """krippendorff wants a matrix of people by outputs."""
    import krippendorff

    matrix = np.full((PEOPLE, OUTPUTS), np.nan, dtype=np.float32)
    matrix[rows["j_person"], rows["j_output"]] = rows["verdict"]
    return float(krippendorff.alpha(reliability_data=matrix, level_of_measurement="nominal"))


def truth(rows: Rows) -> float:
    import pandas as pd
    from crowdkit.aggregation import DawidSkene

    keep = rows["verdict"] < 3
    frame = pd.DataFrame(
        {"task": rows["j_output"][keep], "worker": rows["j_person"][keep], "label": rows["verdict"][keep]}
    )
    found = DawidSkene(n_iter=100, tol=1e-5).fit(frame)
    return float(found.priors_.sort_index().iloc[0])


TASKS = {
    "curve_cells": curve_cells,
    "curve_raw": curve_raw,
    "logistic": logistic,
    "table": table,
    "alpha": alpha,
    "truth": truth,
}

if __name__ == "__main__":
    main(TASKS)
