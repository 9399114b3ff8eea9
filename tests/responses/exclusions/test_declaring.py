"""What a definition may declare: known rules with known parameters, and who is told what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotations.core.errors import Refusal
from annotations.responses.exclusions import RULES
from annotations.responses.exclusions.markdown import rules_in_markdown
from annotations.studies.services import open_study, why_not_open
from tests.participation.kit import make_study
from tests.responses.exclusions.kit import verdicts

WRONG = [
    ("failed_check", {}, 'names "failed_check", which is none of always_correct, duplicates,'),
    ("failed_check", {}, 'did you mean "failed_checks"?'),
    ("failed_checks", {"fail": 2}, 'no parameter "fail", only failed, share, did you mean "failed"?'),
    ("failed_checks", {"failed": "two"}, "`failed` must be a whole number."),
    ("failed_checks", {"failed": 1.5}, "`failed` must be a whole number."),
    ("failed_checks", {"failed": 0}, "`failed` must be from 1 to 1e+09."),
    ("failed_checks", {"share": True}, "`share` must be a number."),
    ("duplicates", {"keep": 1}, 'no parameter "keep", only none: it takes no parameters.'),
    ("always_correct", {}, "concerns verdicts on outputs, and this study asks for none: remove it."),
    ("inconsistent_repeats", {}, "set `repeats.share`."),
]


@pytest.mark.parametrize(("name", "parameters", "words"), WRONG)
def test_what_cannot_be_applied_does_not_open(db, tmp_path, name, parameters, words):
    declared = {"exclusions": [{"name": name, "parameters": parameters}]}
    study = make_study(tmp_path, open_now=False, settings=declared)
    assert words in " ".join(why_not_open(study))
    with pytest.raises(Refusal, match="The study cannot open"):
        open_study(study=study, actor="test")


def test_what_can_be_applied_opens(db, tmp_path):
    declared = [{"name": "failed_checks", "parameters": {"failed": 2.0, "share": 1}}, {"name": "warm_up"}]
    study = make_study(tmp_path, open_now=False, settings={"exclusions": declared})
    assert open_study(study=study, actor="test").state == "open"


def test_answers_that_come_with_an_unknown_rule_are_not_loaded(bundle):
    with pytest.raises(AssertionError, match=r'study\.yaml: `exclusions` names "fast", which is none of'):
        bundle("fast", {}, verdicts("me", 3))


def test_every_rule_and_parameter_is_explained():
    for rule in RULES.values():
        assert rule.says.endswith(".")
        for parameter in rule.parameters.values():
            assert parameter.says[0].isupper()
            assert parameter.says.endswith(".")
            assert parameter.fault(parameter.default) == ""


def test_the_docs_tell_of_every_rule():
    page = Path(__file__).parents[3] / "docs" / "exclusions.md"
    assert page.read_text().endswith(rules_in_markdown().rstrip() + "\n"), "write the rules there anew"
