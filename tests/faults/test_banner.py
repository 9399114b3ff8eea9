"""A researcher looks at the study while the worker is killed."""

from __future__ import annotations

import re
import time
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

import pytest

from annotations.accounts.models import User
from annotations.releases.loading import load_bundle
from studyplatform import settings as shipped
from tests.analysis.bundles import golden_s2
from tests.servers.web import Web

EMAIL, PASSWORD = "alice@example.org", "a correct horse"
BANNER = 'id="no-worker"'


class Browser:
    """Follows redirects and keeps cookies."""

    def __init__(self, url):
        self.url = url
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.opener.addheaders = [("Referer", url)]

    def get(self, path, **form):
        data = urllib.parse.urlencode(form).encode() if form else None
        with self.opener.open(self.url + path, data, timeout=10) as answer:
            return answer.read().decode()

    def log_in(self, email, password):
        page = self.get("/accounts/login/?next=/research/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        return self.get(
            "/accounts/login/",
            csrfmiddlewaretoken=token,
            username=email,
            password=password,
            next="/research/",
        )


@pytest.fixture
def study(house, tmp_path, settings):
    settings.PASSWORD_HASHERS = shipped.PASSWORD_HASHERS  # as the server reads them
    owner = User.objects.create_user(EMAIL, PASSWORD)
    return load_bundle(folder=golden_s2(tmp_path / "s2"), slug="judged", owner=owner, actor="tests").study


def test_page_says_within_five_seconds_that_no_worker_is_alive(house, study):
    page = f"/research/studies/{study.slug}/"
    with Web(house.env, workers=1) as web:
        browser = Browser(web.url)
        assert study.title in browser.log_in(EMAIL, PASSWORD)
        assert BANNER in browser.get(page)
        with house.worker() as worker:
            house.wait(
                lambda: BANNER not in browser.get(page), "a worker lives and the page denies it", timeout=2
            )
            worker.kill()
            killed = time.monotonic()
            house.wait(
                lambda: BANNER in browser.get(page), "no worker lives and the page hides it", timeout=5
            )
            assert time.monotonic() - killed < 5
        assert "No background worker is running" in browser.get(page)
        assert BANNER in browser.get(f"{page}live/")
