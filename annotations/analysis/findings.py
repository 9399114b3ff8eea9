"""What an analysis computes, before it becomes a run: a pure function of data, settings and seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from annotations.analysis.data import StudyData
from annotations.analysis.drawing import Drawing
from annotations.statistics.curvefit import Target
from annotations.statistics.resampling import CurveSample, Levels, sample_curves

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Fit:
    """A curve whose resamples are wanted. Fits of one `part` are resampled by one job part;
    `about` (plain values) tells `finish` what the curve belongs to."""

    part: str
    about: dict[str, Any]
    levels: Levels
    target: Target = "failure"
    floor: float = 0.0
    ceiling: float = 1.0

    def resample(self, *, seed: int, first: int, count: int) -> CurveSample:
        return sample_curves(
            self.levels,
            seed=seed,
            first=first,
            count=count,
            target=self.target,
            floor=self.floor,
            ceiling=self.ceiling,
        )


@dataclass
class Findings:
    """Tables with the columns of a release. `fits` are empty once the resamples are worked in."""

    params: dict[str, Any]
    summary: dict[str, Any]
    warnings: list[str] = field(default_factory=list)
    tables: dict[str, Rows] = field(default_factory=dict)
    fits: list[Fit] = field(default_factory=list)

    def warn(self, sentences: Sequence[str]) -> None:
        self.warnings += [one for one in dict.fromkeys(sentences) if one not in self.warnings]


class Compute(Protocol):
    """What the `compute` module of an analysis offers. Nothing in it reads a database or a file."""

    def find(self, data: StudyData, given: dict[str, Any]) -> Findings:
        """Everything but what rests on refits. `given` is what the analysis takes from others, and the
        `seed` and number of `resamples` for what is resampled here."""

    def finish(self, findings: Findings, samples: Sequence[CurveSample]) -> None:
        """Work in the resamples of each fit, in the order of the fits; none where none were wanted."""

    def draw(self, findings: Findings, definition: dict[str, Any]) -> list[Drawing]:
        """The figures, out of the finished tables alone."""


def compute_all(
    module: Compute, data: StudyData, given: dict[str, Any], *, resamples: int, seed: int
) -> Findings:
    """The whole analysis in one go, as `verify_release` does it. Jobs do the same in parts."""
    findings = module.find(data, given | {"seed": seed, "resamples": resamples})
    findings.params["resamples"] = resamples
    samples = [fit.resample(seed=seed, first=0, count=resamples) for fit in findings.fits if resamples]
    module.finish(findings, samples)
    findings.fits = []
    return findings
