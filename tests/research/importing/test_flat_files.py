"""One table with prompts, systems and outputs, from wherever people have it."""

from __future__ import annotations

import gzip
import io
import zipfile

from annotations.catalogue.models import Grade, Item, Output, System
from tests.research.importing.elsewhere import EXCEL, FLAT, PANDAS, as_lines, many


def test_flat_csv_is_loaded_with_guessed_columns(desk):
    desk.send(FLAT).check()
    assert "4 rows, all of them sound" in desk.page
    assert not Output.objects.exists()
    desk.load()
    assert "table.csv was loaded." in desk.page
    assert sorted(Item.objects.values_list("prompt", "domain")) == [
        ("What is 2 + 2?", "sums"),
        ("What is 7 x 6?", "sums"),
    ]
    assert list(Item.objects.order_by("prompt").values_list("reference", flat=True)) == [["4"], ["42"]]
    assert set(System.objects.values_list("key", flat=True)) == {"gpt-x", "llama-y"}
    graded = Grade.objects.filter(current=True).values_list("output__text", "grade")
    assert dict(graded) == {
        "The answer is 4.": "correct",
        "It is 5, of course.": "incorrect",
        "42": "correct",
        "I cannot help with\nthat request.": "avoidant",
    }
    assert Output.objects.visible().count() == 4


def test_same_file_again_adds_nothing(desk):
    desk.send(FLAT).check().load()
    desk.send(FLAT).check()
    assert [(one["name"], one["new"], one["equal"]) for one in desk.report["tables"]] == [
        ("items", 0, 2),
        ("outputs", 0, 4),
    ]
    desk.load()
    assert Output.objects.count() == 4


def test_ids_do_not_depend_on_the_order_of_rows_or_the_format(desk):
    rows = many(3)
    desk.send(as_lines(rows), "rows.jsonl").check(constant_domain="sums").load()
    keys = set(Output.objects.values_list("key", flat=True))
    desk.send(as_lines(rows[::-1]), "rows.jsonl").check(constant_domain="sums")
    assert [one["new"] for one in desk.report["tables"]] == [0, 0]
    assert set(Output.objects.values_list("key", flat=True)) == keys


def test_pandas_index_blank_cells_and_missing_domain(desk):
    desk.send(PANDAS).check()
    assert "Domain: choose its column, or give one value for all rows." in desk.page
    desk.check(constant_domain="geography").load()
    assert set(Item.objects.values_list("key", "domain")) == {(f"q{n}", "geography") for n in (1, 2, 3)}
    assert dict(Output.objects.values_list("item__key", "grades__grade")) == {
        "q1": "correct",
        "q2": "incorrect",
        "q3": None,
    }


def test_other_encoding_is_said_and_other_delimiter_found(desk):
    desk.send(EXCEL)
    assert "Read as Windows-1252 (Western European): the byte 0xdf on line 2 is not UTF-8." in desk.page
    desk.check(from_prompt="0", from_system="1", from_text="2", from_grade="3", constant_domain="x")
    assert desk.reasons == ['"richtig" is not said to mean any of correct, avoidant, incorrect']
    fields = desk.fields()
    assert fields["raw-grade-0"] == "richtig"
    assert fields["value-grade-0"] == "?"
    desk.check(**{"value-grade-0": "correct"}).load()
    assert Item.objects.get().prompt == "Wie groß ist der Bär?"
    assert Grade.objects.get().grade == "correct"


def test_pasted_cells_of_a_spreadsheet(desk):
    desk.send(pasted="prompt\tmodel\toutput\nHow many?\tm\tTwo\n").check(constant_domain="x").load()
    assert Output.objects.get().text == "Two"


def test_json_list_gzip_and_zip_of_one_table(desk):
    rows = as_lines(many(2))
    listed = "[\n" + ",\n".join(rows.splitlines()) + "\n]\n"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("export/rows.jsonl", rows)
    for content, name in (
        (listed, "rows.json"),
        (gzip.compress(rows.encode()), "rows.jsonl.gz"),
        (archive.getvalue(), "rows.zip"),
    ):
        desk.send(content, name).check(constant_domain="sums")
        assert desk.report["problems"] == 0, name
        desk.load()
    assert Output.objects.count() == 4


def test_nested_json_is_flattened(desk):
    row = {"question": "q", "model": {"name": "m", "params": "7B"}, "output": "a"}
    desk.send(as_lines([row]), "rows.jsonl")
    assert "model.params" in desk.page
    desk.check(from_system="1", from_parameters="2", constant_domain="x").load()
    assert System.objects.get().key == "m"
    assert System.objects.get().parameters == 7e9


def test_equal_outputs_of_one_system_are_two(desk):
    row = {"question": "q", "model": "m", "output": "yes"}
    desk.send(as_lines([row, row]), "rows.jsonl").check(constant_domain="x").load()
    assert Output.objects.count() == 2


def test_other_columns_are_kept_as_meta_or_not(desk):
    row = {"question": "q", "model": "m", "output": "yes", "temperature": 0.7}
    desk.send(as_lines([row]), "rows.jsonl").check(constant_domain="x").load()
    assert Output.objects.get().meta == {"temperature": "0.7"}
    fields = {"constant_domain": "x", "keep": ""}
    desk.send(as_lines([row | {"question": "p"}]), "rows.jsonl").check(**fields).load()
    assert Output.objects.get(item__prompt="p").meta == {}
