"""Texts that a study brings, in the participant's language where it has one."""

from __future__ import annotations

from typing import Any


def text_of(definition: dict[str, Any], name: str, language: str) -> str:
    """The study's text, in `language`, else in its first locale, else in any."""
    texts: dict[str, str] = definition[name]
    for locale in (language, *definition["locales"], *texts):
        if texts.get(locale):
            return texts[locale]
    return ""
