"""What the tests of participants' pages share: forms filled and sent in a real browser, and axe on a page."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
PHONE = {"width": 360, "height": 740}
GRAVE = ("serious", "critical")


def next_button(page):
    return page.locator("main form button[name=next]")


def go_on(page):
    """Send the form, and wait for the page that follows once it is stored."""
    with page.expect_navigation():
        next_button(page).click()


def begin(page, base, slug="sums"):
    """As far as the first unit."""
    page.goto(f"{base}/join/{slug}/")
    page.locator("input[name=consent]").check()
    go_on(page)
    go_on(page)


def answer(page):
    """Whatever the unit's page asks, right or wrong."""
    for name, value in (("answer", "12"), ("difficulty", "40"), ("confidence", "70")):
        if page.locator(f"input[name={name}]").count():
            page.locator(f"input[name={name}]").fill(value)
    if page.locator("input[name=verdict]").count():
        page.locator("input[name=verdict][value=incorrect]").check()


def said(page):
    """Where the page says quietly what became of the answer."""
    return page.locator("[data-said]")


def step_of(page):
    return page.locator("main").get_attribute("data-step")


def walk(page, base, look=lambda step: None):
    """From the link to the end; `look` is called at each step."""
    page.goto(f"{base}/join/sums/")
    while (step := step_of(page)) != "exit":
        look(step)
        if step == "consent":
            page.locator("input[name=consent]").check()
        elif step == "units":
            answer(page)
        go_on(page)
    look(step)


def width_of(page):
    return page.evaluate("document.documentElement.scrollWidth")


def findings(page):
    """What axe finds: how grave, which rule, and where. The page must be in a context that bypasses its CSP."""
    page.evaluate(AXE)
    found = page.evaluate("async () => (await axe.run()).violations")
    return [(one["impact"], one["id"], [node["html"] for node in one["nodes"]]) for one in found]


def assert_accessible(page):
    """Nothing serious or critical, in light and in dark."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert [one for one in findings(page) if one[0] in GRAVE] == [], scheme
