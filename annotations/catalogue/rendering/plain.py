"""A text as it was written."""

from __future__ import annotations

from html import escape


def to_plain(text: str) -> str:
    return f'<div class="plain" dir="auto">{escape(text, quote=False)}</div>'
