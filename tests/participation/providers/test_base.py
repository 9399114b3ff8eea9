"""What all providers share: codes of outcomes, and why a study cannot open that recruits so."""

from __future__ import annotations

import pytest

from annotations.participation import providers
from annotations.people.outcomes import OUTCOMES, outcome_code
from annotations.studies.services import why_not_open

ALL = ["open", "invitation", "prolific", "mturk", "sona"]


def reasons(provider, **recruitment):
    return providers.get(provider).reasons({"provider": provider, "settings": {}, "codes": {}, **recruitment})


def test_each_outcome_has_a_code_of_its_own(rated):
    codes = {outcome_code(rated, outcome) for outcome in OUTCOMES}
    assert len(codes) == len(OUTCOMES)
    assert {len(code) for code in codes} == {8}


def test_codes_of_two_studies_differ(make):
    one, two = make("one", settings={"collection": "one"}), make("two", settings={"collection": "two"})
    assert outcome_code(one, "completed") != outcome_code(two, "completed")


def test_code_that_the_study_gives_is_taken(recruit):
    study = recruit("prolific", codes={"completed": "CABC123"})
    assert outcome_code(study, "completed") == "CABC123"
    assert outcome_code(study, "full") != "CABC123"


@pytest.mark.parametrize("provider", [one for one in ALL if one != "sona"])
def test_provider_needs_no_settings(provider):
    assert reasons(provider) == []


@pytest.mark.parametrize("provider", ALL)
def test_unknown_setting_is_named(provider):
    (reason,) = [one for one in reasons(provider, settings={"tokem": "x"}) if "tokem" in one]
    assert "does not know" in reason


@pytest.mark.parametrize("provider", ALL)
def test_same_code_for_two_outcomes_is_a_reason(provider):
    given = {"completed": "SAME", "full": "SAME", "no_consent": "", "screened_out": ""}
    assert any("same code" in reason for reason in reasons(provider, codes=given))
    assert not any("same code" in reason for reason in reasons(provider, codes=given | {"full": "OTHER"}))


def test_study_does_not_open_without_what_its_provider_needs(recruit, make):
    recruitment = {"provider": "sona", "settings": {"site": "https://example.sona-systems.com/"}}
    draft = make("draft", open_now=False, settings={"recruitment": recruitment})
    said = " ".join(why_not_open(draft))
    for name in ("experiment_id", "credit_token", "host name alone"):
        assert name in said
