"""Logging in and out, changing one's password, and choosing one by a link."""

from __future__ import annotations

from django.contrib.auth import views
from django.urls import path

from annotations.accounts.forms import LoginForm
from annotations.accounts.views import SetPasswordView, forgotten

urlpatterns = [
    path("login/", views.LoginView.as_view(authentication_form=LoginForm), name="login"),
    path("logout/", views.LogoutView.as_view(), name="logout"),
    path("password/", views.PasswordChangeView.as_view(), name="password_change"),
    path("password/done/", views.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("forgotten/", forgotten, name="forgotten"),
    path("choose/<uidb64>/<token>/", SetPasswordView.as_view(), name="set_password"),
]
