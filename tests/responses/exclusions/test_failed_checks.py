from __future__ import annotations

from annotations.responses.models import Response
from tests.responses.exclusions.kit import left_out, row, verdicts


def person(key, *answers):
    checks = [row(key, f"c{n}", answer=answer, is_check=1) for n, answer in enumerate(answers)]
    return verdicts(key, 3) + checks


def test_who_failed_two_goes_and_who_failed_one_stays(bundle):
    study = bundle("failed_checks", {}, person("bad", "1", "2") + person("good", "7", "2"))
    assert left_out(study) == {"bad": {"failed_checks: failed 2 of 2 checks"}}
    assert set(Response.objects.scored().values_list("participant__key", flat=True)) == {"good"}


def test_the_number_and_the_share_can_be_set(bundle):
    people = person("all", "1", "2") + person("half", "7", "2")
    assert set(left_out(bundle("failed_checks", {"failed": 1, "share": 0.6}, people))) == {"all"}
