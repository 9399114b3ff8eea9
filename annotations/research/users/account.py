"""One's own account: a name, and the zone in which times are shown."""

from __future__ import annotations

from django import forms

from annotations.accounts.zones import zone_names


def _zones() -> list[tuple[str, str]]:
    return [("", "The platform’s own"), *((name, name.replace("_", " ")) for name in zone_names())]


class AccountForm(forms.Form):
    name = forms.CharField(
        required=False, max_length=150, help_text="Shown to those with whom you work on studies."
    )
    time_zone = forms.ChoiceField(
        label="Time zone",
        required=False,
        choices=_zones,
        help_text="Times on the workbench’s pages are shown in it.",
    )
