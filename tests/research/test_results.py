from __future__ import annotations

import csv
import io
import re

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
    run = rows.make_run(study, "calibration", tables, summary={"sources": {"metric-rank": 30}})
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
    rows.make_run(study, "calibration", tables, summary={"sources": {"both": 30}})
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
    lines = response.getvalue().decode().splitlines()
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
    header, first, *_ = "".join(as_csv(columns, shuffled)).splitlines()
    assert header == ",".join(columns)
    assert first.startswith("all,,,0.0,10.0,40,20,correct,correct,2,2,1.0")


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
        common | {"threshold": 0.2, "status": "region", "reason": "Below 20 % from difficulty 3 to 31.5."},
        common | {"group": "system", "threshold": 0.2, "status": "region", "reason": "Of one system."},
    ]
    tables = {"supervision": rows.supervision_rows(BINS), "safe_region": answers}
    rows.make_run(study, "supervision", tables)
    content = page().replace("\u00a0", " ")
    assert "Not measured at 5 %. Bin 1 holds too few judgements." in content
    assert "No region below 10 %. In bin 1 up to 14 % may pass." in content
    assert "Below 20 % from difficulty 3 to 31.5." in content
    assert "Of one system." not in content
    assert "errors or slips, each at 97.5" not in content, "a measure that was not asked about"


@pytest.fixture
def companions(study):
    """A run with two of the companion rates, over all bins and in one."""
    rows.add_answers(study)
    common = {"group": "all", "value": "", "difficulty_low": 0.0, "difficulty_high": 10.0, "n_eff": 30.0}
    residual = {"measure": "residual_error", "rate": 0.075, "low": 0.02, "high": 0.2}
    missed = {"measure": "missed_avoidance", "n": 0, "total": 0, "rate": None, "low": None, "high": None}
    rates = [common | {"bin": None, "n": 3, "total": 40} | residual, common | {"bin": None} | missed]
    rates.append(common | {"bin": 1, "n": 1, "total": 9} | residual | {"low": None, "high": None})
    tables = {"supervision": rows.supervision_rows(BINS), "supervision_rates": rates}
    return rows.make_run(study, "supervision", tables)


def test_rates_are_said_in_words(companions, page):
    content = page().replace("\u00a0", " ")
    assert (
        "Of 100 judgements of incorrect answers, 31.0 said correct (95 % interval 23.0 to 39.0; 31 of 100)."
        in content
    )
    assert "Of 100 answers judged correct, 7.5 are incorrect (95 % interval 2.0 to 20.0; 3 of 40)." in content
    assert "Not measured: there are no judgements of avoidant answers." in content


def test_rates_come_with_the_share_that_they_depend_on(companions, page):
    """As many judgements of correct outputs as of incorrect ones were made up."""
    content = page().replace("\u00a0", " ")
    assert "Here 100 of 200 judgements (50.0 %) were of incorrect outputs." in content
    table = content[content.index("Rates by bin, from") :]
    easiest = table[table.index('<th scope="row">1</th>') : table.index('<th scope="row">2</th>')]
    assert "100 of 200" in easiest
    assert "1 of 9" in easiest


def test_shares_are_counts_of_the_released_table(companions, study, alice, as_user, page):
    address = reverse("research:table-csv", args=[study.slug, companions.pk, "supervision"])
    lines = list(csv.DictReader(io.StringIO(as_user(alice).get(address).getvalue().decode())))
    totals = {row["grade"]: int(row["total"]) for row in lines if (row["group"], row["bin"]) == ("all", "")}
    assert f"Here {totals['incorrect']} of {sum(totals.values())} judgements" in page()


def test_bins_that_vanished_are_counted(study, page):
    rows.add_answers(study)
    table = {"supervision": rows.supervision_rows(BINS)}
    run = rows.make_run(study, "supervision", table, summary={"bins_asked": 10, "bins": 2})
    assert "10 bins were asked for; 2 remain" in page()
    run.summary = {"bins_asked": 10, "bins": 10}
    run.save()
    assert "bins were asked for" not in page()


def test_the_same_people_are_said_loudly(study, page):
    rows.add_answers(study)
    warnings = ["Some of those who judged also made the axis (same_people).", "few people"]
    table = {"supervision": rows.supervision_rows(BINS)}
    run = rows.make_run(study, "supervision", table, summary={"same_people": True}, warnings=warnings)
    loud = '<p class="banner alarm"><strong>The same people made the axis'
    content = page()
    assert content.count(loud) == 1
    assert "(same_people)" not in content, "said once, and loudly"
    assert "few people" in content
    run.summary = {"same_people": False}
    run.save()
    assert loud not in page()


@pytest.mark.parametrize(
    ("resamples", "said"),
    [(2000, "percentiles over 2,000 resamples of participants"), (0, "no participants were resampled")],
)
def test_intervals_of_the_calibration_stand_side_by_side(study, page, resamples, said):
    rows.add_answers(study)
    common = {
        "domain": "addition", "population": "all", "target": "rated", "method": "likelihood",
        "quantity": "location", "estimate": 4.21,
    }  # fmt: skip
    kinds = {
        "sandwich_participants": (3.77, 4.66),
        "percentile_participants": (3.88, 4.55),
        "bca_participants": (3.91, 4.58),
    }
    intervals = [common | {"interval": kind, "low": low, "high": high} for kind, (low, high) in kinds.items()]
    if not resamples:
        del intervals[1:]
    tables = {"calibration": rows.calibration_rows(), "calibration_intervals": intervals}
    rows.make_run(study, "calibration", tables, params={"resamples": resamples})
    content = page()
    assert said in content
    assert "3.77 to 4.66" in content
    assert ("3.88 to 4.55" in content) == ("3.91 to 4.58" in content) == bool(resamples)


def test_curve_says_that_it_certifies_nothing(study, page):
    rows.add_answers(study)
    tables = {"supervision": rows.supervision_rows(BINS), "slip_curve": []}
    rows.make_run(study, "supervision", tables, params={"resamples": 1000})
    content = page()
    assert "holds for the whole curve at once, from 1,000 resamples of participants" in content
    assert "certifies nothing" in content


def test_figure_has_words_a_dark_twin_and_its_numbers(study, run, alice, as_user, page):
    figure, content = run.figures.get(), page()
    light, dark = (
        reverse(f"research:{name}", args=[study.slug, figure.pk]) for name in ("figure", "figure-dark")
    )
    assert f'<source srcset="{dark}" media="screen and (prefers-color-scheme: dark)">' in content
    assert f'<img src="{light}" alt="Slips by difficulty. from 14 per cent in the easiest bin' in content
    for address in (light, dark):
        assert re.search(rf'<a href="{address}"[^>]* download>', content)
    for name in ("table", "table-csv"):
        assert reverse(f"research:{name}", args=[study.slug, run.pk, "supervision"]) in content
    response = as_user(alice).get(dark)
    assert response.content.decode() == rows.DARK
    assert response["Content-Type"] == "image/svg+xml"
    assert "script-src" not in response["Content-Security-Policy"]
    assert f"{figure.name}-dark.svg" in response["Content-Disposition"]


def test_figure_without_a_dark_twin_is_shown_light(study, run, alice, as_user):
    figure = run.figures.get()
    figure.dark = ""
    figure.save()
    response = as_user(alice).get(reverse("research:figure-dark", args=[study.slug, figure.pk]))
    assert response.content.decode() == rows.SVG


@pytest.mark.parametrize("name", ["figure", "figure-dark"])
def test_figures_are_not_for_others(study, run, charlie, as_user, name):
    address = reverse(f"research:{name}", args=[study.slug, run.figures.get().pk])
    assert as_user(charlie).get(address).status_code == 404


def test_long_tables_are_read_in_parts(study, alice, as_user):
    """Of a thousand and one rows a page holds a hundred, from wherever they lie; the download all."""
    run = rows.make_run(study, "calibration", {"difficulty": rows.difficulty_rows(items=1001)})
    assert run.tables.count() == 3
    client, address = as_user(alice), reverse("research:table", args=[study.slug, run.pk, "difficulty"])
    for page, first, last in ((1, 0, 99), (5, 400, 499), (6, 500, 599), (11, 1000, 1000)):
        content = client.get(f"{address}?page={page}").content.decode()
        assert re.findall(r"<td>(i\d+)</td>", content) == [f"i{at}" for at in range(first, last + 1)]
    response = client.get(reverse("research:table-csv", args=[study.slug, run.pk, "difficulty"]))
    lines = response.getvalue().decode().splitlines()
    assert [line.partition(",")[0] for line in lines[1:]] == [f"i{at}" for at in range(1001)]


def test_page_reads_no_row_that_it_does_not_show(study, page):
    """Rows that would break it, far down and in groups that have no place on the page."""
    rows.add_answers(study)
    broken = [{"group": "domain*system", "value": "x"}] * 3
    tables = {"supervision": rows.supervision_rows(BINS) + broken}
    rows.make_run(study, "supervision", tables)
    items = [*rows.difficulty_rows(items=500), {"item_id": "far down"}]
    rows.make_run(study, "calibration", {"difficulty": items}, summary={"sources": {"both": 501}})
    assert "the first 20 of 501" in page()
