"""Addresses of the set-up, inside a study."""

from __future__ import annotations

from django.urls import path

from annotations.research.setup.views import sections, texts

urlpatterns = [
    path("", sections.first, name="setup"),
    path("rendered/", texts.rendered, name="setup-rendered"),
    path("<slug:name>/", sections.section, name="setup-section"),
]
