"""`backup` and `restore`, on the database of the run, while simulated people answer."""

from __future__ import annotations

import json
import subprocess
import time
import zipfile
from pathlib import Path

import pytest

from tests.servers import manage, rows, run_manage

BUNDLE = {
    "study.yaml": """
title: Backed up
protocol: difficulty
seed: 7
domains: [{name: sums, metric: terms, grader: number}]
batches: [{name: main, participants: 200, overlap: 40, units_per_participant: 10}]
checks: {share: 0}
""",
    "items.csv": "item_id,domain,prompt,reference,metric\n"
    + "".join(f"i{n:02},sums,What is {n} + {n}?,{n + n},{n}\n" for n in range(40)),
}
BALANCED = """
SELECT u.id FROM annotations_unit u WHERE u.answered <> (
  SELECT COUNT(*) FROM annotations_response r JOIN annotations_assignment a ON a.id = r.assignment_id
  WHERE a.unit_id = u.id AND NOT r.surplus)
OR u.filled <> (SELECT COUNT(*) FROM annotations_assignment a WHERE a.unit_id = u.id AND a.state <> 'released')
"""


@pytest.fixture
def study(database_env: dict[str, str], tmp_path: Path) -> dict[str, str]:
    folder = tmp_path / "backed-up"
    folder.mkdir()
    for name, text in BUNDLE.items():
        (folder / name).write_text(text)
    run_manage(database_env, "load_bundle", str(folder), "--open")
    return database_env


Content = dict[str, list[str]]

# What is written once and never changed: a backup holds a part of what is there later.
WRITTEN_ONCE = ("response", "participant", "item", "load", "collection", "studyversion", "auditentry")


def content(env: dict[str, str]) -> Content:
    """Every row of every table, as text, sorted."""
    sqlite = env["DATABASE_URL"].startswith("sqlite")
    names = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        if sqlite
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    found = {name: sorted(map(repr, rows(env, f'SELECT * FROM "{name}"'))) for (name,) in rows(env, names)}
    assert len(found) > 30
    return found


def content_of_file(file: Path, env: dict[str, str]) -> Content:
    """The same of a backup of SQLite, which is a database itself."""
    return content({**env, "DATABASE_URL": f"sqlite:///{file}"})


def copied(file: Path) -> Content:
    """What a backup of PostgreSQL holds, in the words of `COPY`."""
    with zipfile.ZipFile(file) as archive:
        tables = json.loads(archive.read("about.json"))["columns"]
        return {name: sorted(archive.read(f"{name}.copy").decode().splitlines()) for name in tables}


def simulated(env: dict[str, str], people: int, seed: int) -> None:
    run_manage(env, "simulate", "backed-up", "--participants", str(people), "--seed", str(seed))


def test_restore_brings_back_every_row_as_it_was(study: dict[str, str], tmp_path: Path):
    simulated(study, 3, 1)
    before = content(study)
    file = tmp_path / "from? Monday #1, 40%41"
    done = json.loads(run_manage(study, "backup", str(file), "--json").stdout)
    assert done["result"]["rows"]["annotations_response"] == 30
    simulated(study, 3, 2)
    assert content(study) != before
    run_manage(study, "restore", str(file), "--yes")
    assert content(study) == before
    assert [path for path in tmp_path.iterdir() if path.name.startswith("from")] == [file]
    # Ids go on where they were: the next rows collide with none.
    simulated(study, 2, 3)
    assert len(rows(study, "SELECT id FROM annotations_response")) == 50


def test_backup_under_load_is_one_moment_of_the_database(study: dict[str, str], tmp_path: Path):
    command = manage("simulate", "backed-up", "--participants", "150", "--seed", "5")
    with subprocess.Popen(command, env=study, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as people:
        while not rows(study, "SELECT 1 FROM annotations_response"):
            time.sleep(0.05)
        taken = [tmp_path / f"load{number}" for number in range(2)]
        answered = [len(rows(study, "SELECT 1 FROM annotations_response"))]
        for file in taken:
            run_manage(study, "backup", str(file))
            answered.append(len(rows(study, "SELECT 1 FROM annotations_response")))
        assert people.poll() is None, "the load ended before the backups did"
        people.kill()
    live = content(study)
    for number, file in enumerate(taken):
        run_manage(study, "restore", str(file), "--yes")
        restored = content(study)
        assert answered[number] <= len(restored["annotations_response"]) <= answered[number + 1]
        for name in WRITTEN_ONCE:
            assert set(restored[f"annotations_{name}"]) <= set(live[f"annotations_{name}"]), name
        assert rows(study, BALANCED) == []
        # Nothing was added or lost on the way from the database to the file and back.
        if study["DATABASE_URL"].startswith("sqlite"):
            assert content_of_file(file, study) == restored
        else:
            again = tmp_path / f"again{number}"
            run_manage(study, "backup", str(again))
            assert copied(file) == copied(again)


def test_restore_does_not_bring_erased_people_back(study: dict[str, str], tmp_path: Path):
    simulated(study, 3, 1)
    run_manage(study, "backup", str(tmp_path / "b1"))
    run_manage(study, "erase_participant", "sim-1-0002", "--yes")
    run_manage(study, "restore", str(tmp_path / "b1"), "--yes")
    people = rows(study, "SELECT key FROM annotations_participant ORDER BY key")
    assert people == [("sim-1-0001",), ("sim-1-0003",)]
    assert len(rows(study, "SELECT 1 FROM annotations_response")) == 20
    assert rows(study, BALANCED) == []
    assert rows(study, "SELECT completed, running FROM annotations_batch") == [(2, 0)]


@pytest.mark.parametrize("kind", ["noise", "empty", "zip"])
def test_restore_refuses_what_is_no_backup(study: dict[str, str], tmp_path: Path, kind: str):
    file = tmp_path / "no-backup"
    if kind == "zip":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("about.json", '{"kind": "else"}')
    else:
        file.write_bytes(b"noise " * 1000 if kind == "noise" else b"")
    before = content(study)
    refused = run_manage(study, "restore", str(file), "--yes", "--json", check=False)
    assert refused.returncode == 2
    assert "is not a" in json.loads(refused.stdout)["errors"][0]["reason"]
    assert content(study) == before


def test_backup_overwrites_nothing(study: dict[str, str], tmp_path: Path):
    file = tmp_path / "kept"
    file.write_text("mine")
    refused = run_manage(study, "backup", str(file), check=False)
    assert refused.returncode == 2
    assert file.read_text() == "mine"
