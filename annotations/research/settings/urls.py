"""Addresses of a study's settings: its members, and where it goes in the end."""

from __future__ import annotations

from django.urls import path

from annotations.research.settings import views

urlpatterns = [
    path("", views.settings, name="settings"),
    path("members/add/", views.add, name="add-member"),
    path("members/<int:pk>/role/", views.change, name="change-member"),
    path("members/<int:pk>/remove/", views.remove, name="remove-member"),
    path("leave/", views.leave, name="leave-study"),
    path("hand-over/", views.give, name="hand-over"),
    path("archive/", views.archive, name="archive"),
    path("unarchive/", views.unarchive, name="unarchive"),
    path("delete/", views.delete, name="delete"),
]
