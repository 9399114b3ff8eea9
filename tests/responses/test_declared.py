"""Declared rules, applied to a study: again without change, never against a person's decision."""

from __future__ import annotations

import pytest

from annotations.analysis.pipeline import want_analysis
from annotations.analysis.runs import is_stale, latest_run
from annotations.core.jobs.driver import drive
from annotations.core.models import AuditEntry
from annotations.people.models import Participant
from annotations.responses.declared import Applied, apply_declared, rules_overruled, wants_applying
from annotations.responses.excluding import exclude_responses, readmit_people, readmit_responses
from annotations.responses.models import Exclusion, Response
from annotations.studies.models import Study
from tests.participation.kit import Walker
from tests.responses.exclusions.kit import left_out, row, verdicts

WHY = {"reason": "looked at it", "actor": "alice"}


def failing(key, *answers):
    return verdicts(key, 2) + [
        row(key, f"c{n}", answer=answer, is_check=1) for n, answer in enumerate(answers)
    ]


@pytest.fixture
def study(bundle):
    """Ann failed both checks, Bob one of them."""
    return bundle("failed_checks", {}, failing("ann", "1", "2") + failing("bob", "7", "2"))


def of(key):
    return list(Response.objects.filter(participant__key=key).order_by("pk").values_list("pk", flat=True))


def test_applied_again_it_changes_nothing(study):
    rows = list(Exclusion.objects.order_by("pk").values())
    entries = AuditEntry.objects.count()
    assert apply_declared(study) == Applied(0, 0, 4)
    assert list(Exclusion.objects.order_by("pk").values()) == rows
    assert AuditEntry.objects.count() == entries
    assert {(one["rule"], one["decided_by"]) for one in rows} == {("failed_checks", "declared rules")}


def test_what_holds_no_more_is_taken_back(study):
    Response.objects.filter(pk=of("ann")[-1]).update(check_passed=True)
    assert apply_declared(study) == Applied(0, 4, 0)
    assert left_out(study) == {}
    Response.objects.filter(pk=of("ann")[-1]).update(check_passed=False)
    assert apply_declared(study) == Applied(4, 0, 4)


def test_another_rule_that_holds_takes_the_place_of_the_first(study):
    study.definition["exclusions"] = [{"name": "warm_up", "parameters": {}}, *study.definition["exclusions"]]
    assert apply_declared(study) == Applied(2, 1, 5)
    rules = Exclusion.objects.standing().order_by("response").values_list("response", "rule")
    assert dict(rules) == {
        of("ann")[0]: "warm_up", **dict.fromkeys(of("ann")[1:], "failed_checks"), of("bob")[0]: "warm_up",
    }  # fmt: skip


def test_a_reason_follows_what_happened_since(study):
    check = Response.objects.get(pk=of("ann")[-1])
    check.pk = None
    check.save(force_insert=True)
    assert apply_declared(study) == Applied(1, 0, 5)
    assert left_out(study) == {"ann": {"failed_checks: failed 3 of 3 checks"}}


def test_what_a_person_left_out_keeps_their_reason_and_stays_out(study):
    exclude_responses(study=study, responses=of("bob"), **WHY)
    study.definition["exclusions"][0]["parameters"] = {"failed": 1}
    apply_declared(study)
    assert left_out(study)["bob"] == {"looked at it"}
    study.definition["exclusions"] = []
    assert wants_applying(study)
    apply_declared(study)
    assert left_out(study) == {"bob": {"looked at it"}}


def test_what_a_person_took_in_again_stays_in(study):
    readmit_responses(study=study, responses=of("ann")[:1], **WHY)
    assert apply_declared(study) == Applied(0, 0, 3)
    assert rules_overruled(study) == 1
    readmit_people(study=study, people=[Participant.objects.get(key="ann").pk], **WHY)
    assert apply_declared(study) == Applied(0, 0, 0)
    assert rules_overruled(study) == 4


def test_answers_of_machines_are_not_judged(bundle):
    study = bundle("failed_checks", {}, failing("ann", "1", "2"))
    Participant.objects.update(kind=Participant.AI)
    assert apply_declared(study) == Applied(0, 4, 0)


def test_without_the_rules_is_without_theirs_alone(study):
    exclude_responses(study=study, responses=of("bob")[:1], **WHY)
    assert Response.objects.scored().count() == 1
    assert Response.objects.scored_without_rules().count() == 3


def test_an_analysis_applies_them_first(make):
    declared = {"exclusions": [{"name": "warm_up"}], "analysis": {"resamples": 0}}
    study = make(protocol="supervision", settings=declared)
    ann = Walker(study, "ann")
    ann.walk()
    drive(want_analysis(study=study, wanted_by="test"))
    assert left_out(study) == {"ann": {"warm_up: number 1 of their answers"}}
    run = latest_run(study, "supervision")
    assert not is_stale(run)
    readmit_responses(study=study, responses=of("ann"), **WHY)
    assert is_stale(run)


def test_a_rule_that_is_not_known_is_passed_over_and_the_run_says_so(bundle):
    study = bundle("failed_checks", {}, failing("ann", "1", "2"))
    study.definition["exclusions"].append({"name": "of_tomorrow", "parameters": {}})
    study.save()
    drive(want_analysis(study=Study.objects.get(), wanted_by="test"))
    assert set(left_out(study)) == {"ann"}
    warnings = " ".join(latest_run(study, "supervision").warnings)
    assert 'Declared exclusions that were not applied: `exclusions` names "of_tomorrow"' in warnings
