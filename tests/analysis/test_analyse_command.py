"""`manage.py analyse`, with and without a worker beside it."""

from __future__ import annotations

import json
import subprocess

import pytest

from annotations.analysis.models import Run
from annotations.analysis.pipeline import want_analysis
from annotations.core.models import Job
from tests.analysis.bundles import defined, golden_s1, golden_s2, item, load, write_bundle
from tests.servers import ROOT, manage, run_manage

KINDS = ["reliability", "supervision"]


@pytest.fixture
def judged(house, tmp_path):
    return load(golden_s2(tmp_path / "s2"), "judged")


def analyse(house, *arguments):
    done = run_manage(house.env, "analyse", *arguments, check=False)
    assert "Traceback" not in done.stderr
    return done


def answer_of(house, *arguments):
    done = analyse(house, *arguments, "--json")
    return done.returncode, json.loads(done.stdout)


def test_without_a_worker(house, judged):
    code, answer = answer_of(house, "judged")
    assert (code, answer["ok"], answer["errors"]) == (0, True, [])
    assert [(told["kind"], told["run"], told["fingerprint"]) for told in answer["result"]["runs"]] == [
        (run.kind, run.pk, run.fingerprint) for run in Run.objects.order_by("pk")
    ]
    assert sorted(Run.objects.values_list("kind", flat=True)) == KINDS
    assert answer["result"]["study"] == "judged"


def test_in_words(house, judged):
    done = analyse(house, "judged")
    assert done.returncode == 0
    assert done.stdout.startswith("Analysed judged.\nsupervision: run ")
    assert "warning: The axis is the metric rank, not human difficulty." in done.stdout


def test_with_a_worker(house, judged):
    with house.worker(concurrency=2):
        code, _ = answer_of(house, "judged")
    assert (code, sorted(Run.objects.values_list("kind", flat=True))) == (0, KINDS)
    assert not Job.objects.unfinished().exists()


def test_command_and_worker_racing_store_one_run_of_each(house, judged):
    """Two commands and a worker after the same job, and a job of other parameters with the same analysis."""
    with house.worker(concurrency=2):
        page = want_analysis(study=judged, wanted_by="alice@example.org")
        commands = [
            subprocess.Popen(
                manage("analyse", "judged", *more), env=house.env, cwd=ROOT, stdout=subprocess.PIPE
            )
            for more in ([], ["--only", "supervision"], [])
        ]
        assert [command.wait(120) for command in commands] == [0, 0, 0]
        house.until(page, Job.DONE)
        for command in commands:
            command.communicate()
    assert sorted(Run.objects.values_list("kind", flat=True)) == KINDS
    assert not Job.objects.exclude(state=Job.DONE).exists()


def test_only(house, tmp_path):
    load(golden_s1(tmp_path / "s1"), "rated")
    code, answer = answer_of(house, "rated", "--only", "calibration")
    assert (code, [run["kind"] for run in answer["result"]["runs"]]) == (0, ["calibration"])
    code, answer = answer_of(house, "rated", "--only", "supervision")
    assert (code, answer["ok"]) == (1, False)
    assert "none applies to this study: it has calibration" in answer["errors"][0]["reason"]


def test_unknown_study_is_bad_input(house):
    code, answer = answer_of(house, "nobody")
    assert (code, answer["result"]) == (2, None)
    assert answer["errors"][0]["reason"] == "There is no study 'nobody'."


def test_draft_has_nothing_to_analyse(house, tmp_path):
    load(write_bundle(tmp_path / "draft", defined("difficulty"), items=[item("i1", 1)]))
    code, answer = answer_of(house, "draft")
    assert code == 1
    assert "nothing to analyse" in answer["errors"][0]["reason"]


@pytest.mark.parametrize("wrong", ["--seed=99999999999999999999", "--seed=-1", "--resamples=-1"])
def test_number_out_of_its_range_is_refused(house, judged, wrong):
    code, answer = answer_of(house, "judged", wrong)
    assert code == 2
    assert "is a whole number from 0 to" in answer["errors"][0]["reason"]
    assert not Job.objects.exists()
