"""Whether analyses are those that were planned: what a study declared when it was first frozen.

Plain data in, sentences out, so that a release says the same wherever it is made or loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from annotations.studies.definition import definition_difference

# What runs call otherwise than the definition does.
CALLED = {"target": "difficulty_target"}
# Of a definition, what the plan is beside its analysis.
BESIDE = ("exclusions", "seed", "checks")


@dataclass(frozen=True)
class Made:
    """One run: its kind, what it was made with, its seed."""

    kind: str
    parameters: Mapping[str, Any]
    seed: Any


def deviations(planned: Mapping[str, Any], current: Mapping[str, Any], runs: Iterable[Made]) -> list[str]:
    """Sentences, in a fixed order; none where everything is as planned."""
    return [*_amended(planned, current), *(one for run in runs for one in _of_run(planned, run))]


def _amended(planned: Mapping[str, Any], current: Mapping[str, Any]) -> Iterator[str]:
    names = ("analysis", *BESIDE)
    before, after = ({name: one[name] for name in names if name in one} for one in (planned, current))
    for path, old, new in definition_difference(before, after):
        yield f"An amendment changed `{path}` from {_said(old)} to {_said(new)}."


def _of_run(planned: Mapping[str, Any], run: Made) -> Iterator[str]:
    settings = planned.get("analysis")
    if not isinstance(settings, Mapping):
        return
    for name in sorted(run.parameters):
        called = CALLED.get(name, name)
        if called in settings and settings[called] != run.parameters[name]:
            yield (
                f"The run of {run.kind} has `{called}` {_said(run.parameters[name])}; planned was"
                f" {_said(settings[called])}."
            )
    if "seed" in planned and run.seed != planned["seed"]:
        yield f"The run of {run.kind} has the seed {_said(run.seed)}; planned was {_said(planned['seed'])}."


def _said(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_said(value[name])}" for name in sorted(value)) or "none"
    if isinstance(value, list):
        return ", ".join(map(_said, value)) or "none"
    return f"{value:.10g}" if isinstance(value, float) else str(value)
