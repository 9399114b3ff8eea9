"""Releases of every kind of study are what they say, computed again without the database."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from annotations.releases.models import Release
from annotations.responses.models import Response
from annotations.studies.models import Study
from annotations.studies.services import amend_study, close_study, open_study
from tests.releases.case import PEOPLE, analyse, load, release, write, write_bundle
from tests.releases.verifying import change_cell, errors, mend, verified

pytestmark = pytest.mark.django_db
FEW = ", resamples: 50"


@pytest.fixture
def apart(django_db_blocker):
    """Verify where no database answers."""

    def verify(folder):
        with django_db_blocker.block():
            return verified(folder)

    return verify


def made(tmp_path, name="tasks", **options):
    load(write_bundle(tmp_path / name, **{"analysis": FEW, **options}))
    analyse(name)
    release(name, tmp_path / "out")
    return tmp_path / "out"


def test_judgements_by_metric_rank(tmp_path, apart):
    out = made(tmp_path, protocol="supervision")
    assert ",metric-rank\n" in (out / "difficulty.csv").read_text()
    report = apart(out)
    assert report.errors == []
    assert (report.compared["runs"], report.compared["tables"]) == (2, 18)


def test_ratings_loaded_and_released_again(tmp_path, apart):
    out = made(tmp_path, protocol="difficulty")
    assert apart(out).errors == []
    load(out, slug="again")
    analyse("again")
    release("again", tmp_path / "second")
    report = apart(tmp_path / "second")
    assert report.errors == []
    assert (report.compared["runs"], report.compared["tables"]) == (1, 10)


def test_borrowed_axis(tmp_path, apart):
    load(write_bundle(tmp_path / "rated", protocol="difficulty", collection="tasks", analysis=FEW))
    analyse("rated")
    borrows = f", difficulty_from: rated{FEW}"
    out = made(tmp_path, "judged", protocol="supervision", collection="tasks", analysis=borrows)
    assert json.loads((out / "manifest.json").read_text())["axis"]["source"] == "rated"
    assert apart(out).errors == []
    for table, column in (("difficulty", "difficulty_low"), ("calibration", "slope")):
        untouched = (out / f"{table}.csv").read_bytes()
        change_cell(out / f"{table}.csv", column, 0, lambda cell: f"{float(cell) * 1.000001:.10g}")
        mend(out)
        assert any("axis is not the one" in error.reason for error in errors(out)), table
        (out / f"{table}.csv").write_bytes(untouched)


def test_collected_answers_of_simulated_people_with_versions(tmp_path, apart):
    study = load(
        write_bundle(tmp_path / "tasks", answers=False, analysis=f", difficulty_target: failure{FEW}")
    )
    Study.objects.filter(pk=study.pk).update(definition=study.definition | {"conditions": []})
    study = open_study(study=Study.objects.get(pk=study.pk), actor="test")
    call_command("simulate", "tasks", participants=4, seed=5)
    study.refresh_from_db()
    amend_study(study=study, definition=study.definition | {"title": "Another"}, actor="test")
    call_command("simulate", "tasks", participants=4, seed=6)
    close_study(study=Study.objects.get(pk=study.pk), actor="test")
    analyse("tasks")
    release("tasks", tmp_path / "out")
    report = apart(tmp_path / "out")
    assert report.errors == report.warnings == []
    assert report.compared["definitions"] == 2
    path = tmp_path / "out" / "definition-1.json"
    path.write_text(path.read_text().replace("größer", "kleiner"))
    mend(tmp_path / "out")
    assert any("not what was released" in error.reason for error in errors(tmp_path / "out"))


def test_machine_supervisors_alone(tmp_path, apart):
    bundle = write_bundle(tmp_path / "tasks", protocol="supervision", analysis=FEW)
    people = [*PEOPLE, {"participant_id": "unlisted ü", "kind": "ai"}]
    write(bundle, "participants", [one | {"kind": "ai"} for one in people])
    load(bundle)
    analyse("tasks")
    release("tasks", tmp_path / "out")
    assert apart(tmp_path / "out").errors == []


def test_study_that_nobody_answered(tmp_path, apart):
    study = load(write_bundle(tmp_path / "tasks", protocol="supervision", answers=False, analysis=FEW))
    Study.objects.filter(pk=study.pk).update(definition=study.definition | {"conditions": []})
    close_study(study=open_study(study=Study.objects.get(pk=study.pk), actor="test"), actor="test")
    assert not Response.objects.exists()
    analyse("tasks")
    release("tasks", tmp_path / "out")
    assert not (tmp_path / "out" / "responses.csv").exists()
    assert apart(tmp_path / "out").errors == []
    assert Release.objects.count() == 1
