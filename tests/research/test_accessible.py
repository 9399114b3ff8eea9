"""axe-core, in light and in dark, and no sideways scroll on a phone, on the pages that no room of their own tries."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotations.accounts.models import User
from annotations.releases import storage
from tests.browser.kit import assert_accessible, width_of
from tests.research import rows

pytestmark = pytest.mark.django_db(transaction=True)
OF_STUDY = ("settings", "results", "runs", "words", "releases", "recruitment", "messages")
BESIDE = ("studies", "users", "account", "deleted", "collections")


@pytest.fixture
def page(browser):
    context = browser.new_context(bypass_csp=True, viewport={"width": 360, "height": 800})
    yield context.new_page()
    context.close()


@pytest.fixture
def addresses(study):
    rows.add_answers(study)
    parts = [
        *rows.supervision_rows({"": (30, 100), 1: (5, 50), 2: (25, 50)}),
        *rows.supervision_rows({"": (10, 40), 1: (1, 20)}, "system", "system-0"),
    ]
    first, second = (
        rows.make_run(study, "supervision", {"supervision": parts}, seed=seed) for seed in (1, 2)
    )
    (storage.root() / study.slug / "1").mkdir(parents=True, exist_ok=True)
    rows.make_release(study)
    of_study = [study.slug]
    return [
        *(reverse(f"research:{name}", args=of_study) for name in OF_STUDY),
        *(reverse(f"research:{name}") for name in BESIDE),
        f"{reverse('research:slice', args=of_study)}?part=system:system-0",
        f"{reverse('research:compare', args=of_study)}?a={first.pk}&b={second.pk}",
        reverse("research:table", args=[study.slug, second.pk, "supervision"]),
        reverse("research:release", args=[study.slug, 1]),
        reverse("research:collection", args=["sums"]),
        reverse("password_change"),
    ]


def test_other_pages_of_the_workbench_are_accessible(page, live_server, addresses, alice):
    User.objects.filter(pk=alice.pk).update(role=User.ADMIN)
    for address in ("/accounts/forgotten/", "/accounts/choose/MQ/x-y/", "/accounts/login/"):
        page.goto(live_server.url + address)
        assert_accessible(page)
    page.get_by_label("E-mail address").fill("alice@example.org")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Log in").click()
    for address in addresses:
        assert page.goto(live_server.url + address).status == 200, address
        assert_accessible(page)
        assert width_of(page) <= 360, address
