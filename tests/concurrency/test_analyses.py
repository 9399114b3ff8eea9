"""Data move while an analysis reads them: it sees a person wholly or not at all, and knows that it is stale."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from django.db import transaction

from annotations.analysis import frames
from annotations.analysis.frames import read_study
from annotations.analysis.pipeline import want_analysis
from annotations.analysis.runs import is_stale, latest_run, stamp_of
from annotations.analysis.stages import points
from annotations.catalogue.models import Grade
from annotations.core.jobs.driver import drive
from annotations.core.models import Job
from annotations.people.models import Participant
from annotations.responses.erasure import erase_participant
from annotations.responses.models import Exclusion, Response
from tests.analysis.conftest import no_broker
from tests.concurrency.threads import PATIENCE, at_once
from tests.participation.kit import Walker, assert_balanced, make_study

__all__ = ["no_broker"]

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("no_broker"),
]
EACH, PEOPLE = 3, 6
# What an analysis does one after the other; `assemble` is told what was read.
READS = ("_items", "_outputs", "_people", "_responses", "assemble")


@pytest.fixture
def study(tmp_path):
    study = make_study(
        tmp_path, protocol="supervision", items=8, overlap=20, participants=40, units_per_participant=EACH
    )
    for number in range(PEOPLE):
        Walker(study, f"p{number}").walk()
    return study


def erase(study, key="p2"):
    erase_participant(participant=Participant.objects.get(key=key), actor="test")


def regrade(study):
    first = Grade.objects.order_by("pk").first()
    Grade.objects.filter(pk=first.pk).update(current=False)
    other = "avoidant" if first.grade == "correct" else "correct"
    Grade.objects.create(output=first.output, revision=2, grade=other, grader="second")


def exclude(study):
    Exclusion.objects.create(
        response=Response.objects.order_by("pk").first(), reason="late", decided_by="ada"
    )


def answer(study):
    Walker(study, "newcomer").walk()


# What is seen of an act that comes before the read of that name, and of no later one.
ACTS = {erase: "_responses", regrade: "_outputs", exclude: "_responses", answer: "_people"}


def act_before(monkeypatch, read, act):
    """Somebody acts, and commits, when the analysis has come as far as this read."""
    real = getattr(frames, read)

    def act_then_read(*args, **kwargs):
        monkeypatch.setattr(frames, read, real)
        assert at_once([act]) == [None]
        return real(*args, **kwargs)

    monkeypatch.setattr(frames, read, act_then_read)


def analysed(study):
    job = drive(want_analysis(study=study, wanted_by="test", only=("supervision",), resamples=0))
    assert job.state == Job.DONE, job.error
    return latest_run(study, "supervision")


def answers_each(data):
    return set(data.responses.groupby("person").size())


def moments():
    """Each act right before the last read that sees it, and right after; an erasure before every read."""
    for act, last in ACTS.items():
        at = READS.index(last)
        for read in READS if act is erase else READS[at : at + 2]:
            yield pytest.param(act, read, id=f"{act.__name__} before {read}")


@pytest.mark.parametrize("act, read", list(moments()))
def test_what_moves_while_it_is_read_is_seen_wholly_or_not_at_all(study, monkeypatch, act, read):
    before = read_study(study).fingerprint
    act_before(monkeypatch, read, lambda: act(study))
    run = analysed(study)
    after = read_study(study).fingerprint
    assert before != after
    seen = READS.index(read) <= READS.index(ACTS[act])
    assert run.fingerprint == (after if seen else before)
    assert is_stale(run)
    assert_balanced()


def test_erased_person_is_seen_wholly_or_not_at_all(study, monkeypatch):
    for number, read in enumerate(READS):
        act_before(monkeypatch, read, lambda number=number: erase(study, f"p{number}"))
        assert answers_each(read_study(study)) == {EACH}


def test_erased_person_is_seen_in_part_where_answers_are_read_in_two_goes(study, monkeypatch):
    """The control: a read of several statements would see one answer of three."""
    real = frames._columns
    third = Response.objects.filter(participant__key="p2").order_by("pk").first()

    def in_two_goes(rows):
        first = real(rows.filter(pk__lte=third.pk))
        assert at_once([lambda: erase(study)]) == [None]
        second = real(rows.filter(pk__gt=third.pk))
        return {name: np.concatenate([first[name], second[name]]) for name in first}

    people = frames._people(study)
    monkeypatch.setattr(frames, "_columns", in_two_goes)
    monkeypatch.setattr(frames, "_people", lambda study: people)
    assert answers_each(read_study(study)) == {EACH, 1}


def test_run_does_not_know_that_it_is_stale_with_the_guard_off(study, monkeypatch):
    """The control: the stamp is taken when the data have been read."""
    late = {}

    def read_then_stamp(study):
        data = read_study(study)
        assert at_once([lambda: erase(study)]) == [None]
        late.update(stamp_of(study))
        return data

    monkeypatch.setattr(points, "read_study", read_then_stamp)
    monkeypatch.setattr(points, "stamp_of", lambda study: late)
    run = analysed(study)
    assert run.fingerprint != read_study(study).fingerprint
    assert not is_stale(run)


def test_erasure_is_noticed_though_another_answer_takes_its_number(study):
    """An answer gets its id before it is committed: one may appear below the highest, as one is erased."""
    slow, quick, brief = (Walker(study, key) for key in ("slow", "quick", "brief"))
    brief.submit(brief.unit())
    written, wanted = threading.Event(), threading.Event()

    def answer_slowly():
        unit = slow.unit()
        with transaction.atomic():
            slow.submit(unit)
            written.set()
            wanted.wait(PATIENCE)

    def look():
        written.wait(PATIENCE)
        quick.submit(quick.unit())
        try:
            return analysed(study)
        finally:
            erase(study, "brief")
            wanted.set()

    _, run = at_once([answer_slowly, look])
    assert Response.objects.filter(participant__key="slow").exists()
    assert run.fingerprint != read_study(study).fingerprint
    assert is_stale(run)
