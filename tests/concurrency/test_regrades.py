"""Grades recorded at one moment: every revision is kept, and one of them counts."""

from __future__ import annotations

from functools import partial

import pytest

from annotations.catalogue.autograding.models import GradingRun
from annotations.catalogue.autograding.services import mark_run, record_run, want_marks, want_recording
from annotations.catalogue.grades import Graded, record_grades
from annotations.catalogue.models import Grade, Item, Output
from annotations.core.errors import Refusal
from tests.concurrency.threads import at_once
from tests.research.rows import make_collection

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]


def test_gradings_of_the_same_outputs_at_once_are_all_kept():
    make_collection(items=4, systems=1)
    Grade.objects.all().delete()
    outputs = list(Output.objects.values_list("pk", flat=True))
    grades = ["correct", "incorrect", "avoidant"]
    results = at_once(
        [
            partial(record_grades, [Graded(pk, grade, "", f"g{grade}") for pk in outputs[:: 1 if n else -1]])
            for n, grade in enumerate(grades)
        ]
    )
    assert results == [4, 4, 4]
    for pk in outputs:
        revisions = Grade.objects.filter(output=pk).order_by("revision")
        assert [one.revision for one in revisions] == [1, 2, 3]
        assert {one.grade for one in revisions} == set(grades)
        assert [one.current for one in revisions] == [False, False, True]


@pytest.fixture
def run(transactional_db):
    """Two outputs were marked, and nothing is recorded yet."""
    collection = make_collection(items=2, systems=1)
    Grade.objects.all().delete()
    Item.objects.update(reference=["4"])
    chosen = {"loads": [collection.loads.get().pk], "standing": "all"}
    return want_marks(
        collection=collection, subject="s", grader="exact", options={}, chosen=chosen, actor="ada"
    )


def now(run):
    return GradingRun.objects.get(pk=run.pk).state


def test_marks_recorded_by_two_at_once_are_one_revision(run):
    at_once([partial(want_recording, run=run, actor=who) for who in ("ada", "ben")])
    assert now(run) == GradingRun.RECORDED
    assert [one.revision for one in Grade.objects.all()] == [1, 1]


def test_recorded_run_is_not_recorded_again(run):
    want_recording(run=run, actor="ada")
    with pytest.raises(Refusal, match="was recorded"):
        want_recording(run=run, actor="ben")


def test_worker_that_is_late_moves_no_run(run):
    """It was taken for dead while it marked, or recorded, and the run has gone on without it."""
    GradingRun.objects.update(state=GradingRun.RECORDING)
    mark_run(run)
    assert now(run) == GradingRun.RECORDING
    GradingRun.objects.update(state=GradingRun.MARKING)
    record_run(run)
    assert now(run) == GradingRun.MARKING
