"""The command: exit codes, what it prints, and what it refuses to read."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.core.management import call_command

from annotations.releases.verifying import files as checked_files
from annotations.releases.verifying import manifest as manifests
from tests.releases.verifying import change_cell, mend, write_manifest, write_rows


def said(capsys, folder):
    """Exit code and the object of --json."""
    code = 0
    try:
        call_command("verify_release", str(folder), json=True)
    except SystemExit as end:
        code = end.code
    return code, json.loads(capsys.readouterr().out)


def test_sound_release(tampered, capsys):
    code, content = said(capsys, tampered)
    assert (code, content["ok"], content["errors"]) == (0, True, [])
    result = content["result"]
    assert result["compared"]["numbers"] > 5_000
    assert result["resamples"] == {"calibration": 200, "reliability": 200, "supervision": 200}
    call_command("verify_release", str(tampered))
    text = capsys.readouterr()
    assert "holds what it says" in text.out
    assert "warning: responses.csv" in text.err


def test_mismatch_is_exit_1_with_its_place(tampered, capsys):
    change_cell(tampered / "calibration.csv", "slope", 0, lambda cell: "99")
    mend(tampered)
    code, content = said(capsys, tampered)
    assert (code, content["ok"]) == (1, False)
    assert content["result"]["compared"]["files"] > 40
    places = {(error["file"], error["line"], error["column"]) for error in content["errors"]}
    assert ("calibration.csv", 2, "slope") in places
    with pytest.raises(SystemExit) as end:
        call_command("verify_release", str(tampered))
    assert end.value.code == 1
    assert "calibration.csv:2:slope: the release has 99.0" in capsys.readouterr().err


def test_other_version_of_the_code_is_a_warning(tampered, capsys, monkeypatch):
    monkeypatch.setattr(manifests, "CODE_VERSION", "99.0")
    code, content = said(capsys, tampered)
    assert code == 0
    assert "99.0" in content["result"]["warnings"][0]["reason"]


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_text())


def write_text(name, text):
    return lambda folder: (folder / name).write_text(text)


def with_manifest(**changes):
    return lambda folder: write_manifest(folder, manifest_of(folder) | changes)


def many_resamples(folder):
    manifest = manifest_of(folder)
    manifest["runs"][0]["parameters"]["resamples"] = 10**12
    write_manifest(folder, manifest)


def two_runs(folder):
    manifest = manifest_of(folder)
    write_manifest(folder, manifest | {"runs": manifest["runs"][:1] * 2})


def outside(folder):
    manifest = manifest_of(folder)
    manifest["files"]["../../etc/passwd"] = "00"
    write_manifest(folder, manifest)


def mended(change):
    def act(folder):
        change(folder)
        mend(folder, twins=False)

    return act


def strange_columns(folder):
    write_rows(folder / "supervision.csv", ["a", "b"], [["1", "2"]])


def word_for_a_number(folder):
    change_cell(folder / "difficulty.csv", "failure_rate", 2, lambda cell: "none")


def number(cell, column="n"):
    return lambda folder: change_cell(folder / "supervision.csv", column, 2, lambda old: cell)


def deep(folder):
    (folder / "manifest.json").write_text("[" * 100_000)


def garbage(name):
    def act(folder):
        with (folder / name).open("wb") as file:
            file.write(b"PAR1" if name.endswith(".parquet") else b"a,")
            # It takes no room on the disk, and would take as much memory as there is of it.
            file.truncate(1 << 28)

    return act


BAD = {
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "manifest.json", "it is no release"),
    "no JSON": (write_text("manifest.json", "{"), "manifest.json", "is not JSON"),
    "deep JSON": (deep, "manifest.json", "is not JSON"),
    "other JSON": (write_text("manifest.json", "[1]"), "manifest.json", "lists no files"),
    "other format": (with_manifest(format=2), "manifest.json", "format 1"),
    "other shape": (with_manifest(runs="none"), "manifest.json", "runs"),
    "no runs": (with_manifest(runs=[]), "manifest.json", "has runs of nothing"),
    "few files": (with_manifest(files={}), "manifest.json", "does not list"),
    "outside": (outside, "manifest.json", "outside the release"),
    "resamples": (many_resamples, "manifest.json", "resamples"),
    "columns": (mended(strange_columns), "supervision.csv", "has no column"),
    "word": (mended(word_for_a_number), "difficulty.csv", "is no number"),
    "endless": (mended(number("1e999", "rate")), "supervision.csv", "is no number"),
    "huge": (mended(number("9" * 400)), "supervision.csv", "is no whole number"),
    "underscore": (mended(number("1_0")), "supervision.csv", "is no whole number"),
    "nan": (with_manifest(seed=float("nan")), "manifest.json", "canonical"),
    "huge seed": (with_manifest(seed=10**30), "manifest.json", "canonical"),
    "two runs": (two_runs, "manifest.json", "two runs"),
    "definition": (mended(write_text("definition.json", "{}")), "definition.json", "is no definition"),
    "study": (mended(write_text("study.yaml", "title: [")), "study.yaml", ""),
    "garbage manifest": (garbage("manifest.json"), "manifest.json", "more than any manifest"),
    "garbage rows": (garbage("items.csv"), "items.csv", "longer than"),
    "garbage results": (garbage("slip_curve.csv"), "slip_curve.csv", "longer than"),
    "garbage twin": (garbage("items.parquet"), "items.parquet", "cut off"),
    "garbage definition": (garbage("definition.json"), "definition.json", "bytes, more than"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_release_is_exit_2(tampered, capsys, case):
    break_it, file, reason = BAD[case]
    break_it(tampered)
    code, content = said(capsys, tampered)
    assert (code, content["ok"], content["result"]) == (2, False, None)
    assert content["errors"][0]["file"] == file
    assert reason in content["errors"][0]["reason"]


def test_garbage_in_place_of_documents_is_a_mismatch(tampered, capsys):
    names = {"README.md", "figures/slip-by-difficulty.svg"}
    for name in names:
        garbage(name)(tampered)
    code, content = said(capsys, tampered)
    assert code == 1
    assert names <= {error["file"] for error in content["errors"]}
    assert max(len(error["reason"]) for error in content["errors"]) < 700


def test_file_that_cannot_be_read(tampered, capsys, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(checked_files, "facts", refuse)
    code, content = said(capsys, tampered)
    assert code == 2
    assert content["errors"] == [
        {"file": "README.md", "line": None, "column": None, "reason": "cannot be read: Permission denied"}
    ]


def test_folder_that_is_not_there(tmp_path, capsys):
    assert said(capsys, tmp_path / "nothing")[0] == 2
    (tmp_path / "file").write_text("")
    assert said(capsys, tmp_path / "file")[0] == 2


def test_installation_without_a_database(folder, tmp_path):
    """The database cannot be reached, and nothing of a run is left in var/."""
    env = os.environ | {
        "STUDYPLATFORM_VAR": str(tmp_path),
        "DATABASE_URL": "postgres://nobody@127.0.0.1:9/nothing",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "verify_release", str(folder), "--json"],
        env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, json.loads(done.stdout)["ok"]) == (0, True), done.stderr
    assert done.stderr == ""
    assert not list(tmp_path.rglob("*.sqlite3*"))
