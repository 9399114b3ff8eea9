"""The supervision: grade x verdict over difficulty, rates, safe regions, and the slip curve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from annotations.analysis.data import StudyData
from annotations.analysis.findings import Findings, Fit, Rows
from annotations.analysis.tables import (
    RATES_COLUMNS,
    REGION_COLUMNS,
    SLIP_CURVE_COLUMNS,
    SUPERVISION_COLUMNS,
    in_words,
    row,
    row_of,
)
from annotations.statistics.basics import BoolArray, FloatArray
from annotations.statistics.bins import equal_bins
from annotations.statistics.judgements import Grouping, Judgements, crossed, everything, judgements
from annotations.statistics.leaveout import response_bins
from annotations.statistics.resampling import CurveSample
from annotations.statistics.slipcurve import SlipCounts, SlipCurve, slip_counts, slip_curve
from annotations.statistics.supervisiontables import supervision_tables
from annotations.supervision.axis import IN_WORDS, item_axis
from annotations.supervision.drawing import draw as draw
from annotations.supervision.telling import telling_apart

STEPS = 51
CURVE_GROUPS = ("all", "system")


def find(data: StudyData, given: dict[str, Any]) -> Findings:
    settings = data.settings
    axis = item_axis(data, given)
    difficulty = axis.difficulty[data.outputs["item"].to_numpy(np.int64)]
    bins = equal_bins(difficulty, settings["bins"])
    judged = judged_outputs(data)
    groups = groupings(data)
    planned = {name: settings[name] for name in ("rho_participant", "rho_output")}
    own = axis.of_judgements
    placed = None if own is None else response_bins(bins, own)
    found = supervision_tables(
        judged,
        bins,
        groups,
        thresholds=tuple(threshold / 100 for threshold in settings["thresholds"]),
        item=data.outputs["item"].to_numpy(np.int64),
        response_bin=placed,
        **planned,
    )
    table = found.table
    told, telling_said = telling_apart(judged, bins, placed)
    tables = {
        "supervision": [row_of(SUPERVISION_COLUMNS, one) for one in table.rows],
        "supervision_rates": [row_of(RATES_COLUMNS, one) for one in found.rates.rows],
        "safe_region": [row_of(REGION_COLUMNS, one) for one in found.regions.rows],
        "slip_curve": [],
        "telling_apart": told,
    }
    if axis.rows:
        tables["difficulty"] = axis.rows
    return Findings(
        params={name: settings[name] for name in ("bins", "thresholds", *planned)}
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
        warnings=[*data.cautions, *in_words(table.warnings), *axis.cautions, *telling_said],
        tables=tables,
        fits=list(_curves(judged, groups, difficulty, own)),
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


def judged_outputs(data: StudyData) -> Judgements:
    """Clusters are items where several outputs of one item were judged, else outputs (STATISTICS 2.2)."""
    responses = data.judgements
    output = responses["output"].to_numpy(np.int64)
    item = data.outputs["item"].to_numpy(np.int64)
    seen = np.unique(output)
    several = np.unique(item[seen]).size < seen.size
    return judgements(
        output,
        responses["person"].to_numpy(np.int64),
        responses["verdict"].to_numpy(np.int64),
        grade=data.outputs["grade"].to_numpy(np.int64),
        item=item if several else None,
    )


def groupings(data: StudyData) -> tuple[Grouping, ...]:
    """All, domain, system, their product, and groups and conditions of people where there are any."""
    item = data.outputs["item"].to_numpy(np.int64)
    domain = _grouping("domain", data.items["domain"].to_numpy(object)[item], "outputs")
    system = _grouping("system", data.outputs["system"].to_numpy(object), "outputs")
    person = data.judgements["person"].to_numpy(np.int64)
    found = [everything(len(data.outputs)), domain, system]
    group = _grouping("participant_group", data.people["group"].to_numpy(object)[person], "responses")
    condition = _grouping("condition", data.judgements["condition"].to_numpy(object), "responses")
    found += [grouping for grouping in (group, condition) if grouping.labels]
    return (*found, crossed(domain, system))


def _grouping(name: str, values: Any, of: Any) -> Grouping:
    labels = sorted({str(value) for value in values if value})
    code = {label: at for at, label in enumerate(labels)}
    codes = np.array([code.get(str(value), -1) if value else -1 for value in values], dtype=np.int64)
    return Grouping(name, tuple(labels), of, codes)


def _curves(
    judged: Judgements, groups: tuple[Grouping, ...], difficulty: FloatArray, own: FloatArray | None
) -> Iterator[Fit]:
    """A slip curve for everything, and for each system, with verdicts on incorrect outputs at all."""
    at = difficulty[judged.output] if own is None else own
    for grouping in groups:
        if grouping.name not in CURVE_GROUPS:
            continue
        group = grouping.codes[judged.output]
        for code, label in enumerate(grouping.labels):
            mine = group == code
            counts = slip_counts(_only(judged, mine), at[mine])
            if counts.n:
                about = {
                    "group": grouping.name,
                    "value": label,
                    "n": counts.n,
                    "slips": counts.slips,
                    "n_missing": counts.n_missing,
                }
                yield Fit(f"{grouping.name}|{label}", about, counts.levels)


def _only(judged: Judgements, mine: BoolArray) -> Judgements:
    return Judgements(
        judged.output[mine], judged.participant[mine], judged.verdict[mine], judged.weight[mine],
        judged.cluster[mine], judged.grade,
    )  # fmt: skip


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
