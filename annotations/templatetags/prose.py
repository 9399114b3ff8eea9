"""Texts that researchers write, as paragraphs and lists. Everything is escaped."""

from __future__ import annotations

import re

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def prose(text: str) -> SafeString:
    """Paragraphs are parted by blank lines and fold their line breaks; lines after "- " are list items."""
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    # The parts are escaped one by one below.
    return mark_safe("\n".join(_block(block) for block in blocks if block))


def _block(block: str) -> SafeString:
    lead, *items = re.split(r"(?:^|\n)\s*- ", block)
    if not items:
        return format_html("<p>{}</p>", _folded(lead))
    listed = format_html_join("", "<li>{}</li>", ((_folded(item),) for item in items))
    before = format_html("<p>{}</p>", _folded(lead)) if lead.strip() else ""
    return format_html("{}<ul>{}</ul>", before, listed)


def _folded(text: str) -> str:
    return " ".join(text.split())
