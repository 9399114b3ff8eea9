"""Studies made in memory, as analyses get them: no database, and so quick."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from annotations.analysis.data import StudyData, assemble
from annotations.studies.definition import filled, parse_definition

RESPONSE = {
    "item": -1, "output": -1, "verdict": -1, "difficulty": np.nan, "failed": np.nan, "declined": np.nan,
    "confidence": np.nan, "position": np.nan, "milliseconds": np.nan, "condition": "", "batch": "",
    "probability": np.nan, "reason": "",
}  # fmt: skip
PERSON = {"name": "", "kind": "human", "group": "", "trust_before": np.nan, "trust_after": np.nan}
OUTPUT = {"system": "one", "template": None, "severity": np.nan, "regraded": False}


def made(
    definition: dict[str, Any],
    *,
    items: list[dict[str, Any]],
    people: list[dict[str, Any]],
    responses: list[dict[str, Any]],
    outputs: list[dict[str, Any]] | None = None,
    checks: list[dict[str, Any]] | None = None,
) -> StudyData:
    """Rows name what differs from the usual; responses name people, items and outputs by their places."""
    frame = pd.DataFrame([{"domain": "synth", "metric": np.nan, **one} for one in items])
    answers = pd.DataFrame([{**RESPONSE, **one} for one in responses], columns=["person", *RESPONSE])
    replies = pd.DataFrame(
        [{**OUTPUT, "first": one["grade"], **one} for one in outputs or []],
        columns=["key", "item", "grade", "first", *OUTPUT],
    )
    for name in ("difficulty", "failed", "declined", "confidence", "position", "milliseconds", "probability"):
        answers[name] = answers[name].astype(float)
    for name in ("person", "item", "output", "verdict"):
        answers[name] = answers[name].astype(np.int64)
    judged = answers["output"] >= 0
    answers.loc[judged, "item"] = replies["item"].to_numpy(np.int64)[answers.loc[judged, "output"]]
    systems = sorted(set(replies["system"]))
    return assemble(
        definition=filled(parse_definition(json_of(definition), file="study.yaml", default_collection="c")),
        definition_hash="",
        items=frame.assign(key=[f"i{at:05d}" for at in range(len(frame))]),
        outputs=replies.assign(
            key=np.array([f"o{at:05d}" for at in range(len(replies))], dtype=object),
            **{name: replies[name].astype(np.int64) for name in ("item", "grade", "first")},
            severity=replies["severity"].astype(float),
            regraded=replies["regraded"].astype(bool),
        ),
        people=pd.DataFrame(
            [{"id": at, **PERSON, **one} for at, one in enumerate(people)], columns=["id", *PERSON]
        ),
        responses=answers,
        systems=pd.DataFrame(
            {"key": systems, "family": "", "parameters": np.nan, "flop": np.nan, "shaping": ""}
        ),
        templates=pd.DataFrame({"key": [], "weight": []}),
        checks=pd.DataFrame(checks or [], columns=["person", "passed"]).astype(
            {"person": np.int64, "passed": bool}
        ),
    )


def json_of(definition: dict[str, Any]) -> bytes:
    import json

    return json.dumps(definition).encode()


def crowd(
    *,
    people: int = 40,
    items: int = 30,
    each: int = 12,
    seed: int = 1,
    protocol: str = "both",
    machines: int = 0,
    excluded: int = 0,
    ungraded: int = 0,
    rich: bool = True,
    **definition: Any,
) -> StudyData:
    """People who rate, solve and judge; harder items are failed, erred on and let pass more often."""
    rng = np.random.default_rng(seed)
    metric = np.linspace(1, 9, items)
    hard = 1 / (1 + np.exp(-(metric - 5) / 1.5))
    skill = rng.normal(0, 0.7, people + machines)
    grade = np.where(rng.random(items) < hard, 2, np.where(rng.random(items) < 0.15, 1, 0))
    grade[:ungraded] = -1
    responses: list[dict[str, Any]] = []
    for person in range(people + machines):
        machine = person >= people
        reason = "" if person >= excluded else ("fast_people: quick", "odd")[person % 2]
        common = {"person": person, "reason": reason}
        for place, at in enumerate(rng.permutation(items)[:each].tolist()):
            p_fail = 1 / (1 + np.exp(-((metric[at] - 5) / 1.5 - skill[person])))
            if protocol != "supervision" and not machine:
                failed = float(rng.random() < p_fail)
                declined = float(failed and rng.random() < 0.3)
                responses.append({
                    **common, "item": at, "failed": failed, "declined": declined, "position": place,
                    "difficulty": float(np.clip(round(100 * p_fail + rng.normal(0, 15)), 0, 100)),
                })  # fmt: skip
            if protocol != "difficulty":
                truth = max(int(grade[at]), 0)
                right = rng.random() > 0.15 + 0.4 * p_fail
                verdict = truth if right else int(rng.choice([0, 0, 2, 3]))
                more: dict[str, Any] = {}
                if rich:
                    more = {
                        "confidence": float(rng.integers(40, 101) - 30 * (not right)), "position": place,
                        "milliseconds": float(rng.integers(2_000, 60_000)),
                        "failed": float(rng.random() < p_fail), "difficulty": float(rng.integers(0, 101)),
                    }  # fmt: skip
                responses.append({**common, "output": at, "verdict": verdict, **more})
    everybody = [
        {"group": ("novices", "experts")[at % 2], "trust_before": float(at % 5) if rich else np.nan}
        for at in range(people)
    ] + [{"kind": "ai", "name": f"machine-{at}"} for at in range(machines)]
    return made(
        {
            "title": "made", "protocol": protocol, "seed": 7,
            "domains": [{"name": "synth", "metric": "steps"}], "analysis": {"bins": 5, "resamples": 50},
            **definition,
        },
        items=[{"metric": x, "metric_other": x + rng.normal()} for x in metric.tolist()],
        people=everybody,
        responses=responses,
        outputs=[
            {"item": at, "grade": g, "system": ("one", "two")[at % 2],
             "severity": float(at % 3) if rich else np.nan, "regraded": rich and at % 4 == 0}
            for at, g in enumerate(grade.tolist())
        ] if protocol != "difficulty" else [],
    )  # fmt: skip
