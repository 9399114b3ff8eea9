"""One person of each protocol to the end, in a real browser without JavaScript, on a small phone too."""

from __future__ import annotations

import pytest

from annotations.people.models import Enrolment
from annotations.responses.models import Response
from tests.participation.kit import make_study

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"width": 360, "height": 740}
LONG = "A_very_long_word_" * 30


@pytest.fixture(scope="session", autouse=True)
def loop_is_no_mistake():
    """Playwright's loop runs in this thread to the end, where Django takes every query for a mistake."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture
def plain_page(browser):
    """A phone whose browser runs no JavaScript."""
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    yield context.new_page()
    context.close()


@pytest.fixture(params=["difficulty", "supervision"])
def protocol(request, transactional_db, tmp_path):
    make_study(tmp_path, protocol=request.param, units_per_participant=2)
    return request.param


def answer(page, protocol):
    if protocol == "difficulty":
        page.get_by_label("Your own answer").fill("12")
        page.get_by_label("Of 100 people").fill("40")
    else:
        page.get_by_role("radio", name="Incorrect").check()
    page.get_by_label("How sure are you").fill("70")


def next_button(page):
    return page.locator("main form button[name=next]")


def walk(page, base, protocol, look=lambda step: None):
    """From the link to the end; `look` is called at each step."""
    page.goto(f"{base}/join/sums/")
    look("consent")
    page.get_by_role("checkbox").check()
    next_button(page).click()
    look("instructions")
    next_button(page).click()
    while page.locator("main").get_attribute("data-step") == "units":
        look("units")
        answer(page, protocol)
        next_button(page).click()
    look(page.locator("main").get_attribute("data-step"))


def test_participant_gets_to_the_end_without_javascript(plain_page, live_server, protocol, tmp_path):
    walk(plain_page, live_server.url, protocol)
    assert plain_page.locator("#completion-code").inner_text().isalnum()
    assert plain_page.locator("#withdrawal-code").inner_text().count("-") == 2
    assert Response.objects.count() == 2
    assert Enrolment.objects.get().state == "completed"
    plain_page.screenshot(path=tmp_path / "end.png")


def test_participant_pages_never_scroll_sideways_on_a_phone(browser_page, live_server, protocol, tmp_path):
    """Long words, in the item and in the output, break."""
    from annotations.catalogue.models import Item, Output

    Item.objects.update(prompt=LONG)
    Output.objects.update(text=LONG)
    browser_page.set_viewport_size(PHONE)
    widths = {}

    def look(step):
        browser_page.screenshot(path=tmp_path / f"{step}.png", full_page=True)
        widths[step] = browser_page.evaluate("document.documentElement.scrollWidth")

    walk(browser_page, live_server.url, protocol, look)
    assert set(widths) == {"consent", "instructions", "units", "exit"}
    assert {step: width for step, width in widths.items() if width > PHONE["width"]} == {}


def test_participant_who_forgets_a_field_keeps_the_rest(browser_page, live_server, protocol):
    """The browser itself asks for required fields; without that, the page does."""
    browser_page.goto(f"{live_server.url}/join/sums/")
    browser_page.get_by_role("checkbox").check()
    next_button(browser_page).click()
    next_button(browser_page).click()
    answer(browser_page, protocol)
    browser_page.get_by_label("How sure are you").fill("")
    browser_page.evaluate("document.querySelector('main form').noValidate = true")
    next_button(browser_page).click()
    assert "Nothing is lost" in browser_page.get_by_role("alert").inner_text()
    browser_page.get_by_label("How sure are you").fill("70")
    next_button(browser_page).click()
    assert Response.objects.count() == 1


def test_participant_can_do_it_all_by_keyboard(browser_page, live_server, protocol):
    browser_page.goto(f"{live_server.url}/join/sums/")
    browser_page.get_by_role("checkbox").focus()
    browser_page.keyboard.press("Space")
    browser_page.keyboard.press("Tab")
    browser_page.keyboard.press("Enter")
    browser_page.locator("main button[name=next]").focus()
    browser_page.keyboard.press("Enter")
    if protocol == "difficulty":
        browser_page.get_by_label("Your own answer").focus()
        keys = ["1", "2", "Tab", "Tab", "4", "0", "Tab", "7", "0", "Enter"]
    else:
        browser_page.get_by_role("radio").first.focus()
        keys = ["ArrowDown", "ArrowDown", "Tab", "7", "0", "Enter"]
    for key in keys:
        browser_page.keyboard.press(key)
    browser_page.wait_for_function("document.querySelector('progress').value == 1")
    stored = Response.objects.get()
    assert stored.confidence == 70
    assert (
        (stored.answer, stored.difficulty) == ("12", 40)
        if protocol == "difficulty"
        else stored.verdict == "incorrect"
    )


def test_participant_page_is_light(browser_page, live_server, protocol):
    """Under 60 kB in all, and nothing from elsewhere."""
    sizes = {}
    browser_page.on("response", lambda reply: sizes.update({reply.url: len(reply.body())}))
    browser_page.goto(f"{live_server.url}/join/sums/")
    browser_page.get_by_role("checkbox").check()
    next_button(browser_page).click()
    next_button(browser_page).click()
    browser_page.wait_for_load_state("networkidle")
    assert all(url.startswith(live_server.url) for url in sizes)
    page = sum(size for url, size in sizes.items() if "/take/" in url or "/static/" in url)
    assert page < 60_000
