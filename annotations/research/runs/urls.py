"""Addresses of what can be done with results: look at a part, compare, quote, take away."""

from __future__ import annotations

from django.urls import path

from annotations.research.runs import views

urlpatterns = [
    path("slice/", views.slice_, name="slice"),
    path("runs/", views.runs, name="runs"),
    path("compare/", views.compare, name="compare"),
    path("words/", views.words, name="words"),
    path("interim/", views.want_interim_data, name="want-interim"),
    path("interim/<uuid:pk>.zip", views.interim, name="interim"),
]
