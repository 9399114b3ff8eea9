"""Addresses of the set-up, inside a study."""

from __future__ import annotations

from django.urls import path

from annotations.research.setup.views import files, sections, texts

urlpatterns = [
    path("", sections.first, name="setup"),
    path("study.yaml", files.download, name="setup-yaml"),
    path("file/", files.file, name="setup-file"),
    path("rendered/", texts.rendered, name="setup-rendered"),
    path("<slug:name>/", sections.section, name="setup-section"),
]
