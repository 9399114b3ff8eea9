"""From log-in to a release with nothing but a browser: a study on outputs that came as a CSV from elsewhere."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from playwright.sync_api import expect

from annotations.accounts.models import User
from annotations.core import clock
from annotations.core.jobs.runner import run_job
from annotations.core.models import Job, WorkerBeat
from annotations.releases.storage import root
from annotations.responses.models import Response
from annotations.studies.models import Study
from tests.participation.whole import Guide

pytestmark = pytest.mark.django_db(transaction=True)

SLUG = "wrong-sums"
ELSEWHERE = "question,gold,model,completion,is_right,n_steps\n" + "".join(
    f"What is {n} + {n + 3}?,{2 * n + 3},{model},It is {2 * n + 3 + wrong}.,{1 - wrong},{steps}\n"
    for n, steps in [(2, 1), (9, 1), (17, 2), (28, 2), (128, 3), (365, 3)]
    for model, wrong in (("gpt-x", n % 2), ("tiny-y", 1))
)
CHECKS = "question\tmodel\tcompletion\texpected\nSay what you like.\tgpt-x\tI would rather not.\tavoidant\n"


@pytest.fixture(scope="module", autouse=True)
def loop_is_no_mistake():
    """Playwright's loop runs in this thread until the session ends, the database's own tear-down included."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture
def page(browser_page, live_server, settings, tmp_path):
    """A researcher who has just been given an account."""
    settings.VAR = tmp_path
    User.objects.create_user("new@example.org", "correct horse")
    WorkerBeat.objects.create(name="here:1", seen_at=clock.now())
    browser_page.set_default_timeout(20_000)
    browser_page.goto(live_server.url)
    browser_page.get_by_label("E-mail address").fill("new@example.org")
    browser_page.get_by_label("Password").fill("correct horse")
    browser_page.get_by_role("button", name="Log in").click()
    return browser_page


def press(page, name):
    page.get_by_role("button", name=name).first.click()


def tab(page, name):
    page.get_by_role("navigation", name="Study").get_by_role("link", name=name, exact=True).click()


def section(page, name):
    tab(page, "Set-up")
    page.get_by_role("navigation", name="Set-up").get_by_role("link", name=name, exact=True).click()


def work():
    """What a worker does with all that is queued, the parts of an analysis included."""
    while queued := list(Job.objects.filter(state=Job.QUEUED).values_list("pk", flat=True)):
        for pk in queued:
            run_job(pk)


class Participant(Guide):
    def __init__(self, *, attentive=True):
        super().__init__(SLUG, Client(enforce_csrf_checks=True))
        self.attentive = attentive

    def go_on(self, **instead):
        check = self.attentive and "I would rather not." in self.page.words
        judged = {"verdict": "avoidant" if check else "correct", "confidence": "60"}
        return super().go_on(
            units=judged, comprehension={"evasive": "avoidant"}, about_you={"age_group": "25-34"}, **instead
        )


def set_up(page, live_server):
    page.get_by_role("link", name="New study", exact=True).click()
    page.get_by_label("Title").fill("Do people notice wrong sums?")
    page.get_by_label("Short name").fill(SLUG)
    page.get_by_label("Do people notice wrong answers? (S2)").check()
    press(page, "Create the study")


def bring(page, tmp_path):
    file = tmp_path / "results from our own script.csv"
    file.write_text(ELSEWHERE)
    tab(page, "Import")
    page.get_by_label("File", exact=False).first.set_input_files(file)
    press(page, "Send it")
    page.locator("select[name=from-grade]").select_option(label="is_right")
    page.locator("input[name=constant-domain]").fill("addition")
    press(page, "Check all rows")
    expect(page.locator("main")).to_contain_text("12 rows, all of them sound")
    press(page, "Load it")
    expect(page.locator("main")).to_contain_text("was loaded")
    tab(page, "Import")
    page.locator("textarea").fill(CHECKS)
    press(page, "Send it")
    page.locator("details:has(select[name=from-output_check]) > summary").click()
    page.locator("select[name=from-output_check]").select_option(label="expected")
    page.locator("input[name=constant-domain]").fill("addition")
    press(page, "Check all rows")
    press(page, "Load it")
    expect(page.locator("main")).to_contain_text("was loaded")


def finish_set_up(page):
    section(page, "Batches")
    page.locator("summary", has_text="main").click()
    for name, value in (("participants", "4"), ("units_per_participant", "6")):
        page.locator(f"input[name$='{name}']").first.fill(value)
    press(page, "Save")
    section(page, "Checks and exclusion rules")
    page.locator("input[name$='share']").first.fill("0.95")  # so that everybody surely meets the one check
    press(page, "Save")


def open_it(page):
    section(page, "Checklist and opening")
    expect(page.locator("main")).to_contain_text("Every output that counts is graded")
    page.locator("main").get_by_role("button", name=re.compile("^Open")).click()
    work()


def take_part():
    people = [Participant(), Participant(), Participant(attentive=False)]
    for one in people:
        one.walk()
        assert one.page.withdrawal_code
    return people


def exclude_who_failed(page):
    tab(page, "Overview")
    tab(page, "People")
    page.locator("tr:has(td:text-matches('^0 of'))").get_by_role("link").click()
    page.get_by_label("Reason, for the record and the data set").fill("Failed every check")
    press(page, "Exclude this person")
    expect(page.locator("h2").first).to_contain_text("excluded")


def test_study_is_made_run_and_released_in_the_browser(page, live_server, tmp_path):
    set_up(page, live_server)
    bring(page, tmp_path)
    finish_set_up(page)
    open_it(page)
    study = Study.objects.get(slug=SLUG)
    assert study.state == Study.OPEN

    take_part()
    assert Response.objects.filter(study=study, is_check=False).count() >= 9
    assert Response.objects.filter(study=study, check_passed=False).exists()

    exclude_who_failed(page)
    tab(page, "Overview")
    press(page, "Analyse")
    work()
    tab(page, "Results")
    expect(page.locator(".said").first).to_contain_text("Of 100 wrong answers, people let 100 pass")

    tab(page, "Releases")
    press(page, "Make a release")
    work()
    page.get_by_role("link", name="Release 1").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="responses.csv").click()
    rows = download.value.path().read_text().splitlines()
    assert len(rows) == 1 + Response.objects.filter(study=study).count()
    left_out = Response.objects.filter(
        study=study,
        participant__key=Response.objects.filter(study=study, check_passed=False).values("participant__key")[
            :1
        ],
    )
    assert sum("Failed every check" in row for row in rows) == left_out.count() > 0
    assert (root() / SLUG / "1" / "manifest.json").is_file()
