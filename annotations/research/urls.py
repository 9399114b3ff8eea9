"""Addresses of the workbench."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from annotations.research.importing import bundles
from annotations.research.setup.views import new
from annotations.research.views import acts, collections, messages, recruitment, releases, results, studies

app_name = "research"

IN_STUDY: list[URLPattern | URLResolver] = [
    path("", studies.overview, name="overview"),
    path("live/", studies.live, name="live"),
    path("numbers/", studies.overview_numbers, name="numbers"),
    path("batches/", include("annotations.research.batches.urls")),
    path("recruitment/", recruitment.recruitment, name="recruitment"),
    path("recruitment/invite/", recruitment.invite, name="invite"),
    path("recruitment/forget/", recruitment.forget, name="forget"),
    path("recruitment/lists/<slug:name>/", recruitment.download, name="recruits"),
    path("import/", include("annotations.research.importing.urls")),
    path("grading/", include("annotations.research.grading.urls")),
    path("", include("annotations.research.watching.urls")),
    path("messages/", messages.messages, name="messages"),
    path("messages/read/", messages.read, name="read-messages"),
    path("results/", results.results, name="results"),
    path("figures/<int:pk>.svg", results.figure, name="figure"),
    path("figures/<int:pk>-dark.svg", results.figure, {"dark": True}, name="figure-dark"),
    path("runs/<int:pk>/<slug:name>/", results.table, name="table"),
    path("runs/<int:pk>/<slug:name>.csv", results.table_csv, name="table-csv"),
    path("results/", include("annotations.research.runs.urls")),
    path("releases/", releases.releases, name="releases"),
    path("releases/<int:number>/", releases.release, name="release"),
    path("releases/<int:number>/<path:name>", releases.release_file, name="release-file"),
    path("setup/", include("annotations.research.setup.urls")),
    path("open/", acts.open_, name="open"),
    path("pause/", acts.pause, name="pause"),
    path("close/", acts.close, name="close"),
    path("analyse/", acts.analyse, name="analyse"),
    path("make-release/", acts.release, name="make-release"),
    path("jobs/<uuid:pk>/cancel/", acts.cancel, name="cancel"),
    path("settings/", include("annotations.research.settings.urls")),
]

urlpatterns = [
    path("", studies.studies, name="studies"),
    path("new/", new.new, name="new"),
    path("new/bundle/", bundles.bundle, name="bundle"),
    path("new/bundle/<uuid:pk>/", bundles.bundle_job, name="bundle-job"),
    path("banner/", studies.banner, name="banner"),
    path("collections/", collections.collections, name="collections"),
    path("collections/<slug:name>/", collections.collection, name="collection"),
    path("studies/<slug:slug>/", include(IN_STUDY)),
    path("", include("annotations.research.users.urls")),
]
