from __future__ import annotations

import pytest

from annotations.catalogue.bundle import BundleChanged, BundleErrors, Declared, check_bundle
from tests.catalogue.bundle_case import DIFFICULTY, SOUND, SUPERVISION, check, faults, write


def test_sound_bundle(tmp_path):
    bundle = check(tmp_path)
    assert bundle.counts == {
        "items": 2, "systems": 2, "templates": 1, "outputs": 2, "participants": 2, "responses": 2,
    }  # fmt: skip
    assert bundle.warnings == []
    assert [item.item_id for item in bundle.items()] == ["i1", "i2"]
    assert [system.parameters for system in bundle.systems()] == [6e9, 1.75e11]
    assert [template.weight for template in bundle.templates()] == [0.5]
    assert [output.grade for output in bundle.outputs()] == ["correct", "incorrect"]
    assert [participant.kind for participant in bundle.participants()] == ["human", "ai"]
    assert [response.confidence for response in bundle.responses()] == [90.0, 40.0]
    assert list(bundle.grades()) == []


def test_blank_cells_are_none_and_unknown_columns_meta(tmp_path):
    items = (
        "item_id,domain,prompt,metric,metric_length,source,note\ni1,sums,1 + 1?,,5,book, \ni2,sums,x,,,,\n"
    )
    first, second = check(tmp_path, items=items).items()
    assert first.metric is None
    assert first.reference == ()
    assert first.metrics == {"length": 5.0}
    assert first.meta == {"source": "book"}
    assert (second.metrics, second.meta) == ({}, {})


def test_several_references(tmp_path):
    items = 'item_id,domain,prompt,reference\ni1,sums,x,"[""2"", 2.0, ""two""]"\ni2,sums,y, 5 \n'
    bundle = check(tmp_path, items=items)
    assert [item.reference for item in bundle.items()] == [("2", "2.0", "two"), ("5",)]


# What the issue lists as bad input: file, line, column and reason, exactly.


def test_wrong_header(tmp_path):
    items = "task,question\n1,1 + 1?\n"
    reason = "required column missing; found question, task"
    assert faults(tmp_path, items=items) == [
        ("items.csv", 1, "item_id", reason),
        ("items.csv", 1, "domain", reason),
        ("items.csv", 1, "prompt", reason),
    ]


def test_wrong_header_causes_no_other_fault(tmp_path):
    items = SOUND["items"].replace("item_id", "itemid")
    reason = (
        'required column missing; found domain, itemid, metric, prompt, reference; did you mean "itemid"?'
    )
    assert faults(tmp_path, items=items) == [("items.csv", 1, "item_id", reason)]


def test_duplicate_id(tmp_path):
    items = SOUND["items"] + "i1,sums,again,1,1\n"
    assert faults(tmp_path, items=items) == [("items.csv", 4, "item_id", '"i1" stands on line 2 already')]


def test_output_of_unknown_item(tmp_path):
    outputs = SOUND["outputs"].replace("o2,i1", "o2,i9")
    reason = 'there is no item "i9"'
    assert faults(tmp_path, outputs=outputs) == [("outputs.csv", 3, "item_id", reason)]


def test_metric_nan(tmp_path):
    items = SOUND["items"].replace(",5,2", ",5,nan")
    reason = '"nan" is not a finite number; leave the cell blank where it is missing'
    assert faults(tmp_path, items=items) == [("items.csv", 3, "metric", reason)]


def test_misspelt_grade(tmp_path):
    outputs = SOUND["outputs"].replace("incorrect", "incorect")
    reason = '"incorect" is none of correct, avoidant, incorrect, did you mean "incorrect"?'
    assert faults(tmp_path, outputs=outputs) == [("outputs.csv", 3, "grade", reason)]


def test_not_utf8(tmp_path):
    items = SOUND["items"].replace("2 + 3?", "2 \u00d7 3?").encode("latin-1")
    assert faults(tmp_path, items=items) == [("items.csv", 3, 11, "not UTF-8: byte 0xd7")]


def test_empty_file(tmp_path):
    assert faults(tmp_path, systems="") == [("systems.csv", 1, None, "the file is empty")]


# Everything else that a row can get wrong.


@pytest.mark.parametrize(
    "table, old, new, line, column, reason",
    [
        ("items", "i1,sums", "i1,", 2, "domain", "is blank"),
        ("items", "1 + 1?", " ", 2, "prompt", "is blank"),
        ("items", "i2,", "i\x072,", 3, "item_id", '"i\\x072" holds a control character'),
        ("items", "i2,", " i2,", 3, "item_id", '" i2" begins or ends with a space'),
        ("items", "i2,", "i" * 201 + ",", 3, "item_id", "201 characters, more than 200"),
        ("items", ",2,1\n", ",2,inf\n", 2, "metric", '"inf" is not a finite number; leave the cell blank where it is missing'),
        ("items", ",2,1\n", ",2,1e999\n", 2, "metric", '"1e999" is too large a number'),
        ("items", ",2,1\n", ',2,"1,5"\n', 2, "metric", '"1,5" is not a number'),
        ("items", ",2,1\n", ",2,1_0\n", 2, "metric", '"1_0" is not a number'),
        ("items", ",2,1\n", ",[2,1\n", 2, "reference", 'begins with "[" but is no JSON list'),
        ("items", ",2,1\n", ",[null],1\n", 2, "reference", "a reference in the list is neither text nor a number"),
        ("items", "i2,sums", "i2,sum", 3, "domain", 'domain "sum" is not declared in study.yaml, which has sums, did you mean "sums"?'),
        ("systems", "raw", "rough", 2, "shaping", '"rough" is none of raw, shaped'),
        ("systems", "6e9", "0", 2, "parameters", '"0" is not above 0'),
        ("systems", "beta", "alpha", 3, "system", '"alpha" stands on line 2 already'),
        ("templates", "0.5", "-1", 2, "weight", '"-1" is not 0 or more'),
        ("templates", "sums", "verse", 2, "domain", 'domain "verse" is not declared in study.yaml, which has sums'),
        ("outputs", "o2,i1,beta", "o2,i1,betta", 3, "system", 'there is no system "betta", did you mean "beta"?'),
        ("outputs", "plain,It is 3", "plane,It is 3", 3, "template", 'there is no template "plane", did you mean "plain"?'),
        ("outputs", "o2,", "o1,", 3, "output_id", '"o1" stands on line 2 already'),
        ("participants", "ai", "machine", 3, "kind", '"machine" is none of human, ai, simulated'),
        ("participants", "p2", "p1", 3, "participant_id", '"p1" stands on line 2 already'),
        ("responses", "p1,o2", "p1,o9", 3, "output_id", 'there is no output "o9"'),
        ("responses", "o2,main", "o2,mian", 3, "batch", 'batch "mian" is not declared in study.yaml, which has main, did you mean "main"?'),
        ("responses", "correct,40", "corect,40", 3, "verdict", '"corect" is none of correct, avoidant, incorrect, unsure, did you mean "correct"?'),
        ("responses", "correct,40", ",40", 3, "verdict", "is blank, though an output was judged"),
        ("responses", "correct,40", "correct,101", 3, "confidence", '"101" is not from 0 to 100'),
        ("responses", ",900", ",-1", 3, "duration_ms", '"-1" is not 0 or more'),
        ("responses", ",900", ",0.5", 3, "duration_ms", '"0.5" is not a whole number'),
        ("responses", "p1,o2", "p1,", 3, "item_id", "neither an item_id nor an output_id is given"),
    ],
)  # fmt: skip
def test_bad_cell(tmp_path, table, old, new, line, column, reason):
    changed = SOUND[table].replace(old, new, 1)
    assert changed != SOUND[table]
    # Other rows may refer to what is no longer there; the first fault is the one that was made.
    assert faults(tmp_path, **{table: changed})[0] == (f"{table}.csv", line, column, reason)


@pytest.mark.parametrize(
    "column, value, reason",
    [
        ("dont_know", "yes", '"yes" is neither 0 nor 1'),
        ("surplus", "2", '"2" is neither 0 nor 1'),
        ("probability", "0", '"0" is not above 0'),
        ("probability", "1.5", '"1.5" is not from 0 to 1'),
        ("difficulty", "-0.5", '"-0.5" is not from 0 to 100'),
        ("position", "x", '"x" is not a number'),
        ("condition", "warnd", 'condition "warnd" is not declared in study.yaml, which has plain, warned, did you mean "warned"?'),
        ("definition_hash", "abc", '"abc" is not a hash of 64 hexadecimal digits'),
        ("item_id", "i2", '"o1" is an output of "i1", not of "i2"'),
        ("supersedes", "0", '"0" is not 1 or more'),
        ("supersedes", "1", "row 1 does not stand before this one, which is row 1"),
        ("exclusion_reason", "too fast", "given for a response that is not excluded"),
    ],
)  # fmt: skip
def test_bad_cell_of_a_response(tmp_path, column, value, reason):
    responses = f"participant_id,output_id,verdict,{column}\np1,o1,correct,{value}\n"
    assert faults(tmp_path, responses=responses) == [("responses.csv", 2, column, reason)]


def test_whole_numbers_may_be_written_with_a_point(tmp_path):
    responses = "participant_id,output_id,verdict,duration_ms,changes\np1,o1,correct,1200.0,1e1\n"
    (response,) = check(tmp_path, responses=responses).responses()
    assert (response.duration_ms, response.changes) == (1200, 10)


def test_response_of_an_item(tmp_path):
    responses = "participant_id,item_id,answer,dont_know,difficulty\np1,i1,,1,30\np1,i2,5,0,\n"
    first, second = check(tmp_path, DIFFICULTY, responses=responses).responses()
    assert (first.answer, first.dont_know, first.difficulty) == (None, True, 30.0)
    assert (second.answer, second.dont_know, second.difficulty) == ("5", False, None)


def test_response_without_answer(tmp_path):
    responses = "participant_id,item_id,difficulty\np1,i1,\n"
    reason = "no answer in any of answer, dont_know, difficulty, verdict, confidence"
    assert faults(tmp_path, DIFFICULTY, responses=responses) == [("responses.csv", 2, None, reason)]


def test_batch_where_none_is_declared(tmp_path):
    reason = 'there is no batch "main": study.yaml declares none'
    declared = Declared(protocol="supervision")
    assert faults(tmp_path, declared)[0] == ("responses.csv", 2, "batch", reason)


HEAD = "participant_id,output_id,verdict,supersedes\n"


def test_supersedes_an_earlier_row(tmp_path):
    responses = HEAD + "p1,o1,correct,\np1,o2,correct,\np1,o1,unsure,1\np1,o1,incorrect,3\n"
    assert [row.supersedes for row in check(tmp_path, responses=responses).responses()] == [None, None, 1, 3]


def test_supersedes_another_unit(tmp_path):
    responses = HEAD + "p1,o1,correct,\np1,o2,correct,1\n"
    reason = "row 1 is not the same person's answer to the same unit"
    assert faults(tmp_path, responses=responses) == [("responses.csv", 3, "supersedes", reason)]


def test_supersedes_twice(tmp_path):
    responses = HEAD + "p1,o1,correct,\np1,o1,unsure,1\np1,o1,incorrect,1\n"
    reason = "row 1 is superseded already"
    assert faults(tmp_path, responses=responses) == [("responses.csv", 4, "supersedes", reason)]


def test_grades_of_a_second_grader(tmp_path):
    grades = "output_id,grade,grader,revision\no1,incorrect,Bo,2\no2,avoidant,Bo,\n"
    assert [grade.revision for grade in check(tmp_path, grades=grades).grades()] == [2, None]


@pytest.mark.parametrize(
    "row, column, reason",
    [
        ("o9,correct,Bo,2", "output_id", 'there is no output "o9"'),
        ("o1,wrong,Bo,2", "grade", '"wrong" is none of correct, avoidant, incorrect'),
        ("o1,correct,,2", "grader", "is blank"),
        ("o1,correct,Bo,0", "revision", '"0" is not from 1 to 10000'),
        ("o1,correct,Bo,1", "revision", 'revision 1 of "o1" stands on the outputs table, line 2 already'),
    ],
)
def test_bad_grade(tmp_path, row, column, reason):
    grades = f"output_id,grade,grader,revision\n{row}\n"
    assert faults(tmp_path, grades=grades) == [("grades.csv", 2, column, reason)]


def test_kind_of_avoidance_needs_an_avoidant_grade(tmp_path):
    outputs = "output_id,item_id,system,text,grade,avoidance_kind\no1,i1,alpha,x,avoidant,ethical\n"
    assert next(check(tmp_path, outputs=outputs, responses=None).outputs()).avoidance_kind == "ethical"
    outputs = outputs.replace("avoidant", "correct")
    reason = "given for the grade correct, only avoidant has a kind"
    found = faults(tmp_path, outputs=outputs, responses=None)
    assert found == [("outputs.csv", 2, "avoidance_kind", reason)]


def test_needed_table_missing(tmp_path):
    reason = "a supervision study needs this table, and its collection has none"
    assert faults(tmp_path, systems=None) == [("systems.csv", None, None, reason)]


def test_needed_table_without_rows(tmp_path):
    items = "item_id,domain,prompt\n"
    found = faults(tmp_path, DIFFICULTY, items=items, outputs=None, responses=None)
    assert found == [("items.csv", 1, None, "the table has a header and no rows")]


def test_no_folder(tmp_path):
    with pytest.raises(BundleErrors) as caught:
        check_bundle(tmp_path / "nowhere", declared=SUPERVISION)
    assert [str(problem) for problem in caught.value.problems] == ["nowhere: there is no such folder"]


def test_every_bad_row_is_reported_up_to_a_limit_and_then_counted(tmp_path):
    items = SOUND["items"] + "".join(f"x{number},sums,,,\n" for number in range(150))
    with pytest.raises(BundleErrors) as caught:
        check(tmp_path, items=items)
    dicts = caught.value.problems.as_dicts()
    assert caught.value.problems.count == 150
    assert dicts[0] == {"file": "items.csv", "line": 4, "column": "prompt", "reason": "is blank"}
    assert len(dicts) == 101
    assert dicts[-1] == {"file": "", "line": None, "column": None, "reason": "and 50 more"}


def test_warnings(tmp_path):
    outputs = SOUND["outputs"].replace("It is 2.,correct", ",")
    declared = Declared(protocol="supervision", batches=frozenset({"main"}), checks_share=0.1)
    (tmp_path / "item.csv").write_text("item_id\n")
    bundle = check(tmp_path, declared, outputs=outputs)
    assert [str(warning) for warning in bundle.warnings] == [
        'item.csv: not a table of a bundle, did you mean "items"?',
        "outputs.csv:text: blank for 1 of 2 outputs",
        "outputs.csv:grade: blank for 1 of 2 outputs",
        "study.yaml: checks.share is 0.1, but no unit has a check: none will be served",
    ]


def test_no_warning_where_there_are_checks(tmp_path):
    items = "item_id,domain,prompt,check\ni1,sums,1 + 1?,2\ni2,sums,2 + 3?,\n"
    declared = Declared(protocol="supervision", batches=frozenset({"main"}), checks_share=0.1)
    assert check(tmp_path, declared, items=items).warnings == []


def test_file_that_changes_after_the_check(tmp_path):
    bundle = check(tmp_path)
    write(tmp_path, items=SOUND["items"].replace(",5,2", ",5,nan"))
    with pytest.raises(BundleChanged):
        list(bundle.items())
    write(tmp_path, items="")
    with pytest.raises(BundleChanged):
        list(bundle.items())
