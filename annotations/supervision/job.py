"""The supervision job: grade x verdict over difficulty, with two-way intervals."""

from __future__ import annotations

from typing import Any

import numpy as np

from annotations.analysis import figures
from annotations.analysis.frames import StudyData, read_study
from annotations.analysis.runs import Outcome, stamp_of, store_run
from annotations.analysis.tables import RATES_COLUMNS, REGION_COLUMNS, SUPERVISION_COLUMNS, in_words, row_of
from annotations.core.jobs import kinds
from annotations.core.models import Job
from annotations.statistics.bins import Bins, equal_bins
from annotations.statistics.companions import supervision_rates
from annotations.statistics.judgements import Grouping, Judgements, crossed, everything, judgements
from annotations.statistics.saferegion import safe_regions
from annotations.statistics.supervision import SupervisionTable, supervision_table
from annotations.studies.axis import borrow_axis
from annotations.studies.models import Study
from annotations.supervision.axis import IN_WORDS, ItemAxis, item_axis

KIND = "supervision"


def work(context: kinds.Context) -> Outcome:
    study = Study.objects.select_related("version").get(pk=context.job.params["study"])
    settings = study.definition["analysis"]
    borrow_axis(study)
    # Before the data: what arrives while they are read and counted makes the run stale.
    stamp = stamp_of(study)
    data = read_study(study)
    axis = item_axis(data)
    context.progress(0.3, "table")
    bins = equal_bins(axis.difficulty[data.outputs["item"].to_numpy(np.int64)], settings["bins"])
    judged = judged_outputs(data)
    groups = groupings(data)
    planned = {name: settings[name] for name in ("rho_participant", "rho_output")}
    table = supervision_table(judged, bins, groups, **planned)
    context.progress(0.5, "rates")
    rates = supervision_rates(judged, bins, groups, **planned)
    context.progress(0.7, "safe regions")
    regions = safe_regions(
        judged,
        bins,
        groups,
        thresholds=tuple(threshold / 100 for threshold in settings["thresholds"]),
        item=data.outputs["item"].to_numpy(np.int64),
        **planned,
    )
    context.progress(0.9, "figure")
    rows = [row_of(SUPERVISION_COLUMNS, one) for one in table.rows]
    return Outcome(
        kind=KIND,
        params={name: settings[name] for name in ("bins", "thresholds", *planned)}
        | {"axis": axis.source, "axis_hash": stamp["axis"]},
        stamp=stamp,
        fingerprint=data.fingerprint,
        seed=context.job.params["seed"],
        summary=_summary(data, axis, bins, judged, table),
        warnings=[
            *data.cautions,
            *in_words(table.warnings),
            *([] if axis.source == "borrowed" else [IN_WORDS[axis.source]]),
        ],
        tables={
            "supervision": rows,
            "supervision_rates": [row_of(RATES_COLUMNS, one) for one in rates.rows],
            "safe_region": [row_of(REGION_COLUMNS, one) for one in regions.rows],
        }
        | ({"difficulty": axis.rows} if axis.rows else {}),
        figures={"slip-by-difficulty": ("Slips by difficulty", _figure(data, axis, rows))},
    )


def store(job: Job, outcome: Outcome) -> dict[str, Any]:
    run = store_run(study=Study.objects.get(pk=job.params["study"]), outcome=outcome, job=job)
    return {"run": run.pk, "warnings": outcome.warnings}


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


def _summary(
    data: StudyData, axis: ItemAxis, bins: Bins, judged: Judgements, table: SupervisionTable
) -> dict[str, Any]:
    return {
        "axis": axis.source,
        "axis_in_words": IN_WORDS[axis.source],
        "clusters": "outputs" if judged.cluster is judged.output else "items",
        "bins_asked": bins.asked,
        "bins": table.bins,
        "n_responses": table.n_responses,
        "n_participants": int(data.judgements["person"].nunique()),
        "participants_by_kind": {
            str(kind): int(count) for kind, count in sorted(data.people["kind"].value_counts().items())
        },
        "n_outputs": len(data.outputs),
    }


def _figure(data: StudyData, axis: ItemAxis, rows: list[dict[str, Any]]) -> str:
    points = [
        {
            "x": (one["difficulty_low"] + one["difficulty_high"]) / 2,
            "y": 100 * one["rate"],
            "low": None if one["low"] is None else 100 * one["low"],
            "high": None if one["high"] is None else 100 * one["high"],
        }
        for one in rows
        if one["group"] == "all"
        and isinstance(one["bin"], int)
        and (one["grade"], one["verdict"]) == ("incorrect", "correct")
        and one["rate"] is not None
    ]
    simulated = " (simulated people)" if "simulated" in set(data.people["kind"]) else ""
    return figures.rates_with_intervals(
        points,
        x="metric rank, not human difficulty" if axis.source == "metric-rank" else "human difficulty (0-100)",
        y="slips: incorrect outputs accepted, per cent",
        title=f"Slips by difficulty{simulated}",
    )
