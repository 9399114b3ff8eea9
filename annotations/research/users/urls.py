"""Addresses of users, for admins, and of one's own account."""

from __future__ import annotations

from django.urls import path

from annotations.research.users import views

urlpatterns = [
    path("users/", views.users, name="users"),
    path("users/invite/", views.invite, name="invite-user"),
    path("users/<int:pk>/link/", views.link, name="password-link"),
    path("users/<int:pk>/role/", views.role, name="user-role"),
    path("users/<int:pk>/off/", views.off, name="user-off"),
    path("users/<int:pk>/on/", views.on, name="user-on"),
    path("account/", views.account, name="account"),
    path("deleted/", views.deleted, name="deleted"),
    path("deleted/<slug:slug>/restore/", views.restore, name="restore"),
]
