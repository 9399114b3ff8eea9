"""Addresses: each door brings its own."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

urlpatterns: list[URLPattern | URLResolver] = [
    # One log-in for all, the one that slows down guessing.
    path("admin/login/", RedirectView.as_view(pattern_name="login", query_string=True)),
    path("admin/", admin.site.urls),
    path("", include("annotations.urls")),
]

handler400 = "annotations.core.faults.bad_request"
handler404 = "annotations.core.faults.not_found"
handler500 = "annotations.core.faults.server_error"
