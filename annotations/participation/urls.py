from __future__ import annotations

from django.urls import path

from annotations.participation import views

app_name = "participation"

urlpatterns = [
    path("join/<slug:slug>/", views.join, name="join"),
    path("take/withdraw/", views.withdraw, name="withdraw"),
    path("take/<slug:slug>/", views.take, name="take"),
    path("take/<slug:slug>/correct/", views.correct, name="correct"),
    path("take/<slug:slug>/leave/", views.go, name="leave"),
    path("take/<slug:slug>/withdraw/", views.withdraw, name="withdraw-study"),
]
