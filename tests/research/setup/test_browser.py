"""From the log-in to an open study with nothing but the browser; and every page for everybody."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from annotations.studies.models import Study
from annotations.studies.starting import STARTS
from tests.browser.kit import PHONE, assert_accessible, width_of

pytestmark = pytest.mark.django_db(transaction=True)
OTHERS = ("checklist", "file", "register", "versions", "amend")


@pytest.fixture(scope="module", autouse=True)
def loop_is_no_mistake():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture
def page(browser):
    """axe is a script of the test's, which the site's policy would not let in."""
    context = browser.new_context(bypass_csp=True, viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture
def logged_in(page, live_server, draft, worker):
    page.goto(f"{live_server.url}/accounts/login/")
    page.fill("input[name=username]", "alice@example.org")
    page.fill("input[name=password]", "correct horse")
    page.locator("main").get_by_role("button").click()
    page.wait_for_url("**/research/**")
    return page


@pytest.mark.parametrize("start", [one.name for one in STARTS])
def test_new_researcher_opens_a_study(logged_in, start):
    page = logged_in
    page.get_by_role("link", name="New study").click()
    page.get_by_label("Title").fill("Wrong sums, noticed?")
    expect(page.get_by_label("Short name")).to_have_value("wrong-sums-noticed")
    page.locator(f"input[name=start][value={start}]").check()
    page.get_by_label("Collection", exact=True).select_option("sums")
    page.get_by_role("button", name="Create the study").click()
    expect(page.get_by_role("heading", name="Basics and languages")).to_be_visible()

    page.get_by_role("link", name="Batches").last.click()
    page.locator("summary").first.click()
    page.get_by_label("Places").fill("3")
    page.get_by_label("Units a person").fill("2")
    page.get_by_label("Units a person").blur()
    expect(page.locator("#said")).to_contain_text("Saved")
    page.get_by_role("link", name="Texts").click()
    page.get_by_label("English (en)").first.fill("")
    page.get_by_label("English (en)").first.type("What you agree to.")
    page.get_by_label("English (en)").first.blur()
    expect(page.locator("#said")).to_contain_text("Saved")
    page.locator("summary").first.click()
    expect(page.locator("#seen-consent-en")).to_have_text("What you agree to.")

    page.get_by_role("link", name="Checklist and opening").click()
    page.get_by_role("button", name="Open it all the same").click()
    expect(page.get_by_text("The study is open")).to_be_visible()
    study = Study.objects.get(slug="wrong-sums-noticed")
    assert (study.state, study.definition["consent"]["en"]) == (Study.OPEN, "What you agree to.")
    assert study.version.definition == study.definition


def test_title_typed_before_the_page_has_loaded_proposes_a_short_name(logged_in, live_server):
    page = logged_in
    held = []
    page.route("**/setup*.js", lambda route: held.append(route))
    page.goto(live_server.url + reverse("research:new"), wait_until="commit")
    page.get_by_label("Title").fill("Wrong sums")
    page.wait_for_timeout(0)
    assert [route.continue_() for route in held]
    expect(page.get_by_label("Short name")).to_have_value("wrong-sums")


def test_refusal_is_shown_beside_the_field_while_one_writes(logged_in, live_server, draft):
    page = logged_in
    page.goto(live_server.url + reverse("research:setup-section", args=[draft.slug, "asking"]))
    page.get_by_label("Own answer may be changed").check()
    expect(page.locator("#said")).to_contain_text("Not saved")
    expect(page.locator("#e-asking-revise")).to_contain_text("needs")
    expect(page.get_by_label("Own answer may be changed")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Own answer first", exact=True).check()
    expect(page.locator("#said")).to_contain_text("Saved")
    expect(page.locator("#e-asking-revise")).to_be_hidden()
    assert Study.objects.get(slug="draft").definition["asking"]["revise"] is True


def test_every_page_is_accessible_and_fits_a_phone(logged_in, live_server, draft):
    from annotations.research.setup.sections import sections

    page = logged_in
    addresses = ["/research/new/"]
    addresses += [reverse("research:setup-section", args=[draft.slug, one.name]) for one in sections()]
    addresses += [reverse(f"research:setup-{name}", args=[draft.slug]) for name in OTHERS]
    for address in addresses:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(live_server.url + address)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert_accessible(page)
        page.set_viewport_size(PHONE)
        assert width_of(page) == PHONE["width"], address
