"""Addresses, gathered from the doors."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from annotations.core.health import healthz, readyz

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="research:studies"), name="start"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("accounts/", include("annotations.accounts.urls")),
    path("research/", include("annotations.research.urls")),
    path("", include("annotations.participation.urls")),
]
