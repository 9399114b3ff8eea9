"""The reliability of the systems on the results page."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotations.analysis.tables import RELIABILITY_COLUMNS, RELIABILITY_SCALE_COLUMNS, row
from annotations.research.reliability import LINES_SHOWN
from annotations.research.results import METRIC_RANK
from tests.research import rows

NUMBERS = {
    "correctness": 0.75,
    "easiest_correct": 0.9,
    "easiest_incorrect": 0.1,
    "stability_correctness": None,
}


def lines(system, **numbers):
    return [
        row(
            RELIABILITY_COLUMNS, system, "F", "sums", 1 if name.startswith("easiest") else None, name, value,
            None if value is None else value - 0.05, None if value is None else value + 0.05, 120, 60, "",
            None, None,
        )
        for name, value in (NUMBERS | numbers).items()
    ]  # fmt: skip


SCALE = [
    row(RELIABILITY_SCALE_COLUMNS, "F", "sums", "ultracrepidarianism", "parameters", "", "", 0.125, 0.1, 0.15, 3, None),
    row(RELIABILITY_SCALE_COLUMNS, "F", "sums", "correctness", "shaping", "one", "two", -0.25, None, None, 2, 60),
    row(RELIABILITY_SCALE_COLUMNS, "F", "sums", "brier", "shaping", "one", "two", -0.07, None, None, 2, 60),
]  # fmt: skip


@pytest.fixture
def page(study, alice, as_user):
    client = as_user(alice)
    return lambda: client.get(reverse("research:results", args=[study.slug])).content.decode()


def make(study, table, systems, axis="own"):
    return rows.make_run(
        study, "reliability", {"reliability": table, "reliability_scale": SCALE},
        summary={"axis": axis, "domains": {"sums": {"systems": systems}}}, warnings=["one template"],
    )  # fmt: skip


def test_sentence_figure_and_a_line_for_each_system(study, page):
    rows.add_answers(study)
    more = [
        row(RELIABILITY_COLUMNS, "one", "F", "sums", 2, "correctness", 0.33, None, None, 9, 9, "", 50, 60)
    ]
    run = make(study, lines("one") + lines("two", correctness=0.5, easiest_incorrect=0.2) + more, 2)
    content = page()
    assert "sums: of 100 answers, 50 to 75 are correct; in the easiest bin 10 to 20 are wrong." in content
    assert (
        content.index("of 100 answers") < content.index("<figure") < content.index("Correct at the easiest")
    )
    assert ".75<br>" in content
    assert ".70 to .80" in content
    assert "of 120" in content
    assert ".33" not in content, "bins but the easiest stand in the whole table"
    assert "one template" in content
    for name in ("reliability", "reliability_scale"):
        assert reverse("research:table", args=[study.slug, run.pk, name]) in content


def test_slopes_and_contrasts_in_words(study, page):
    rows.add_answers(study)
    make(study, lines("one"), 1)
    content = page()
    assert "per ten times the parameters" in content
    assert ".10 to .15" in content
    assert "two less one" in content
    assert "brier" not in content


def test_metric_rank_is_marked(study, page):
    rows.add_answers(study)
    run = make(study, lines("one"), 1, axis="metric-rank")
    assert page().count(METRIC_RANK) >= 3
    run.summary |= {"axis": "own"}
    run.save()
    assert METRIC_RANK not in page()


def test_many_systems_are_cut_and_it_is_said(study, page):
    rows.add_answers(study)
    table = [one for number in range(90) for one in lines(f"system-{number:02d}")]
    make(study, table, 90)
    content = page()
    assert f"the first {LINES_SHOWN} of 90 lines" in content
    assert f"system-{LINES_SHOWN - 1:02d}" in content
    assert f"system-{LINES_SHOWN:02d}" not in content


def test_nothing_graded_is_said(study, page):
    rows.add_answers(study)
    rows.make_run(
        study, "reliability", {"reliability": [], "reliability_scale": []},
        summary={"axis": "own", "domains": {}}, warnings=["No output carries a grade"],
    )  # fmt: skip
    content = page()
    assert "Reliability of the systems" in content
    assert "No output carries a grade" in content
    assert "Indicators of the systems" not in content
