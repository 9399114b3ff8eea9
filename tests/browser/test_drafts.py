"""What was entered is kept in the browser until it is stored, and no longer."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from annotations.responses.models import Response
from tests.browser.kit import answer, begin, go_on, said, step_of
from tests.participation.kit import make_study

pytestmark = pytest.mark.django_db(transaction=True)

DRAFTS = "Object.keys(localStorage).filter(key => key.startsWith('draft:')).length"


def test_reload_restores_what_was_entered(browser_page, live_server, protocol):
    page = browser_page
    begin(page, live_server.url)
    expect(said(page)).to_have_text("")
    answer(page)
    page.reload()
    expect(said(page)).to_have_text("Restored what you had entered.")
    expect(page.locator("[name=confidence]")).to_have_value("70")
    if protocol == "supervision":
        assert page.locator("[name=verdict]:checked").get_attribute("value") == "incorrect"
    else:
        expect(page.locator("[name=answer]")).to_have_value("12")
    go_on(page)
    assert Response.objects.count() == 1


def test_draft_is_gone_once_stored(browser_page, live_server, transactional_db, tmp_path):
    steps = [{"kind": kind} for kind in ("consent", "instructions", "units", "feedback", "exit")]
    make_study(tmp_path, protocol="supervision", units_per_participant=1, settings={"steps": steps})
    page = browser_page
    begin(page, live_server.url)
    answer(page)
    assert page.evaluate(DRAFTS) == 1
    go_on(page)
    assert step_of(page) == "feedback"
    assert page.evaluate(DRAFTS) == 0


@pytest.mark.parametrize("days, restored", [(6, "70"), (8, "")])
def test_draft_lasts_seven_days(browser_page, live_server, judged, days, restored):
    page = browser_page
    begin(page, live_server.url)
    answer(page)
    page.add_init_script(
        "for (const key of Object.keys(localStorage)) { const draft = JSON.parse(localStorage[key]);"
        f" draft.at -= {days} * 24 * 3600 * 1000; localStorage[key] = JSON.stringify(draft) }}"
    )
    page.reload()
    expect(page.locator("[name=confidence]")).to_have_value(restored)


def test_draft_of_another_unit_is_dropped(browser_page, live_server, judged):
    page = browser_page
    begin(page, live_server.url)
    page.evaluate("""
        const draft = JSON.stringify({at: Date.now(), values: []});
        localStorage['draft:sums:another'] = draft;
        localStorage['draft:elsewhere:unit'] = draft;
    """)
    page.reload()
    keys = page.evaluate("Object.keys(localStorage)")
    assert "draft:sums:another" not in keys
    assert "draft:elsewhere:unit" in keys
