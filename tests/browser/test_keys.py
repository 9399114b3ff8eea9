"""Through each protocol by the keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from annotations.responses.models import Response
from tests.browser.kit import answer, begin, go_on, step_of
from tests.participation.kit import make_study

pytestmark = pytest.mark.django_db(transaction=True)


TRUST_AND_REST = [
    {"kind": "questionnaire", "name": "trust", "preset": "trust"},
    {"kind": "units"},
    {"kind": "exit"},
]


def tab_to(page, selector):
    for _ in range(30):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key does not get to {selector}")


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def go_on_by(page, *keys):
    with page.expect_navigation():
        press(page, *keys)


def answer_by_keys(page):
    """As somebody does who never touches the mouse; each page takes the keys from where it opens."""
    if page.locator("[name=verdict]").count():
        press(page, "3")
        expect(page.locator("[name=confidence]")).to_be_focused()
        go_on_by(page, "7", "0", "Enter")
        return
    press(page, "1", "2")
    expect(page.locator("[name=answer]")).to_have_value("12")
    tab_to(page, "[name=difficulty]")
    press(page, "4", "0")
    tab_to(page, "[name=confidence]")
    go_on_by(page, "7", "0", "Enter")


@pytest.mark.parametrize("protocol", ["difficulty", "supervision", "both"])
def test_participant_gets_to_the_end_by_keyboard_alone(
    browser_page, live_server, protocol, transactional_db, tmp_path
):
    make_study(tmp_path, protocol=protocol, units_per_participant=3)
    page = browser_page
    page.goto(f"{live_server.url}/join/sums/")
    tab_to(page, "[name=consent]")
    press(page, "Space")
    go_on_by(page, "Tab", "Enter")
    tab_to(page, "main button[name=next]")
    go_on_by(page, "Enter")
    while step_of(page) == "units":
        answer_by_keys(page)
    assert step_of(page) == "exit"
    stored = Response.objects.all()
    assert len(stored) == 3
    assert {one.confidence for one in stored} == {70}
    assert {(one.answer, one.difficulty, one.verdict) for one in stored} <= {
        ("12", 40, ""),
        ("", None, "incorrect"),
    }


def test_own_answer_comes_first_and_the_verdict_after_it(
    browser_page, live_server, transactional_db, tmp_path
):
    asked = {"asking": {"own_answer": True, "difficulty": True, "revise": True}}
    make_study(tmp_path, protocol="supervision", units_per_participant=1, settings=asked)
    page = browser_page
    begin(page, live_server.url)
    assert page.locator(".output").count() == 0
    press(page, "1", "2")
    tab_to(page, "[name=difficulty]")
    go_on_by(page, "4", "0", "Enter")
    assert page.locator(".output").count() == 1
    expect(page.locator("[name=answer]")).to_have_value("12")
    press(page, "1")
    expect(page.locator("[name=confidence]")).to_be_focused()
    go_on_by(page, "9", "0", "Enter")
    stored = Response.objects.get()
    assert (stored.answer, stored.difficulty, stored.verdict, stored.confidence) == ("12", 40, "correct", 90)


def test_questions_of_a_unit_follow_each_other(browser_page, live_server, transactional_db, tmp_path):
    seen = {"name": "seen", "kind": "yes_no", "text": {"en": "Seen before?"}, "per": "unit"}
    make_study(tmp_path, protocol="supervision", units_per_participant=1, settings={"questions": [seen]})
    page = browser_page
    begin(page, live_server.url)
    press(page, "2")
    press(page, "5")
    tab_to(page, "[name=seen]")
    press(page, "2")
    expect(page.locator("main button[name=next]")).to_be_focused()
    go_on_by(page, "Enter")
    stored = Response.objects.get()
    assert (stored.verdict, stored.confidence, stored.meta["seen"]) == ("avoidant", 5, "no")


def test_keys_with_modifiers_are_left_to_the_browser(browser_page, live_server, judged):
    page = browser_page
    begin(page, live_server.url)
    for modifier in ("Control", "Alt", "Meta"):
        # Pressed for real, some of them would switch the browser's tabs.
        page.evaluate(
            "name => document.body.dispatchEvent(new KeyboardEvent('keydown',"
            " {key: '1', bubbles: true, [`${name.toLowerCase().replace('control', 'ctrl')}Key`]: true}))",
            modifier,
        )
    assert page.locator("[name=verdict]:checked").count() == 0
    press(page, "1")
    assert page.locator("[name=verdict]:checked").get_attribute("value") == "correct"


def test_digits_in_a_field_choose_nothing(browser_page, live_server, judged):
    page = browser_page
    begin(page, live_server.url)
    page.locator("[name=confidence]").focus()
    press(page, "1", "2")
    assert page.locator("[name=verdict]:checked").count() == 0
    expect(page.locator("[name=confidence]")).to_have_value("12")


def test_a_key_held_down_is_no_confidence(browser_page, live_server, judged):
    page = browser_page
    begin(page, live_server.url)
    page.keyboard.down("1")
    page.keyboard.down("1")
    page.keyboard.down("1")
    page.keyboard.up("1")
    expect(page.locator("[name=confidence]")).to_have_value("")


def test_keys_and_sliders_are_on_the_other_steps_too(browser_page, live_server, transactional_db, tmp_path):
    steps = [{"kind": "consent"}, {"kind": "questionnaire", "preset": "demographics"}, *TRUST_AND_REST]
    make_study(tmp_path, protocol="supervision", settings={"steps": steps})
    page = browser_page
    page.goto(f"{live_server.url}/join/sums/")
    page.locator("[name=consent]").check()
    go_on_by(page, "Enter")
    press(page, "2")
    expect(page.locator("[name=age_group][value='25-34']")).to_be_checked()
    while page.evaluate("document.activeElement.name") != "next":
        press(page, "1")
    go_on_by(page, "Enter")
    assert page.locator("input[type=range].untouched").count() == 3


def test_number_keys_can_be_switched_off(browser_page, live_server, judged):
    page = browser_page
    begin(page, live_server.url)
    switch = page.locator("[data-keys-switch]")
    switch.click()
    assert switch.get_attribute("aria-pressed") == "false"
    page.reload()
    assert page.locator("[data-keys-switch]").get_attribute("aria-pressed") == "false"
    press(page, "1")
    assert page.locator("[name=verdict]:checked").count() == 0
    page.locator("[data-keys-switch]").click()
    press(page, "1")
    assert page.locator("[name=verdict]:checked").count() == 1


def test_page_opens_before_its_content_and_errors_before_that(browser_page, live_server, judged):
    page = browser_page
    begin(page, live_server.url)
    expect(page.locator("main h1")).to_be_focused()
    page.evaluate("document.querySelector('main form').noValidate = true")
    page.locator("main button[name=next]").click()
    expect(page.locator("#errors")).to_be_focused()
    page.get_by_role("link", name="Say how sure you are").click()
    expect(page.locator("[name=confidence]")).to_be_focused()


def test_scale_shows_no_value_before_there_is_one(browser_page, live_server, judged):
    page = browser_page
    begin(page, live_server.url)
    slider, number = page.locator("input[type=range]"), page.locator("[name=confidence]")
    expect(slider).to_have_class("untouched")
    expect(number).to_have_value("")
    box = slider.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(number).to_have_value("50")
    expect(slider).not_to_have_class("untouched")
    number.fill("80")
    expect(slider).to_have_value("80")
    number.fill("")
    expect(slider).to_have_class("untouched")


def test_practice_takes_the_keys_as_units_do(browser_page, live_server, transactional_db, tmp_path):
    steps = [{"kind": "consent"}, {"kind": "practice", "outputs": ["c1-0"]}, {"kind": "units"}]
    steps += [{"kind": "honesty"}, {"kind": "exit"}]
    settings = {"steps": steps}
    make_study(tmp_path, protocol="supervision", checks=1, units_per_participant=1, settings=settings)
    page = browser_page
    page.goto(f"{live_server.url}/join/sums/")
    page.locator("[name=consent]").check()
    go_on_by(page, "Enter")
    expect(page.locator("main h1")).to_be_focused()
    press(page, "2")
    expect(page.locator("[name=confidence]")).to_be_focused()
    go_on_by(page, "9", "0", "Enter")
    assert "That was right." in page.locator(".banner.good").inner_text()
    page.locator("main button[name=next]").focus()
    go_on_by(page, "Enter")
    press(page, "3")
    go_on_by(page, "7", "0", "Enter")
    assert step_of(page) == "honesty"
    press(page, "1")
    expect(page.locator("main button[name=next]")).to_be_focused()
    go_on_by(page, "Enter")
    assert step_of(page) == "exit"


def test_what_is_to_be_read_first_has_the_focus(browser_page, live_server, transactional_db, tmp_path):
    """Whoever hears the page would else begin behind the warning, and never learn how the practice went."""
    steps = [
        {"kind": "consent"},
        {"kind": "practice", "items": ["c1", "c2"]},
        {"kind": "units"},
        {"kind": "exit"},
    ]
    settings = {"steps": steps, "presentation": {"warning": {"en": "Accidents."}}}
    make_study(tmp_path, checks=2, settings=settings)
    page = browser_page
    page.goto(f"{live_server.url}/join/sums/")
    page.locator("[name=consent]").check()
    go_on_by(page, "Enter")
    expect(page.locator("main :focus")).to_contain_text("Accidents.")
    answer(page)
    go_on(page)
    expect(page.locator("main :focus")).to_contain_text("The expected answer was")
