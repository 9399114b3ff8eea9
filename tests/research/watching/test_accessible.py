"""axe-core, in light and in dark, and no sideways scroll on a phone, on the pages that watch a study."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotations.accounts.models import User
from annotations.core import audit
from annotations.responses.excluding import exclude_people
from annotations.responses.models import Message, PersonSignals
from annotations.studies.watches import Alert
from tests.browser.kit import assert_accessible
from tests.participation.kit import Walker, make_study

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = ("overview", "people", "answers", "alerts", "log")


@pytest.fixture
def page(browser):
    context = browser.new_context(bypass_csp=True, viewport={"width": 360, "height": 800})
    yield context.new_page()
    context.close()


@pytest.fixture
def study(transactional_db, tmp_path):
    """Something to be shown on every page."""
    from annotations.research.watching.looking import watch_studies

    study = make_study(tmp_path, protocol="supervision", overlap=3)
    for key in ("ann", "bob"):
        Walker(study, key).walk()
    ann, bob = study.participants.order_by("pk")
    exclude_people(study=study, people=[bob.pk], reason="a friend helped with all of it", actor="a@b.org")
    PersonSignals.objects.create(participant=ann, study=study, n_alarms=1, alarms=["speed"], speed=0.1)
    Message.objects.create(study=study, participant=ann, submission_key="m", text="Task 2 broke.")
    Alert.objects.create(study=study, kind="quality", about="1", words="1 person has a quality alarm.")
    audit.record(actor="a@b.org", action="study looked at", subject=study.slug, why="to see")
    watch_studies()
    return study


def test_pages_that_watch_a_study_are_accessible(page, live_server, study):
    User.objects.create_user("ada@example.org", "correct horse", role=User.ADMIN)
    page.goto(f"{live_server.url}/research/")
    page.fill("input[name=username]", "ada@example.org")
    page.fill("input[name=password]", "correct horse")
    page.click("main button[type=submit]")
    addresses = [reverse(f"research:{name}", args=[study.slug]) for name in PAGES]
    addresses.append(reverse("research:person", args=[study.slug, study.participants.first().pk]))
    for address in addresses:
        page.goto(live_server.url + address)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, address
