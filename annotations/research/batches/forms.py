"""Forms of batches. What each setting means is said by the definition itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, get_args

from django import forms
from django.utils import timezone

from annotations.studies.definition.batches import Batch as Settings
from annotations.studies.definition.batches import Strategy, Stratum, UnitChoice, present
from annotations.studies.models import Batch

STRATEGIES = {
    "least_filled": "Least filled: what is furthest behind comes first",
    "blocked": "Blocked: everybody meets every stratum once in each block",
    "latin_square": "Latin square: orders counterbalanced over people",
}
STRATA = {
    "domain": "domain",
    "difficulty_bin": "difficulty bin",
    "system": "system",
    "template": "template",
    "grade": "grade",
}
FILTERS = ("domain", "system", "template", "grade", "difficulty_bin")


def said_of(name: str, model: Any = Settings) -> str:
    """The explanation of a setting, as its definition gives it."""
    return str(model.model_fields[name].description or "")


class MomentField(forms.DateTimeField):
    """A moment in the time zone of the pages, as the browser's own control gives it."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def clean(self, value: Any) -> Any:
        moment = super().clean(value)
        if moment is not None and not 1 < moment.year < 9999:
            raise forms.ValidationError("It is too far away.")
        return moment


def written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")


def read(moment: str | None) -> datetime | None:
    return timezone.localtime(datetime.fromisoformat(moment)) if moment else None


class BatchForm(forms.Form):
    """A new batch. `choices` are the values that each filter may have."""

    name = forms.CharField(max_length=100, label="Name")
    participants = forms.IntegerField(min_value=1, max_value=1_000_000, label="Places")
    units_per_participant = forms.IntegerField(min_value=1, max_value=1_000, label="Units a person")
    overlap = forms.IntegerField(min_value=1, max_value=100_000, label="Answers a unit")
    sample = forms.IntegerField(min_value=1, max_value=10_000_000, required=False, label="Units to draw")
    strategy = forms.ChoiceField(label="How units are given out")
    strata = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Strata", choices=list(STRATA.items())
    )
    lease_minutes = forms.IntegerField(min_value=1, max_value=10_080, label="Lease in minutes")
    leave_out = forms.CharField(
        required=False, label="Leave out people of", widget=forms.Textarea(attrs={"rows": 2})
    )
    opens_at = MomentField(required=False, label="Opens at")
    closes_at = MomentField(required=False, label="Closes at")
    cost_per_place = forms.FloatField(min_value=0, required=False, label="Cost of a place")
    budget = forms.FloatField(min_value=0, required=False, label="Budget")

    def __init__(self, *args: Any, choices: Mapping[str, Iterable[str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = get_args(Strategy)
        self.fields["strategy"] = forms.ChoiceField(
            label="How units are given out", choices=[(name, STRATEGIES[name]) for name in offered]
        )
        for name in FILTERS:
            values = list(choices.get(name, ()))
            if values:
                self.fields[name] = forms.MultipleChoiceField(
                    required=False,
                    label=f"Only {STRATA[name]}",
                    choices=[(value, value) for value in values],
                    widget=forms.CheckboxSelectMultiple
                    if len(values) <= 12
                    else forms.SelectMultiple(attrs={"size": 6}),
                )
        for name, field in self.fields.items():
            in_units = name in FILTERS or name == "sample"
            field.help_text = said_of(name, UnitChoice if in_units else Settings)

    def given(self) -> dict[str, Any]:
        """The settings as study.yaml has them, to be checked by the definition."""
        data = self.cleaned_data
        units: dict[str, Any] = {name: data.get(name) or [] for name in FILTERS}
        units["difficulty_bin"] = [int(value) for value in units["difficulty_bin"]]
        units["sample"] = data["sample"]
        plain = ("name", "participants", "units_per_participant", "overlap", "strategy", "lease_minutes")
        return {
            **{name: data[name] for name in plain},
            "units": units,
            "strata": [name for name in get_args(Stratum) if name in data["strata"]],
            "leave_out": data["leave_out"].replace(",", " ").split(),
            "opens_at": written(data["opens_at"]),
            "closes_at": written(data["closes_at"]),
            "cost_per_place": data["cost_per_place"] or None,
            "budget": data["budget"] or None,
        }

    def add_faults(self, faults: Mapping[str, str]) -> None:
        """What the definition says, beside the field that it speaks of."""
        for path, reason in faults.items():
            name = path.removeprefix("units.").split(".")[0]
            self.add_error(name if name in self.fields else None, f"{reason[:1].upper()}{reason[1:]}.")


class ExtendForm(forms.Form):
    """What may change while people answer."""

    participants = forms.IntegerField(min_value=1, max_value=1_000_000, label="Places")
    overlap = forms.IntegerField(min_value=1, max_value=100_000, label="Answers a unit")
    closes_at = MomentField(required=False, label="Closes at")
    budget = forms.FloatField(min_value=0, required=False, label="Budget")

    def __init__(self, *args: Any, batch: Batch, **kwargs: Any) -> None:
        now = present({**batch.settings})
        initial = {name: now.get(name) for name in ("participants", "overlap", "budget")}
        initial["closes_at"] = read(now.get("closes_at"))
        super().__init__(*args, **{"initial": initial, **kwargs})
        if batch.affordable is None:
            del self.fields["budget"]
        for name, field in self.fields.items():
            field.help_text = said_of(name)

    def wanted(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        # The browser's control has no seconds: a moment that was not touched stays what it was.
        before = self.initial["closes_at"]
        if before is not None and data["closes_at"] == before.replace(second=0, microsecond=0):
            data["closes_at"] = before
        data["closes_at"] = written(data["closes_at"])
        if "budget" in data:
            data["budget"] = data["budget"] or None
        return data
