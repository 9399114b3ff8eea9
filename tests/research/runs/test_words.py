"""Sentences to quote, with what must not be left out, and the methods paragraph."""

from __future__ import annotations

from django.urls import reverse

from tests.research import rows

REGION = {"group": "all", "value": "", "measure": "slip", "from_difficulty": 0.0}


def region(status, threshold, **more):
    return (
        REGION | {"status": status, "threshold": threshold, "limit_difficulty": None, "reason": "why"} | more
    )


def words(client, study):
    return client.get(reverse("research:words", args=[study.slug]))


def make(study, regions, **fields):
    tables = {
        "supervision": rows.supervision_rows({"": (30, 100), 1: (3, 50), 2: (27, 50)}),
        "safe_region": regions,
    }
    return rows.make_run(study, "supervision", tables, params={"resamples": 100}, **fields)


def test_each_sentence_stands_by_itself(study, alice, as_user):
    rows.add_answers(study, kind="simulated")
    make(
        study,
        [region("none", 0.05), region("region", 0.2, limit_difficulty=42.0), region("not_measured", 0.1)],
    )
    page = words(as_user(alice), study).content.decode().replace("\u00a0", " ")
    assert (
        "Of 100 wrong answers, simulated people let 30 pass (95 % interval 22 to 38; 30 of 100 judgements)"
        in page
    )
    assert "No safe operating region at 5 %: in the easiest bin up to 14 % of wrong answers may pass" in page
    assert "Up to difficulty 42, fewer than 20 % of wrong answers pass simulated people" in page
    assert "Whether there is a safe operating region at 10 % was not measured: why" in page
    assert page.count("[participants simulated]") == 4
    assert page.count("metric rank, not human difficulty") >= 4


def test_stale_results_and_warnings_are_to_be_said(study, alice, as_user):
    make(study, [], stamp={}, warnings=["Few people."])
    page = words(as_user(alice), study).content.decode()
    assert "The results are stale" in page
    assert "Few people." in page


def test_methods_paragraph_carries_its_marks(study, alice, as_user):
    make(study, [region("none", 0.05)])
    page = words(as_user(alice), study).content.decode()
    assert "After Zhou et al., Nature 634" in page
    assert "Safe region" in page
    assert "the rule is ours" in page


def test_deviations_from_the_plan_are_said(study, alice, as_user):
    make(study, [])
    page = words(as_user(alice), study).content.decode()
    assert "The run of supervision has `resamples` 100; planned was 2000." in page


def test_planned_analysis_is_said_to_be_so(study, alice, as_user):
    planned = study.version.definition
    rows.make_run(
        study,
        "supervision",
        {"supervision": rows.supervision_rows({"": (3, 10)})},
        params={"resamples": planned["analysis"]["resamples"]},
        seed=planned["seed"],
    )
    page = words(as_user(alice), study).content.decode()
    assert "are the ones that the study declared" in page


def test_nothing_analysed_nothing_to_quote(study, alice, as_user):
    assert words(as_user(alice), study).status_code == 404
