"""Addresses of the batches inside a study."""

from __future__ import annotations

from django.urls import path

from annotations.research.batches import acts, views

urlpatterns = [
    path("", views.batches, name="batches"),
    path("add/", views.add, name="add-batch"),
    path("batch/<slug:name>/", views.batch, name="batch"),
    path("batch/<slug:name>/pause/", acts.pause, name="pause-batch"),
    path("batch/<slug:name>/resume/", acts.resume, name="resume-batch"),
    path("batch/<slug:name>/close/", acts.close, name="close-batch"),
    path("batch/<slug:name>/extend/", acts.extend, name="extend-batch"),
]
