"""Signals of quality: what the job sees of people, and of whom it raises an alarm."""

from __future__ import annotations

import pytest

from annotations.core.jobs.runner import run_job
from annotations.core.models import Job
from annotations.people.models import Participant
from annotations.research.watching.looking import want_signals, watch_studies
from annotations.responses.models import Exclusion, PersonSignals, Response
from annotations.studies.watches import Watch
from tests.analysis.conftest import no_broker as no_broker
from tests.responses.exclusions.kit import row, verdicts

UNITS = 30


def crowd(count=6):
    """People who take ten seconds, fill in other forms each time and find most incorrect outputs."""
    rows = []
    for number in range(count):
        for at, one in enumerate(verdicts(f"p{number}", UNITS, duration_ms=10_000)):
            wrong = at % 4 == 0 and (number + at) % 5
            rows.append(one | {"verdict": "incorrect" if wrong else "correct", "confidence": (at * 7) % 90})
    return rows


def odd(key, **cells):
    return [one | {"participant_id": key} | cells for one in crowd(1)]


@pytest.fixture
def seen(bundle, no_broker):
    """The signals of a crowd with some odd ones, by pseudonym."""

    def compute(rows, others=None):
        study = bundle("", {}, (others or crowd()) + rows)
        Watch.objects.create(study=study)
        run_job(want_signals(study, [1, 2]).pk)
        job = Job.objects.get(kind="signals")
        assert (job.state, job.error) == (Job.DONE, "")
        return {one.participant.key: one for one in PersonSignals.objects.select_related("participant")}

    return compute


def test_ordinary_people_have_figures_and_no_alarm(seen):
    found = seen([])
    assert len(found) == 6
    for one in found.values():
        assert one.alarms == []
        assert (one.answers, one.checks) == (UNITS, 0)
        assert one.speed == 1.0
        assert one.agreement > 0.85
        assert 0.7 < one.said_correct < 0.9
        assert one.drift == 1.0


@pytest.mark.parametrize(
    ("alarm", "cells"),
    [
        ("speed", {"duration_ms": 500}),
        ("same forms", {"confidence": 50, "verdict": "correct"}),
        ("disagreement", {"verdict": "unsure"}),
    ],
)
def test_who_is_odd_all_the_time_has_an_alarm_and_nobody_else(seen, alarm, cells):
    found = seen(odd("odd", **cells))
    assert alarm in found["odd"].alarms
    assert found["odd"].n_alarms == len(found["odd"].alarms)
    assert {key for key, one in found.items() if one.n_alarms} == {"odd"}
    assert not Exclusion.objects.exists()


def test_whoever_hurries_in_the_end_has_an_alarm(seen):
    rows = odd("odd")
    for at, one in enumerate(rows):
        one["duration_ms"] = 20_000 if at < 8 else 5_000
    found = seen(rows)["odd"]
    assert found.alarms == ["drift"]
    assert found.drift < 0.6


def test_failed_checks_are_counted_and_many_are_an_alarm(seen):
    checks = [row("odd", f"c{n % 2}", answer="1", is_check=1) for n in range(4)]
    found = seen(odd("odd") + checks)["odd"]
    assert (found.checks, found.checks_failed, found.alarms) == (4, 4, ["checks"])


def test_who_calls_everything_correct_that_others_do_not_has_an_alarm(seen):
    wrong = [one | {"verdict": "incorrect"} for one in crowd()]
    trusting = [one | {"verdict": "correct"} for one in odd("odd")]
    found = seen(trusting, wrong)
    assert found["odd"].said_correct == 1.0
    assert found["odd"].agreement == 0.0
    assert found["odd"].alarms == ["disagreement", "always correct"]


def test_machines_have_no_signals(bundle, no_broker):
    study = bundle("", {}, crowd(2))
    Participant.objects.filter(key="p0").update(kind=Participant.AI)
    Watch.objects.create(study=study)
    run_job(want_signals(study, []).pk)
    assert [one.participant.key for one in PersonSignals.objects.all()] == ["p1"]


def test_the_schedule_wants_them_once_for_the_same_answers(bundle, no_broker):
    bundle("", {}, crowd(2))

    def look():
        watch_studies()
        for pk in list(Job.objects.filter(state=Job.QUEUED).values_list("pk", flat=True)):
            run_job(pk)

    look()
    assert PersonSignals.objects.count() == 2
    Watch.objects.update(looked_at="2020-01-01T00:00:00Z", signals_at="2020-01-01T00:00:00Z")
    look()
    assert Job.objects.filter(kind="signals").count() == 1
    last = Response.objects.order_by("pk").last()
    last.pk = None
    last.save(force_insert=True)
    Watch.objects.update(looked_at="2020-01-01T00:00:00Z")
    look()
    assert Job.objects.filter(kind="signals").count() == 2
    assert sum(PersonSignals.objects.values_list("answers", flat=True)) == 2 * UNITS + 1
