"""The responses of a study cut up for calibration: one domain, one population at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from annotations.analysis.data import StudyData
from annotations.analysis.weights import weights_of
from annotations.statistics.basics import FloatArray, IntArray
from annotations.statistics.curvefit import Target
from annotations.statistics.metric import transform_metric

ALL = "all"


@dataclass(frozen=True)
class Domain:
    """One domain's items and the responses to them, by one population."""

    name: str
    population: str
    items: IntArray  # positions among all items
    x: FloatArray  # the metric after its transform, (I,)
    people: IntArray
    item: IntArray  # positions among this domain's items, (R,)
    failed: FloatArray
    rated: FloatArray
    ceiling: float
    transform: str
    weight: FloatArray | None = None  # (R,), where responses weigh

    @property
    def about(self) -> str:
        return self.name if self.population == ALL else f"{self.name}, {self.population}"

    def outcome(self, target: Target) -> FloatArray:
        return self.failed if target == "failure" else self.rated

    def answered(self, target: Target) -> bool:
        return not bool(np.all(np.isnan(self.outcome(target))))

    def top(self, target: Target) -> float:
        return self.ceiling if target == "failure" else 1.0

    def axis_target(self, declared: str) -> Target:
        """The declared target; without ratings, failures."""
        rated = self.answered("rated") or not self.answered("failure")
        return "rated" if declared != "failure" and rated else "failure"


def domains(data: StudyData) -> Iterator[Domain]:
    """Every domain for all people, and for each group of people where there are any."""
    ratings = data.ratings
    item, person = ratings["item"].to_numpy(np.int64), ratings["person"].to_numpy(np.int64)
    failed, rated = ratings["failed"].to_numpy(float), ratings["difficulty"].to_numpy(float) / 100
    weight, _ = weights_of(data)
    mass = None if weight is None else weight[(data.responses["output"] < 0).to_numpy(bool)]
    domain_of = data.items["domain"].to_numpy(object)
    metric = data.items["metric"].to_numpy(float)
    groups = data.people["group"].to_numpy(object)
    named = sorted({group for group in groups if group})
    settings = {one["name"]: one for one in data.definition["domains"]}
    for name in sorted(set(domain_of)):
        setting = settings.get(name, {"metric_transform": "none", "guess": 0.0})
        items = np.flatnonzero(domain_of == name)
        place = np.full(len(data.items), -1, dtype=np.int64)
        place[items] = np.arange(items.size)
        x = transform_metric(metric[items], setting["metric_transform"]).values
        for population in [ALL, *named]:
            mine = place[item] >= 0
            if population != ALL:
                mine &= groups[person] == population
            yield Domain(
                name, population, items, x, person[mine], place[item[mine]], failed[mine], rated[mine],
                1.0 - setting["guess"], setting["metric_transform"],
                None if mass is None else mass[mine],
            )  # fmt: skip


def by_item(domain: Domain, target: Target) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Number, sum and sum of squares of the outcomes of each item, (I,)."""
    y = domain.outcome(target)
    there = ~np.isnan(y)
    item, y, size = domain.item[there], y[there], domain.items.size
    counts = [np.bincount(item, weights, size).astype(float) for weights in (None, y, y * y)]
    return counts[0], counts[1], counts[2]
