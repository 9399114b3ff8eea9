"""Which language a participant reads: their own choice, then their browser's, then the study's first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

COOKIE = "language"
KEPT_FOR = 365 * 24 * 3600
RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
# How languages call themselves, for the form in which people choose.
NAMES = {
    "ar": "العربية", "de": "Deutsch", "en": "English", "es": "Español", "fa": "فارسی", "fr": "Français",
    "he": "עברית", "hi": "हिन्दी", "it": "Italiano", "ja": "日本語", "ko": "한국어", "nl": "Nederlands",
    "pl": "Polski", "pt": "Português", "ru": "Русский", "tr": "Türkçe", "uk": "Українська", "ur": "اردو",
    "vi": "Tiếng Việt", "zh": "中文",
}  # fmt: skip


def choose_language(request: HttpRequest, definition: Mapping[str, Any], *, chosen: str = "") -> str:
    """One of the study's locales."""
    locales: list[str] = definition["locales"]
    own = chosen or request.COOKIES.get(COOKIE, "")
    if own in locales:
        return own
    for wanted, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", "")[:200]):
        found = _match(wanted, locales)
        if found:
            return found
    return locales[0]


def pages_language(locale: str) -> str:
    """The language of the platform's own words for a locale: English where it has no such language."""
    try:
        return get_supported_language_variant(locale.lower())
    except LookupError:
        return str(settings.LANGUAGE_CODE)


def direction(locale: str) -> str:
    return "rtl" if locale.partition("-")[0] in RIGHT_TO_LEFT else "ltr"


def choices(locales: Sequence[str]) -> list[tuple[str, str]]:
    """Locales with their names in themselves; nothing to choose where there is one."""
    if len(locales) < 2:
        return []
    return [(locale, NAMES.get(locale, NAMES.get(locale.partition("-")[0], locale))) for locale in locales]


def remember_language(response: HttpResponse, locale: str) -> None:
    response.set_cookie(
        COOKIE, locale, max_age=KEPT_FOR, httponly=True, samesite="Lax", secure=settings.HTTPS
    )


def _match(wanted: str, locales: Sequence[str]) -> str:
    """The same locale, else one of the same language."""
    lowered = {locale.lower(): locale for locale in locales}
    base = wanted.lower().partition("-")[0]
    same = [locale for locale in locales if locale.lower().partition("-")[0] == base]
    return lowered.get(wanted.lower(), same[0] if same else "")
