"""Grades of outputs that are here, named by their id or by item and system."""

from __future__ import annotations

import pytest

from annotations.catalogue.models import Grade, Output
from tests.research.importing.elsewhere import as_csv

OUTPUTS = """item_id,question,topic,model,template,output
q1,one?,x,a,,first
q1,one?,x,b,,second
q2,two?,x,a,plain,third
q2,two?,x,a,polite,fourth
q3,three?,x,a,,fifth
q3,three?,x,a,,sixth
"""


@pytest.fixture
def graded(desk):
    desk.send(OUTPUTS).check().load()
    assert desk.upload.loaded_at
    return desk


def current():
    return dict(Grade.objects.filter(current=True).values_list("output__text", "grade"))


def test_grades_by_item_and_system_are_recorded(graded):
    graded.send("item_id,model,label\nq1,a,1\nq1,b,0\n")
    assert graded.upload.mapping["table"] == "grades"
    graded.check(constant_grader="ann").load()
    assert current() == {"first": "correct", "second": "incorrect"}
    graded.send("item_id,model,label\nq1,a,refused\nq1,b,0\n").check(constant_grader="ann")
    assert [graded.report[f"grades_{kind}"] for kind in ("new", "changed", "same")] == [0, 1, 1]
    graded.load()
    assert current()["first"] == "avoidant"


def test_template_tells_outputs_of_one_system_apart(graded):
    rows = [{"item_id": "q2", "model": "a", "template": "polite", "label": 0}]
    graded.send(as_csv(rows)).check(constant_grader="ann").load()
    assert current() == {"fourth": "incorrect"}


def test_output_id_stands_above_the_names(graded):
    key = Output.objects.get(text="fifth").key
    rows = [{"output_id": key, "item_id": "q1", "model": "a", "label": 1, "grader": "ann"}]
    graded.send(as_csv(rows)).check(table="grades").load()
    assert current() == {"fifth": "correct"}


def test_every_row_that_names_no_single_output_says_what_to_do(graded):
    rows = [
        "q1,a,,1",
        "q9,a,,1",
        "q2,a,,1",
        "q3,a,,1",
        ",a,,1",
        "q1,,,1",
        "q1,b,polite,1",
        ",,,1",
        "q2,a,plain,1",
    ]
    graded.send("\n".join(["item_id,model,template,label", *rows])).check(constant_grader="ann")
    found = [(one["line"], one["column"], one["reason"]) for one in graded.report["listed"]]
    assert sorted(found) == [
        (
            3,
            "item_id",
            'no output of the item "q9" by the system "a" is here: import it first, or mend the names',
        ),
        (
            4,
            "item_id",
            'more than one output of the item "q2" by the system "a" is here: give its template, or the output\'s id',
        ),
        (
            5,
            "item_id",
            'more than one output of the item "q3" by the system "a" is here: give its template, or the output\'s id',
        ),
        (6, "item_id", "is blank, and so is the output's id"),
        (7, "model", "is blank, and so is the output's id"),
        (
            8,
            "item_id",
            'no output of the item "q1" by the system "b" under the template "polite" is here: import it first, or mend the names',
        ),
        (9, "output_id", "is blank"),
    ]
    graded.load()
    assert not current()


def test_table_of_grades_needs_an_id_or_the_names(graded):
    graded.send("item_id,label\nq1,1\n").map(table="grades")
    assert "Output id: choose its column, or those of item and system." in graded.page
    graded.check(constant_system="b", constant_grader="ann").load()
    assert current() == {"second": "correct"}
