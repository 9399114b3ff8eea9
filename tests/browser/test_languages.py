"""One person of each protocol in each language, in a real browser on a small phone: nothing runs over."""

from __future__ import annotations

import pytest

from annotations.people.models import Enrolment
from annotations.responses.models import Response
from tests.browser.test_participant import PHONE, next_button
from tests.participation.kit import make_study

pytestmark = pytest.mark.django_db(transaction=True)

# The last words of each page's form, so that a page in another language is noticed.
BUTTONS = {
    "en-US": ["Begin", "Go on", "Store and go on"],
    "es-MX": ["Empezar", "Continuar", "Guardar y continuar"],
    "zh-CN": ["开始", "继续", "保存并继续"],
}


@pytest.fixture(params=list(BUTTONS))
def language(request):
    return request.param


@pytest.fixture
def page(browser, language):
    """A phone whose browser asks for the language."""
    context = browser.new_context(locale=language, viewport=PHONE)
    yield context.new_page()
    context.close()


def fill(page):
    if page.locator("input[name=verdict]").count():
        page.locator("input[name=verdict][value=incorrect]").check()
    else:
        page.locator("input[name=answer]").fill("12")
        page.locator("input[name=difficulty]").fill("40")
    page.locator("input[name=confidence]").fill("70")


@pytest.mark.parametrize("protocol", ["difficulty", "supervision", "both"])
def test_participant_gets_to_the_end_in_their_language(page, live_server, language, protocol, tmp_path):
    make_study(tmp_path, protocol=protocol, units_per_participant=2, settings={"locales": ["en", "es", "zh"]})
    widths, buttons = {}, []

    def look(step):
        page.screenshot(path=tmp_path / f"{language}-{protocol}-{step}.png", full_page=True)
        widths[step] = page.evaluate("document.documentElement.scrollWidth")
        assert page.locator("html").get_attribute("lang") == language.partition("-")[0]

    page.goto(f"{live_server.url}/join/sums/")
    while (step := page.locator("main").get_attribute("data-step")) != "exit":
        look(step)
        if step == "consent":
            page.locator("input[name=consent]").check()
        elif step == "units":
            fill(page)
        shown = page.locator("main").get_attribute("data-unit")
        buttons.append(next_button(page).inner_text())
        next_button(page).click()
        page.wait_for_function(
            "([step, unit]) => { const main = document.querySelector('main');"
            " return main.dataset.step !== step || (main.dataset.unit ?? null) !== unit }",
            arg=[step, shown],
        )
    look("exit")
    assert list(dict.fromkeys(buttons)) == BUTTONS[language]
    assert {step: width for step, width in widths.items() if width > PHONE["width"]} == {}
    assert Response.objects.count() == 2
    assert Enrolment.objects.get().state == "completed"


def test_language_from_right_to_left_does_not_scroll_sideways(
    browser_page, live_server, transactional_db, tmp_path
):
    make_study(tmp_path, settings={"locales": ["ar"], "consent": {"ar": "أهلا وسهلا"}})
    browser_page.set_viewport_size(PHONE)
    browser_page.goto(f"{live_server.url}/join/sums/")
    browser_page.locator("input[name=consent]").check()
    widths = {}
    for step in ("consent", "instructions", "units"):
        browser_page.screenshot(path=tmp_path / f"ar-{step}.png", full_page=True)
        assert browser_page.locator("main").get_attribute("data-step") == step
        assert browser_page.evaluate("getComputedStyle(document.body).direction") == "rtl"
        widths[step] = browser_page.evaluate("document.documentElement.scrollWidth")
        assert browser_page.locator("p").first.evaluate("p => getComputedStyle(p).unicodeBidi") == "plaintext"
        next_button(browser_page).click() if step != "units" else None
        browser_page.wait_for_load_state()
    assert {step: width for step, width in widths.items() if width > PHONE["width"]} == {}
