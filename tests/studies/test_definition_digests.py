from __future__ import annotations

import hashlib

import pytest
import rfc8785

from annotations.studies.definition import Digests, definition_hash

SOME = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(2_000)]


def test_digests_are_read_in_their_order():
    digests = Digests([*SOME, SOME[0]])
    assert list(digests) == list(digests) == sorted([*SOME, SOME[0]])
    assert len(digests) == 2_001
    assert not Digests()


@pytest.mark.parametrize("count", [0, 1, 2, 2_000])
def test_they_make_the_hash_that_a_list_makes(count):
    content = {"title": "T"}
    tables = {"items": SOME[:count], "systems": SOME[:1], "outputs": SOME[count:]}
    whole = {"definition": content, "digests": {**{k: sorted(v) for k, v in tables.items()}, "templates": []}}
    expected = hashlib.sha256(rfc8785.dumps(whole)).hexdigest()
    assert definition_hash(content, tables) == expected
    assert definition_hash(content, {kind: Digests(rows) for kind, rows in tables.items()}) == expected
