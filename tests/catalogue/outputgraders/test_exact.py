from __future__ import annotations

import pytest

from annotations.catalogue.outputgraders import OUTPUT_GRADERS, Given


@pytest.mark.parametrize(
    ("text", "references", "grade", "reason"),
    [
        ("Paris", ["Paris"], "correct", ""),
        ("  paris. ", ["Paris"], "correct", ""),
        ("Lutetia", ["Paris", "Lutetia"], "correct", ""),
        ("Rome", ["Paris"], "incorrect", ""),
        ("14", ["4"], "incorrect", ""),
        ("It is not Paris.", ["Paris"], "", "the reference stands in it, among other words"),
        ("Paris", [], "", "the item has no reference"),
        ("x" * 100_001, ["x"], "", "the output is too long to be compared word for word"),
    ],
)
def test_exact(text, references, grade, reason):
    marked = OUTPUT_GRADERS["exact"].mark(Given(text, references), {})
    assert (marked.grade, marked.reason) == (grade, reason)
