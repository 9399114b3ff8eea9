"""A second look at grades that stand: how often they were wrong, with intervals."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotations.catalogue.handgrading.models import HandRound, HandTask
from annotations.catalogue.handgrading.reading import AuditCounts, audit_counts
from annotations.catalogue.models import Grade
from annotations.research.grading.intervals import exact_interval
from annotations.statistics.rates import clopper_pearson_bounds
from annotations.studies.drawing import candidates
from annotations.studies.freezing import loads_of
from tests.research.grading.test_hands import output_of


def counts(study):
    return audit_counts(study.collection_id, study.slug)


@pytest.fixture
def audit(owner):
    """All three outputs graded incorrect, and four of the nine graded correct."""
    page = owner.begin(purpose="audit", bins="10", sample="4", seed="3")
    assert "The round has begun." in page
    return HandRound.objects.get()


def test_audit_draws_all_incorrect_and_a_sample_of_the_correct(audit, study):
    drawn = HandTask.objects.values_list("stratum", "graded")
    assert sorted(drawn) == [("correct", "correct")] * 4 + [("incorrect", "incorrect")] * 3
    assert audit.asked["seed"] == 3


def test_bins_are_counted_from_the_easiest(owner, study):
    bins = {
        one.output_key: one.difficulty_bin
        for one in candidates(study, loads_of(study))
        if one.grade == "incorrect"
    }
    easiest = min(bins.values())
    assert easiest < max(bins.values())
    owner.begin(purpose="audit", bins=str(easiest), sample="0")
    drawn = set(HandTask.objects.values_list("output__key", flat=True))
    assert drawn == {key for key, code in bins.items() if code == easiest}


def test_no_bin_and_no_sample_is_no_audit(owner):
    assert "nothing fits" in owner.begin(purpose="audit", bins="0", sample="0")
    assert not HandRound.objects.exists()


def test_confirmed_and_overturned_grades_are_counted(audit, study, erin, frank):
    while erin.look().key:
        erin.give("correct")  # and so every incorrect grade is doubted
    assert counts(study) == AuditCounts(0, 0, 4, 0)
    overturned = output_of(frank.look())
    frank.give("correct")
    for _ in range(2):
        frank.look().give("incorrect")
    assert counts(study) == AuditCounts(3, 1, 4, 0)
    grade = Grade.objects.get(output__key=overturned, current=True)
    assert (grade.grade, grade.revision, grade.grader) == ("correct", 2, "by hand: audit, tie-break")
    assert Grade.objects.filter(revision__gt=1).count() == 1
    page = frank.client.get(reverse("research:grading", args=[study.slug])).content.decode()
    assert '<td class="n">.33</td><td class="n">.01 to .91</td>' in page
    assert '<td class="n">.00</td><td class="n">.00 to .60</td>' in page


def test_audited_grades_are_not_drawn_again(audit, owner, study, erin, frank):
    while erin.look().key:
        erin.give("correct")
    while frank.look().key:
        frank.give("correct")
    owner.begin(purpose="audit", bins="10", sample="100", seed="3")
    again = HandTask.objects.filter(round=HandRound.objects.first())
    # Nine were graded correct and four of them audited; three more are correct since.
    assert again.count() == 8
    assert counts(study) == AuditCounts(3, 3, 4, 0)


def test_auditor_does_not_see_the_grade(audit, erin, study):
    page = erin.look().page
    assert "graded incorrect" not in page
    assert "is-incorrect" not in page


@pytest.mark.parametrize(
    ("found", "total"), [(0, 3), (1, 3), (3, 3), (7, 200), (150, 200), (0, 5000), (2600, 5000)]
)
def test_interval_is_that_of_the_statistics(found, total):
    low, high = (float(bound) for bound in clopper_pearson_bounds(found, total, 0.95))
    assert exact_interval(found, total) == pytest.approx((low, high), abs=1e-9)


def test_interval_of_nothing():
    assert exact_interval(0, 0) == (0.0, 1.0)
