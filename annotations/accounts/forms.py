"""The log-in form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError

from annotations.accounts import throttle


class LoginForm(AuthenticationForm):
    """By e-mail address, in any case; ten failures in a quarter of an hour are enough."""

    username = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )
    error_messages = {
        "invalid_login": "This e-mail address and password do not go together.",
        "inactive": "This account is switched off; an admin can switch it on again.",
        "throttled": "Too many failed attempts: wait a quarter of an hour, or ask an admin.",
    }

    def clean(self) -> dict[str, Any]:
        email, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not email or not password:
            return self.cleaned_data
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        digest = throttle.digest_of(email, address)
        if throttle.too_many(digest):
            raise ValidationError(self.error_messages["throttled"], code="throttled")
        try:
            cleaned = super().clean()
        except ValidationError:
            throttle.note_failure(digest)
            raise
        throttle.note_login(digest, str(self.get_user().email))
        return cleaned
