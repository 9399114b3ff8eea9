"""Somebody withdraws: the answers go, counts balance, runs are stale, releases that hold them close."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.models import Count, Q

from annotations.allocation.models import Assignment
from annotations.analysis.runs import is_stale, latest_run
from annotations.core import keys
from annotations.core.errors import Refusal
from annotations.core.jobs.driver import drive
from annotations.core.models import AuditEntry, Job
from annotations.participation import flow
from annotations.people.enrolling import withdrawal_code
from annotations.people.models import Enrolment, Participant, Suppression
from annotations.releases import job as release_job
from annotations.releases.models import Release
from annotations.releases.services import want_release
from annotations.responses.erasure import erase_participant
from annotations.responses.models import Response
from annotations.studies.models import Batch, StratumLevel, Study, Unit
from annotations.studies.services import open_study
from tests.participation.kit import read_instructions
from tests.releases.case import analyse, load, release, write_bundle


@pytest.fixture
def study(transactional_db, tmp_path, settings):
    """An open study of six people who finished and one who is in the middle; it has a release."""
    settings.VAR = tmp_path / "var"
    settings.VAR.mkdir()
    study = load(write_bundle(tmp_path / "tasks", protocol="difficulty", answers=False))
    Study.objects.filter(pk=study.pk).update(definition=study.definition | {"conditions": []})
    open_study(study=Study.objects.get(pk=study.pk), actor="test")
    call_command("simulate", "tasks", participants=6, seed=5)
    study = Study.objects.get(pk=study.pk)
    entry = flow.enter(study=study, entry_key="somebody's form")
    read_instructions(entry.enrolment)
    assert flow.stand(entry.enrolment).assignment is not None
    analyse("tasks")
    release("tasks", tmp_path / "first")
    return study


def someone(kind=Participant.SIMULATED):
    return Participant.objects.filter(kind=kind).order_by("key").first()


def erase(code, **options):
    call_command("erase_participant", code, yes=True, **options)


def check_counts_balance():
    held = Q(state__in=("leased", "answered"))
    for unit in Unit.objects.all():
        own = Assignment.objects.filter(unit=unit)
        assert unit.filled == own.filter(held).count()
        assert unit.answered == own.filter(state="answered").count()
    levels = (
        Unit.objects.filter(is_check=False).values_list("batch", "stratum", "filled").annotate(n=Count("pk"))
    )
    found = StratumLevel.objects.filter(units__gt=0).values_list("batch", "stratum", "filled", "units")
    assert sorted(levels) == sorted(found)
    for batch in Batch.objects.all():
        own = Enrolment.objects.filter(batch=batch)
        assert batch.running == own.filter(state="active").count()
        assert batch.completed == own.filter(state="completed").count()


@pytest.mark.parametrize("kind", [Participant.SIMULATED, Participant.HUMAN])
def test_erasure_leaves_counts_in_balance(study, kind):
    check_counts_balance()
    batch = Batch.objects.get()
    erase(withdrawal_code(someone(kind)))
    check_counts_balance()
    assert Batch.objects.get().free_places == batch.free_places + 1
    assert Participant.objects.count() == 6


def test_erased_person_is_gone_and_suppressed(study, capsys):
    person = someone()
    answers = Response.objects.filter(participant=person).count()
    erase(withdrawal_code(person), json=True)
    result = json.loads(capsys.readouterr().out.partition("{")[2].join(["{", ""]))["result"]
    assert result == {"study": "tasks", "participant": person.key, "answers": answers, "closed_releases": [1]}
    assert not Response.objects.filter(participant_id=person.pk).exists()
    assert not Participant.objects.filter(key=person.key).exists()
    digest = keys.digest(settings.KEYS.pseudonym, "suppression", "tasks", person.key).hex()
    assert Suppression.objects.filter(digest=digest).exists()
    [entry] = AuditEntry.objects.filter(action="participant erased")
    assert entry.details == {"answers": answers}


def test_erasure_makes_runs_stale_and_closes_the_release(study, tmp_path):
    erase(withdrawal_code(someone()))
    assert is_stale(latest_run(Study.objects.get(), "calibration"))
    closed = Release.objects.get()
    assert closed.closed_at is not None
    assert "withdrew" in closed.closed_reason
    assert "new release" in closed.closed_reason
    with pytest.raises(SystemExit) as end:
        call_command("release", "tasks", out=tmp_path / "stale")
    assert end.value.code == 1


def test_new_release_has_a_new_number_and_not_the_person(study, tmp_path):
    before = (tmp_path / "first" / "responses.csv").read_text()
    person = someone()
    answers = Response.objects.filter(participant=person).count()
    erase(withdrawal_code(person))
    analyse("tasks")
    after = release("tasks", tmp_path / "second")["responses.csv"].decode()
    assert Release.objects.filter(closed_at=None).get().number == 2
    assert len(before.splitlines()) - len(after.splitlines()) == answers
    assert len((tmp_path / "second" / "participants.csv").read_text().splitlines()) == 6
    names = [{line.split(",")[0] for line in text.splitlines()[1:]} for text in (before, after)]
    assert not names[0] & names[1]


def test_person_who_is_in_no_release_closes_none(study):
    erase(someone(Participant.HUMAN).key)
    assert Release.objects.get().closed_at is None


def test_unknown_code_is_bad_input(study, capsys):
    with pytest.raises(SystemExit) as end:
        erase("AAAA-BBBB-CCCC")
    assert end.value.code == 2
    assert "No answers are stored under this code" in capsys.readouterr().err
    assert Participant.objects.count() == 7


def test_person_may_be_named_by_pseudonym(study, capsys):
    erase(someone().key)
    assert "Release 1 can no longer be downloaded" in capsys.readouterr().out
    assert Participant.objects.count() == 6


def test_pseudonym_of_several_studies_needs_the_study(study, capsys):
    person = someone()
    again = Study.objects.create(
        slug="again", title="x", collection=study.collection, load=study.load, definition={}
    )
    Participant.objects.create(study=again, key=person.key)
    with pytest.raises(SystemExit) as end:
        erase(person.key)
    assert end.value.code == 2
    assert "again, tasks" in capsys.readouterr().err
    erase(person.key, study="again")
    assert Participant.objects.filter(key=person.key).get().study == study


@pytest.mark.parametrize("said", ["", "n", "no way"])
def test_terminal_is_asked_and_may_say_no(study, monkeypatch, said):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda text: said)
    with pytest.raises(SystemExit) as end:
        call_command("erase_participant", someone().key)
    assert end.value.code == 1
    assert Participant.objects.count() == 7


def test_terminal_may_say_yes(study, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda text: "y")
    call_command("erase_participant", someone().key)
    assert Participant.objects.count() == 6


def test_erasure_while_a_release_is_made_leaves_none_with_the_person(study, tmp_path, monkeypatch):
    """Between the reading of the answers and the publishing: the release must not come to be."""
    erase(someone().key)
    analyse("tasks")
    store = release_job.store

    def meanwhile(job, draft):
        erase_participant(participant=someone(), actor="test")
        return store(job, draft)

    monkeypatch.setattr("annotations.core.jobs.kinds._kinds", {})
    monkeypatch.setattr(release_job, "store", meanwhile)
    job = drive(want_release(study=Study.objects.get(), wanted_by="test"))
    assert job.state == Job.FAILED
    assert "analyse tasks" in job.error
    assert not Release.objects.filter(closed_at=None).exists()
    assert list((settings.VAR / "releases" / "tasks").iterdir()) == []


def test_release_is_refused_without_fresh_runs(study):
    person = someone()
    erase_participant(participant=person, actor="test")
    with pytest.raises(Refusal, match="run `analyse tasks` first"):
        want_release(study=Study.objects.get(), wanted_by="test")
