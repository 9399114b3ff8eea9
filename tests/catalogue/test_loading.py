"""Bundles through the command: what gets in, what is refused, and what stays as it was."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command

from annotations.catalogue.models import Collection, Grade, Item, Load, Output
from annotations.core.models import AuditEntry
from annotations.releases import loading
from annotations.responses.models import Response
from annotations.studies.models import Study
from tests.catalogue import bundle_case
from tests.releases.case import row_counts
from tests.servers import ROOT, run_manage

STUDY = "title: Sums\nprotocol: supervision\ncollection: sums\nbatches:\n  - {name: main, participants: 5}\n"


@pytest.fixture
def bundle(tmp_path):
    """The sound bundle of these tests, as a study named `sums`."""
    return write(tmp_path / "sums")


def write(folder, study=STUDY, **tables):
    folder.mkdir(exist_ok=True)
    (folder / "study.yaml").write_text(study)
    return bundle_case.write(folder, **tables)


def run(capsys, *arguments, **options):
    """The exit code and what `--json` printed."""
    try:
        call_command("load_bundle", *map(str, arguments), json=True, **options)
        code = 0
    except SystemExit as end:
        code = end.code
    return code, json.loads(capsys.readouterr().out)


def refused(capsys, *arguments, **options):
    """The errors of a load that exits with 2 and changes no row of any table."""
    before = row_counts()
    code, said = run(capsys, *arguments, **options)
    assert (code, said["ok"], said["result"]) == (2, False, None)
    assert row_counts() == before
    return [(one["file"], one["line"], one["column"], one["reason"]) for one in said["errors"]]


def test_bundle_is_loaded_closed_with_its_answers(db, bundle, capsys):
    code, said = run(capsys, bundle)
    assert (code, said["ok"], said["errors"]) == (0, True, [])
    assert said["result"]["rows"] == {
        "items": 2,
        "systems": 2,
        "templates": 1,
        "outputs": 2,
        "participants": 2,
        "responses": 2,
    }
    study = Study.objects.get(slug="sums")
    assert (study.state, study.version.number) == ("closed", 1)
    assert set(Response.objects.values_list("definition_hash", "batch__name")) == {
        (study.version.definition_hash, "main")
    }
    assert AuditEntry.objects.filter(action="bundle loaded", subject="sums").count() == 1


def test_same_bundle_twice_changes_nothing(db, bundle, capsys):
    run(capsys, bundle)
    before = row_counts(), AuditEntry.objects.count()
    code, said = run(capsys, bundle)
    assert (code, said["result"]["changed"]) == (0, False)
    assert (row_counts(), AuditEntry.objects.count()) == before
    call_command("load_bundle", bundle)
    assert "loaded already with the same content" in capsys.readouterr().out


def test_other_content_under_the_slug_is_bad_input(db, bundle, capsys):
    run(capsys, bundle)
    write(bundle, study=STUDY.replace("Sums", "Other sums"))
    [(file, _, _, reason)] = refused(capsys, bundle)
    assert file == "sums"
    assert "with other content" in reason
    assert "--slug" in reason


def test_other_slug_shares_the_collection(db, bundle, capsys):
    run(capsys, bundle)
    code, said = run(capsys, bundle, slug="more")
    assert (code, said["result"]["already_there"]) == (
        0,
        {"items": 2, "systems": 2, "templates": 1, "outputs": 2},
    )
    assert Item.objects.count() == 2


ITEMS = bundle_case.SOUND["items"]
OUTPUTS = bundle_case.SOUND["outputs"]
BAD = {
    "wrong header": (
        {"items": ITEMS.replace("prompt", "promt")},
        "items.csv",
        1,
        "prompt",
        "required column missing",
    ),
    "duplicate id": ({"items": ITEMS.replace("i2,", "i1,")}, "items.csv", 3, "item_id", "line 2"),
    "unknown item": ({"outputs": OUTPUTS.replace("o2,i1", "o2,i9")}, "outputs.csv", 3, "item_id", "no item"),
    "metric nan": (
        {"items": ITEMS.replace("?,5,2", "?,5,nan")},
        "items.csv",
        3,
        "metric",
        "not a finite number",
    ),
    "misspelt grade": (
        {"outputs": OUTPUTS.replace(",incorrect", ",incorect")},
        "outputs.csv",
        3,
        "grade",
        "did you mean",
    ),
    "not UTF-8": ({"items": ITEMS.encode().replace(b"2 + 3", b"2 \xff 3")}, "items.csv", 3, 11, "0xff"),
    "empty file": ({"systems": b""}, "systems.csv", 1, None, "empty"),
    "no rows": ({"outputs": OUTPUTS.splitlines()[0] + "\n"}, "outputs.csv", 1, None, "no rows"),
    "missing table": ({"systems": None}, "systems.csv", None, None, "needs this table"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_row_is_named_and_nothing_changes(db, tmp_path, capsys, case):
    tables, file, line, column, said = BAD[case]
    errors = refused(capsys, write(tmp_path / "sums", **tables))
    assert [one for one in errors if one[:3] == (file, line, column) and said in one[3]], errors


def test_unknown_key_of_the_study_is_named(db, tmp_path, capsys):
    errors = refused(capsys, write(tmp_path / "sums", study=STUDY + "sede: 3\n"))
    assert errors == [("study.yaml", 6, 1, 'sede: unknown key, did you mean "seed"?')]


def test_hopeless_file_is_listed_up_to_a_limit(db, tmp_path, capsys):
    rows = "".join(f"i{number},sums,Why?,,nan\n" for number in range(300))
    errors = refused(
        capsys, write(tmp_path / "sums", items="item_id,domain,prompt,reference,metric\n" + rows)
    )
    assert len(errors) == 101
    assert errors[-1][3].startswith("and 20")


@pytest.mark.parametrize("name", ["missing", "sums/items.csv", "no-study"])
def test_path_that_is_no_bundle_is_bad_input(db, bundle, tmp_path, capsys, name):
    (tmp_path / "no-study").mkdir()
    [(file, _, _, reason)] = refused(capsys, tmp_path / name)
    assert file
    assert reason in (
        "there is no such folder",
        "is neither a folder nor a zip archive, or was cut off",
        "the bundle has no study.yaml",
    )


@pytest.mark.parametrize("slug", ["two words", "-x", "a/b", "ü", "x" * 101])
def test_impossible_slug_is_bad_input(db, bundle, capsys, slug):
    [(_, _, _, reason)] = refused(capsys, bundle, slug=slug)
    assert "--slug" in reason


def test_folder_without_letters_asks_for_a_slug(db, tmp_path, capsys):
    [(_, _, _, reason)] = refused(capsys, write(tmp_path / "数"))
    assert "--slug" in reason


def test_table_that_is_no_file_is_left_out(db, tmp_path, capsys):
    folder = write(tmp_path / "sums", items=None)
    (folder / "items.csv").mkdir()
    assert refused(capsys, folder)[0][0] == "items.csv"


def test_other_grade_of_a_stored_output_is_named(db, bundle, tmp_path, capsys):
    run(capsys, bundle)
    again = write(tmp_path / "again", outputs=OUTPUTS.replace(",incorrect", ",correct"))
    [(file, line, column, reason)] = refused(capsys, again)
    assert (file, line, column) == ("outputs.csv", 3, "grade")
    assert '"o2" is in the collection already, graded incorrect by "key"' in reason


def test_regrade_of_a_stored_output_is_named(db, bundle, tmp_path, capsys):
    run(capsys, bundle)
    grades = "output_id,grade,grader,revision\no1,correct,key,1\no2,correct,Dr. A,2\n"
    again = write(tmp_path / "again", outputs=None, grades=grades, items=None, systems=None)
    [(file, line, column, reason)] = refused(capsys, again)
    assert (file, line, column) == ("grades.csv", 3, "grade")
    assert "cannot grade it again" in reason


def test_item_of_a_stored_output_must_agree(db, bundle, tmp_path, capsys):
    run(capsys, bundle)
    responses = "participant_id,output_id,item_id,verdict\np1,o1,i1,correct\np1,o2,i2,correct\n"
    again = write(tmp_path / "again", outputs=None, items=None, systems=None, responses=responses)
    assert refused(capsys, again) == [
        ("responses.csv", 3, "item_id", '"o2" is an output of "i1", not of "i2"')
    ]


def test_judgements_do_not_belong_in_a_difficulty_study(db, tmp_path, capsys):
    errors = refused(capsys, write(tmp_path / "sums", study=STUDY.replace("supervision", "difficulty")))
    assert errors[0][:3] == ("responses.csv", 2, "output_id")


def test_long_reason_is_named(db, tmp_path, capsys):
    rows = f"participant_id,output_id,verdict,excluded,exclusion_reason\np1,o1,correct,1,{'x' * 501}\n"
    [(file, line, column, _)] = refused(capsys, write(tmp_path / "sums", responses=rows))
    assert (file, line, column) == ("responses.csv", 2, "exclusion_reason")


def test_checks_are_marked(db, tmp_path, capsys):
    items = (
        ITEMS.replace("metric\n", "metric,check\n").replace("2,1\n", "2,1,\n").replace("5,2\n", "5,2,Five\n")
    )
    rows = "participant_id,item_id,answer,is_check\np1,i2, five ,1\np2,i2,six,1\np3,i1,2,1\np4,i2,five,0\n"
    run(capsys, write(tmp_path / "sums", items=items, responses=rows))
    found = Response.objects.order_by("participant__key").values_list("check_passed", flat=True)
    assert list(found) == [True, False, None, None]


def test_gradings_are_numbered_in_their_order(db, tmp_path, capsys):
    grades = "output_id,grade,grader,revision\no1,avoidant,x,\no1,incorrect,y,2\no1,correct,z,\n"
    run(capsys, write(tmp_path / "sums", grades=grades))
    rows = Grade.objects.filter(output__key="o1").order_by("revision")
    found = list(rows.values_list("revision", "grader", "current"))
    assert found == [(1, "key", False), (2, "y", False), (3, "x", False), (4, "z", True)]


def test_open_with_answers_puts_them_into_the_batches(db, bundle, capsys):
    code, said = run(capsys, bundle, open=True)
    assert (code, said["result"]["state"]) == (0, "open")
    study = Study.objects.get()
    assert set(Response.objects.values_list("definition_hash", "batch__name")) == {
        (study.version.definition_hash, "main")
    }


def test_study_that_cannot_open_stays_a_draft(db, tmp_path, capsys):
    folder = write(tmp_path / "sums", study=STUDY.split("batches")[0], responses=None)
    code, said = run(capsys, folder, open=True)
    assert code == 1
    assert "loaded, as a draft" in said["errors"][0]["reason"]
    assert Study.objects.get().state == "draft"


def failing(monkeypatch, name, look):
    """Let the load break where it calls `name`, after `look` was called."""

    def broken(*args, **kwargs):
        look()
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(loading, name, broken)


@pytest.mark.parametrize("place", ["restore_axis", "import_answers", "beat"])
def test_rows_are_nobodys_before_they_are_published(db, bundle, monkeypatch, place):
    before = row_counts()
    seen = []

    def look():
        assert Item.objects.count() == 2
        seen.append(
            (
                Item.objects.visible().count(),
                Output.objects.visible().count(),
                Study.objects.visible().count(),
            )
        )

    failing(monkeypatch, place, look)
    with pytest.raises(RuntimeError):
        call_command("load_bundle", bundle)
    assert seen == [(0, 0, 0)]
    assert row_counts() == before


def test_changed_file_is_a_refusal_and_all_is_taken_back(db, bundle, capsys, monkeypatch):
    before = row_counts()
    store = loading.import_answers

    def meanwhile(*args, **kwargs):
        (bundle / "responses.csv").write_text("participant_id,output_id,verdict\np1,o1,maybe\n")
        store(*args, **kwargs)

    monkeypatch.setattr(loading, "import_answers", meanwhile)
    code, said = run(capsys, bundle)
    assert code == 1
    assert "responses.csv changed while it was being loaded" in said["errors"][0]["reason"]
    assert row_counts() == before


def test_load_of_a_process_that_died_is_taken_back_at_once(tmp_path, sqlite_env):
    """SIGKILL in the middle: nothing to be seen, and the next load need not wait."""
    folder = write(tmp_path / "sums")
    script = (
        "import os, signal, django; django.setup()\n"
        "from pathlib import Path\n"
        "from annotations.releases import loading\n"
        "loading.beat = lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"loading.load_bundle(folder=Path({str(folder)!r}), actor='test')\n"
    )
    env = {**sqlite_env, "DJANGO_SETTINGS_MODULE": "studyplatform.settings"}
    died = subprocess.run([sys.executable, "-c", script], env=env, cwd=ROOT, check=False)
    assert died.returncode == -9
    said = run_manage(sqlite_env, "shell", "-c", LOOK).stdout
    assert said.split()[-3:] == ["2", "0", "0"]
    done = json.loads(run_manage(sqlite_env, "load_bundle", str(folder), "--json").stdout)
    assert done["result"]["changed"]
    assert run_manage(sqlite_env, "shell", "-c", LOOK).stdout.split()[-3:] == ["2", "2", "1"]


LOOK = (
    "from annotations.catalogue.models import Item; from annotations.studies.models import Study\n"
    "print(Item.objects.count(), Item.objects.visible().count(), Study.objects.visible().count())"
)


def test_load_that_lives_is_not_swept(db, bundle, monkeypatch):
    swept = []
    failing(monkeypatch, "import_answers", lambda: swept.append(loading.sweep_loads()))
    with pytest.raises(RuntimeError):
        call_command("load_bundle", bundle)
    assert swept == [0]


@pytest.mark.parametrize("stored", [False, True])
def test_load_taken_for_dead_publishes_nothing(db, bundle, capsys, monkeypatch, stored):
    before = row_counts()
    store = loading.import_answers

    def meanwhile(load, *args, **kwargs):
        if stored:
            store(load, *args, **kwargs)
        Load.objects.update(beat_at="2001-01-01T00:00:00Z")
        assert loading.sweep_loads() == 1
        if not stored:
            store(load, *args, **kwargs)

    monkeypatch.setattr(loading, "import_answers", meanwhile)
    code, said = run(capsys, bundle)
    assert code == 1
    assert "taken back" in said["errors"][0]["reason"]
    assert row_counts() == before


def test_same_bundle_loaded_by_many_at_once_is_there_once(bundle, database_env):
    def load(_):
        return run_manage(database_env, "load_bundle", str(bundle), "--json", check=False)

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(load, range(4)))
    said = [json.loads(one.stdout) for one in done]
    assert sum(one["ok"] and one["result"]["changed"] for one in said) == 1
    assert {one.returncode for one in done} <= {0, 1}
    again = json.loads(run_manage(database_env, "load_bundle", str(bundle), "--json").stdout)
    assert not again["result"]["changed"]
    assert run_manage(database_env, "shell", "-c", LOOK).stdout.split()[-3:] == ["2", "2", "1"]


def test_collection_of_a_failed_load_is_gone(db, bundle, monkeypatch):
    failing(monkeypatch, "restore_axis", lambda: None)
    with pytest.raises(RuntimeError):
        call_command("load_bundle", bundle)
    assert not Collection.objects.exists()
