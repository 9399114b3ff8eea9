"""htmx lies in the project as its authors publish it, and is told to bring neither styles nor evaluated code."""

from __future__ import annotations

import json
from hashlib import sha256
from html import unescape

from django.urls import reverse

from tests.servers import ROOT

VENDOR = ROOT / "annotations" / "static" / "annotations" / "vendor"


def test_htmx_is_as_published():
    digest = sha256((VENDOR / "htmx-2.0.8.min.js").read_bytes()).hexdigest()
    assert digest == "22283ef68cb7545914f0a88a1bdedc7256a703d1d580c1d255217d0a50d31313"
    assert "Zero-Clause BSD" in (VENDOR / "htmx-LICENSE.txt").read_text()


def test_pages_of_the_workbench_keep_htmx_within_the_policy(draft, alice, as_user):
    page = as_user(alice).get(reverse("research:overview", args=[draft.slug])).content.decode()
    assert "/static/annotations/vendor/htmx-2.0.8.min.js" in page
    config = json.loads(unescape(page.partition("htmx-config\" content='")[2].partition("'>")[0]))
    assert not any(config[name] for name in ("includeIndicatorStyles", "allowEval", "allowScriptTags"))


def test_pages_of_participants_do_without(draft, client):
    assert b"htmx" not in client.get(reverse("participation:join", args=[draft.slug])).content
