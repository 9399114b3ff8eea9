"""The reliability of the systems: every indicator by domain, with intervals over items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from annotations.analysis.data import StudyData
from annotations.analysis.findings import Findings, Rows
from annotations.analysis.tables import in_words
from annotations.calibration.itemaxis import (
    BORROWED,
    BORROWED_IN_WORDS,
    OWN,
    RANK,
    RANK_IN_WORDS,
    item_difficulty,
)
from annotations.reliability.domains import SystemsOf, domains_of
from annotations.reliability.drawing import draw as draw
from annotations.reliability.rows import Lines, scale_rows
from annotations.reliability.sizes import sizes_in
from annotations.statistics.basics import FloatArray
from annotations.statistics.itemsums import SUMS
from annotations.statistics.reliability import reliability
from annotations.statistics.resampling import CurveSample

AXIS_IN_WORDS = {
    BORROWED: BORROWED_IN_WORDS,
    OWN: "Difficulty comes from this study's own calibration.",
    RANK: RANK_IN_WORDS,
}
# Items x systems x sums x resamples of one domain: some ten seconds on one core.
MOST_WORK = 2.5e9


def find(data: StudyData, given: dict[str, Any]) -> Findings:
    axis = item_difficulty(data, given)
    own = axis.source == OWN
    findings = Findings(
        params={"bins": data.settings["bins"], "axis": axis.source, "axis_hash": given.get("axis_hash", "")},
        summary={
            "axis": axis.source,
            "axis_in_words": AXIS_IN_WORDS[axis.source],
            "bins_asked": data.settings["bins"],
            "participants_by_kind": data.kinds if own else {},
            "sizes": sizes_in(data),
            "domains": {},
        },
        warnings=[*(data.cautions if own else []), *([RANK_IN_WORDS] if axis.source == RANK else [])],
        tables={"reliability": [], "reliability_scale": []},
    )
    _work_in(findings, data, axis.values, int(given["resamples"]), int(given["seed"]))
    return findings


def finish(findings: Findings, samples: Sequence[CurveSample]) -> None:
    """Items are drawn where they are counted: no curve is refitted."""


def _work_in(findings: Findings, data: StudyData, difficulty: FloatArray, asked: int, seed: int) -> None:
    parts: Rows = []
    for domain in domains_of(data, difficulty):
        graded = int(domain.counts.counts.sum())
        if not graded:
            findings.warn(
                [f"{domain.name}: no output carries a grade, and nothing can be said of its systems."]
            )
            continue
        resamples = _affordable(domain, asked)
        found = reliability(
            domain.counts, domain.difficulty, domain.bins,
            seed=seed, resamples=resamples, guess=domain.guess, scale=domain.scale, pairs=domain.pairs,
        )  # fmt: skip
        lines = Lines(domain, found)
        whole, more = lines.whole(), lines.parts()
        findings.tables["reliability"] += whole
        parts += more
        findings.tables["reliability_scale"] += scale_rows(domain, found)
        findings.summary["domains"][domain.name] = {
            "systems": len(domain.systems),
            "items": int(np.count_nonzero(domain.counts.graded().any(axis=0))),
            "outputs": graded,
            "templates": len(domain.templates),
            "bins": int(domain.bins.n.size),
            "resamples": resamples,
        }
        few = (
            f"Intervals rest on {resamples:,} resamples of items instead of {asked:,}, which would take long."
        )
        said = [*domain.warnings, *([few] if resamples < asked else []), *_endless(whole), *_unmeasured(more)]
        findings.warn(in_words(found.warnings, domain.name) + [f"{domain.name}: {one}" for one in said])
    findings.tables["reliability"] += parts
    if not findings.tables["reliability"]:
        findings.warn(["No output carries a grade: there are no indicators of systems."])


def _affordable(domain: SystemsOf, asked: int) -> int:
    systems, items, templates, _ = domain.counts.counts.shape
    width = (systems + 2 * len(domain.pairs)) * items * (len(SUMS) + 2 * templates)
    return min(asked, max(100, int(MOST_WORK / max(width, 1))))


def _endless(rows: Rows) -> list[str]:
    perfect = [one for one in rows if one["indicator"].startswith("spread_") and one["value"] == 0]
    if not perfect:
        return []
    return [f"{len(perfect)} values of generality are blank: success is a perfect step and they have no end."]


def _unmeasured(rows: Rows) -> list[str]:
    """One template alone is said by itself."""
    bins = [one for one in rows if one["indicator"].startswith("stability_")]
    blank = sum(one["value"] is None for one in bins)
    if not blank or blank == len(bins):
        return []
    return [
        f"{blank} of {len(bins)} stabilities of bins are blank: no item of the bin was asked under two"
        " templates, or all its outputs are alike."
    ]
