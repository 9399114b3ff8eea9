from __future__ import annotations

import pytest
from django.urls import reverse

from annotations.research.results import METRIC_RANK, slip_sentence
from annotations.research.tables import as_csv, columns_of
from annotations.studies.models import Axis
from tests.research import rows

BINS = {"": (31, 100), 1: (14, 100), 2: (48, 100), "missing": (1, 3)}


@pytest.fixture
def page(study, alice, as_user):
    client = as_user(alice)
    return lambda: client.get(reverse("research:results", args=[study.slug])).content.decode()


@pytest.fixture
def run(study):
    rows.add_answers(study)
    table = rows.supervision_rows(BINS) + rows.supervision_rows({"": (9, 50)}, "system", "system-0")
    return rows.make_run(study, "supervision", {"supervision": table}, warnings=["few people"])


def test_nothing_analysed_is_said(study, page):
    assert "Nothing has been analysed yet" in page()


def test_sentence_comes_first(run, page):
    content = page()
    sentence = "Of 100 wrong answers, people let 31 pass; in the easiest bin 14."
    assert sentence in content
    assert (
        content.index(sentence)
        < content.index("<figure")
        < content.index("Slips by bin")
        < content.index("seed 7")
    )


def test_bins_grades_and_groups_are_listed(run, page):
    content = page()
    assert "no difficulty" in content
    assert "Slips by system" in content
    assert "system-0" in content
    assert "few people" in content
    assert 'class="verdict is-unsure">unsure' in content


def test_metric_rank_is_marked(run, page):
    assert page().count(METRIC_RANK) >= 3


def test_borrowed_axis_is_named(study, run, page):
    Axis.objects.create(study=study, source_slug="sums-s1", source_hash="a" * 64)
    content = page()
    assert "difficulty borrowed from the study sums-s1" in content
    assert METRIC_RANK not in content


def test_stale_run_says_so(study, run, page):
    assert "stale" not in page()
    rows.add_answers(study, people=1, prefix="late")
    assert "These results are stale" in page()


def test_calibration_is_shown(study, page):
    rows.add_answers(study)
    tables = {"calibration": rows.calibration_rows(), "difficulty": rows.difficulty_rows("metric-rank")}
    run = rows.make_run(study, "calibration", tables)
    content = page()
    assert "the curve of anticipated failure is half-way up at 4.21 carries" in content
    assert "the first 20 of 30" in content
    assert METRIC_RANK in content
    assert reverse("research:table", args=[study.slug, run.pk, "difficulty"]) in content


def test_calibration_sentence_takes_the_chosen_fit(study, page):
    rows.add_answers(study)
    study.definition["domains"][0]["metric_transform"] = "log10"
    study.save()
    [chosen] = rows.calibration_rows()
    chosen |= {"location": 2.0, "location_low": 1.0, "location_high": 3.0}
    others = [{**chosen, "location": 9.0} | other for other in (
        {"method": "least_squares"}, {"target": "failure"}, {"population": "experts"},
    )]  # fmt: skip
    tables = {"calibration": [others[0], chosen, *others[1:]]}
    rows.make_run(study, "calibration", tables, params={"method": "likelihood", "target": "rated"})
    content = page()
    assert "half-way up at 100 carries (95\u00a0% interval 10 to 1,000)" in content
    assert content.count("half-way up") == 1


def test_axis_is_what_the_run_took(study, page):
    """Imported answers may have given the study an axis of its own."""
    rows.add_answers(study)
    run = rows.make_run(
        study, "supervision", {"supervision": rows.supervision_rows(BINS)}, summary={"axis": "own"}
    )
    assert METRIC_RANK not in page()
    run.summary = {"axis": "metric-rank"}
    run.save()
    assert METRIC_RANK in page()


def test_own_difficulty_is_not_marked(study, page):
    rows.add_answers(study)
    tables = {"calibration": rows.calibration_rows(), "difficulty": rows.difficulty_rows("both")}
    rows.make_run(study, "calibration", tables)
    assert METRIC_RANK not in page()


@pytest.mark.parametrize("low", [None, float("nan"), ""])
def test_missing_numbers_break_nothing(study, page, low):
    rows.add_answers(study)
    table = rows.supervision_rows({"": (0, 0), 1: (0, 0)})
    for row in table:
        row |= {"rate": None, "low": None, "difficulty_low": None, "n_eff": None}
    calibration = rows.calibration_rows()
    calibration[0] |= {"location": None, "slope": None, "spearman": None}
    rows.make_run(study, "supervision", {"supervision": table})
    rows.make_run(study, "calibration", {"calibration": calibration, "difficulty": []})
    content = page()
    assert "nothing can be said about slips" in content
    assert "no curve of anticipated failure could be placed" in content


@pytest.mark.parametrize(
    "counts, said",
    [
        ({"": (31, 100)}, "Of 100 wrong answers, people let 31 pass."),
        (
            {"": (1, 8), 1: (0, 0), 2: (1, 8)},
            "Of 100 wrong answers, people let 12 pass; in the easiest bin no wrong answer was judged.",
        ),
        ({"": (0, 0)}, "No wrong answer has been judged by people yet, so nothing can be said about slips."),
        ({}, "No wrong answer has been judged by people yet, so nothing can be said about slips."),
    ],
)
def test_slip_sentence(counts, said):
    assert slip_sentence(rows.supervision_rows(counts), "people") == said


def test_figure_is_an_image_that_runs_nothing(study, run, alice, as_user):
    response = as_user(alice).get(reverse("research:figure", args=[study.slug, run.figures.get().pk]))
    assert response["Content-Type"] == "image/svg+xml"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "script-src" not in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response.content.decode() == rows.SVG


def test_table_is_listed_by_pages_and_downloaded_whole(study, alice, as_user):
    run = rows.make_run(study, "calibration", {"difficulty": rows.difficulty_rows(items=130)})
    client = as_user(alice)
    address = reverse("research:table", args=[study.slug, run.pk, "difficulty"])
    assert client.get(address).content.decode().count("<tr>") == 101
    assert client.get(f"{address}?page=2").content.decode().count("<tr>") == 31
    assert client.get(f"{address}?page=nonsense").status_code == 200
    response = client.get(reverse("research:table-csv", args=[study.slug, run.pk, "difficulty"]))
    lines = response.content.decode().splitlines()
    assert lines[0].startswith("item_id,domain,population,metric,n_responses")
    assert len(lines) == 131
    assert "attachment" in response["Content-Disposition"]


def test_unknown_table_is_not_there(study, run, alice, as_user):
    assert as_user(alice).get(reverse("research:table", args=[study.slug, run.pk, "nope"])).status_code == 404


def test_columns_keep_their_order_whatever_the_database_does():
    shuffled = [dict(sorted(row.items())) for row in rows.supervision_rows({"": (1, 2)})]
    columns = columns_of("supervision", shuffled)
    assert columns[:3] == ["group", "value", "bin"]
    assert columns[-1] == "n_eff"
    assert (
        as_csv(columns, shuffled).splitlines()[1].startswith("all,,,0.0,10.0,40,20,correct,correct,2,2,1.0")
    )


def test_safe_region_is_said_in_words(study, page):
    rows.add_answers(study)
    common = {
        "group": "all",
        "value": "",
        "measure": "slip",
        "from_difficulty": None,
        "limit_difficulty": None,
    }
    answers = [
        common | {"threshold": 0.05, "status": "not_measured", "reason": "Bin 1 holds too few judgements."},
        common | {"threshold": 0.1, "status": "none", "reason": "In bin 1 up to 14 % may pass."},
        common
        | {
            "threshold": 0.2,
            "status": "region",
            "reason": "",
            "from_difficulty": 3.0,
            "limit_difficulty": 31.5,
        },
    ]
    tables = {"supervision": rows.supervision_rows(BINS), "safe_region": answers}
    rows.make_run(study, "supervision", tables)
    content = page().replace("\u00a0", " ")
    assert "Not measured at 5 %. Bin 1 holds too few judgements." in content
    assert "No region below 10 %. In bin 1 up to 14 % may pass." in content
    assert "Below 20 % from difficulty 3 up to 31.5." in content


def test_companion_rates_are_listed(study, page):
    rows.add_answers(study)
    rate = {"group": "all", "value": "", "bin": None, "measure": "residual_error", "n": 3, "total": 40}
    tables = {
        "supervision": rows.supervision_rows(BINS),
        "supervision_rates": [rate | {"rate": 0.075, "low": 0.02, "high": 0.2}],
    }
    rows.make_run(study, "supervision", tables)
    assert "Wrong, of those accepted" in page()
