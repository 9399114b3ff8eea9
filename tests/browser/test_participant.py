"""One person of each protocol to the end, in a real browser without JavaScript, on a small phone too."""

from __future__ import annotations

import gzip

import pytest

from annotations.catalogue.models import Item, Output
from annotations.people.models import Enrolment
from annotations.responses.models import Response
from tests.browser.kit import PHONE, answer, begin, next_button, walk, width_of

pytestmark = pytest.mark.django_db(transaction=True)

LONG = "A_very_long_word_" * 30


@pytest.fixture
def plain_page(browser):
    """A phone whose browser runs no JavaScript."""
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    yield context.new_page()
    context.close()


def test_participant_gets_to_the_end_without_javascript(plain_page, live_server, every_protocol, tmp_path):
    walk(plain_page, live_server.url)
    assert plain_page.locator("#completion-code").inner_text().isalnum()
    assert plain_page.locator("#withdrawal-code").inner_text().count("-") == 2
    assert Response.objects.count() == 2
    assert Enrolment.objects.get().state == "completed"
    plain_page.screenshot(path=tmp_path / "end.png")


def test_participant_pages_never_scroll_sideways_on_a_phone(
    browser_page, live_server, every_protocol, tmp_path
):
    """Long words, in the item and in the output, break."""
    Item.objects.update(prompt=LONG)
    Output.objects.update(text=LONG)
    browser_page.set_viewport_size(PHONE)
    widths = {}

    def look(step):
        browser_page.screenshot(path=tmp_path / f"{step}.png", full_page=True)
        widths[step] = width_of(browser_page)

    walk(browser_page, live_server.url, look)
    assert set(widths) == {"consent", "instructions", "units", "exit"}
    assert {step: width for step, width in widths.items() if width > PHONE["width"]} == {}


def test_participant_who_forgets_a_field_keeps_the_rest(plain_page, live_server, protocol):
    """The browser itself asks for required fields; without that, the page does."""
    begin(plain_page, live_server.url)
    answer(plain_page)
    plain_page.locator("[name=confidence]").fill("101")
    with plain_page.expect_navigation():
        plain_page.locator("main form").evaluate("form => { form.noValidate = true; form.submit() }")
    assert "Nothing is lost" in plain_page.get_by_role("alert").inner_text()
    plain_page.locator("[name=confidence]").fill("70")
    with plain_page.expect_navigation():
        next_button(plain_page).click()
    assert Response.objects.count() == 1


def test_long_output_folds_and_opens_without_javascript(plain_page, live_server, judged):
    Output.objects.update(text="\n\n".join(f"Paragraph {number} of many." for number in range(200)))
    begin(plain_page, live_server.url)
    text = plain_page.locator(".output-text")
    folded = text.bounding_box()["height"]
    assert "Paragraph 199" in text.inner_text()
    plain_page.get_by_text("Show all").click()
    assert text.bounding_box()["height"] > 3 * folded


def test_unit_page_is_light(browser_page, live_server, protocol):
    """Under 60 kB compressed in all, script and style with it, and nothing from elsewhere."""
    bodies = {}
    begin(browser_page, live_server.url)
    browser_page.on("response", lambda reply: bodies.update({reply.url: reply.body()}))
    browser_page.goto(f"{live_server.url}/take/sums/")
    browser_page.wait_for_load_state("networkidle")
    assert all(url.startswith(live_server.url) for url in bodies)
    assert {url.rpartition("/")[2].rpartition(".")[2] for url in bodies} == {"", "css", "js"}
    assert sum(len(gzip.compress(body)) for body in bodies.values()) < 60_000
