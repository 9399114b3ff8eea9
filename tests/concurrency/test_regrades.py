"""Grades recorded at one moment: every revision is kept, and one of them counts."""

from __future__ import annotations

from functools import partial

import pytest

from annotations.catalogue.grades import Graded, record_grades
from annotations.catalogue.models import Grade, Output
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
