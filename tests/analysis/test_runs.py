"""Runs: stored once for the same data, stale as soon as the data have moved on."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from annotations.analysis.models import Figure, Run
from annotations.analysis.runs import is_stale, latest_run
from annotations.analysis.stages import points
from annotations.catalogue.models import Grade, Output
from annotations.core import clock
from annotations.core.models import Job
from annotations.responses.models import Exclusion, Response
from tests.analysis.bundles import analyse, golden_s1, golden_s2, load, run_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_broker")]


@pytest.fixture
def rated(tmp_path):
    return load(golden_s1(tmp_path / "s1"), "rated")


@pytest.fixture
def judged(tmp_path):
    return load(golden_s2(tmp_path / "s2"), "judged")


def exclude(study):
    response = Response.objects.filter(study=study).first()
    return Exclusion.objects.create(response=response, reason="asleep", decided_by="tests")


def test_same_data_twice_is_one_run(judged):
    first = run_of(judged, "supervision")
    again = run_of(judged, "supervision")
    assert first.pk == again.pk
    assert Job.objects.tops().filter(state=Job.DONE).count() == 2
    assert again.confirmed_at > first.confirmed_at
    assert not is_stale(again)


def test_other_seed_is_another_run(judged):
    run_of(judged, "supervision")
    analyse(judged, seed=7)
    runs = Run.objects.filter(kind="supervision")
    assert sorted(runs.values_list("seed", flat=True)) == sorted({7, judged.definition["seed"]})


def test_a_new_response_makes_it_stale(rated):
    run = run_of(rated, "calibration")
    one = Response.objects.filter(study=rated).first()
    one.pk, one.submission_key = None, None
    one.save()
    assert is_stale(run)


def test_an_exclusion_makes_it_stale_and_revoked_it_comes_back(rated):
    run = run_of(rated, "calibration")
    exclusion = exclude(rated)
    assert is_stale(run)
    second = run_of(rated, "calibration")
    assert second.pk != run.pk
    assert second.fingerprint != run.fingerprint
    Exclusion.objects.filter(pk=exclusion.pk).update(revoked_at=clock.now())
    assert is_stale(second)
    third = run_of(rated, "calibration")
    assert third.pk == run.pk, "the same data as at first: the same run, confirmed"
    assert latest_run(rated, "calibration") == run


def test_a_regrade_makes_it_stale(judged):
    run = run_of(judged, "supervision")
    output = Output.objects.first()
    Grade.objects.filter(output=output).update(current=False)
    Grade.objects.create(output=output, revision=2, grade="avoidant", grader="second")
    assert is_stale(run)
    assert run_of(judged, "supervision").fingerprint != run.fingerprint


def test_what_arrives_while_it_computes_makes_it_stale(judged, monkeypatch):
    read = points.read_study

    def and_then_something_arrives(study):
        data = read(study)
        if not Exclusion.objects.exists():
            exclude(study)
        return data

    monkeypatch.setattr(points, "read_study", and_then_something_arrives)
    assert is_stale(run_of(judged, "supervision"))


def test_numbers_know_neither_ids_nor_order(tmp_path, rated, judged):
    """The same answers under other pseudonyms, loaded in another order, give the same tables and figures."""
    again = load(golden_s1(tmp_path / "a", rename="person-{}", reverse=True), "rated-2")
    judged_again = load(golden_s2(tmp_path / "b", rename="z{}", reverse=True), "judged-2")
    for kind, one, other in (
        ("calibration", rated, again),
        ("supervision", judged, judged_again),
        ("reliability", judged, judged_again),
    ):
        first, second = run_of(one, kind), run_of(other, kind)
        assert (first.fingerprint, first.key) == (second.fingerprint, second.key)
        for table in first.tables.all():
            assert second.rows(table.name) == first.rows(table.name)
        assert [figure.svg for figure in first.figures.all()] == [
            figure.svg for figure in second.figures.all()
        ]


@pytest.mark.drawing_program
def test_figures_are_svg_that_runs_nothing(rated, judged):
    run_of(rated, "calibration")
    run_of(judged, "supervision")
    assert sorted(Figure.objects.values_list("name", flat=True)) == [
        "calibration-synth",
        "errors-by-difficulty",
        "grades-by-difficulty-synth",
        "rates-by-difficulty",
        "risk-by-coverage",
        "roc",
        "slip-by-difficulty",
        "verdicts-by-grade",
    ]
    for figure in Figure.objects.all():
        assert figure.run.rows(figure.table), "its numbers stand in a table"
        assert figure.svg != figure.dark
    for svg in [svg for figure in Figure.objects.all() for svg in (figure.svg, figure.dark)]:
        root = ElementTree.fromstring(svg)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        names = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert not names & {"script", "foreignObject", "a", "image", "style"}
        attributes = {name.rpartition("}")[2] for element in root.iter() for name in element.attrib}
        assert not {name for name in attributes if name.startswith("on") or name in ("href", "style")}
        assert not re.search(r"javascript:|data:|https?://(?!www\.w3\.org)", svg)
