from __future__ import annotations

from annotations.participation import providers
from annotations.people.enrolling import completion_code
from annotations.people.identities import Arrival
from annotations.people.models import Identity
from tests.participation.providers.kit import Sent, prolific_query


def test_nobody_is_known_whatever_the_address_says(recruit):
    study = recruit("open")
    assert providers.get("open").arrive(study, prolific_query()) == Arrival("open")
    ann = Sent(prolific_query())
    ann.begin()
    assert Identity.objects.count() == 0


def test_two_browsers_with_one_address_are_two_people(recruit):
    recruit("open")
    ann, bea = Sent({}), Sent({})
    ann.begin()
    bea.begin()
    assert ann.enrolment != bea.enrolment


def test_completion_code_is_the_one_of_the_batch(recruit):
    recruit("open")
    ann = Sent({})
    ann.begin()
    page = ann.answer_unit()
    assert page.completion_code == completion_code(ann.enrolment)
    assert not [link for link in page.links if link.startswith("http")]


def test_code_that_the_study_gives_is_shown(recruit):
    recruit("open", codes={"completed": "THANKS"})
    ann = Sent({})
    ann.begin()
    assert ann.answer_unit().completion_code == "THANKS"
