"""The safe operating region, in words for the results page."""

from __future__ import annotations

from dataclasses import dataclass

from annotations.research.tables import ALL, Row

MEASURES = {
    "slip": "wrong answers that people let pass, of all wrong answers",
    "slip_through": "answers that are wrong and pass, of all answers",
    "model_error": "wrong answers, of all answers",
    "either": "either the model does not err or people notice: model errors or slips, each at 97.5\u00a0%",
}
BEFORE = {"region": "", "none": "No region below {}. ", "not_measured": "Not measured at {}. "}


@dataclass(frozen=True)
class Region:
    status: str
    sentence: str


def regions_of(rows: list[Row]) -> list[tuple[str, list[Region]]]:
    """Of everybody and all outputs: each measure in words, with an answer for every threshold."""
    mine = [row for row in rows if row["group"] == ALL]
    found = [
        (words, [_region(row) for row in mine if row["measure"] == measure])
        for measure, words in MEASURES.items()
    ]
    return [(words, regions) for words, regions in found if regions]


def _region(row: Row) -> Region:
    status = str(row["status"])
    threshold = f"{100 * float(row['threshold']):g}\u00a0%"
    return Region(status, BEFORE[status].format(threshold) + str(row["reason"]))
