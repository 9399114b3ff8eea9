"""Signals of the quality of each person's answers, computed by workers and kept as rows.

An alarm is raised by evidence that may be looked at after every answer (`statistics.anytime`): of people who
keep within the bounds below, at most the share `ALPHA` ever has one, however long a study runs and however
often it is looked at. It says that a person should look; nothing follows from it by itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise
from statistics import fmean, median
from typing import Any

import numpy as np

from annotations.core import clock
from annotations.core.jobs.kinds import Context
from annotations.core.models import Job
from annotations.people.models import Participant
from annotations.responses.models import PersonSignals
from annotations.responses.others import Others
from annotations.responses.persons import Around, Given, Person, people_of
from annotations.responses.sameness import forms_of, most_common
from annotations.statistics.anytime import evidence_against_mean
from annotations.studies.models import Study
from annotations.studies.watches import Watch

ALPHA = 0.02
FAST, OTHERS = 0.4, 3
BEGINNING, HALF = 5, 0.5
# By signal: the mean that it may have for ever. Checks failed; answers that took less than 0.4 of the others'
# median time; forms like the one before; further from the others than these from one another, and more
# verdicts `correct` than the others', both from -1 to 1 mapped to 0 to 1; answers in less than half of the
# pace of the first five.
BOUNDS = {
    "checks": 0.1, "speed": 0.3, "same forms": 0.5, "disagreement": (1 + 0.2) / 2,
    "always correct": (1 + 0.25) / 2, "drift": 0.5,
}  # fmt: skip
THRESHOLD = len(BOUNDS) / ALPHA
WRITTEN_AT_ONCE = 500


def work(context: Context) -> tuple[list[PersonSignals], int]:
    study = Study.objects.select_related("version").get(pk=context.job.params["study"])
    began = time.process_time()
    around, others = Around(study), Others(study)
    count = max(1, Participant.objects.filter(study=study).count())
    rows = []
    for number, person in enumerate(people_of(study)):
        if person.kind != Participant.AI:
            rows.append(signals_of(study, person, around, others))
        if number % 50 == 0:
            context.progress(number / count, "signals of quality")
    return rows, round(1000 * (time.process_time() - began))


def store(job: Job, found: tuple[list[PersonSignals], int]) -> dict[str, Any]:
    rows, took_ms = found
    study = job.params["study"]
    fields = [field.name for field in PersonSignals._meta.fields if field.name not in ("id", "participant")]
    for start in range(0, len(rows), WRITTEN_AT_ONCE):
        piece = rows[start : start + WRITTEN_AT_ONCE]
        # Whoever was erased meanwhile has none.
        known = Participant.objects.filter(pk__in=[one.participant_id for one in piece])
        present = set(known.values_list("pk", flat=True))
        PersonSignals.objects.bulk_create(
            [one for one in piece if one.participant_id in present],
            update_conflicts=True,
            unique_fields=["participant"],
            update_fields=fields,
        )
    Watch.objects.filter(study=study).update(
        signals_stamp=job.params["stamp"], signals_at=clock.now(), signals_ms=took_ms
    )
    return {"people": len(rows)}


def signals_of(study: Study, person: Person, around: Around, others: Others) -> PersonSignals:
    judged = [one for one in person.scored if one.output is not None and one.verdict]
    times = [one.ms for one in person.scored if one.ms is not None]
    relative = list(_relative_times(person, around))
    forms = forms_of(person.scored)
    distances = [found[0] for one in person.scored if (found := others.distances(one)) is not None]
    own = median(times) if times else 0.0
    alarms = [name for name, values in _observations(person, relative, others) if _is_alarm(name, values)]
    return PersonSignals(
        participant_id=person.pk,
        study=study,
        answers=len(person.scored),
        checks=len(person.checks),
        checks_failed=sum(not one.check_passed for one in person.checks),
        speed=median(relative) if relative else None,
        fast_share=_mean([one < FAST for one in relative]),
        fast_for_self=_mean([one < FAST * own for one in times]),
        alike_share=most_common(forms) / len(forms) if forms else None,
        said_correct=_mean([one.verdict == "correct" for one in judged]),
        agreement=1 - fmean(distances) if distances else None,
        drift=_drift(relative),
        alarms=alarms,
        n_alarms=len(alarms),
    )


def _observations(person: Person, relative: list[float], others: Others) -> Iterator[tuple[str, list[float]]]:
    """What each signal has seen of the person, in the order of the answers, from 0 to 1."""
    yield "checks", [float(not one.check_passed) for one in person.checks]
    yield "speed", [float(one < FAST) for one in relative]
    forms = forms_of(person.scored)
    yield "same forms", [float(one == before) for before, one in pairwise(forms)]
    yield "disagreement", list(_excess(person.scored, others))
    yield "always correct", list(_too_trusting(person.scored, others))
    if len(relative) > BEGINNING:
        pace = median(relative[:BEGINNING])
        yield "drift", [float(one < HALF * pace) for one in relative[BEGINNING:]]


def _excess(answers: list[Given], others: Others) -> Iterator[float]:
    for one in answers:
        found = others.distances(one)
        if found is not None and found[1] is not None:
            yield (1 + found[0] - found[1]) / 2


def _too_trusting(answers: list[Given], others: Others) -> Iterator[float]:
    for one in answers:
        if one.output is not None and one.verdict and (share := others.share_correct(one)) is not None:
            yield (1 + (one.verdict == "correct") - share) / 2


def _is_alarm(name: str, values: list[float]) -> bool:
    found = evidence_against_mean(np.array(values, dtype=float), bound=BOUNDS[name])
    return found.highest >= THRESHOLD


def _relative_times(person: Person, around: Around) -> Iterator[float]:
    for one in person.scored:
        typical = around.typical_ms(one, OTHERS)
        if one.ms is not None and typical:
            yield one.ms / typical


def _drift(relative: list[float]) -> float | None:
    """Pace of the second half beside that of the first, both beside the others'; below 1 it got faster."""
    half = len(relative) // 2
    if half < BEGINNING or not (before := median(relative[:half])):
        return None
    return median(relative[half:]) / before


def _mean(values: list[bool]) -> float | None:
    return sum(values) / len(values) if values else None
