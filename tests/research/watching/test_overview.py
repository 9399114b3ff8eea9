"""The overview over HTTP: who came, who stayed, who is analysed; pay and pace."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.allocation.services import leave
from annotations.people.models import Participant
from annotations.research.overview import batch_lines, fillings_of, released
from annotations.research.watching.pay import amount_in, pay_of
from annotations.responses.erasure import erase_participant
from annotations.responses.excluding import exclude_people
from annotations.responses.models import Response
from annotations.studies.models import Study
from tests.participation.kit import Visitor, Walker, make_study

ELIGIBLE = {
    "kind": "eligibility",
    "questions": [
        {
            "name": "adult",
            "text": {"en": "Of age?"},
            "options": [{"value": "y"}, {"value": "n"}],
            "right": ["y"],
        }
    ],
}
STEPS = [ELIGIBLE, *({"kind": kind} for kind in ("consent", "instructions", "units", "exit"))]


@pytest.fixture
def client(ada, as_user):
    return as_user(ada)


def boxes(client, study):
    """The numbers of the diagram by their titles."""
    page = client.get(reverse("research:numbers", args=[study.slug])).content.decode()
    flow = page.partition('<ol class="flow">')[2].partition("</ol>")[0]
    words = re.sub(r"<[^>]+>", " ", flow)
    pairs = re.findall(r"([A-Z][a-z ]+): *([0-9]+)", words)
    return {title: int(number) for title, number in pairs}, " ".join(words.split())


def test_nothing_is_counted_before_a_worker_has_looked(client, walked):
    page = client.get(reverse("research:overview", args=[walked.slug])).content.decode()
    assert "A background worker counts this as soon as one looks" in page


def test_from_coming_to_being_analysed(client, make, looked):
    """Of nine: one too young, two who did not agree; one withdrew, one left without an answer, one is at
    work, one is excluded, two are analysed beside whoever is at work."""
    study = make(protocol="supervision", participants=12, overlap=12, settings={"steps": STEPS})
    young = Visitor()
    young.get("/join/sums/")
    young.send(adult="n")
    for _ in range(2):
        shy = Visitor()
        shy.get("/join/sums/")
        shy.send(adult="y")
        (decline,) = [form for form in shy.page.forms if "/decline/" in form.action]
        shy.post(decline.action, decline.filled())
    walkers = {key: Walker(study, key) for key in ("ann", "bob", "cid", "dan", "eve", "fay")}
    for key in ("ann", "bob", "cid", "dan"):
        walkers[key].walk()
    walkers["eve"].submit(walkers["eve"].unit())
    leave(enrolment=walkers["fay"].enrolment)
    erase_participant(participant=Participant.objects.get(key="dan"), actor="test")
    cid = Participant.objects.get(key="cid")
    exclude_people(study=study, people=[cid.pk], reason="a sibling helped", actor="a")
    looked()
    numbers, words = boxes(client, study)
    assert numbers == {
        "Came": 9,
        "Did not go in": 3,
        "Consented and took a place": 6,
        "Gave no answer that counts": 2,
        "Gave answers that can count": 4,
        "Excluded altogether": 1,
        "Analysed": 3,
    }
    for part in (
        "1 screened out before consent",
        "2 did not consent",
        "1 withdrawn, answers deleted",
        "3 completed, 1 at work, 1 left, 1 withdrawn",
        "1 a sibling helped",
        "7 answers",
    ):
        assert part in words, part


def test_the_pay_of_an_hour_at_the_median_time(client, make, looked):
    study = make(protocol="supervision", settings={"information": {"pay": {"en": "You get £1.50."}}})
    Walker(study, "ann").walk()
    Response.objects.update(duration_ms=60_000, active_ms=None)
    looked()
    page = client.get(reverse("research:numbers", args=[study.slug])).content.decode()
    assert "30.00 GBP an hour at the median of 3.0 minutes at work" in page


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("£2.50", (2.5, "GBP")),
        ("You get 3 EUR for it", (3.0, "EUR")),
        ("2,40 €", (2.4, "EUR")),
        ("USD 12", (12.0, "USD")),
        ("Two pounds", None),
        ("£2.50, and £1 more for the second part", None),
        ("About 15 minutes", None),
    ],
)
def test_an_amount_is_read_where_there_is_one(text, found):
    assert amount_in(text) == found


@pytest.mark.parametrize(
    ("amount", "words"),
    [("£0.90", "below 6.00 GBP an hour"), ("£1.20", "recommends 9.00 GBP"), ("£1.60", "")],
)
def test_what_the_provider_asks_is_held_against_it(amount, words):
    definition = {"information": {"pay": {"en": amount}}, "recruitment": {"provider": "prolific"}}
    pay = pay_of(Study(definition=definition), 10.0)
    assert (words in pay.warning) if words else pay.warning == ""


def test_numbers_of_batches_are_those_of_their_units_which_nobody_reads(alice, as_user, tmp_path):
    settings = {
        "checks": {"share": 0.3},
        "repeats": {"share": 0.3, "gap": 1},
        "corrections": {"allowed": True},
    }
    study = make_study(tmp_path, "counted", checks=2, settings=settings)
    study.members.create(user=alice, role="owner")
    ann, bea = Walker(study, "ann"), Walker(study, "bea")
    ann.submit(ann.unit())
    ann.unit()
    bea.walk()
    (line,), (filling,) = batch_lines(released(study)), fillings_of(study)
    assert line.answered > 0
    assert (filling.answered, filling.wanted) == (line.answered, line.wanted)
    with CaptureQueriesContext(connection) as captured:
        page = as_user(alice).get(reverse("research:numbers", args=["counted"])).content.decode()
    assert f"{line.answered} of {line.wanted} answers" in page
    assert not [one["sql"] for one in captured if 'FROM "annotations_unit"' in one["sql"]]
