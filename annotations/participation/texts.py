"""Texts that a study brings, in the participant's language where it has one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def text_of(definition: Mapping[str, Any], name: str, language: str) -> str:
    """One of the study's own texts by its name."""
    return said(definition[name], definition, language)


def said(texts: Mapping[str, str], definition: Mapping[str, Any], language: str) -> str:
    """The text in `language`, else in the study's first locale, else in any; blank where there is none."""
    for locale in (language, *definition["locales"], *texts):
        if texts.get(locale):
            return str(texts[locale])
    return ""
