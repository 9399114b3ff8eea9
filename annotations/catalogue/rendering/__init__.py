"""Prompts and outputs of models as HTML. They are hostile input: nothing in them is trusted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import Literal

from django.utils.safestring import SafeString, mark_safe

from annotations.catalogue.rendering.hidden import without_hidden
from annotations.catalogue.rendering.markdown import to_markdown
from annotations.catalogue.rendering.plain import to_plain

Format = Literal["markdown", "plain"]
# Anything but paragraphs and line breaks, which the plain text shows as well.
ANY_TAG = re.compile(r"<[^>]*>")
MARKED = re.compile(r"<(?!/?(?:div|p|br)\b)")

LONG_CHARACTERS = 2_500
LONG_LINES = 40
# Texts and their HTML stay in memory.
REMEMBERED = 128


@dataclass(frozen=True)
class Rendered:
    """`long`: better folded. `plain`: what is shown is the plain text, so that no switch to it is needed."""

    html: SafeString
    long: bool
    plain: bool


@lru_cache(maxsize=REMEMBERED)
def render_text(text: str, *, format: Format) -> Rendered:
    """A `<div>`; "markdown" falls back to the plain text where Markdown would change or lose any of it."""
    text = without_hidden(text)
    html = to_markdown(text) if format == "markdown" else None
    return Rendered(
        # Every character of the text was escaped, and Markdown went through an allow-list.
        html=mark_safe(html or to_plain(text)),
        long=len(text) > LONG_CHARACTERS or text.count("\n") >= LONG_LINES,
        plain=html is None or _looks_plain(html, text),
    )


def _looks_plain(html: str, text: str) -> bool:
    """Whether the plain text would show the same words in the same paragraphs."""
    return not MARKED.search(html) and unescape(ANY_TAG.sub(" ", html)).split() == text.split()
