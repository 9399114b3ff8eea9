"""What happens to an answer between the browser and the server: every one is stored, and once."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from annotations.people.models import Enrolment
from annotations.responses.models import Response, StepAnswer
from tests.browser.kit import answer, begin, go_on, next_button, said, step_of
from tests.participation.kit import make_study

pytestmark = pytest.mark.django_db(transaction=True)

OFFLINE = "your answer is kept in this browser"


def is_post(request):
    return request.method == "POST"


def cut_network(page, *, seconds):
    """In the middle of a study: the answer is sent while there is no connection."""
    page.context.set_offline(True)
    answer(page)
    next_button(page).click()
    expect(said(page)).to_contain_text(OFFLINE)
    expect(page.locator("[name=confidence]")).to_be_disabled()  # what is on its way stays what it is
    page.wait_for_timeout(1000 * seconds)
    expect(said(page)).to_contain_text(OFFLINE)
    assert not Response.objects.exists()
    with page.expect_navigation():
        page.context.set_offline(False)


@pytest.mark.parametrize("seconds", [1, pytest.param(20, marks=pytest.mark.proof)])
def test_answer_outlives_a_cut_of_the_network(browser_page, live_server, every_protocol, seconds):
    begin(browser_page, live_server.url)
    cut_network(browser_page, seconds=seconds)
    assert Response.objects.count() == 1
    answer(browser_page)
    go_on(browser_page)
    assert step_of(browser_page) == "exit"
    assert Response.objects.count() == 2
    assert Enrolment.objects.get().state == "completed"


def test_answer_whose_receipt_was_lost_is_stored_once(browser_page, live_server, judged):
    """The server has stored it, and the browser never hears of that."""
    page, sent = browser_page, []
    begin(page, live_server.url)

    def lose_the_first(route, request):
        if not is_post(request):
            return route.fallback()
        sent.append(request.post_data)
        if len(sent) > 1:
            return route.fallback()
        assert route.fetch(max_redirects=0).status == 303
        return route.abort()

    page.route("**/take/sums/", lose_the_first)
    answer(page)
    go_on(page)
    assert len(sent) == 2
    assert sent[0] == sent[1]
    assert Response.objects.count() == 1
    assert page.locator("progress").get_attribute("value") != "0"


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_busy_server_is_asked_again(browser_page, live_server, judged, status):
    page, answers = browser_page, []
    begin(page, live_server.url)

    def busy_at_first(route, request):
        if not is_post(request) or answers:
            return route.fallback()
        answers.append(status)
        return route.fulfill(status=status, body="busy")

    page.route("**/take/sums/", busy_at_first)
    answer(page)
    go_on(page)
    assert answers == [status]
    assert Response.objects.count() == 1


def test_saved_is_said_only_after_the_server_said_so(browser_page, live_server, judged):
    page, told = browser_page, []
    begin(page, live_server.url)
    page.expose_function("tell", lambda text: told.append(text))
    page.evaluate(
        "const place = document.querySelector('[data-said]');"
        "new MutationObserver(() => tell(place.textContent)).observe(place, {childList: true})"
    )
    page.context.set_offline(True)
    answer(page)
    next_button(page).click()
    expect(said(page)).to_contain_text(OFFLINE)
    assert "Saved." not in told
    with page.expect_navigation():
        page.context.set_offline(False)
    assert told[-1] == "Saved."
    assert Response.objects.count() == 1


def test_double_click_sends_once(browser_page, live_server, judged):
    page, posts = browser_page, []
    begin(page, live_server.url)
    page.on("request", lambda request: posts.append(request.url) if is_post(request) else None)
    answer(page)
    with page.expect_navigation():
        page.evaluate(
            "() => { const form = document.querySelector('main form'); form.requestSubmit(); form.requestSubmit() }"
        )
    assert len(posts) == 1
    assert Response.objects.count() == 1


def test_double_click_by_mouse_stores_once(browser_page, live_server, judged):
    begin(browser_page, live_server.url)
    answer(browser_page)
    with browser_page.expect_navigation():
        next_button(browser_page).dblclick(no_wait_after=True)
    assert Response.objects.count() == 1


def test_back_button_shows_the_unit_that_comes_now(browser_page, live_server, judged):
    page = browser_page
    begin(page, live_server.url)
    answer(page)
    go_on(page)
    unit = page.locator("main").get_attribute("data-unit")
    page.go_back()
    page.wait_for_function("unit => document.querySelector('main').dataset.unit === unit", arg=unit)
    answer(page)
    go_on(page)
    assert step_of(page) == "exit"
    assert Response.objects.count() == 2


def test_answer_is_sent_at_once_when_the_connection_is_back(browser_page, live_server, judged):
    """The page's clock stands still: no pause comes to its end."""
    page = browser_page
    page.clock.install()
    begin(page, live_server.url)
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 60)
    cut_network(page, seconds=0)
    assert Response.objects.count() == 1


def test_page_out_of_the_browsers_memory_is_loaded_again(browser_page, live_server, judged):
    begin(browser_page, live_server.url)
    with browser_page.expect_navigation():
        browser_page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")


def test_form_of_another_tab_says_what_is_stored(browser_page, live_server, judged):
    page = browser_page
    begin(page, live_server.url)
    other = page.context.new_page()
    other.goto(page.url)
    answer(page)
    go_on(page)
    other.locator("[name=verdict][value=correct]").check()
    other.locator("[name=confidence]").fill("1")
    next_button(other).click()
    expect(other.locator("main")).to_have_attribute("data-step", "stored")
    expect(other.locator("main h1")).to_be_focused()
    assert Response.objects.get().verdict == "incorrect"
    other.get_by_role("link", name="Go on with the study").click()
    assert step_of(other) == "units"


def test_correction_starts_from_what_is_stored(browser_page, live_server, transactional_db, tmp_path):
    make_study(tmp_path, protocol="supervision", settings={"corrections": {"allowed": True}})
    page = browser_page
    begin(page, live_server.url)
    other = page.context.new_page()
    other.goto(page.url)
    answer(page)
    go_on(page)
    other.locator("[name=verdict][value=correct]").check()
    other.locator("[name=confidence]").fill("1")
    next_button(other).click()
    other.locator("main[data-step=stored]").wait_for()
    assert other.locator("[name=verdict]:checked").get_attribute("value") == "incorrect"
    other.locator("[name=verdict][value=unsure]").check()
    other.locator("[name=confidence]").fill("")
    other.evaluate("document.querySelector('main form').noValidate = true")
    next_button(other).click()
    other.locator("#errors").wait_for()
    other.locator("[name=confidence]").fill("20")
    go_on(other)
    assert list(Response.objects.order_by("pk").values_list("verdict", "confidence")) == [
        ("incorrect", 70),
        ("unsure", 20),
    ]


def test_message_on_a_field_keeps_the_rest_without_loading_the_page(browser_page, live_server, judged):
    page = browser_page
    begin(page, live_server.url)
    page.locator("[name=verdict][value=unsure]").check()
    page.evaluate("document.querySelector('main form').noValidate = true; window.still = true")
    next_button(page).click()
    expect(page.locator("#errors")).to_contain_text("Nothing is lost")
    assert page.evaluate("window.still")
    assert page.locator("[name=verdict]:checked").get_attribute("value") == "unsure"
    page.locator("[name=confidence]").fill("70")
    go_on(page)
    assert Response.objects.get().verdict == "unsure"


def test_browser_that_keeps_nothing_still_answers(browser, live_server, judged):
    context = browser.new_context()
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError') }})"
    )
    page = context.new_page()
    begin(page, live_server.url)
    answer(page)
    go_on(page)
    assert Response.objects.count() == 1
    context.close()


def test_browser_without_fetch_sends_the_plain_form(browser, live_server, judged):
    context = browser.new_context()
    context.add_init_script("delete window.fetch")
    page = context.new_page()
    begin(page, live_server.url)
    answer(page)
    go_on(page)
    stored = Response.objects.get()
    assert stored.verdict == "incorrect"
    assert stored.active_ms is not None
    context.close()


def test_cookies_that_are_off_are_told_at_the_start(browser, live_server, judged):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{live_server.url}/join/sums/")
    expect(page.locator("[data-cookies-off]")).to_be_hidden()
    context.add_init_script("Object.defineProperty(navigator, 'cookieEnabled', {get: () => false})")
    page.reload()
    expect(page.locator("[data-cookies-off]")).to_be_visible()
    context.close()


FEEDBACK = "The second task was not clear to me."


def test_other_answers_outlive_a_cut_of_the_network_too(
    browser_page, live_server, transactional_db, tmp_path
):
    steps = [{"kind": kind} for kind in ("consent", "feedback", "units", "exit")]
    make_study(tmp_path, settings={"steps": steps})
    page = browser_page
    page.goto(f"{live_server.url}/join/sums/")
    page.locator("[name=consent]").check()
    go_on(page)
    page.context.set_offline(True)
    page.locator("[name=feedback]").fill(FEEDBACK)
    next_button(page).click()
    expect(said(page)).to_contain_text(OFFLINE)
    assert not StepAnswer.objects.exists()
    with page.expect_navigation():
        page.context.set_offline(False)
    assert step_of(page) == "units"
    assert StepAnswer.objects.get().value == FEEDBACK
