from __future__ import annotations

import pytest

from annotations.responses.declared import apply_declared
from annotations.responses.models import StepAnswer
from annotations.studies.services import why_not_open
from tests.participation.kit import Walker, make_study
from tests.responses.exclusions.kit import left_out

STEPS = [{"kind": kind} for kind in ("consent", "instructions", "units", "honesty", "exit")]


def settings(steps, **parameters):
    return {"steps": steps, "exclusions": [{"name": "honesty", "parameters": parameters}]}


@pytest.mark.parametrize(("help", "out"), [("often", {"ann"}), ("sometimes", {"ann", "bob"})])
def test_who_said_that_they_had_help(make, help, out):
    study = make(protocol="supervision", settings=settings(STEPS, help=help))
    for key, said in {"ann": "often", "bob": "sometimes", "cid": "no"}.items():
        walker = Walker(study, key)
        walker.submit(walker.unit())
        StepAnswer.objects.create(
            enrolment=walker.enrolment, step="honesty", question="help_used", value=said
        )
    apply_declared(study)
    assert set(left_out(study)) == out


def test_a_study_that_does_not_ask_does_not_open(db, tmp_path):
    steps = [step for step in STEPS if step["kind"] != "honesty"]
    study = make_study(tmp_path, open_now=False, settings=settings(steps))
    assert why_not_open(study) == [
        "The exclusion rule honesty needs a step of kind honesty: add one, or remove the rule."
    ]
