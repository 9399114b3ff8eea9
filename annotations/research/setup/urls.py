"""Addresses of the set-up, inside a study."""

from __future__ import annotations

from django.urls import path

from annotations.research.setup.views import files, opening, registering, sections, texts, versions

urlpatterns = [
    path("", sections.first, name="setup"),
    path("checklist/", opening.look, name="setup-checklist"),
    path("register/", registering.register, name="setup-register"),
    path("register/plan.json", registering.as_json, name="setup-plan-json"),
    path("register/plan.md", registering.as_words, name="setup-plan-md"),
    path("versions/", versions.versions, name="setup-versions"),
    path("amendment/", versions.amend, name="setup-amend"),
    path("study.yaml", files.download, name="setup-yaml"),
    path("file/", files.file, name="setup-file"),
    path("rendered/", texts.rendered, name="setup-rendered"),
    path("<slug:name>/", sections.section, name="setup-section"),
]
