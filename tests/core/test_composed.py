"""Queries composed once find what Django finds that composes them each time."""

from __future__ import annotations

import pytest

from annotations.allocation import levels, services
from annotations.allocation.models import Assignment
from annotations.core.composed import Composed
from annotations.people import enrolling
from annotations.people.models import Enrolment
from annotations.studies.models import Unit
from tests.participation.kit import Walker, make_study


@pytest.fixture
def ann(db, tmp_path):
    """Ann has answered one of three units and looks at the second; Bob is there as well."""
    study = make_study(tmp_path, protocol="supervision")
    ann, _bob = Walker(study, "ann"), Walker(study, "bob").unit()
    ann.submit(ann.unit())
    ann.unit()
    return ann


def queries(ann):
    enrolment = ann.enrolment
    lying = Assignment.objects.get(enrolment=enrolment, state="leased")
    unit = Unit.objects.filter(filled=0).order_by("shuffle").first()
    place = {"batch": unit.batch_id, "stratum": unit.stratum, "filled": 0}
    return [
        (enrolling.OF_SESSION, {"token_hash": enrolment.token_hash, "slug": "sums"}),
        (enrolling.OF_SESSION, {"token_hash": enrolment.token_hash, "slug": "other"}),
        (enrolling.OF_SESSION, {"token_hash": "", "slug": "sums"}),
        (services.BY_KEY, {"enrolment": enrolment.pk, "key": lying.submission_key}),
        (services.BY_KEY, {"enrolment": enrolment.pk + 1, "key": lying.submission_key}),
        (services.UNANSWERED, {"enrolment": enrolment.pk}),
        (services.UNANSWERED, {"enrolment": 0}),
        *(
            (levels.PICKED, {**place, "person": enrolment.participant_id, "start": start})
            for start in (0, unit.shuffle, unit.shuffle + 1, 2**62)
        ),
        (levels.PICKED, {**place, "filled": 7, "person": 0, "start": 0}),
    ]


def everything(found):
    """All that was read, of it and of what it refers to."""
    if found is None:
        return None
    return {
        name: everything(value) if hasattr(value, "pk") else value
        for name, value in {**found.__dict__, **found._state.fields_cache}.items()
        if name != "_state"
    }


def test_each_finds_the_same(ann):
    found = []
    for composed, given in queries(ann):
        composed._shape = None  # what another test composed is composed again
        del composed._shape
        for _ in range(2):
            found.append(composed.first(**given))
            assert everything(found[-1]) == everything(composed.build(**given).first())
    assert {type(one) for one in found} == {Enrolment, Assignment, Unit, type(None)}


def test_what_was_not_read_is_read_when_it_is_asked_for(ann):
    """As of any object: here the text of consent, which no page of a passage needs."""
    enrolment = enrolling.OF_SESSION.first(token_hash=ann.enrolment.token_hash, slug="sums")
    assert enrolment.participant.withdrawal_hash == ann.enrolment.participant.withdrawal_hash
    assert enrolment.batch.places == 3


def test_value_that_the_query_does_not_use_is_refused(db):
    composed = Composed(lambda pk, other: Unit.objects.filter(pk=pk), pk=0, other="")
    with pytest.raises(ValueError, match="other"):
        composed.first(pk=1, other="x")
