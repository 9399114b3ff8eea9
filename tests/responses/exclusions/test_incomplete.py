from __future__ import annotations

import pytest

from annotations.allocation.services import leave
from annotations.responses.declared import apply_declared
from tests.participation.kit import Walker
from tests.responses.exclusions.kit import left_out


@pytest.fixture
def study(make):
    def make_one(**parameters):
        declared = [{"name": "incomplete", "parameters": parameters}]
        return make(protocol="supervision", settings={"exclusions": declared})

    return make_one


def test_who_left_goes_and_who_is_at_work_or_through_stays(study):
    study = study()
    ann, bob, cid = (Walker(study, name) for name in ("ann", "bob", "cid"))
    ann.walk()
    bob.submit(bob.unit())
    cid.submit(cid.unit())
    apply_declared(study)
    assert left_out(study) == {}
    leave(enrolment=cid.enrolment)
    apply_declared(study)
    assert left_out(study) == {"cid": {"incomplete: did 1 of 3 units and did not complete"}}


def test_who_comes_back_is_taken_in_again(study):
    study = study()
    ann = Walker(study, "ann")
    ann.submit(ann.unit())
    leave(enrolment=ann.enrolment)
    apply_declared(study)
    assert set(left_out(study)) == {"ann"}
    ann.walk()
    apply_declared(study)
    assert left_out(study) == {}


def test_enough_may_be_less_than_all(study):
    study = study(share=0.5)
    ann = Walker(study, "ann")
    ann.submit(ann.unit())
    ann.submit(ann.unit())
    leave(enrolment=ann.enrolment)
    apply_declared(study)
    assert left_out(study) == {}
