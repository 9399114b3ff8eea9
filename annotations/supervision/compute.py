"""The supervision: grade x verdict over difficulty, rates, safe regions, and the slip curve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from annotations.analysis.data import StudyData
from annotations.analysis.findings import Findings, Fit, Rows
from annotations.analysis.sensitivity import said_of
from annotations.analysis.tables import (
    RATES_COLUMNS,
    REGION_COLUMNS,
    SLIP_CURVE_COLUMNS,
    SUPERVISION_COLUMNS,
    in_words,
    row,
    row_of,
)
from annotations.statistics.basics import FloatArray
from annotations.statistics.judgements import Grouping, Judgements
from annotations.statistics.resampling import CurveSample
from annotations.statistics.slipcurve import SlipCounts, SlipCurve, slip_counts, slip_curve
from annotations.statistics.supervisiontables import supervision_tables
from annotations.supervision.axis import IN_WORDS
from annotations.supervision.beyond import beyond
from annotations.supervision.cohort import PLANNED, cohort, groupings, only
from annotations.supervision.confidence import confidence_rows
from annotations.supervision.drawing import draw as draw
from annotations.supervision.telling import telling_apart

STEPS = 51
CURVE_GROUPS = ("all", "system")


def find(data: StudyData, given: dict[str, Any]) -> Findings:
    settings = data.settings
    study = cohort(data, given)
    judged, bins, axis = study.judged, study.bins, study.axis
    groups = groupings(data)
    planned: dict[str, Any] = study.planned | {"response_bin": study.placed}
    limits = tuple(threshold / 100 for threshold in settings["thresholds"])
    found = supervision_tables(judged, bins, groups, thresholds=limits, item=study.item, **planned)
    table = found.table
    told, telling_said = telling_apart(judged, bins, study.placed)
    tables = {
        "supervision": [row_of(SUPERVISION_COLUMNS, one) for one in table.rows],
        "supervision_rates": [row_of(RATES_COLUMNS, one) for one in found.rates.rows],
        "safe_region": [row_of(REGION_COLUMNS, one) for one in found.regions.rows],
        "slip_curve": [],
        "telling_apart": told + confidence_rows(study),
    }
    more, more_said = beyond(study, given)
    if axis.rows:
        tables["difficulty"] = axis.rows
    return Findings(
        params={name: settings[name] for name in ("bins", "thresholds", *PLANNED)}
        | {"axis": axis.source, "axis_hash": given.get("axis_hash", "")},
        summary={
            "axis": axis.source,
            "axis_in_words": IN_WORDS[axis.source],
            "same_people": axis.same_people,
            "clusters": "outputs" if judged.cluster is judged.output else "items",
            "bins_asked": bins.asked,
            "bins": table.bins,
            "n_responses": table.n_responses,
            "n_participants": int(data.judgements["person"].nunique()),
            "participants_by_kind": data.kinds,
            "n_outputs": len(data.outputs),
        },
        warnings=[
            *data.cautions,
            *said_of(data),
            *study.said,
            *in_words(table.warnings),
            *axis.cautions,
            *telling_said,
            *more_said,
        ],
        tables=tables | more,
        fits=list(_curves(judged, groups, study.at)),
    )


def finish(findings: Findings, samples: Sequence[CurveSample]) -> None:
    """The slip curves, with their bands where there are resamples."""
    for at, fit in enumerate(findings.fits):
        about = fit.about
        counts = SlipCounts(fit.levels, about["n"], about["slips"], about["n_missing"])
        sample = samples[at] if samples else CurveSample(0, 0, np.empty((0, 2)), 0, fit.levels.participants)
        x = fit.levels.x
        found = slip_curve(counts, sample, np.linspace(float(x.min()), float(x.max()), STEPS))
        findings.tables["slip_curve"] += _curve_rows(about, found)
        if about["group"] == "all":
            findings.warn(in_words(found.warnings, "Slip curve"))


def _curves(judged: Judgements, groups: tuple[Grouping, ...], at: FloatArray) -> Iterator[Fit]:
    """A slip curve for everything, and for each system, with verdicts on incorrect outputs at all."""
    for grouping in groups:
        if grouping.name not in CURVE_GROUPS:
            continue
        group = grouping.codes[judged.output]
        for code, label in enumerate(grouping.labels):
            mine = group == code
            counts = slip_counts(only(judged, mine), at[mine])
            if counts.n:
                about = {
                    "group": grouping.name,
                    "value": label,
                    "n": counts.n,
                    "slips": counts.slips,
                    "n_missing": counts.n_missing,
                }
                yield Fit(f"{grouping.name}|{label}", about, counts.levels)


def _curve_rows(about: dict[str, Any], found: SlipCurve) -> Rows:
    """The monotone curve is read off at the level at or below each point."""
    fitted = found.isotonic
    place = np.clip(np.searchsorted(fitted.x, found.x, side="right") - 1, 0, fitted.x.size - 1)
    columns = (found.x, found.rate, found.low, found.high, fitted.estimate[place])
    return [
        row(
            SLIP_CURVE_COLUMNS, about["group"], about["value"], *numbers, found.slips, found.n,
            found.participants, found.resamples,
        )
        for numbers in zip(*(column.tolist() for column in columns), strict=True)
    ]  # fmt: skip
