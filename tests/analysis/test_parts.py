"""Analyses as parts that any worker takes: the same numbers however they are cut and whoever does them."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from annotations.analysis.data import StudyData
from annotations.analysis.findings import compute_all
from annotations.analysis.frames import read_study
from annotations.analysis.models import Draft, Run
from annotations.analysis.pipeline import ENDING, POINTS, RESAMPLES, analysis_of, want_analysis
from annotations.analysis.runs import latest_run
from annotations.analysis.stages import points
from annotations.analysis.tables import TABLE_COLUMNS
from annotations.core import clock
from annotations.core.jobs.driver import drive
from annotations.core.jobs.runner import run_job
from annotations.core.jobs.sweeper import sweep_jobs
from annotations.core.models import Job
from tests.analysis.bundles import analyse, defined, golden_s1, golden_s2, item, load, write_bundle

pytestmark = pytest.mark.django_db(transaction=True)
alone = pytest.mark.usefixtures("no_broker")
GRADES, VERDICTS = ("correct", "incorrect", "incorrect"), ("correct", "incorrect", "unsure", "correct")


def both(folder, people=12, items=9):
    """Two domains, two systems; everybody rates every item and judges every output."""
    tasks = [item(f"i{at}", at % 5, domain=("sums", "words")[at % 2]) for at in range(items)]
    outputs = [
        {"output_id": f"o{at}{system}", "item_id": f"i{at}", "system": system, "text": "x",
         "grade": GRADES[(at + len(system)) % 3]}
        for at in range(items) for system in ("a", "bb")
    ]  # fmt: skip
    blank = {"item_id": "", "output_id": "", "difficulty": "", "verdict": ""}
    answers = [
        {"participant_id": f"p{who}", **blank, "item_id": f"i{at}", "difficulty": (who * 7 + at * 13) % 101}
        for who in range(people)
        for at in range(items)
    ] + [
        {"participant_id": f"p{who}", **blank, "output_id": one["output_id"],
         "verdict": VERDICTS[(who * who + at) % 4]}
        for who in range(people) for at, one in enumerate(outputs)
    ]  # fmt: skip
    definition = defined("both") | {"domains": [{"name": name, "metric": "m"} for name in ("sums", "words")]}
    return write_bundle(
        folder, definition, items=tasks, systems=[{"system": "a"}, {"system": "bb"}], outputs=outputs,
        responses=answers,
    )  # fmt: skip


@pytest.fixture
def study(tmp_path):
    return load(both(tmp_path / "both"))


def results(study, kind):
    run = latest_run(study, kind)
    return {name: rows for name in TABLE_COLUMNS if (rows := rows_of(run, name))}


def rows_of(run, name):
    return run.rows(name) if run.tables.filter(name=name).exists() else []


def assert_close(one, other):
    assert one.keys() == other.keys()
    for name, rows in one.items():
        assert len(rows) == len(other[name])
        for row, twin in zip(rows, other[name], strict=True):
            for column, value in row.items():
                if isinstance(value, float):
                    assert math.isclose(value, twin[column], rel_tol=1e-8, abs_tol=1e-12), (name, column)
                else:
                    assert value == twin[column], (name, column)


def parts_of(job, kind=RESAMPLES):
    return Job.objects.filter(parent=job, kind=kind).order_by("stage", "part")


@alone
def test_resamples_are_parts_by_domain_and_block(study, monkeypatch):
    monkeypatch.setattr(points, "PART_COST", 2_000)
    job = analyse(study, resamples=20)
    assert job.state == Job.DONE
    asked = [
        (part.params["analysis"], part.params["part"], part.params["first"], part.params["count"])
        for part in parts_of(job)
    ]
    for analysis, name in (("calibration", "sums"), ("calibration", "words"), ("supervision", "system|bb")):
        blocks = [(first, count) for one, part, first, count in asked if (one, part) == (analysis, name)]
        assert len(blocks) > 1
        assert [first for first, _ in blocks] == [
            sum(count for _, count in blocks[:at]) for at in range(len(blocks))
        ]
        assert sum(count for _, count in blocks) == 20
    assert all(part.result == {} for part in parts_of(job)), "what the parts found is in the run now"
    assert not Draft.objects.exists()


@alone
def test_same_numbers_whatever_the_blocks(study, monkeypatch):
    analyse(study, resamples=30)
    whole = {kind: results(study, kind) for kind in ("calibration", "supervision")}
    Run.objects.all().delete()
    monkeypatch.setattr(points, "PART_COST", 6_000)
    job = analyse(study, resamples=30)
    assert parts_of(job).count() > 10
    for kind, tables in whole.items():
        assert_close(tables, results(study, kind))


@alone
def test_same_numbers_as_all_at_once_from_the_data_alone(study):
    """What a verifier does with a release: no job, no parts."""
    analyse(study, resamples=60, seed=5)
    data = read_study(study)
    assert isinstance(data, StudyData)
    given = {}
    for kind in ("calibration", "supervision"):
        found = compute_all(analysis_of(kind).compute(), data, given, resamples=60, seed=5)
        run = latest_run(study, kind)
        assert (found.params, found.summary, found.warnings) == (run.params, run.summary, run.warnings)
        assert_close({name: rows for name, rows in found.tables.items() if rows}, results(study, kind))
        given = {"difficulty": found.tables.get("difficulty")}


def test_same_bytes_whatever_the_workers(house, tmp_path):
    study = load(both(tmp_path / "both"))
    drive(want_analysis(study=study, wanted_by="tests", resamples=50))
    one = {kind: results(study, kind) for kind in ("calibration", "supervision")}
    Run.objects.all().delete()
    with house.worker(concurrency=2):
        job = want_analysis(study=study, wanted_by="tests", resamples=50)
        house.until(job, Job.DONE, Job.FAILED)
    assert {kind: results(study, kind) for kind in one} == one


@alone
def test_a_lost_part_is_done_again_and_the_others_are_not(study, monkeypatch):
    analyse(study, resamples=40)
    whole = results(study, "calibration")
    Run.objects.all().delete()
    monkeypatch.setattr(points, "PART_COST", 10_000)
    job = want_analysis(study=study, wanted_by="tests", resamples=40, only=("calibration",))
    run_job(parts_of(job, POINTS).get().pk)
    first, *others = parts_of(job)
    long_ago = clock.now() - timedelta(minutes=5)
    Job.objects.filter(pk=first.pk).update(state=Job.RUNNING, attempts=1, beat_at=long_ago)
    for part in others:
        run_job(part.pk)
    assert parts_of(job, ENDING).get().state == Job.WAITING
    sweep_jobs()
    assert drive(job).state == Job.DONE
    assert [part.attempts for part in parts_of(job)] == [2, *(1 for _ in others)]
    assert_close(whole, results(study, "calibration"))


@alone
def test_drafts_of_jobs_that_came_to_nothing_are_dropped(study):
    job = want_analysis(study=study, wanted_by="tests", resamples=10, only=("calibration",))
    run_job(parts_of(job, POINTS).get().pk)
    assert Draft.objects.count() == 1
    Job.objects.filter(pk=job.pk).update(state=Job.FAILED)
    Job.objects.filter(parent=job).update(state=Job.CANCELLED)
    analyse(study, resamples=20)
    assert not Draft.objects.exists()


def curve_of(run):
    """Without the monotone one, which has no band."""
    return [row for row in run.rows("calibration_curve") if row["method"] != "isotonic"]


@alone
def test_without_resamples_the_sandwich_stands_alone(tmp_path):
    study = load(golden_s1(tmp_path / "s1"), "rated")
    job = analyse(study, resamples=0)
    assert not parts_of(job).exists()
    run = latest_run(study, "calibration")
    assert {row["interval"] for row in run.rows("calibration_intervals")} == {"sandwich_participants"}
    assert {row["interval"] for row in curve_of(run)} == {"sandwich_participants"}
    judged = load(golden_s2(tmp_path / "s2"), "judged")
    analyse(judged, resamples=0)
    curve = latest_run(judged, "supervision").rows("slip_curve")
    assert all(row["low"] is None and row["rate"] is not None for row in curve)


@alone
def test_percentiles_stand_in_the_table_and_the_sandwich_beside_them(tmp_path):
    study = load(golden_s1(tmp_path / "s1"), "rated")
    analyse(study, resamples=200)
    run = latest_run(study, "calibration")
    beside = {
        (row["target"], row["method"], row["quantity"], row["interval"]): row
        for row in run.rows("calibration_intervals")
    }
    for row in run.rows("calibration"):
        kind = "percentile_participants" if row["method"] == "likelihood" else "sandwich_participants"
        for quantity in ("location", "slope"):
            shown = beside[row["target"], row["method"], quantity, kind]
            assert (row[f"{quantity}_low"], row[f"{quantity}_high"]) == (shown["low"], shown["high"])
            other = beside[row["target"], row["method"], quantity, "sandwich_participants"]
            width, robust = shown["high"] - shown["low"], other["high"] - other["low"]
            assert 0.7 < width / robust < 1.4
            corrected = beside.get((row["target"], row["method"], quantity, "bca_participants"))
            assert (corrected is None) == (row["method"] != "likelihood")
            assert corrected is None or 0.7 < (corrected["high"] - corrected["low"]) / width < 1.4
    curve = curve_of(run)
    assert {row["interval"] for row in curve} == {"percentile_participants"}
    assert all(row["low"] < row["difficulty"] < row["high"] for row in curve)


@alone
def test_slip_curve_holds_the_rates_of_the_bins_and_one_curve_a_system(tmp_path):
    study = load(golden_s2(tmp_path / "s2"), "judged")
    analyse(study, resamples=200)
    run = latest_run(study, "supervision")
    curve = run.rows("slip_curve")
    groups = {(row["group"], row["value"]) for row in curve}
    systems = {row["value"] for row in run.rows("supervision") if row["group"] == "system"}
    assert groups == {("all", ""), *(("system", name) for name in systems)}
    slips = [
        row for row in run.rows("supervision")
        if row["group"] == "all" and row["bin"] is None
        and (row["grade"], row["verdict"]) == ("incorrect", "correct")
    ]  # fmt: skip
    everything = [row for row in curve if row["group"] == "all"]
    assert {(row["n"], row["total"]) for row in everything} == {(slips[0]["n"], slips[0]["total"])}
    assert all(row["low"] < row["rate"] < row["high"] for row in everything)
    isotonic = [row["isotonic"] for row in everything]
    assert isotonic in (sorted(isotonic), sorted(isotonic, reverse=True))
