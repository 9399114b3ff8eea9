"""Tables with a column for each system, as spreadsheets of comparisons have them."""

from __future__ import annotations

from annotations.catalogue.models import Grade, Item, Output, System
from tests.research.importing.elsewhere import as_csv

WIDE = """question,topic,gold,gpt-x answer,gpt-x score,llama answer,llama score,seen
What is 2 + 2?,sums,4,It is 4.,1,It is 5.,0,yes
What is 7 x 6?,sums,42,42,1,,,no
"""


def test_wide_table_is_told_and_loaded(desk):
    desk.send(WIDE)
    assert desk.upload.mapping["table"] == "wide"
    assert desk.fields()["of-system-5"] == "llama"
    desk.check()
    assert "2 rows, all of them sound" in desk.page
    desk.load()
    assert set(Output.objects.values_list("item__prompt", "system__key", "text")) == {
        ("What is 2 + 2?", "gpt-x", "It is 4."),
        ("What is 2 + 2?", "llama", "It is 5."),
        ("What is 7 x 6?", "gpt-x", "42"),
    }
    assert dict(Grade.objects.values_list("output__text", "grade")) == {
        "It is 4.": "correct", "It is 5.": "incorrect", "42": "correct",
    }  # fmt: skip
    assert dict(Item.objects.values_list("prompt", "meta")) == {
        "What is 2 + 2?": {"seen": "yes"}, "What is 7 x 6?": {"seen": "no"},
    }  # fmt: skip
    assert list(Item.objects.values_list("reference", flat=True).order_by("prompt")) == [["4"], ["42"]]
    desk.send(WIDE).check()
    assert {(one["name"], one["new"]) for one in desk.report["tables"]} == {("items", 0), ("outputs", 0)}


def test_ids_are_those_of_the_same_rows_in_a_long_table(desk):
    desk.send("question,topic,a output,b output\nq?,x,one,two\n").check().load()
    desk.send("question,topic,model,output\nq?,x,a,one\nq?,x,b,two\n").check()
    assert [one["new"] for one in desk.report["tables"]] == [0, 0]


def test_every_fault_stands_on_its_row_and_in_its_column(desk):
    rows = "question,topic,a output,a grade,b output,b grade\n"
    rows += "one?,x,1,right,2,wrong\n,x,1,right,2,wrong\nthree?,x,1,maybe,,right\none?,y,1,right,2,wrong\n"
    desk.send(rows).check()
    found = [(one["line"], one["column"], one["reason"]) for one in desk.report["listed"]]
    assert sorted(found) == [
        (3, "question", "is blank"),
        (4, "a grade", '"maybe" is not said to mean any of correct, avoidant, incorrect'),
        (4, "b output", "is blank, though a grade is given"),
    ]
    assert desk.report["rows"] == 4


def test_an_id_of_two_items_is_a_fault_on_the_second_row(desk):
    desk.send(
        "item_id,question,topic,a output,b output\n1,one?,x,1,2\n2,two?,x,1,2\n1,three?,x,1,2\n"
    ).check()
    assert [(one["line"], one["column"]) for one in desk.report["listed"]] == [(4, "item_id")]
    assert desk.reasons == ['item "1" is given on line 2 with other content']


def test_columns_of_systems_are_mapped_by_hand(desk):
    desk.send(as_csv([{"Frage": "Wie viel?", "Modell 1": "Eins", "Note 1": "r", "Modell 2": "Zwei"}]))
    desk.map(table="wide", **{"from-prompt": "0", "constant-domain": "x"})
    said = {"role-1": "text", "of-system-1": "m1", "role-2": "grade", "of-system-2": "m2", "role-3": "text"}
    desk.map(**said, **{"from-prompt": "0", "constant-domain": "x"})
    assert "grades of &quot;m2&quot;, which has no column of outputs" in desk.page
    assert "Column &quot;Modell 2&quot;: name its system." in desk.page
    desk.map(**{"of-system-2": "m1", "of-system-3": "m2"})
    desk.check(**{"value-grade-0": "correct"}).load()
    assert dict(Output.objects.values_list("system__key", "text")) == {"m1": "Eins", "m2": "Zwei"}
    assert Grade.objects.get().output.system == System.objects.get(key="m1")
