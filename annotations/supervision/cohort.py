"""The judgements of a study as the measures take them: placed on the axis, in bins, and weighed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from annotations.analysis.data import StudyData
from annotations.analysis.weights import weights_of
from annotations.statistics.basics import BoolArray, FloatArray, IntArray
from annotations.statistics.bins import Bins, equal_bins
from annotations.statistics.judgements import Grouping, Judgements, crossed, everything, judgements
from annotations.statistics.leaveout import response_bins
from annotations.supervision.axis import ItemAxis, item_axis

PLANNED = ("rho_participant", "rho_output")


@dataclass(frozen=True)
class Cohort:
    """`difficulty` is that of the outputs (N,), `at` of the judgements (R,), each as its own participant did
    not help to estimate it; `placed` their bins, None where they are those of the outputs."""

    data: StudyData
    axis: ItemAxis
    difficulty: FloatArray
    at: FloatArray
    bins: Bins
    judged: Judgements
    placed: IntArray | None
    said: list[str]
    seed: int
    resamples: int

    @property
    def planned(self) -> dict[str, float]:
        return {name: self.data.settings[name] for name in PLANNED}

    @property
    def item(self) -> IntArray:
        return self.data.outputs["item"].to_numpy(np.int64)

    def column(self, name: str) -> FloatArray:
        """Of the judgements (R,)."""
        return self.data.judgements[name].to_numpy(float)


def cohort(data: StudyData, given: dict[str, Any], *, known: ItemAxis | None = None) -> Cohort:
    """Bins are cut by the difficulty of the outputs, which depends on `given` and not on who judged: the axis
    `known` of the same outputs serves again where nobody who judged helped to make it."""
    axis = known if known is not None and known.of_judgements is None else item_axis(data, given)
    difficulty = axis.difficulty[data.outputs["item"].to_numpy(np.int64)]
    bins = equal_bins(difficulty, data.settings["bins"])
    weight, said = weights_of(data)
    kept = (data.responses["output"] >= 0).to_numpy(bool)
    judged = judged_outputs(data, None if weight is None else weight[kept])
    own = axis.of_judgements
    at = difficulty[judged.output] if own is None else own
    placed = None if own is None else response_bins(bins, own)
    return Cohort(
        data, axis, difficulty, at, bins, judged, placed, said, int(given["seed"]), int(given["resamples"])
    )


def judged_outputs(data: StudyData, weight: FloatArray | None = None) -> Judgements:
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
        weight=weight,
        item=item if several else None,
    )


def groupings(data: StudyData) -> tuple[Grouping, ...]:
    """All, domain, system, their product, and groups and conditions of people where there are any."""
    item = data.outputs["item"].to_numpy(np.int64)
    domain = _grouping("domain", data.items["domain"].to_numpy(object)[item], "outputs")
    system = _grouping("system", data.outputs["system"].to_numpy(object), "outputs")
    return (everything(len(data.outputs)), domain, system, *of_people(data), crossed(domain, system))


def of_people(data: StudyData) -> tuple[Grouping, ...]:
    person = data.judgements["person"].to_numpy(np.int64)
    group = _grouping("participant_group", data.people["group"].to_numpy(object)[person], "responses")
    condition = _grouping("condition", data.judgements["condition"].to_numpy(object), "responses")
    return tuple(grouping for grouping in (group, condition) if grouping.labels)


def _grouping(name: str, values: Any, of: Any) -> Grouping:
    """Blank values belong to no group."""
    first, distinct = pd.factorize(values)
    texts = [str(value) if value else "" for value in distinct]
    labels = sorted({text for text in texts if text})
    place = {label: at for at, label in enumerate(labels)}
    code = np.array([*(place.get(text, -1) for text in texts), -1], dtype=np.int64)
    return Grouping(name, tuple(labels), of, code[first])


def only(judged: Judgements, mine: BoolArray) -> Judgements:
    return Judgements(
        judged.output[mine], judged.participant[mine], judged.verdict[mine], judged.weight[mine],
        judged.cluster[mine], judged.grade,
    )  # fmt: skip
