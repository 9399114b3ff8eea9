"""Pages in a browser: what happens without reloading, and how results look on a phone and in the dark."""

from __future__ import annotations

import re
import time

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from annotations.core import clock
from annotations.core.models import Job, WorkerBeat
from tests.research import rows

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module", autouse=True)
def loop_is_no_mistake():
    """Playwright's loop runs in this thread until the session ends, the database's own tear-down included."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture
def opened(browser_page, live_server, study, alice, as_user):
    """The results page of the study, opened by Alice."""
    session = as_user(alice).cookies["sessionid"].value
    browser_page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    faults = []
    browser_page.on(
        "console", lambda message: faults.append(message.text) if message.type == "error" else None
    )

    def open_page(name="results"):
        browser_page.goto(live_server.url + reverse(f"research:{name}", args=[study.slug]))
        return browser_page

    yield open_page
    assert not faults


def test_banner_comes_and_goes_without_reloading(opened, worker, settings):
    page = opened()
    page.evaluate("window.same = true")
    banner = page.locator("#no-worker")
    expect(banner).to_have_count(0)
    WorkerBeat.objects.update(seen_at=clock.now())
    since = time.monotonic()
    expect(banner).to_have_count(1, timeout=8000)
    assert time.monotonic() - since < 5.5  # 5 s, and what a busy machine adds
    WorkerBeat.objects.update(seen_at=clock.now())
    expect(banner).to_have_count(0, timeout=3000)
    assert page.evaluate("window.same")


def test_progress_moves_and_the_end_reloads_the_page(opened, worker, study):
    job = Job.objects.create(kind="analysis", subject=study.slug, key="k", state=Job.RUNNING, progress=0.2)
    page = opened()
    page.evaluate("window.same = true")
    expect(page.locator("progress[value='20']")).to_have_count(1)
    Job.objects.filter(pk=job.pk).update(progress=0.7)
    expect(page.locator("progress[value='70']")).to_have_count(1, timeout=3000)
    assert page.evaluate("window.same")
    Job.objects.filter(pk=job.pk).update(state=Job.FAILED, error="no ratings", finished_at=clock.now())
    expect(page.get_by_text("no ratings")).to_be_visible(timeout=3000)
    page.wait_for_function("window.same === undefined", timeout=3000)


def test_cancel_works_from_a_refreshed_part(opened, worker, study):
    job = Job.objects.create(kind="analysis", subject=study.slug, key="k", state=Job.QUEUED)
    page = opened()
    Job.objects.filter(pk=job.pk).update(message="still queued")
    expect(page.get_by_text("still queued")).to_be_visible(timeout=3000)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("was cancelled")).to_be_visible(timeout=3000)
    job.refresh_from_db()
    assert job.state == Job.CANCELLED


@pytest.fixture
def analysed(study):
    """Every table that the results page shows, with long names."""
    rows.add_answers(study)
    bins = {"": (31, 100), 1: (14, 100), 2: (48, 100)}
    common = {"group": "all", "value": "", "measure": "slip", "threshold": 0.1, "status": "none"}
    supervision = rows.supervision_rows(bins) + rows.supervision_rows(bins, "system", "a-long-name-" * 8)
    run = rows.make_run(
        study, "supervision", {"supervision": supervision, "safe_region": [common | {"reason": "Bin 1."}]}
    )
    tables = {"calibration": rows.calibration_rows(), "difficulty": rows.difficulty_rows()}
    rows.make_run(study, "calibration", tables, summary={"sources": {"both": 30}})
    return run


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_results_fit_a_phone_in_light_and_dark(opened, worker, analysed, browser_page, scheme):
    browser_page.set_viewport_size({"width": 360, "height": 740})
    browser_page.emulate_media(color_scheme=scheme)
    page = opened()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    image = page.locator("figure img").first
    image.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('figure img').naturalWidth > 0")
    assert image.evaluate("image => image.currentSrc.endsWith('-dark.svg')") == (scheme == "dark")
    assert image.evaluate("image => image.getBoundingClientRect().right") <= 360


def test_results_are_named_for_who_cannot_see_them(opened, worker, analysed):
    """Every scrolling box can be reached by key and has a name, every table a caption, every cell a head."""
    page = opened()
    boxes = page.locator(".table-scroll")
    assert boxes.count() >= 5
    for box in boxes.all():
        box.focus()
        expect(box).to_be_focused()
        assert box.get_attribute("aria-label")
    assert page.locator("table").count() == page.locator("table > caption").count()
    assert page.locator("th:not([scope])").count() == 0
    expect(page.get_by_role("img", name="in the easiest bin").first).to_be_attached()
    names = [link.get_attribute("aria-label") for link in page.locator("figcaption a").all()]
    assert len(set(names[:4])) == 4


def test_recruitment_fits_a_phone(opened, worker, study):
    study.definition["recruitment"]["provider"] = "prolific"
    study.save()
    page = opened("recruitment")
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    expect(page.get_by_label("Entry address")).to_have_value(re.compile("PROLIFIC_PID={{%PROLIFIC_PID%}}"))
