"""The pages of batches in a browser: on a phone, in the dark, read by a machine, and without any script."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.urls import reverse

from tests.browser.kit import PHONE, assert_accessible, width_of
from tests.participation.kit import Walker, make_study

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module", autouse=True)
def loop_is_no_mistake():
    """Playwright's loop runs in this thread until the session ends, the database's own tear-down included."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture
def study(transactional_db, alice, tmp_path):
    study = make_study(
        tmp_path, protocol="supervision", items=12, systems=2, strata=["system", "grade"], participants=4,
        cost_per_place=1.5, budget=6,
    )  # fmt: skip
    study.members.create(user=alice, role="owner")
    for key in ("ann", "bea"):
        Walker(study, key).walk()
    return study


@pytest.fixture
def page(browser, live_server, alice, as_user):
    """axe is a script of the test's, which the site's policy would not let in."""
    context = browser.new_context(bypass_csp=True, java_script_enabled=True, viewport=PHONE)
    session = as_user(alice).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    yield context.new_page()
    context.close()


def test_pages_of_batches_are_accessible_and_fit_a_phone(page, live_server, study):
    def address(name, *args):
        return live_server.url + reverse(f"research:{name}", args=[study.slug, *args])

    look(page, address("batches"), "list")
    look(page, address("batch", "batch-0"), "batch")
    page.goto(address("add-batch"))
    page.get_by_label("Places").fill("3")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("heading", name="What it would draw").wait_for()
    seen(page, "preview")
    page.get_by_label("Places").fill("4")
    page.get_by_role("button", name="Add the batch").click()
    page.get_by_text("The batch was added.").wait_for()
    seen(page, "added")


def look(page, address, name):
    page.goto(address)
    for part in page.locator("main details").all():
        part.evaluate("one => one.open = true")
    seen(page, name)


def seen(page, name):
    assert width_of(page) <= PHONE["width"]
    assert_accessible(page)
    if folder := os.environ.get("SCREENSHOTS"):
        page.emulate_media(color_scheme="light")
        page.screenshot(path=Path(folder) / f"{name}-360.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})
        page.screenshot(path=Path(folder) / f"{name}-1280.png", full_page=True)
        page.set_viewport_size(PHONE)
