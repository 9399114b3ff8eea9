"""Choosing a password by a link, and asking for such a link."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import views
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotations.accounts.forgotten import want_password_mail
from annotations.accounts.links import DAYS_GOOD
from annotations.accounts.services import subject_of
from annotations.core import audit, mail


class SetPasswordView(views.PasswordResetConfirmView):
    """Django's: the token moves from the address into the session before the form is shown."""

    template_name = "registration/set_password.html"
    success_url = reverse_lazy("login")

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        audit.record(actor=str(self.user.email), action="password chosen", subject=subject_of(self.user))
        return response


class ForgottenForm(forms.Form):
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """The same page for every address: nobody learns here who has an account."""
    form = ForgottenForm(request.POST or None)
    asked = mail.is_on() and request.method == "POST" and form.is_valid()
    if asked:
        want_password_mail(
            email=form.cleaned_data["email"],
            address=request.META.get("REMOTE_ADDR", ""),
            base=request.build_absolute_uri("/"),
        )
    context = {"form": form, "asked": asked, "mail_is_on": mail.is_on(), "days_good": DAYS_GOOD}
    return render(request, "registration/forgotten.html", context)
