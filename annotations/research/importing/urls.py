"""Addresses of the import, inside a study."""

from __future__ import annotations

from django.urls import path

from annotations.research.importing import views

urlpatterns = [
    path("", views.imports, name="import"),
    path("send/", views.send, name="import-send"),
    path("<uuid:pk>/", views.upload, name="import-file"),
    path("<uuid:pk>/map/", views.map_columns, name="import-map"),
    path("<uuid:pk>/load/", views.load, name="import-load"),
    path("<uuid:pk>/drop/", views.drop, name="import-drop"),
    path("<uuid:pk>/problems.csv", views.problems, name="import-problems"),
]
