"""A provider plays its whole script over HTTP; afterwards every place is answered once or free again."""

from __future__ import annotations

import logging

import pytest

from annotations.core.clock import moved
from annotations.core.models import AuditEntry
from annotations.people.models import Enrolment, Identity
from annotations.responses.models import Response
from annotations.studies.models import Batch, Unit
from tests.participation.kit import RATED, assert_balanced
from tests.participation.providers.kit import SECRET, Sent, prolific_query, tell, told

PLACES, EACH = 4, 2


@pytest.fixture
def study(recruit, settings):
    settings.PROLIFIC_WEBHOOK_SECRETS = [SECRET]
    return recruit("prolific", participants=PLACES, units_per_participant=EACH, items=8, overlap=3)


def begun(person, **more):
    sent = Sent(prolific_query(person), **more)
    sent.begin()
    return sent


def play():
    """Eight people, four places. The browsers that took part."""
    # One goes through it, on two devices.
    ann, phone = begun(1), Sent(prolific_query(1))
    ann.answer_unit()
    phone.arrive()
    phone.answer_unit()
    assert ann.get().step == "exit"

    # One returns it with a form open, and sends that form all the same.
    bea = begun(2)
    late = bea.page.form.filled(answer="2", difficulty="40", confidence="70")
    assert tell(told("RETURNED", 2)) == 200
    assert bea.post(bea.take_address, late).step == "returned"
    assert tell(told("RETURNED", 2)) == 200

    # One times out, comes back and finishes; the message comes again, and out of order.
    cai = begun(3)
    cai.answer_unit()
    tell(told("TIMED-OUT", 3))
    assert cai.arrive().step == "units"
    tell(told("TIMED-OUT", 3), ago=20)
    assert cai.answer_unit().step == "exit"
    tell(told("TIMED-OUT", 3), ago=10)
    tell(told("RETURNED", 3))

    # One has two tabs, and sends from both.
    dan = begun(4)
    twin = dan.twin()
    dan.answer_unit()
    twin.send(**RATED)
    assert dan.get().step == "units"
    assert dan.answer_unit().step == "exit"

    # One consents in two tabs at once: the same form, sent twice.
    eve = Sent(prolific_query(5))
    form = eve.arrive().form.filled(consent="1")
    for _tab in range(2):
        eve.client.post(eve.whole_address, form)
    eve.get()
    eve.send()

    # The places are taken: the next is sent back with a code, until one is given back.
    fay = Sent(prolific_query(6))
    assert fay.arrive().step == "full"
    tell(told("RETURNED", 5))
    # News of two who were never here.
    tell(told("RETURNED", 7))
    tell(told("TIMED-OUT", 8))
    assert fay.begin().step == "units"
    fay.answer_unit()
    assert fay.answer_unit().step == "exit"
    return [ann, phone, bea, cai, dan, eve, fay]


def test_every_place_is_answered_once(study):
    play()
    assert_balanced()
    batch = Batch.objects.get()
    assert (batch.running, batch.completed) == (0, PLACES)
    counted = Response.objects.filter(surplus=False)
    # Four who finished. Of the late one the answer is kept and does not count.
    assert counted.count() == PLACES * EACH
    assert Response.objects.filter(surplus=True).count() == 1
    outcomes = Enrolment.objects.order_by("pk").values_list("state", "outcome")
    assert [one[0] for one in outcomes].count("completed") == PLACES
    assert [one[1] for one in outcomes].count("returned") == 2
    assert sum(Unit.objects.values_list("answered", flat=True)) == PLACES * EACH
    assert Identity.objects.count() == Enrolment.objects.count() == 6


def test_places_are_free_again_once_leases_are_over(study):
    from datetime import timedelta

    from annotations.allocation.services import sweep_leases

    for person in (1, 2, 3):
        begun(person)
    tell(told("RETURNED", 1))
    tell(told("TIMED-OUT", 2))
    with moved(timedelta(hours=1)):
        sweep_leases()
        tell(told("RETURNED", 3))
    batch = Batch.objects.get()
    assert (batch.running, batch.completed) == (0, 0)
    assert sum(Unit.objects.values_list("filled", flat=True)) == 0


def test_ids_reach_no_log_no_audit_entry_and_no_page_inside(study, caplog):
    with caplog.at_level(logging.DEBUG):
        browsers = play()
    secrets = [value for person in range(1, 9) for value in prolific_query(person).values()]
    said = " ".join(
        record.getMessage() for record in caplog.records if record.name.split(".")[0] != "django.db"
    )
    audited = " ".join(f"{entry.actor}{entry.details}" for entry in AuditEntry.objects.all())
    pages = " ".join(browser.get().html for browser in browsers)
    for secret in secrets:
        assert secret not in said + audited + pages
