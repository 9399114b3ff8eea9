"""A release that is loaded must be what was released; its definition is taken as it was stored."""

from __future__ import annotations

import json
import shutil

import pytest

from annotations.catalogue.bundle import BundleErrors
from annotations.catalogue.models import Collection
from annotations.releases import reading
from annotations.studies.definition import DefinitionErrors, definition_hash
from annotations.studies.definition.schema import Definition
from annotations.studies.freezing import digests
from annotations.studies.models import Study, StudyVersion
from tests.releases.case import load, row_counts, write_bundle

pytestmark = pytest.mark.django_db


@pytest.fixture
def released(tmp_path, judged):
    """A release that lies beside an empty database; tests change one thing about it."""
    return shutil.copytree(judged, tmp_path / "released")


@pytest.fixture
def borrowed(tmp_path, borrowing):
    return shutil.copytree(borrowing, tmp_path / "released")


def forget():
    """Every row that a load brought, and what was made of it."""
    from django.apps import apps
    from django.db import connection

    with connection.constraint_checks_disabled():
        for model in apps.get_app_config("annotations").get_models():
            model.objects.all()._raw_delete("default")


def refused(folder):
    before = row_counts()
    with pytest.raises(BundleErrors) as errors:
        load(folder)
    assert row_counts() == before
    [problem] = errors.value.problems
    return problem.file, problem.reason


def change(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_sound_release_is_loaded(released):
    study = load(released)
    assert (study.state, study.slug) == ("closed", "released")
    assert (
        study.version.definition_hash
        == json.loads((released / "manifest.json").read_text())["definition_hash"]
    )


def test_changed_study_yaml_is_refused(released):
    change(released / "study.yaml", "bins: 3", "bins: 4")
    file, reason = refused(released)
    assert file == "definition.json"
    assert "something else than study.yaml" in reason


def test_changed_batch_is_refused(released):
    change(released / "study.yaml", "participants: 20", "participants: 21")
    assert refused(released)[0] == "definition.json"


def test_definition_changed_in_both_files_is_refused(released):
    change(released / "study.yaml", "bins: 3", "bins: 4")
    change(released / "definition.json", '"bins": 3', '"bins": 4')
    file, reason = refused(released)
    assert file == "definition.json"
    assert "manifest" in reason


def test_changed_prompt_is_refused(released):
    change(released / "items.csv", "Type 7", "Type 8")
    file, reason = refused(released)
    assert file == "definition.json"
    assert "was changed after the release" in reason


def test_changed_hash_in_the_manifest_is_refused(released):
    manifest = json.loads((released / "manifest.json").read_text())
    (released / "manifest.json").write_text(json.dumps(manifest | {"definition_hash": "00" * 32}))
    assert refused(released)[0] == "definition.json"


@pytest.mark.parametrize("file", ["definition.json", "manifest.json"])
@pytest.mark.parametrize("content", ["", "{", "[" * 20, "\udcff"])
def test_file_that_is_no_json_is_named(released, file, content):
    (released / file).write_bytes(content.encode("utf-8", "surrogateescape"))
    assert refused(released)[0] == file
    assert "is not JSON" in refused(released)[1]


@pytest.mark.parametrize("content", ['{"title": 3}', "[]", "null", "3"])
def test_file_that_is_no_definition_is_named(released, content):
    (released / "definition.json").write_text(content)
    file, reason = refused(released)
    assert file == "definition.json"
    assert "is no definition" in reason


@pytest.mark.parametrize(
    "part",
    [
        {"versions": [{"number": 1}]},
        {"versions": 3},
        {"axis": "x"},
        {
            "versions": [
                {"number": 1, "file": "../definition-1.json", "definition_hash": "", "same_rows": True}
            ]
        },
        {"versions": [{"number": 1, "file": "definition-1.json", "definition_hash": "", "same_rows": True}]},
    ],
)
def test_manifest_that_makes_no_sense_is_refused(released, part):
    manifest = json.loads((released / "manifest.json").read_text())
    (released / "manifest.json").write_text(json.dumps(manifest | part))
    assert refused(released)[0] in ("manifest.json", "definition-1.json")


def test_earlier_version_must_have_its_hash(released):
    manifest = json.loads((released / "manifest.json").read_text())
    earlier = {"number": 1, "file": "definition-1.json", "definition_hash": "00" * 32, "same_rows": True}
    manifest["versions"] = [earlier, {**manifest["versions"][0], "number": 2}]
    (released / "manifest.json").write_text(json.dumps(manifest))
    shutil.copy(released / "definition.json", released / "definition-1.json")
    assert refused(released)[0] == "definition-1.json"


def test_foreign_manifest_is_nobodys_business(tmp_path):
    folder = write_bundle(tmp_path / "tasks", protocol="difficulty")
    (folder / "manifest.json").write_text('{"name": "a web page"}')
    assert load(folder).state == "closed"


def test_broken_study_yaml_is_named(released):
    (released / "study.yaml").write_text("title: [")
    with pytest.raises(DefinitionErrors):
        load(released)


def test_later_default_changes_nothing(released, monkeypatch):
    """Stored JSON without a key that the schema of today has: its hash stays what it was."""
    stored = json.loads((released / "definition.json").read_text())
    del stored["corrections"], stored["analysis"]["rho_output"]
    load(released)
    study = Study.objects.get()
    hashed = definition_hash(stored, digests(study, study.version.loads))
    forget()
    (released / "definition.json").write_text(json.dumps(stored))
    change(released / "study.yaml", "corrections:\n  allowed: false\n", "")
    change(released / "study.yaml", "  rho_output: 0.1\n", "")
    manifest = json.loads((released / "manifest.json").read_text())
    (released / "manifest.json").write_text(json.dumps(manifest | {"definition_hash": hashed}))
    study = load(released)
    assert study.version.definition_hash == hashed
    assert study.version.definition == stored
    assert "corrections" in reading.filled(Definition.model_validate(stored))


def test_collection_with_other_rows_is_refused(released, tmp_path):
    other = write_bundle(tmp_path / "other", protocol="difficulty", answers=False)
    with (other / "items.csv").open("a", newline="") as file:
        columns = file.name and (other / "items.csv").read_text().splitlines()[0].count(",") + 1
        file.write(",".join(["one-more", "sums", "Why?", *[""] * (columns - 4)]) + "\n")
    load(other)
    file, reason = refused(released)
    assert file == "definition.json"
    assert "the collection has other rows too" in reason


def test_release_loads_beside_another_study_of_its_collection(released, tmp_path):
    load(write_bundle(tmp_path / "other", protocol="difficulty", answers=False))
    load(released)
    assert Collection.objects.count() == 1
    assert StudyVersion.objects.count() == 1


@pytest.mark.parametrize("table", ["difficulty", "calibration"])
@pytest.mark.parametrize(
    "content", [None, b"\xff\xfe", b"a,b\n1,x\n", b"a\n1,2\n", b"item_id,population\ni,all\n", "long"]
)
def test_borrowed_axis_needs_its_tables(borrowed, table, content):
    path = borrowed / f"{table}.csv"
    if content is None:
        path.unlink()
    elif content == "long":
        path.write_bytes(path.read_bytes().rstrip(b"\n") + b",and more\n")
    else:
        path.write_bytes(content)
    assert refused(borrowed)[0] == path.name


def test_borrowed_axis_is_the_one_that_was_copied(borrowed):
    path = borrowed / "difficulty.csv"
    header, first, *rest = path.read_text().splitlines()
    cells = first.split(",")
    cells[header.split(",").index("difficulty")] = "50"
    path.write_text("\n".join([header, ",".join(cells), *rest, ""]))
    file, reason = refused(borrowed)
    assert file == "difficulty.csv"
    assert "not the axis that the study borrowed" in reason
