"""What each participant did, for the table `raters` of a release. It is no result of a run: releases name
people by pseudonyms of their own."""

from __future__ import annotations

from typing import Any

import numpy as np

from annotations.analysis.data import Answers, StudyData
from annotations.analysis.tables import plain
from annotations.statistics.basics import FloatArray
from annotations.statistics.signaldetection import signal_detection
from annotations.supervision.cohort import judged_outputs


def rater_rows(data: StudyData) -> dict[int, dict[str, Any]]:
    """By id of the participant, everybody: what they answered whether it counts or not, checks apart.

    Somebody is `excluded` where all of their answers are.
    """
    rows = {
        int(pk): _nobody(str(kind), str(group))
        for pk, kind, group in zip(*(data.everybody[name] for name in ("id", "kind", "group")), strict=True)
    }
    passed = np.bincount(data.checks["person"], data.checks["passed"], len(data.everybody))
    failed = np.bincount(data.checks["person"], ~data.checks["passed"], len(data.everybody))
    for at, one in enumerate(rows.values()):
        one |= {"checks_passed": int(passed[at]), "checks_failed": int(failed[at])}
    answered = Answers(data.people, data.responses) if data.whole is None else data.whole
    for part in (answered, data.machines):
        if part is not None and len(part.people):
            _add(rows, data.of(part))
    return rows


def _nobody(kind: str, group: str) -> dict[str, Any]:
    blank = dict.fromkeys(("median_duration_ms", "hit_rate", "false_alarm_rate", "d_prime", "criterion"))
    return {
        "kind": kind, "group": group, "n_responses": 0, "checks_passed": 0, "checks_failed": 0, **blank,
        "excluded": 0, "reason": "",
    }  # fmt: skip


def _add(rows: dict[int, dict[str, Any]], data: StudyData) -> None:
    responses = data.responses
    person = responses["person"].to_numpy(np.int64)
    count = np.bincount(person, minlength=len(data.people))
    out = (responses["reason"] != "").to_numpy(bool)
    gone = np.bincount(person[out], minlength=len(data.people))
    reasons: dict[int, set[str]] = {}
    for at, reason in zip(person[out].tolist(), responses["reason"][out], strict=True):
        reasons.setdefault(at, set()).add(reason)
    times = responses["milliseconds"].groupby(person).median()
    told = _told(data)
    for at, pk in enumerate(data.people["id"].tolist()):
        rows[pk] |= {
            "n_responses": int(count[at]),
            "median_duration_ms": plain(float(times.get(at, np.nan))),
            "excluded": int(gone[at] == count[at] > 0),
            "reason": "; ".join(sorted(reasons.get(at, set()))),
            **{name: plain(float(values[at])) for name, values in told.items()},
        }


def _told(data: StudyData) -> dict[str, FloatArray]:
    judged = judged_outputs(data)
    people = len(data.people)
    names = ("hit_rate", "false_alarm_rate", "d_prime", "criterion")
    if not judged.output.size:
        return dict.fromkeys(names, np.full(people, np.nan))
    each = signal_detection(judged, judged.participant, n_cells=people)
    signals, noises = each.hits + each.misses, each.false_alarms + each.correct_rejections
    values = (
        np.where(signals > 0, each.hit_rate, np.nan),
        np.where(noises > 0, each.false_alarm_rate, np.nan),
        each.dprime.estimate,
        each.criterion.estimate,
    )
    return dict(zip(names, values, strict=True))
