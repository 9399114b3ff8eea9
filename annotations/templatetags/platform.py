"""How numbers look on pages, and the banner for when no worker is there."""

from __future__ import annotations

import math
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from annotations.core import workers
from annotations.research.tables import number, said

register = template.Library()

NO_NUMBER = "–"


@register.filter
def rate(value: Any, digits: int = 2) -> str:
    """A share without the idle zero: .31"""
    found = number(value)
    if found is None:
        return NO_NUMBER
    text = f"{found:.{digits}f}"
    return text[1:] if text.startswith("0.") else text


@register.filter
def rate4(value: Any) -> str:
    """A share to four decimals: .2168"""
    return rate(value, 4)


@register.filter
def whole(value: Any) -> str:
    """A count, its thousands apart."""
    found = number(value)
    return NO_NUMBER if found is None else f"{found:,.0f}"


@register.filter
def plain(value: Any) -> str:
    """A number to three significant digits; text as it is."""
    if isinstance(value, list):
        return "; ".join(map(str, value))
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return ""
    return said(value) if isinstance(value, float) else str(value)


@register.filter
def seconds(value: Any) -> str:
    """Milliseconds as seconds: 4.2"""
    found = number(value)
    return NO_NUMBER if found is None else f"{found / 1000:,.1f}"


@register.filter
def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@register.filter
def size(value: int) -> str:
    """Bytes as people say them."""
    for unit in ("bytes", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value = value / 1000  # type: ignore[assignment]
    return f"{value:.1f} GB"


@register.simple_tag
def judged(kind: str, word: str) -> SafeString:
    """A grade or a verdict: the word with its colour and shape."""
    return format_html('<span class="{} is-{}">{}</span>', kind, word, word)


@register.inclusion_tag("research/_banner.html")
def worker_banner() -> dict[str, bool]:
    """One query."""
    return {"worker_alive": workers.any_alive()}
