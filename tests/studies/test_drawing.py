"""The draw of a batch's units: seeded, stratified, in proportion."""

from __future__ import annotations

from collections import Counter

import pytest

from annotations.studies.models import StratumLevel, Unit
from tests.participation.kit import make_study
from tests.studies.study_case import keys


@pytest.fixture
def opened(db, tmp_path):
    def make(slug="sums", **bundle):
        return make_study(tmp_path, slug, **{"protocol": "supervision", "items": 12, "systems": 2, **bundle})

    return make


def strata():
    """Sizes of the strata by their labels."""
    sizes = Counter(Unit.objects.filter(is_check=False).values_list("stratum", flat=True))
    labels = dict(StratumLevel.objects.values_list("stratum", "label"))
    return {label: sizes[number] for number, label in labels.items()}


def test_draw_takes_all_without_a_sample(opened):
    study = opened()
    assert len(keys(study)) == 24
    assert set(Unit.objects.values_list("drawing_probability", flat=True)) == {1.0}


def test_draw_is_the_same_again_in_another_database(opened):
    first = opened("first", units={"sample": 7}, settings={"collection": "one"})
    opened("between", settings={"collection": "two"})
    second = opened("second", units={"sample": 7}, settings={"collection": "three"})
    assert keys(first) == keys(second)
    order = [
        list(
            Unit.objects.filter(batch__study=study).order_by("shuffle").values_list("output__key", flat=True)
        )
        for study in (first, second)
    ]
    assert order[0] == order[1]


def test_draw_hangs_on_the_seed_and_the_batch_s_name(opened):
    first = opened("first", units={"sample": 7}, settings={"collection": "one"}, batches=2)
    second = opened("second", units={"sample": 7}, settings={"collection": "two", "seed": 99})
    assert keys(first, "batch-0") != keys(first, "batch-1")
    assert keys(first, "batch-0") != keys(second)


@pytest.mark.parametrize("sample", [1, 5, 8, 11, 23, 24, 100])
def test_draw_has_the_size_asked_for(opened, sample):
    assert len(keys(opened(units={"sample": sample}, strata=["grade", "system"]))) == min(sample, 24)


def test_draw_is_in_proportion(opened):
    """Each stratum gets its share of the sample, up to the rounding."""
    opened(strata=["grade", "system"])
    whole = strata()
    Unit.objects.all().delete()
    StratumLevel.objects.all().delete()
    opened("part", units={"sample": 12}, strata=["grade", "system"], settings={"collection": "sums"})
    part = strata()
    assert sum(part.values()) == 12
    assert all(abs(part[label] - size / 2) < 1 for label, size in whole.items())


def test_draw_logs_its_probability(opened):
    opened(units={"sample": 12}, strata=["grade"])
    sizes = {"correct": 14, "incorrect": 10}  # s0 errs about every second, s1 about every third
    for unit in Unit.objects.select_related("output").all():
        grade = unit.output.grades.get().grade
        drawn = Unit.objects.filter(stratum=unit.stratum).count()
        assert unit.drawing_probability == drawn / sizes[grade]


@pytest.mark.parametrize(
    "filters, count",
    [
        ({"system": ["s1"]}, 12),
        ({"grade": ["incorrect"]}, 10),
        ({"grade": ["incorrect"], "system": ["s0"]}, 6),
        ({"domain": ["sums"]}, 24),
        ({"system": ["s0", "s1"]}, 24),
    ],
)
def test_draw_keeps_to_the_filters(opened, filters, count):
    study = opened(units=filters)
    assert len(keys(study)) == count
    if "system" in filters:
        assert {key.rpartition("-")[2] for key in keys(study)} <= {name[1:] for name in filters["system"]}


def test_checks_are_drawn_beside_the_sample_and_are_in_no_stratum(opened):
    opened(units={"sample": 4}, checks=3)
    checks = Unit.objects.filter(is_check=True)
    assert checks.count() == 3
    assert set(checks.values_list("stratum", "quota")) == {(0, None)}
    assert sum(StratumLevel.objects.values_list("units", flat=True)) == 4


def test_strata_by_difficulty_are_the_bins_of_the_axis(opened):
    """12 items of rising metric in four bins: three each, both outputs of an item in the same bin."""
    opened(strata=["difficulty_bin"], settings={"analysis": {"bins": 4}})
    assert strata() == {"1": 6, "2": 6, "3": 6, "4": 6}
    for item in range(1, 13):
        units = Unit.objects.filter(item__key=f"i{item}")
        assert len(set(units.values_list("stratum", flat=True))) == 1


def test_strata_are_combined_in_the_order_asked_for(opened):
    opened(strata=["domain", "system"])
    assert strata() == {"sums | s0": 12, "sums | s1": 12}


def test_every_level_up_to_the_overlap_has_a_row(opened):
    opened(overlap=3, strata=["system"])
    levels = StratumLevel.objects.values_list("stratum", "filled", "units")
    assert sorted(levels) == [(s, f, 12 if f == 0 else 0) for s in (1, 2) for f in range(4)]


def test_levels_know_the_grade_where_strata_tell_grades_apart(opened):
    opened(strata=["system", "grade"])
    grades = StratumLevel.objects.filter(filled=0).values_list("label", "grade")
    assert dict(grades) == {
        "s0 | correct": "correct", "s0 | incorrect": "incorrect", "s1 | correct": "correct",
        "s1 | incorrect": "incorrect",
    }  # fmt: skip


def test_levels_of_strata_across_grades_have_none(opened):
    opened(strata=["system"])
    assert set(StratumLevel.objects.values_list("grade", flat=True)) == {""}


def test_units_of_practice_are_no_checks(opened):
    """Whoever practised with them was told what is expected."""
    steps = [
        {"kind": "consent"},
        {"kind": "practice", "outputs": ["c2-0"]},
        {"kind": "units"},
        {"kind": "exit"},
    ]
    opened(checks=3, settings={"steps": steps})
    drawn = Unit.objects.filter(is_check=True).values_list("output__key", flat=True)
    assert sorted(drawn) == ["c1-0", "c3-0"]
