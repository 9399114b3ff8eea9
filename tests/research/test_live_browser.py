"""The live parts of pages, in a browser: what happens without reloading."""

from __future__ import annotations

import time

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from annotations.core import clock
from annotations.core.models import Job, WorkerBeat

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
