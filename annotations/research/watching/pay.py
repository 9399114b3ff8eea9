"""What people earn an hour at the median time, beside what their provider asks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from annotations.studies.models import Study

SIGNS = {"£": "GBP", "$": "USD", "€": "EUR"}
AMOUNT = re.compile(
    r"(?P<sign>[£$€])\s?(?P<first>[0-9]{1,6}(?:[.,][0-9]{1,2})?)(?![0-9])"
    r"|(?<![0-9.,])(?P<last>[0-9]{1,6}(?:[.,][0-9]{1,2})?)\s?(?P<code>GBP|USD|EUR|£|\$|€)"
    r"|(?P<before>GBP|USD|EUR)\s?(?P<after>[0-9]{1,6}(?:[.,][0-9]{1,2})?)(?![0-9])"
)
# By provider and currency: the least an hour that it takes, and what it recommends. Docs: docs/watching.md.
ASKED = {"prolific": {"GBP": (6.0, 9.0), "USD": (8.0, 12.0)}}


@dataclass(frozen=True)
class Pay:
    """`hourly` is None where the pay or the time is not known. `warning` is blank where all is well."""

    said: str
    hourly: float | None
    currency: str
    minutes: float | None
    warning: str = ""


def pay_of(study: Study, minutes: float | None) -> Pay | None:
    """At a median of so many minutes at work. None where the study does not speak of pay."""
    texts: dict[str, Any] = (study.definition.get("information") or {}).get("pay") or {}
    said = next((text for text in texts.values() if text), "")
    if not said:
        return None
    found = amount_in(said)
    if found is None or not minutes:
        return Pay(said, None, found[1] if found else "", minutes)
    amount, currency = found
    hourly = amount / minutes * 60
    provider = str(study.definition["recruitment"]["provider"])
    return Pay(said, hourly, currency, minutes, _warning(provider, currency, hourly))


def amount_in(text: str) -> tuple[float, str] | None:
    """The first amount of money in the words, with its currency. None where there is none, or more than one:
    which of them is the pay is not for a program to guess."""
    found = list(AMOUNT.finditer(text))
    if len(found) != 1:
        return None
    one = found[0]
    number = one["first"] or one["last"] or one["after"]
    sign = one["sign"] or one["code"] or one["before"]
    return float(number.replace(",", ".")), SIGNS.get(sign, sign)


def _warning(provider: str, currency: str, hourly: float) -> str:
    least, recommended = ASKED.get(provider, {}).get(currency, (0.0, 0.0))
    if hourly < least:
        return (
            f"That is below {least:.2f} {currency} an hour, the least that {provider.capitalize()} takes."
            " Raise the pay, or pay a bonus."
        )
    if hourly < recommended:
        return f"{provider.capitalize()} recommends {recommended:.2f} {currency} an hour or more."
    return ""
