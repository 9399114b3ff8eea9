"""Release, load into an empty database, release again: the same bytes."""

from __future__ import annotations

import csv
import json

import pytest
from django.core.management import call_command

from annotations.catalogue.models import Grade
from annotations.releases.models import Release
from annotations.releases.verifying.checking import verify_release
from annotations.responses.models import Exclusion, Response
from annotations.studies.models import Axis, Study
from annotations.studies.services import amend_study, close_study, open_study
from tests.releases.case import OLD_HASH, analyse, files, load, release, write_bundle
from tests.servers import run_manage

pytestmark = pytest.mark.django_db(transaction=True)


def emptied():
    call_command("flush", interactive=False, verbosity=0)


def released_again(first, out):
    """What a release of a loaded release holds, made from an empty database."""
    emptied()
    load(first, slug="again")
    analyse("again")
    return release("again", out)


@pytest.mark.parametrize("protocol", ["both", "supervision", "difficulty"])
def test_release_of_loaded_release_is_the_same_bytes(tmp_path, protocol):
    load(write_bundle(tmp_path / "tasks", protocol=protocol))
    analyse("tasks")
    first = release("tasks", tmp_path / "first")
    assert {"items.csv", "participants.csv", "responses.csv", "study.yaml", "difficulty.csv"} <= set(first)
    again = released_again(tmp_path / "first", tmp_path / "second")
    assert again == first


def test_release_keeps_what_came_with_the_bundle(tmp_path):
    load(write_bundle(tmp_path / "tasks"))
    analyse("tasks")
    release("tasks", tmp_path / "first")
    grades = sorted(
        Grade.objects.values_list("output__key", "revision", "grade", "grader", "avoidance_kind", "current")
    )
    answers = sorted(
        Response.objects.values_list(
            "participant__key", "item__key", "difficulty", "meta__browser", "definition_hash"
        ),
        key=str,
    )
    exclusions = sorted(Exclusion.objects.values_list("response__participant__key", "reason"))
    superseded = Response.objects.filter(supersedes__isnull=False)
    chains = sorted(
        superseded.values_list("participant__key", "supersedes__confidence", "confidence"), key=str
    )
    assert max(revision for _, revision, *_ in grades) == 3
    assert OLD_HASH in {hashed for *_, hashed in answers}
    emptied()
    load(tmp_path / "first", slug="again")
    assert grades == sorted(
        Grade.objects.values_list("output__key", "revision", "grade", "grader", "avoidance_kind", "current")
    )
    assert answers == sorted(
        Response.objects.values_list(
            "participant__key", "item__key", "difficulty", "meta__browser", "definition_hash"
        ),
        key=str,
    )
    assert exclusions == sorted(Exclusion.objects.values_list("response__participant__key", "reason"))
    superseded = Response.objects.filter(supersedes__isnull=False)
    assert chains == sorted(
        superseded.values_list("participant__key", "supersedes__confidence", "confidence"), key=str
    )
    assert len(chains) == 3


def test_release_of_collected_answers_round_trips_with_pseudonyms(tmp_path):
    study = load(write_bundle(tmp_path / "tasks", answers=False, analysis=", difficulty_target: failure"))
    Study.objects.filter(pk=study.pk).update(definition=study.definition | {"conditions": []})
    study.refresh_from_db()
    open_study(study=study, actor="test")
    call_command("simulate", "tasks", participants=8, seed=5)
    analyse("tasks")
    first = release("tasks", tmp_path / "first")
    people = first["participants.csv"].decode().splitlines()[1:]
    assert len(people) == 8
    assert all(line.split(",")[1] == "simulated" and line.startswith("p") for line in people)
    assert b"sim-5" not in b"".join(first.values())
    assert b"simulated" in first["README.md"]
    assert released_again(tmp_path / "first", tmp_path / "second") == first


def test_amended_study_is_released_with_all_versions(tmp_path):
    study = load(write_bundle(tmp_path / "tasks", protocol="difficulty", answers=False))
    Study.objects.filter(pk=study.pk).update(definition=study.definition | {"conditions": []})
    study = Study.objects.get(pk=study.pk)
    open_study(study=study, actor="test")
    call_command("simulate", "tasks", participants=3, seed=5)
    study.refresh_from_db()
    changed = study.definition | {"title": "Another title"}
    amend_study(study=study, definition=changed, actor="test")
    call_command("simulate", "tasks", participants=3, seed=6)
    close_study(study=Study.objects.get(pk=study.pk), actor="test")
    analyse("tasks")
    first = release("tasks", tmp_path / "first")
    hashes = {one["definition_hash"] for one in json.loads(first["manifest.json"])["versions"]}
    assert json.loads(first["definition.json"])["title"] == "Another title"
    assert json.loads(first["definition-1.json"])["title"] != "Another title"
    assert len(hashes) == 2
    assert all(hashed in first["responses.csv"].decode() for hashed in hashes)
    assert released_again(tmp_path / "first", tmp_path / "second") == first
    assert [version.number for version in Study.objects.get().versions.all()] == [1, 2]


def test_dealings_with_the_provider_stay_at_home(tmp_path):
    study = load(write_bundle(tmp_path / "tasks", protocol="difficulty"))
    secret = {"provider": "prolific", "codes": {"completed": "CSECRET1"}, "settings": {"project": "SECRET2"}}
    for row in (study, study.version):
        row.definition = row.definition | {"recruitment": secret}
        row.save()
    analyse("tasks")
    first = release("tasks", tmp_path / "first")
    assert json.loads(first["definition.json"])["recruitment"] == {"provider": "prolific"}
    assert b"SECRET" not in b"".join(first.values())
    assert not verify_release(tmp_path / "first")[1].errors
    assert released_again(tmp_path / "first", tmp_path / "second") == first


def test_borrowed_axis_travels_with_the_release(tmp_path):
    load(write_bundle(tmp_path / "rated", protocol="difficulty", collection="tasks"))
    analyse("rated")
    borrows = ", difficulty_from: rated"
    load(write_bundle(tmp_path / "judged", protocol="supervision", collection="tasks", analysis=borrows))
    analyse("judged")
    first = release("judged", tmp_path / "first")
    assert b",borrowed\n" in first["difficulty.csv"]
    assert json.loads(first["manifest.json"])["axis"]["source"] == "rated"
    again = released_again(tmp_path / "first", tmp_path / "second")
    assert again == first
    assert Axis.objects.get().source_slug == "rated"
    assert not Study.objects.filter(slug="rated").exists()


def test_order_of_rows_changes_no_byte(tmp_path):
    bundle = write_bundle(tmp_path / "tasks")
    load(bundle)
    analyse("tasks")
    first = release("tasks", tmp_path / "first")
    emptied()
    for name in ("items", "outputs", "systems", "templates", "participants"):
        with (bundle / f"{name}.csv").open(newline="") as file:
            header, *rows = csv.reader(file)
        with (bundle / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([header, *reversed(rows)])
    load(bundle)
    analyse("tasks")
    assert release("tasks", tmp_path / "second") == first


def test_unchanged_data_keep_their_release(tmp_path):
    load(write_bundle(tmp_path / "tasks"))
    analyse("tasks")
    first = release("tasks", tmp_path / "first")
    assert release("tasks", tmp_path / "second") == first
    assert Release.objects.count() == 1


@pytest.mark.sqlite
def test_commands_on_either_database_write_the_same_bytes(tmp_path, sqlite_env, postgresql_env):
    """Two installations with keys of their own, by the commands alone."""
    bundle = write_bundle(tmp_path / "tasks")
    (tmp_path / "var2").mkdir()
    other = postgresql_env | {"STUDYPLATFORM_VAR": str(tmp_path / "var2")}
    for env, source, out in ((sqlite_env, bundle, "first"), (other, tmp_path / "first", "second")):
        run_manage(env, "load_bundle", str(source))
        run_manage(env, "analyse", source.name)
        done = run_manage(env, "release", source.name, "--out", str(tmp_path / out), "--json")
        assert json.loads(done.stdout)["result"]["release"] == 1
    first = files(tmp_path / "first")
    assert files(tmp_path / "second") == first
    assert {"responses.parquet", "croissant.json", "codebook.csv", "figures/slip-by-difficulty.svg"} <= set(
        first
    )
