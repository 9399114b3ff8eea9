"""Whatever is changed in a release shows, even where hashes and Parquet twins are made to agree."""

from __future__ import annotations

import json
import os
import shutil
from functools import partial

import pytest
from pyarrow import parquet

from annotations.analysis.tables import TABLE_COLUMNS
from annotations.releases.verifying import checking, runs
from annotations.releases.verifying.report import Unreadable
from tests.releases.case import OLD_HASH
from tests.releases.verifying import (
    change_cell,
    change_parquet,
    errors,
    line_of,
    mend,
    numeric_columns,
    read_rows,
    verified,
    write_manifest,
    write_rows,
)

BUNDLE = ("items", "systems", "templates", "outputs", "grades", "responses")


FLAGS = ("dont_know", "answer_correct", "repeat", "is_check", "surplus", "excluded")


def nudged(cell):
    """One part in a million more, or the least that a whole number can be more."""
    number = float(cell or 0)
    return f"{number * 1.000001:.12g}" if number else "0.000001"


def more(cell):
    return str(int(cell or 0) + 1)


def a_number(path, column):
    """A row in which the column has one, better not 0 and not the first such."""
    header, rows = read_rows(path)
    at = header.index(column)
    filled = [row for row, cells in enumerate(rows) if cells[at]]
    found = [row for row in filled if rows[row][at] != "0"] or filled
    return found[len(found) // 2] if found else None


def whole(path, column):
    header, rows = read_rows(path)
    cells = [cells[header.index(column)] for cells in rows]
    return column != "metric" and all(cell.removeprefix("-").isdecimal() for cell in cells if cell)


def test_untouched_release_is_what_it_says(tampered):
    report = verified(tampered)
    assert report.errors == []
    assert [(warning.file, OLD_HASH[:4] in warning.reason) for warning in report.warnings] == [
        ("responses.csv", False)
    ]
    # Not an empty comparison.
    assert report.compared["tables"] == len(TABLE_COLUMNS) + 1, "and the raters"
    assert report.compared["twins"] == len(TABLE_COLUMNS) + 8
    assert report.compared["numbers"] > 5_000
    assert (report.compared["runs"], report.compared["documents"]) == (3, 4)
    assert report.compared["figures"] == 30


def test_every_number_of_every_result_table_is_compared(tampered):
    """The first numeric column of each table is changed in one cell, then the second, and so on."""
    columns = {name: numeric_columns(name, names) for name, names in TABLE_COLUMNS.items()}
    assert sum(map(len, columns.values())) > 50
    untouched = {name: (tampered / f"{name}.csv").read_bytes() for name in TABLE_COLUMNS}
    for turn in range(max(map(len, columns.values()))):
        expected = set()
        for name, own in columns.items():
            path = tampered / f"{name}.csv"
            path.write_bytes(untouched[name])
            if turn < len(own):
                row = a_number(path, own[turn]) or 0
                change_cell(path, own[turn], row, more if whole(path, own[turn]) else nudged)
                expected.add((path.name, line_of(path, row), own[turn]))
        mend(tampered)
        found = {(error.file, error.line, error.column) for error in errors(tampered)}
        assert {place for place in found if place[0].endswith(".csv")} == expected


def test_difference_is_said_with_both_values(tampered):
    path = tampered / "calibration.csv"
    row = a_number(path, "location")
    header, rows = read_rows(path)
    released = float(rows[row][header.index("location")])
    change_cell(path, "location", row, lambda cell: "12.5")
    mend(tampered)
    (error,) = (error for error in errors(tampered) if error.file == "calibration.csv")
    assert (error.line, error.column) == (line_of(path, row), "location")
    assert "12.5" in error.reason
    assert repr(released) in error.reason


@pytest.mark.parametrize("table", BUNDLE)
def test_every_number_that_results_rest_on_is_covered(tampered, table, monkeypatch):
    """Parquet and hashes say the same, and results are not looked at: the table's hash, the fingerprint of
    the answers or that of the release tells, or the row is none that could have been released."""
    findings = {}
    compute = partial(kept, runs.compute_all, findings)
    monkeypatch.setattr(runs, "compute_all", compute)
    verified(tampered)
    monkeypatch.setattr(checking, "check_tables", lambda *args: None)
    path = tampered / f"{table}.csv"
    untouched = path.read_bytes()
    header, _ = read_rows(path)
    columns = [column for column in numeric_columns(table, header) if a_number(path, column) is not None]
    assert columns
    for column in columns:
        path.write_bytes(untouched)
        change = nudged if not whole(path, column) else (lambda cell: "0") if column in FLAGS else more
        change_cell(path, column, a_number(path, column), change)
        mend(tampered)
        assert faults(tampered), column
    path.write_bytes(untouched)
    mend(tampered)
    assert not faults(tampered)


def faults(folder):
    try:
        return errors(folder)
    except Unreadable as error:
        return error.problems


def kept(compute, findings, module, *args, **options):
    if module.__name__ not in findings:
        findings[module.__name__] = compute(module, *args, **options)
    return findings[module.__name__]


@pytest.mark.parametrize(
    ("table", "column", "change"),
    [
        ("responses", "verdict", lambda cell: "unsure" if cell != "unsure" else "correct"),
        ("responses", "difficulty", lambda cell: str(100 - int(cell)) if cell != "50" else "51"),
        ("outputs", "grade", lambda cell: "correct" if cell != "correct" else "incorrect"),
        ("grades", "grade", lambda cell: "correct" if cell != "correct" else "incorrect"),
        ("participants", "group", lambda cell: "novices"),
    ],
)
def test_changed_answer_or_grade_shows_in_the_results(tampered, table, column, change):
    path = tampered / f"{table}.csv"
    header, rows = read_rows(path)
    at = header.index(column)
    plain = [row for row, cells in enumerate(rows) if cells[at] and counts(header, cells)]
    change_cell(path, column, plain[len(plain) // 2], change)
    mend(tampered)
    found = errors(tampered)
    assert "runs[1].fingerprint" in {error.column for error in found}
    assert {error.file for error in found} & {f"{name}.csv" for name in TABLE_COLUMNS}


def counts(header, cells):
    cell = dict(zip(header, cells, strict=True))
    flags = ("is_check", "surplus", "repeat", "excluded")
    special = ("supersedes", "check", "avoidance_kind")
    return all(cell.get(flag, "0") == "0" for flag in flags) and not any(cell.get(name) for name in special)


@pytest.mark.parametrize("change", ["weight", "text"])
def test_changed_template_breaks_the_definition_hash(tampered, change):
    change_cell(tampered / "templates.csv", change, 0, lambda cell: "0.5")
    mend(tampered)
    found = [error for error in errors(tampered) if error.file == "definition.json"]
    assert len(found) == 1
    assert "templates.csv" in found[0].reason


def test_parquet_alone_is_compared_cell_by_cell(tampered):
    change_parquet(tampered / "supervision.parquet", "n_eff", 3, 1.5)
    change_parquet(tampered / "items.parquet", "prompt", 2, "another")
    mend(tampered, twins=False)
    found = {error.file: error for error in errors(tampered) if error.file.endswith(".parquet")}
    assert set(found) == {"supervision.parquet", "items.parquet"}
    assert found["supervision.parquet"].column == "n_eff"
    assert found["supervision.parquet"].line == line_of(tampered / "supervision.csv", 3)
    assert found["items.parquet"].line == line_of(tampered / "items.csv", 2) > 4
    assert "another" in found["items.parquet"].reason


def test_row_missing_in_either_twin(tampered):
    header, rows = read_rows(tampered / "safe_region.csv")
    write_rows(tampered / "safe_region.csv", header, rows[:-1])
    mend(tampered, twins=False)
    reasons = {error.file: error.reason for error in errors(tampered)}
    assert "beyond" in reasons["safe_region.parquet"]
    assert "computed again, it has" in reasons["safe_region.csv"]


def test_parquet_with_fewer_rows_or_other_columns(tampered):
    rows = parquet.ParquetFile(tampered / "calibration.parquet").read()
    parquet.write_table(rows.slice(0, 2), tampered / "calibration.parquet", store_schema=False)
    rows = parquet.ParquetFile(tampered / "systems.parquet").read()
    parquet.write_table(rows.drop_columns(["shaping"]), tampered / "systems.parquet", store_schema=False)
    mend(tampered, twins=False)
    reasons = {error.file: error.reason for error in errors(tampered) if error.file.endswith(".parquet")}
    assert set(reasons) == {"calibration.parquet", "systems.parquet"}
    assert reasons["calibration.parquet"].startswith("has 2 rows")
    assert "has other columns" in reasons["systems.parquet"]


def test_columns_in_another_order(tampered):
    path = tampered / "calibration.csv"
    header, rows = read_rows(path)
    write_rows(path, header[::-1], [row[::-1] for row in rows])
    mend(tampered)
    (error,) = (error for error in errors(tampered) if error.file == "calibration.csv")
    assert "another order" in error.reason


def test_table_and_figure_that_are_left_out_of_the_manifest_too(tampered):
    manifest = json.loads((tampered / "manifest.json").read_text())
    for name in ("safe_region.csv", "safe_region.parquet", "figures/slip-by-difficulty.svg"):
        (tampered / name).unlink()
        del manifest["files"][name]
    manifest["figures"] = manifest["figures"][:-1]
    write_manifest(tampered, manifest)
    found = {(error.file, error.column) for error in errors(tampered)}
    assert {
        ("safe_region.csv", None),
        ("figures/slip-by-difficulty.svg", None),
        ("manifest.json", "figures"),
    } <= found


def test_version_that_is_said_to_have_had_other_rows(tampered):
    manifest = json.loads((tampered / "manifest.json").read_text())
    manifest["versions"][0]["same_rows"] = False
    write_manifest(tampered, manifest)
    (error,) = errors(tampered)
    assert "it had the same" in error.reason


def test_long_list_of_differences_is_cut_and_counted(tampered):
    path = tampered / "supervision.csv"
    header, rows = read_rows(path)
    at = header.index("n_eff")
    for row in rows:
        row[at] = "1234.5"
    write_rows(path, header, rows)
    mend(tampered)
    report = verified(tampered)
    assert sum(error.file == "supervision.csv" for error in report.errors) == 20
    assert report.beyond["supervision.csv"] > 20
    assert "more differences" in list(report.problems())[-1].reason


def test_run_that_says_otherwise(tampered):
    manifest = json.loads((tampered / "manifest.json").read_text())
    manifest["runs"][0]["summary"]["n_items"] += 1
    manifest["runs"][1]["warnings"].append("all is well")
    manifest["runs"][1]["parameters"]["bins"] = 4
    write_manifest(tampered, manifest)
    found = {error.column for error in errors(tampered)}
    assert {"runs[1].summary.n_items", "runs[2].warnings", "runs[2].parameters.bins"} <= found


def test_other_seed_gives_other_intervals(tampered):
    manifest = json.loads((tampered / "manifest.json").read_text())
    manifest["runs"][0]["seed"] += 1
    write_manifest(tampered, manifest)
    assert {"calibration.csv", "calibration_intervals.csv"} <= {error.file for error in errors(tampered)}


def test_number_in_the_readme(tampered):
    path = tampered / "README.md"
    text = path.read_text()
    path.write_text(text.replace("13 ", "14 ", 1))
    assert path.read_text() != text
    mend(tampered)
    (found,) = (error for error in errors(tampered) if error.file == "README.md")
    assert "14 " in found.reason
    assert "13 " in found.reason
    assert found.line == text.partition("13 ")[0].count("\n") + 1


def test_definition_and_study_have_to_agree(tampered):
    path = tampered / "definition.json"
    path.write_text(path.read_text().replace("größer", "kleiner"))
    mend(tampered)
    with pytest.raises(Exception, match=r"something else than study\.yaml"):
        verified(tampered)


def test_changed_definition_has_another_hash(tampered):
    for name in ("definition.json", "study.yaml"):
        path = tampered / name
        path.write_text(path.read_text().replace("größer", "kleiner").replace("gr\\xF6\\xDFer", "kleiner"))
    mend(tampered)
    assert any(
        error.file == "definition.json" and "not what was released" in error.reason
        for error in errors(tampered)
    )


def test_missing_files(tampered):
    (tampered / "figures" / "slip-by-difficulty.svg").unlink()
    (tampered / "README.md").unlink()
    found = errors(tampered)
    missing = {error.file for error in found if "is missing" in error.reason}
    assert missing == {"figures/slip-by-difficulty.svg", "README.md"}


def test_without_a_table_nothing_is_computed(tampered):
    (tampered / "supervision.csv").unlink()
    report = verified(tampered)
    assert [(error.file, "is missing" in error.reason) for error in report.errors] == [
        ("supervision.csv", True)
    ]
    assert report.compared["tables"] == 0


def test_added_and_renamed_files(tampered):
    (tampered / "names.csv").write_text("participant_id,name\n")
    (tampered / ".DS_Store").write_text("")
    (tampered / "figures" / ".hidden").write_text("")
    svg = tampered / "figures" / "slip-by-difficulty.svg"
    svg.rename(svg.with_name("slips.svg"))
    added = {error.file for error in errors(tampered) if "does not belong" in error.reason}
    assert added == {"names.csv", "figures/slips.svg"}


def test_second_definition_of_a_table_is_not_read(tampered):
    (tampered / "items.jsonl").write_text("{}\n")
    assert [error.file for error in errors(tampered)] == ["items.jsonl"]


def test_link_out_of_the_folder(tampered, tmp_path):
    shutil.move(tampered / "README.md", tmp_path / "README.md")
    os.symlink(tmp_path / "README.md", tampered / "README.md")
    assert "outside the release" in next(
        error.reason for error in errors(tampered) if error.file == "README.md"
    )


def test_changed_file_without_its_hash(tampered):
    change_cell(tampered / "difficulty.csv", "rated_difficulty", 0, lambda cell: "99")
    reasons = [error.reason for error in errors(tampered) if error.file == "difficulty.csv"]
    assert any("SHA-256" in reason for reason in reasons)
    assert any("computed again" in reason for reason in reasons)
