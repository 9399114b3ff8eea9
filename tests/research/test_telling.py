from __future__ import annotations

from django.urls import reverse

from annotations.analysis.tables import TELLING_COLUMNS, row
from tests.research import rows

COUNTS = (90, 200, 8, 3, 25, 60)


def lines(scope, number, estimate, low, high, ends):
    names = ("dprime", "criterion", "area")
    place = (scope, number, None, None)
    return [row(TELLING_COLUMNS, *place, name, estimate, low, high, ends, *COUNTS, "") for name in names]


def page_with(study, client, table):
    rows.add_answers(study)
    tables = {"supervision": rows.supervision_rows({"": (31, 100), 1: (14, 100)})}
    rows.make_run(study, "supervision", tables | ({"telling_apart": table} if table else {}))
    return client.get(reverse("research:results", args=[study.slug])).content.decode()


def test_telling_apart_is_folded_away_below_the_slips(study, alice, as_user):
    table = [
        *lines("all", None, 1.234, 0.9, 1.5, "two_way"),
        *lines("bin", 1, None, None, None, ""),
        *lines("participants", None, 1.1, 0.7, 1.6, "quartiles"),
    ]
    content = page_with(study, as_user(alice), table)
    assert content.index("Slips by bin") < content.index("<details><summary>Do people tell wrong answers")
    part = content[content.index("Do people tell wrong answers") :].partition("</details>")[0]
    assert part.index("All bins") < part.index("Median person") < part.index('<th scope="row">1</th>')
    assert "1.23" in part
    assert "0.90 to 1.50" in part
    assert '<td class="n">90</td><td class="n">200</td><td class="n">25</td>' in part
    assert '<td class="n">–</td>' in part


def test_a_run_of_before_shows_no_empty_table(study, alice, as_user):
    assert "Do people tell wrong answers" not in page_with(study, as_user(alice), [])
