"""The graded outputs of a study cut up by domain, with what is known of systems and templates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from annotations.analysis.data import StudyData, positions
from annotations.statistics.basics import FloatArray, IntArray
from annotations.statistics.bins import Bins, equal_bins
from annotations.statistics.scale import Scale, raw_and_shaped, scale_of
from annotations.statistics.systemcounts import SystemCounts, system_counts

SHAPED = {"shaped": True, "raw": False}
NO_TEMPLATE = "no template"


@dataclass(frozen=True)
class SystemsOf:
    """One domain: its items (N,) with an output, their difficulty and bins, and its systems (S,) with their
    families, sizes and pairs of a raw and a shaped one."""

    name: str
    difficulty: FloatArray
    bins: Bins
    counts: SystemCounts
    guess: float
    systems: list[str]
    families: list[str]
    family_names: list[str]
    scale: Scale
    pairs: tuple[tuple[int, int], ...]
    templates: list[str]
    warnings: list[str] = field(default_factory=list)


def domains_of(data: StudyData, difficulty: FloatArray) -> Iterator[SystemsOf]:
    """In the order of their names; those without any output are left out."""
    item = data.outputs["item"].to_numpy(np.int64)
    domain_of = data.items["domain"].to_numpy(object)[item]
    guesses = {one["name"]: float(one["guess"]) for one in data.definition["domains"]}
    for name in sorted(set(domain_of)):
        mine = np.flatnonzero(domain_of == name)
        yield _domain(data, name, mine, difficulty, guesses.get(name, 0.0))


def _domain(data: StudyData, name: str, mine: IntArray, difficulty: FloatArray, guess: float) -> SystemsOf:
    outputs = data.outputs.iloc[mine]
    items, item = np.unique(outputs["item"].to_numpy(np.int64), return_inverse=True)
    systems, system = _coded(outputs["system"])
    templates, template = _coded(outputs["template"])
    weight, warnings = _weights(data, templates)
    counts = system_counts(
        item, system, template, outputs["grade"].to_numpy(np.int64),
        n_items=items.size, n_systems=len(systems), weight=weight,
    )  # fmt: skip
    graded = counts.graded().any(axis=0)
    values = np.where(graded, difficulty[items], np.nan)
    known = data.systems.set_index("key").reindex(systems)
    families = [str(family) for family in known["family"].fillna("")]
    named = sorted({family for family in families if family})
    codes = np.array([named.index(family) if family else -1 for family in families], dtype=np.int64)
    parameters = known["parameters"].to_numpy(float)
    return SystemsOf(
        name, values, equal_bins(values, data.settings["bins"]), counts, guess, systems, families, named,
        scale_of(codes, parameters, known["flop"].to_numpy(float)),
        raw_and_shaped(codes, [SHAPED.get(str(one)) for one in known["shaping"]], parameters),
        [one or NO_TEMPLATE for one in templates], warnings,
    )  # fmt: skip


def _coded(values: Any) -> tuple[list[str], IntArray]:
    # A blank is None or nan, as the frame would have it.
    texts = [value if isinstance(value, str) else "" for value in values]
    names = sorted(set(texts))
    code = {name: at for at, name in enumerate(names)}
    return names, np.array([code[text] for text in texts], dtype=np.int64)


def _weights(data: StudyData, templates: list[str]) -> tuple[FloatArray, list[str]]:
    """Those of the bundle where all have one; else every template weighs the same."""
    place = positions(pd.Index(data.templates["key"]), templates)
    given = np.append(data.templates["weight"].to_numpy(float), np.nan)[place]
    if np.isfinite(given).all():
        return given, []
    missing = int(np.count_nonzero(np.isnan(given)))
    if missing == given.size:
        return np.ones(given.size), []
    return np.ones(given.size), [
        f"{missing} of {given.size} templates have no weight: all are taken to weigh the same."
    ]
