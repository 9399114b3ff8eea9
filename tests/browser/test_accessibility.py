"""axe-core, reflow and zoom on every page that participants meet, in light and in dark."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from annotations.catalogue.models import Item, Output
from tests.browser.kit import (
    PHONE,
    answer,
    assert_accessible,
    begin,
    findings,
    go_on,
    next_button,
    step_of,
    width_of,
)
from tests.participation.kit import make_study
from tests.participation.providers.kit import prolific_query
from tests.participation.whole import TRUST, settings

pytestmark = pytest.mark.django_db(transaction=True)

RICH = """## Result

The **sum** is \\(\\frac{48}{2} = 24\\).

| a long heading | another long heading | and a third one |
|---|---|---|
| 1 | 2 | 3 |

```python
print("a line of code that is wider than the screen of a phone and scrolls in a box of its own")
```
"""
# What each step wants, by the names of its fields.
WANTED = {
    **TRUST,
    "adult": "y",
    "consent": "1",
    "task": "b",
    "hours": "7",
    "age_group": "25-34",
    "help_used": "no",
    "feedback": "Fine.",
}


@pytest.fixture
def page(browser):
    """axe is a script of the test's, which the site's policy would not let in."""
    context = browser.new_context(bypass_csp=True, viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture
def whole(transactional_db, tmp_path):
    """Every kind of step, with outputs that show every kind of mark-up."""

    def make(protocol="supervision", **more):
        asked = settings(protocol, presentation={"warning": {"en": "Some tasks tell of accidents."}}, **more)
        make_study(tmp_path, protocol=protocol, checks=2, units_per_participant=2, settings=asked)
        Output.objects.exclude(key__startswith="c").update(text=RICH)

    return make


def fill(page):
    """Whatever the step's page asks."""
    answer(page)
    prompt = page.locator("section.item").inner_text() if page.locator("section.item").count() else ""
    if "Type " in prompt:
        for name, value in (("answer", prompt.split("Type ")[1][0]), ("verdict", "avoidant")):
            fill_one(page, name, value)
    for name, value in WANTED.items():
        fill_one(page, name, value)


def fill_one(page, name, value):
    field = page.locator(f"main form [name={name}]")
    if not field.count():
        return
    if field.first.get_attribute("type") in ("radio", "checkbox"):
        page.locator(f"main form [name={name}][value='{value}']").check()
    elif field.first.evaluate("field => field.tagName") == "SELECT":
        field.select_option(value)
    else:
        field.fill(value)


def walk_whole(page, base, look):
    page.goto(f"{base}/join/sums/")
    while step_of(page) != "exit":
        look(page)
        fill(page)
        go_on(page)
    look(page)


@pytest.mark.parametrize("protocol", ["difficulty", "supervision"])
def test_every_step_is_accessible(page, live_server, whole, protocol):
    whole(protocol)
    seen = []

    def look(page):
        seen.append(step_of(page))
        assert_accessible(page)

    walk_whole(page, live_server.url, look)
    assert set(seen) > {
        "eligibility",
        "consent",
        "practice",
        "comprehension",
        "units",
        "break",
        "honesty",
        "debrief",
    }


@pytest.mark.parametrize("place", ["leave", "consent", "message", "withdraw"])
def test_pages_beside_the_passage_are_accessible(page, live_server, judged, place):
    begin(page, live_server.url)
    page.goto(f"{live_server.url}/take/sums/{place}/")
    assert_accessible(page)


def test_pages_of_who_comes_from_a_provider_are_accessible(page, live_server, transactional_db, tmp_path):
    """Who is turned away, declines, leaves, comes to the end and withdraws."""
    settings = {"recruitment": {"provider": "prolific"}, "locales": ["en", "es"]}
    make_study(tmp_path, units_per_participant=1, settings=settings)
    join, take = f"{live_server.url}/join/sums/", f"{live_server.url}/take/sums/"
    known = f"{join}?{urlencode(prolific_query())}"
    seen = []

    def look():
        seen.append(step_of(page))
        assert_accessible(page)

    page.goto(join)
    look()
    page.goto(known)
    page.locator("form[action*=decline] button").click()
    page.locator("main[data-step=no_consent]").wait_for()
    look()
    page.goto(known)
    page.locator("[name=consent]").check()
    go_on(page)
    with page.expect_navigation():
        page.locator("form[action$='/leave/'] button").click()
    look()
    page.goto(take)
    go_on(page)
    page.evaluate("document.querySelector('[data-lease-soon]').hidden = false")
    look()
    answer(page)
    next_colour = next_button(page).evaluate("button => getComputedStyle(button).backgroundColor")
    go_on(page)
    look()
    # What is left to do looks like it.
    way_back = page.locator("main a.button")
    assert "complete?cc=" in way_back.get_attribute("href")
    assert way_back.evaluate("link => getComputedStyle(link).backgroundColor") == next_colour
    page.goto(f"{take}withdraw/")
    page.locator("[name=sure]").check()
    go_on(page)
    look()
    assert seen == ["bad-arrival", "no_consent", "left", "units", "exit", "withdrawn"]


def test_frame_of_mechanical_turk_is_accessible(page, live_server, transactional_db, tmp_path):
    make_study(tmp_path, settings={"recruitment": {"provider": "mturk"}})
    hit = {"workerId": "A1B2C3D4E5", "assignmentId": "3ABCDEFGH", "turkSubmitTo": "https://www.mturk.com"}
    page.goto(f"{live_server.url}/join/sums/frame/?{urlencode(hit)}")
    assert page.get_by_role("button", name="Hand in the code").count() == 1
    assert_accessible(page)


def test_page_with_errors_is_accessible(page, live_server, protocol):
    begin(page, live_server.url)
    page.evaluate("document.querySelector('main form').noValidate = true")
    next_button(page).click()
    page.locator("#errors").wait_for()
    assert_accessible(page)


def test_page_of_another_answer_is_accessible(page, live_server, transactional_db, tmp_path):
    make_study(tmp_path, protocol="supervision", settings={"corrections": {"allowed": True}})
    begin(page, live_server.url)
    other = page.context.new_page()
    other.goto(page.url)
    answer(other)
    go_on(other)
    page.locator("[name=verdict][value=correct]").check()
    page.locator("[name=confidence]").fill("1")
    next_button(page).click()
    page.locator("main[data-step=stored]").wait_for()
    assert_accessible(page)


def test_axe_would_tell(page, live_server, judged):
    """The control: a field without a label, and words that nobody can read, are found."""
    begin(page, live_server.url)
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<input type=text>');"
        "document.querySelector('legend').style.color = '#eee'"
    )
    assert {"label", "color-contrast"} <= {rule for _, rule, _ in findings(page)}


@pytest.mark.parametrize("width", [PHONE["width"], 640], ids=["phone", "zoomed to 200 %"])
def test_no_page_scrolls_sideways(page, live_server, whole, width):
    """1280 px zoomed to 200 % are 640 px for the page."""
    whole()
    Item.objects.exclude(key__startswith="c").update(prompt="A_very_long_word_" * 30)
    page.set_viewport_size({"width": width, "height": 800})
    too_wide = []

    def look(page):
        if width_of(page) > width:
            too_wide.append((step_of(page), width_of(page)))

    walk_whole(page, live_server.url, look)
    assert too_wide == []


def test_text_of_double_size_stays_on_the_page(page, live_server, judged):
    begin(page, live_server.url)
    page.evaluate("document.documentElement.style.fontSize = '34px'")
    assert width_of(page) <= 1280
    page.set_viewport_size(PHONE)
    assert width_of(page) <= PHONE["width"]


@pytest.mark.parametrize(
    "target", ["label.choice", "main button[name=next]", "input[type=number]", ".leave button"]
)
def test_targets_are_large(page, live_server, judged, target):
    begin(page, live_server.url)
    page.set_viewport_size(PHONE)
    heights = [one.bounding_box()["height"] for one in page.locator(target).all()]
    assert heights
    assert min(heights) >= 44
