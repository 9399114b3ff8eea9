"""The indicators of a domain's systems as rows of the tables `reliability` and `reliability_scale`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from annotations.analysis.findings import Rows
from annotations.analysis.tables import RELIABILITY_COLUMNS, RELIABILITY_SCALE_COLUMNS, row
from annotations.reliability.domains import SystemsOf
from annotations.statistics.percentiles import Estimates
from annotations.statistics.reliability import Reliability

BY_DIFFICULTY = ("spearman", "auc", "brier", "concordance", "flat", "excess", "spread", "generality")
EASIEST = ("easiest_correct", "easiest_incorrect")
TEMPLATE = "template_correctness"


class Lines:
    """The rows of one domain: `whole`, of which pages make a line a system, and `parts`, its bins and
    templates."""

    def __init__(self, domain: SystemsOf, found: Reliability) -> None:
        self.domain, self.found = domain, found
        self.behind = [_Behind(domain, system) for system in range(len(domain.systems))]

    def whole(self) -> Rows:
        return [one for system in range(len(self.behind)) for one in self._whole(system)]

    def parts(self) -> Rows:
        return [
            one
            for system in range(len(self.behind))
            for one in (*self._bins(system), *self._templates(system))
        ]

    def _row(
        self, system: int, number: int | None, indicator: str, values: tuple[float, ...], template: str = ""
    ) -> dict[str, Any]:
        domain, behind = self.domain, self.behind[system]
        about = (domain.systems[system], domain.families[system], domain.name)
        ends: tuple[Any, ...] = (None, None)
        if number is not None:
            ends = (domain.bins.low[number - 1], domain.bins.high[number - 1])
        n = behind.of_template(template) if template else behind.of(indicator, number)
        return row(RELIABILITY_COLUMNS, *about, number, indicator, *values, *n, template, *ends)

    def _whole(self, system: int) -> Iterator[dict[str, Any]]:
        for at, name in enumerate(self.found.indicators):
            values = _values(self.found.overall, system, at)
            yield self._row(system, None, name, values)
            if name.startswith("concordance_"):
                for other, turned in _turned(values).items():
                    yield self._row(system, None, name.replace("concordance", other), turned)
        for at, name in enumerate(EASIEST if self.domain.bins.n.size else ()):
            yield self._row(system, 1, name, _values(self.found.easiest, system, at))

    def _bins(self, system: int) -> Iterator[dict[str, Any]]:
        for number in range(1, self.domain.bins.n.size + 1):
            for at, name in enumerate(self.found.bin_measures):
                yield self._row(system, number, name, _values(self.found.by_bin, system, number - 1, at))

    def _templates(self, system: int) -> Iterator[dict[str, Any]]:
        for at, template in enumerate(self.domain.templates):
            yield self._row(system, None, TEMPLATE, _values(self.found.by_template, system, at), template)


class _Behind:
    """How many graded outputs, on how many items, are behind each number of one system."""

    def __init__(self, domain: SystemsOf, system: int) -> None:
        self.raw = domain.counts.counts[system].astype(np.int64)
        self.counts = np.where((domain.counts.weight > 0)[:, None], self.raw, 0)
        self.placed = np.isfinite(domain.difficulty)
        self.code = domain.bins.code
        self.templates = domain.templates
        self.several = np.count_nonzero(self.counts.sum(axis=2), axis=1) > 1

    def of(self, indicator: str, number: int | None) -> tuple[int, int]:
        outputs = self.counts.sum(axis=(1, 2))
        if indicator.startswith(BY_DIFFICULTY):
            outputs = np.where(self.placed, outputs, 0)
        elif indicator.startswith("stability"):
            outputs = np.where(self.several, outputs, 0)
        elif indicator == "ultracrepidarianism":
            outputs = self.counts[:, :, 1:].sum(axis=(1, 2))
        return _counted(outputs if number is None else outputs[self.code == number])

    def of_template(self, template: str) -> tuple[int, int]:
        return _counted(self.raw[:, self.templates.index(template)].sum(axis=1))


def _counted(outputs: Any) -> tuple[int, int]:
    return int(outputs.sum()), int(np.count_nonzero(outputs))


def _values(found: Estimates, *place: int) -> tuple[float, ...]:
    return tuple(float(part[place]) for part in (found.estimate, found.low, found.high))


def _turned(concordance: tuple[float, ...]) -> dict[str, tuple[float, ...]]:
    """Spread and generality, of which concordance = 1 / (1 + spread) is the same in other words."""
    value, low, high = concordance
    spread = tuple(1 / one - 1 for one in (value, high, low))
    with np.errstate(divide="ignore"):
        generality = tuple(float(1 / np.float64(one)) for one in (spread[0], spread[2], spread[1]))
    return {"spread": spread, "generality": generality}


def scale_rows(domain: SystemsOf, found: Reliability) -> Rows:
    """Slopes within families, then the contrasts of pairs."""
    slopes = [
        row(
            RELIABILITY_SCALE_COLUMNS, domain.family_names[one.family], domain.name, "ultracrepidarianism",
            one.against, "", "", one.slope, one.low, one.high, one.n_systems, None,
        )
        for one in found.slopes
    ]  # fmt: skip
    contrasts = [
        row(
            RELIABILITY_SCALE_COLUMNS, domain.families[one.raw], domain.name, name, "shaping",
            domain.systems[one.raw], domain.systems[one.shaped], *_values(one.difference, at), 2, one.n_items,
        )
        for one in found.contrasts
        for at, name in enumerate(found.indicators)
    ]  # fmt: skip
    return slopes + contrasts
