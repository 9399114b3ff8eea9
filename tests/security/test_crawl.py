"""Before the last answer nothing that can be fetched holds a canary, whatever is asked for and how."""

from __future__ import annotations

import pytest
from django.http import HttpResponse

from annotations.catalogue.models import Output
from annotations.participation import pages
from annotations.participation.views import taking
from annotations.people.models import Enrolment, Participant
from annotations.responses.models import Response
from tests.participation import whole
from tests.security.blind import HIDDEN, PROTOCOLS, make_blind
from tests.security.crawling import Crawler, guessed, routes


def leaks(seen):
    everything = "".join(seen).lower()
    return [name for name, text in HIDDEN.items() if text.lower() in everything]


@pytest.fixture
def blind(db, tmp_path):
    """Bea has answered; her words and her pseudonym are canaries too."""

    def make(protocol="supervision", **batch):
        settings = whole.settings(protocol, locales=["en", "es", "zh-Hans"], corrections={"allowed": True})
        study = make_blind(
            tmp_path, protocol=protocol, settings=settings, checks=2, participants=9, overlap=9, **batch
        )
        whole.Guide().walk()
        Response.objects.update(answer=HIDDEN["another-answer"], meta={"why": HIDDEN["another-answer"]})
        Participant.objects.update(key=HIDDEN["another-answer"])
        return study

    return make


def walk(ann):
    """To the last unit, looking around on every page on the way."""
    ann.get(f"/join/{ann.slug}/")
    guessed_at = set()
    while not on_last_unit(ann):
        ann.look_around()
        if ann.page.step == "units" and not guessed_at:
            ann.guess()
            guessed_at.add(ann.page.step)
            ann.get()
        if ann.page.step == "units":
            ann.send_odd()
            ann.get()
            sent = ann.page.form.filled(**ann.form(), next="1")
            ann.go_on()
            ann.look("post", ann.take_address, sent | {"confidence": "1"})
            ann.look("post", f"{ann.take_address}correct/", sent | {"confidence": "2"})
            ann.get()
        else:
            ann.go_on()
    ann.look_around()


def on_last_unit(ann):
    active = Enrolment.objects.exclude(participant__key=HIDDEN["another-answer"]).first()
    return active is not None and ann.page.step == "units" and active.done == active.wanted - 1


# To whom takes part, and before the last answer.
GIVE_NOTHING = {
    "hooks/prolific/",  # a provider's, by its signature
    "join/<slug:slug>/frame/",  # for who comes from a provider that shows it in a frame
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_no_canary_before_the_last_answer(blind, protocol):
    blind(protocol)
    ann = Crawler("sums")
    walk(ann)
    ann.go_away()
    assert leaks(ann.seen) == []
    assert len(ann.seen) > 300
    assert ann.enrolment.participant.key not in "".join(ann.seen)
    # Whatever address is made: it was asked for, and if it is for participants it gave what it gives.
    assert routes() - ann.met == set()
    theirs = {route for route in routes() if route.startswith(("take/", "join/", "hooks/"))}
    assert theirs - ann.gave == GIVE_NOTHING
    # It went far: pages of all kinds, pictures, static files, errors.
    everything = "".join(ann.seen)
    for one in ("What is ", "image/png", "text/css", "403 {", "404 {", "405 {", "302 {", "ready"):
        assert one in everything, one


def test_every_pattern_of_the_urlconf_is_guessed():
    addresses = guessed("sums")
    for one in ("/take/sums/", "/research/", "/admin/", "/healthz", "/readyz", "/join/sums/frame/"):
        assert one in addresses, one
    assert len(addresses) > 60


@pytest.mark.parametrize("where", ["page", "header", "cookie"])
def test_crawl_notices_a_leak(blind, monkeypatch, where):
    """The control: a page, a header or a cookie that tells the system is found, each by itself."""
    blind()
    told = Output.objects.latest("pk").system.key
    step_page = pages.step_page

    def leaking(*given, **more) -> HttpResponse:
        answer = step_page(*given, **more)
        if where == "page":
            answer.content += told.encode()
        elif where == "header":
            answer["X-Debug"] = told
        else:
            answer.set_cookie("debug", told)
        return answer

    monkeypatch.setattr(taking.pages, "step_page", leaking)
    ann = Crawler("sums")
    ann.walk(until="units")
    assert leaks(ann.seen) == ["system"]


def test_debrief_shows_what_the_study_allows_and_nothing_else(blind):
    blind(units={"grade": ["incorrect"]})
    ann = Crawler("sums")
    ann.walk(until="units")
    while ann.page.step == "units":
        ann.send(verdict="correct", confidence="90")
    ann.walk(until="debrief") if ann.page.step != "debrief" else None
    assert "These answers were wrong" in ann.page.words
    ann.seen.clear()
    ann.get()
    ann.look_around()
    assert leaks(ann.seen) == []
    ann.walk()
    ann.look_around()
    assert leaks(ann.seen) == []
