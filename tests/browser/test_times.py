"""What the browser tells of time, and the warning before a place lapses. The browser's clock is the test's."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from annotations.people.models import Enrolment
from annotations.responses.models import Response
from tests.browser.kit import answer, begin, go_on, next_button
from tests.participation.kit import make_study

pytestmark = pytest.mark.django_db(transaction=True)

LOOK_AWAY = "document.hasFocus = () => false; dispatchEvent(new Event('blur'))"
LOOK_AGAIN = "document.hasFocus = () => true; dispatchEvent(new Event('focus'))"


@pytest.fixture
def page(browser):
    context = browser.new_context()
    page = context.new_page()
    page.clock.install()
    yield page
    context.close()


def make(tmp_path, **settings):
    make_study(tmp_path, protocol="supervision", units_per_participant=2, settings=settings)


def wait(page, seconds):
    """Time passes for the page; less than the minute beyond the server's clock that is believed."""
    page.clock.fast_forward(1000 * seconds)


def test_time_without_input_is_idle(page, live_server, judged):
    begin(page, live_server.url)
    answer(page)
    wait(page, 45)
    go_on(page)
    stored = Response.objects.get()
    assert 15_000 <= stored.active_ms < 30_000
    assert 25_000 <= stored.idle_ms < 45_000
    assert 45_000 <= stored.active_ms + stored.idle_ms < 60_000
    assert stored.changes == 0


def test_time_with_input_is_active(page, live_server, judged):
    begin(page, live_server.url)
    for _ in range(4):
        wait(page, 10)
        page.mouse.move(10, 10)
        page.mouse.move(20, 20)
    answer(page)
    go_on(page)
    stored = Response.objects.get()
    assert stored.active_ms >= 40_000
    assert stored.idle_ms == 0


@pytest.mark.parametrize("agreed", [True, False])
def test_time_away_and_pastes_are_told_by_those_who_agreed(
    page, live_server, transactional_db, tmp_path, agreed
):
    make(tmp_path, information={"record_away": True})
    page.goto(f"{live_server.url}/join/sums/")
    page.locator("[name=consent]").check()
    page.locator("[name=record_away]").set_checked(agreed)
    go_on(page)
    go_on(page)
    page.evaluate(LOOK_AWAY)
    wait(page, 30)
    page.evaluate(LOOK_AGAIN)
    answer(page)
    page.locator("[name=confidence]").dispatch_event("paste")
    posts = []
    page.on("request", lambda request: posts.append(request.post_data) if request.method == "POST" else None)
    go_on(page)
    stored = Response.objects.get()
    assert stored.active_ms + stored.idle_ms < 30_000
    assert (stored.away_ms is not None and stored.away_ms >= 30_000) == agreed
    assert stored.meta.get("pastes") == ("1" if agreed else None)
    assert ("away_ms=&" in posts[0]) != agreed


def test_no_time_away_is_sent_where_the_study_does_not_ask(page, live_server, judged):
    begin(page, live_server.url)
    page.evaluate(LOOK_AWAY)
    wait(page, 30)
    page.evaluate(LOOK_AGAIN)
    answer(page)
    with page.expect_request(lambda request: request.method == "POST") as sent:
        go_on(page)
    assert "away_ms=&" in sent.value.post_data
    assert Response.objects.get().away_ms is None


def test_changes_are_counted_from_the_second_value_on(page, live_server, judged):
    begin(page, live_server.url)
    answer(page)
    page.locator("[name=verdict][value=correct]").check()
    page.locator("[name=verdict][value=unsure]").check()
    page.locator("[name=confidence]").fill("10")
    go_on(page)
    assert Response.objects.get().changes == 3


def test_times_and_changes_outlive_a_reload(page, live_server, judged):
    begin(page, live_server.url)
    answer(page)
    page.locator("[name=verdict][value=correct]").check()
    wait(page, 30)
    page.reload()
    go_on(page)
    stored = Response.objects.get()
    assert stored.active_ms + stored.idle_ms >= 30_000
    assert stored.changes == 1


def test_time_of_both_parts_of_a_unit_is_one(page, live_server, transactional_db, tmp_path):
    make(tmp_path, asking={"own_answer": True}, information={"record_away": True})
    page.goto(f"{live_server.url}/join/sums/")
    page.locator("[name=consent]").check()
    page.locator("[name=record_away]").check()
    go_on(page)
    go_on(page)
    answer(page)
    wait(page, 30)
    go_on(page)
    answer(page)
    go_on(page)
    stored = Response.objects.get()
    assert stored.active_ms + stored.idle_ms >= 30_000
    assert stored.away_ms == 0


def test_place_that_lapses_is_warned_of_and_kept_by_the_button_only(page, live_server, judged):
    begin(page, live_server.url)
    soon, over = page.locator("[data-lease-soon]"), page.locator("[data-lease-over]")
    wait(page, 24 * 60)
    expect(soon).to_be_hidden()
    page.mouse.move(10, 10)
    answer(page)
    wait(page, 90)
    expect(soon).to_be_visible()
    before = Enrolment.objects.get().expires_at
    with page.expect_response("**/keep/") as kept:
        page.get_by_role("button", name="I am still here").click()
    assert kept.value.status == 204
    expect(soon).to_be_hidden()
    expect(page.locator("[data-lease-kept]")).to_be_visible()
    assert Enrolment.objects.get().expires_at > before
    wait(page, 10 * 60)
    expect(over).to_be_hidden()
    wait(page, 16 * 60)
    expect(soon).to_be_visible()
    wait(page, 5 * 60)
    expect(over).to_be_visible()
    assert next_button(page).is_enabled()


def test_place_that_is_gone_is_not_said_to_be_kept(page, live_server, judged):
    begin(page, live_server.url)
    wait(page, 26 * 60)
    Enrolment.objects.update(state=Enrolment.LAPSED)
    with page.expect_response("**/keep/") as kept:
        page.get_by_role("button", name="I am still here").click()
    assert kept.value.status == 409
    expect(page.locator("[data-lease-over]")).to_be_visible()
    expect(page.locator("[data-lease-kept]")).to_be_hidden()
    Enrolment.objects.update(state=Enrolment.ACTIVE)  # so that the counters agree


def test_warning_stays_where_there_is_no_connection(page, live_server, judged):
    mistakes = []
    page.on("pageerror", lambda mistake: mistakes.append(mistake))
    begin(page, live_server.url)
    wait(page, 26 * 60)
    page.context.set_offline(True)
    page.get_by_role("button", name="I am still here").click()
    expect(page.locator("[data-lease-soon]")).to_be_visible()
    expect(page.locator("[data-lease-kept]")).to_be_hidden()
    page.context.set_offline(False)
    with page.expect_response("**/keep/"):
        page.get_by_role("button", name="I am still here").click()
    assert mistakes == []
