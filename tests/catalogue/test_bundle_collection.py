"""A bundle whose collection has rows already."""

from __future__ import annotations

import pytest

from tests.catalogue.bundle_case import SOUND, check, faults


class Loaded:
    """The collection that the sound bundle makes."""

    def __init__(self, bundle):
        self.rows = {
            "items": {row.item_id: row.digest() for row in bundle.items()},
            "systems": {row.system: row.digest() for row in bundle.systems()},
            "templates": {row.template: row.digest() for row in bundle.templates()},
            "outputs": {row.output_id: row.digest() for row in bundle.outputs()},
        }
        self.items = {row.output_id: row.item_id for row in bundle.outputs()}

    def item_keys(self):
        return self.rows["items"].keys()

    def system_names(self):
        return self.rows["systems"].keys()

    def template_names(self):
        return self.rows["templates"].keys()

    def output_keys(self):
        return self.rows["outputs"].keys()

    def digest_of(self, kind, key):
        return self.rows[kind].get(key)

    def item_of(self, output):
        return self.items.get(output)


@pytest.fixture
def loaded(tmp_path):
    folder = tmp_path / "loaded"
    folder.mkdir()
    return Loaded(check(folder))


def test_equal_rows_are_counted_as_already_there(tmp_path, loaded):
    items = SOUND["items"] + "i3,sums,4 + 4?,8,2\n"
    bundle = check(tmp_path, existing=loaded, items=items)
    assert bundle.counts["items"] == 3
    assert bundle.already["items"] == 2
    assert [item.item_id for item in bundle.items()] == ["i3"]
    assert list(bundle.outputs()) == []
    assert [output.output_id for output in bundle.known_outputs()] == ["o1", "o2"]


def test_equal_id_with_other_content(tmp_path, loaded):
    items = SOUND["items"].replace("2 + 3?", "2 + 4?")
    reason = 'item "i2" is in the collection already, with other content'
    assert faults(tmp_path, existing=loaded, items=items) == [("items.csv", 3, "item_id", reason)]


def test_another_grade_is_not_other_content(tmp_path, loaded):
    outputs = SOUND["outputs"].replace("incorrect,key", "avoidant,Bo")
    assert check(tmp_path, existing=loaded, outputs=outputs).already["outputs"] == 2


def test_tables_of_a_loaded_collection_may_be_left_out(tmp_path, loaded):
    tables = dict.fromkeys(("items", "systems", "templates", "outputs"))
    assert check(tmp_path, existing=loaded, **tables).counts == {"participants": 2, "responses": 2}


def test_references_into_a_loaded_collection(tmp_path, loaded):
    outputs = SOUND["outputs"] + "o3,i2,alpha,plain,5,correct,key\no4,i7,alpha,plain,5,correct,key\n"
    tables = dict.fromkeys(("items", "systems", "templates"))
    found = faults(tmp_path, existing=loaded, outputs=outputs, **tables)
    assert found == [("outputs.csv", 5, "item_id", 'there is no item "i7"')]
