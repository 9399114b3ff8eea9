"""Our side of the comparison: python -m benchmarks.kernels TASK FILE (see `measured`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from annotations.statistics.agreement import alpha_counts, krippendorff
from annotations.statistics.bins import equal_bins
from annotations.statistics.bootstrap import bootstrap
from annotations.statistics.calibration import calibrate
from annotations.statistics.dawidskene import dawid_skene
from annotations.statistics.draws import forget_draws
from annotations.statistics.itemvalues import item_values
from annotations.statistics.judgements import Grouping, Judgements, crossed, everything, judgements
from annotations.statistics.leaveout import leave_out_values, response_bins
from annotations.statistics.resampling import levels_of, sample_curves
from annotations.statistics.slipcurve import slip_counts, slip_curve
from annotations.statistics.supervision import supervision_table
from annotations.statistics.supervisiontables import supervision_tables
from annotations.statistics.tally import tally
from benchmarks.measured import main
from benchmarks.rows import CORRECT, DOMAINS, INCORRECT, ITEMS, OUTPUTS, SYSTEMS

RESAMPLES = 1_000
Rows = Mapping[str, Any]


def analyses(rows: Rows) -> float:
    """Calibration by both targets and supervision with all its rates, regions and curves, five domains."""
    forget_draws()
    difficulty = np.full(ITEMS, np.nan)
    own = np.full(rows["j_output"].size, np.nan)
    judged_item = rows["j_output"] // SYSTEMS
    for domain in range(DOMAINS):
        rated = rows["r_item"] % DOMAINS == domain
        judged = judged_item % DOMAINS == domain
        people, item = rows["r_person"][rated], rows["r_item"][rated] // DOMAINS
        x = rows["metric"][domain::DOMAINS]
        for target, y in (("rated", rows["rating"][rated]), ("failure", rows["failed"][rated])):
            sums = tally(people, item, y, x)
            calibrate(sums, target=target)
            levels = levels_of(sums)
            sample = sample_curves(levels, seed=1, count=RESAMPLES, target=target)
            bootstrap(levels, sample, points=np.linspace(0, 11, 61))
        y = rows["rating"][rated]
        counts = [np.bincount(item, weight, x.size).astype(float) for weight in (None, y, y * y)]
        difficulty[domain::DOMAINS] = item_values(x, *counts, target="rated").difficulty
        values = leave_out_values(people, item, y, x, target="rated")
        own[judged] = values.of(rows["j_person"][judged], judged_item[judged] // DOMAINS)
    return _supervision(rows, difficulty, own)


def _supervision(rows: Rows, difficulty: Any, own: Any) -> float:
    outputs = np.arange(OUTPUTS)
    data = _judged(rows)
    bins = equal_bins(difficulty[outputs // SYSTEMS], 10)
    domain = Grouping("domain", tuple(map(str, range(DOMAINS))), "outputs", outputs // SYSTEMS % DOMAINS)
    system = Grouping("system", tuple(map(str, range(SYSTEMS))), "outputs", outputs % SYSTEMS)
    groups = (everything(OUTPUTS), domain, system, crossed(domain, system))
    placed = response_bins(bins, own)
    supervision_tables(data, bins, groups, item=outputs // SYSTEMS, response_bin=placed)
    mine = [np.ones(data.output.size, bool), *(data.output % SYSTEMS == code for code in range(SYSTEMS))]
    for keep in mine:
        some = Judgements(
            data.output[keep], data.participant[keep], data.verdict[keep], data.weight[keep],
            data.cluster[keep], data.grade,
        )  # fmt: skip
        counts = slip_counts(some, own[keep])
        sample = sample_curves(counts.levels, seed=1, count=RESAMPLES)
        curve = slip_curve(counts, sample, np.linspace(5, 95, 51))
    return float(curve.rate[0])


def _judged(rows: Rows) -> Judgements:
    item = np.arange(OUTPUTS) // SYSTEMS
    return judgements(rows["j_output"], rows["j_person"], rows["verdict"], grade=rows["grade"], item=item)


def curve_resamples(rows: Rows) -> list[float]:
    """One curve of failures with intervals from resampled people."""
    forget_draws()
    sums = tally(rows["r_person"], rows["r_item"], rows["failed"], rows["metric"])
    fit = calibrate(sums)
    levels = levels_of(sums)
    found = bootstrap(levels, sample_curves(levels, seed=1, count=RESAMPLES))
    return [fit.location, fit.slope, found.location.low, found.location.high]


def logistic(rows: Rows) -> list[float]:
    """Slip on the metric with standard errors clustered by participant."""
    wrong = rows["grade"][rows["j_output"]] == INCORRECT
    item = rows["j_output"][wrong] // SYSTEMS
    slip = (rows["verdict"][wrong] == CORRECT).astype(float)
    fit = calibrate(tally(rows["j_person"][wrong], item, slip, rows["metric"]))
    return [fit.slope, float(fit.robust.participant.covariance[1, 1]) ** 0.5]


def table(rows: Rows) -> float:
    """Grade x verdict in ten bins, for all, by domain, by system and by both, with two-way intervals."""
    outputs = np.arange(OUTPUTS)
    domain = Grouping("domain", tuple(map(str, range(DOMAINS))), "outputs", outputs // SYSTEMS % DOMAINS)
    system = Grouping("system", tuple(map(str, range(SYSTEMS))), "outputs", outputs % SYSTEMS)
    bins = equal_bins(rows["metric"][outputs // SYSTEMS], 10)
    groups = (everything(OUTPUTS), domain, system, crossed(domain, system))
    found = supervision_table(_judged(rows), bins, groups)
    return float(sum(one.n for one in found.rows))


def alpha(rows: Rows) -> float:
    return krippendorff(alpha_counts(rows["j_output"], rows["j_person"], rows["verdict"].astype(float))).alpha


def truth(rows: Rows) -> float:
    """Dawid-Skene over three verdicts, from one start, until the likelihood stands still to 1e-5."""
    keep = rows["verdict"] < 3
    found = dawid_skene(
        rows["j_output"][keep], rows["j_person"][keep], rows["verdict"][keep], n_labels=3, seed=1, starts=1,
        tolerance=1e-5, steps=100,
    )  # fmt: skip
    return float(found.prior[0])


TASKS = {
    "analyses": analyses,
    "curve_resamples": curve_resamples,
    "logistic": logistic,
    "table": table,
    "alpha": alpha,
    "truth": truth,
}

if __name__ == "__main__":
    main(TASKS)
