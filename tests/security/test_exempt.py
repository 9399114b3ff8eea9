"""Which addresses take a form without the token that proves that it came from one of our pages."""

from __future__ import annotations

from django.urls import URLResolver, get_resolver


def addresses(resolver, before=""):
    for pattern in resolver.url_patterns:
        address = f"{before}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, address)
        else:
            yield address, pattern.callback


def test_only_the_provider_needs_no_token():
    found = dict(addresses(get_resolver()))
    assert len(found) > 50
    exempt = {address for address, view in found.items() if getattr(view, "csrf_exempt", False)}
    assert exempt == {"hooks/prolific/"}
