from __future__ import annotations

import csv

import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from annotations.catalogue.bundle import ItemRow, OutputRow, SystemRow, TemplateRow, written_references
from annotations.catalogue.bundle.cells import references
from annotations.catalogue.bundle.rows import canonical
from annotations.catalogue.bundle.tables import TABLES, parse_row
from annotations.catalogue.readers import READERS, RawRow
from tests.catalogue.bundle_case import SOUND, check


def test_digests_do_not_change():
    """These are stored in definition hashes: a change here makes every study look amended."""
    item = ItemRow(
        item_id="i1", domain="sums", prompt="1 + 1?", reference=("2",), metric=1.0, meta={"a": "b"}
    )
    system = SystemRow(system="alpha", parameters=1.75e11, shaping="raw")
    template = TemplateRow(template="plain", text="{prompt}", weight=0.1)
    output = OutputRow(output_id="o1", item_id="i1", system="alpha", text="2", severity=0.5)
    assert [row.digest()[:16] for row in (item, system, template, output)] == [
        "e0b199f75a91f2a3", "5a950e37b2743587", "f75a724254671b96", "6e834c1f01cb2279",
    ]  # fmt: skip


def test_digest_leaves_grades_out_and_everything_else_in():
    output = OutputRow(output_id="o1", item_id="i1", system="alpha", text="2")
    graded = OutputRow(
        output_id="o1",
        item_id="i1",
        system="alpha",
        text="2",
        grade="avoidant",
        avoidance_kind="ethical",
        grader="Bo",
    )
    assert output.digest() == graded.digest()
    assert output.whole_digest() != graded.whole_digest()
    for column, value in {
        "text": "3",
        "trace": "t",
        "severity": 1.0,
        "check": "correct",
        "meta": {"a": "b"},
    }.items():
        other = OutputRow(**{**output.columns(), column: value})
        assert other.digest() != output.digest(), column


def test_digest_of_blank_and_of_line():
    row = ItemRow(item_id="i1", domain="sums", prompt="x", line=7)
    assert (
        row.digest() == ItemRow(item_id="i1", domain="sums", prompt="x", check="", meta={}, line=9).digest()
    )


def test_digest_is_the_same_from_typed_cells():
    text = {
        "item_id": "7",
        "domain": "sums",
        "prompt": "x",
        "reference": '["2", "2.5"]',
        "metric": "3.0",
        "n": "5",
    }
    typed = {"item_id": 7, "domain": "sums", "prompt": "x", "reference": [2, 2.5], "metric": 3, "n": 5}
    digests = [parse_row(TABLES["items"], RawRow(2, cells))[0].digest() for cells in (text, typed)]
    assert digests[0] == digests[1]


def test_bundle_digest_ignores_the_order_of_rows_and_columns(tmp_path):
    sound, shuffled, other = (tmp_path / name for name in ("sound", "shuffled", "other"))
    for folder in (sound, shuffled, other):
        folder.mkdir()
    items = "prompt,metric,reference,domain,item_id\n2 + 3?,2.0,5,sums,i2\n1 + 1?,1,2,sums,i1\n"
    digest = check(sound).digest
    assert check(shuffled, items=items).digest == digest
    outputs = SOUND["outputs"].replace("incorrect", "avoidant")
    assert check(other, outputs=outputs).digest != digest


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


@given(st.dictionaries(texts, texts | st.none() | st.floats(allow_nan=False, allow_infinity=False)))
@example({"a": '\x00\x1f\x7f\u2028\b\f\n\r\t"\\/\U0001f600', "B": "b"})
def test_canonical_json_is_that_of_the_standard(content):
    assert canonical(content) == rfc8785.dumps(content)


@given(st.lists(texts.map(str.strip).filter(bool), max_size=4))
def test_references_survive_being_written(values):
    assert (
        list(references(written_references(values))) == values if values else written_references(values) == ""
    )


@given(
    prompt=texts.filter(lambda text: text.strip()),
    metric=st.none() | st.floats(-1e300, 1e300),
    reference=st.lists(texts.map(str.strip).filter(bool), max_size=3),
    note=texts,
)
def test_digest_survives_a_round_trip_through_csv(tmp_path_factory, prompt, metric, reference, note):
    path = tmp_path_factory.mktemp("trip") / "items.csv"
    meta = {"note": note} if note.strip() else {}
    item = ItemRow(
        item_id="i1", domain="d", prompt=prompt, metric=metric, reference=tuple(reference), meta=meta
    )
    # Written bare, a carriage return in a field would end the row: the writer quotes its own line end only.
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(["item_id", "domain", "prompt", "reference", "metric", "note"])
        written = "" if metric is None else f"{metric:.10g}"
        writer.writerow(["i1", "d", prompt, written_references(reference), written, note])
    (raw,) = READERS[".csv"](path, required=["item_id"], report=print)
    row, faults = parse_row(TABLES["items"], raw)
    assert faults == []
    assert row.digest() == item.digest()
