"""What a page says to people: its texts, and the attributes that are read out or shown later."""

from __future__ import annotations

import re
from html.parser import HTMLParser

SAID = ("aria-label", "title", "placeholder", "data-saving", "data-saved", "data-offline", "data-restored")
# Codes, and names of languages in themselves.
SILENT = ("code", "option", "script", "style")


class Sentences(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._silent = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT
        for name, value in attrs:
            if name in SAID:
                self._add(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._add(data)

    def _add(self, text: str) -> None:
        if re.search(r"[^\W\d_]", text):
            self.found.add(" ".join(text.split()))


def sentences(html: str) -> set[str]:
    return Sentences(html).found
