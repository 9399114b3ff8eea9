"""Which language a participant reads: their own choice, then their browser's, then the study's first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

from annotations.participation.sessions import set_cookie

KEPT_FOR = 365 * 24 * 3600
RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
# How languages call themselves, for the form in which people choose.
NAMES = {
    "ar": "العربية", "de": "Deutsch", "en": "English", "es": "Español", "fa": "فارسی", "fr": "Français",
    "he": "עברית", "hi": "हिन्दी", "it": "Italiano", "ja": "日本語", "ko": "한국어", "nl": "Nederlands",
    "pl": "Polski", "pt": "Português", "ru": "Русский", "tr": "Türkçe", "uk": "Українська", "ur": "اردو",
    "vi": "Tiếng Việt", "zh": "中文", "zh-hans": "简体中文", "zh-hant": "繁體中文",
}  # fmt: skip


def choose_language(request: HttpRequest, definition: Mapping[str, Any]) -> str:
    """One of the study's locales."""
    locales: list[str] = definition["locales"]
    own = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")[:35]
    asked = parse_accept_lang_header(request.headers.get("Accept-Language", "")[:200])
    for wanted in (own, *(language for language, quality in asked if quality)):
        if found := _match(wanted, locales):
            return found
    return locales[0]


def pages_language(locale: str) -> str:
    """The language of the platform's own words for a locale: English where it has no such language."""
    try:
        return get_supported_language_variant(locale.lower())
    except LookupError:
        return str(settings.LANGUAGE_CODE)


def direction(locale: str) -> str:
    return "rtl" if _base(locale) in RIGHT_TO_LEFT else "ltr"


def choices(locales: Sequence[str]) -> list[tuple[str, str]]:
    """Locales with their names in themselves; nothing to choose where there is one."""
    if len(locales) < 2:
        return []
    names = [NAMES.get(locale.lower(), NAMES.get(_base(locale), locale)) for locale in locales]
    same = Counter(names)
    return [
        (locale, name if same[name] == 1 else f"{name} ({locale})")
        for locale, name in zip(locales, names, strict=True)
    ]


def remember_language(response: HttpResponse, locale: str) -> None:
    set_cookie(response, settings.LANGUAGE_COOKIE_NAME, locale, max_age=KEPT_FOR)


def _match(wanted: str, locales: Sequence[str]) -> str:
    """The same locale, else the nearest of the same language."""
    lowered = {locale.lower(): locale for locale in reversed(locales)}
    for candidate in _nearest(wanted.lower()):
        if candidate in lowered:
            return lowered[candidate]
    return next((locale for locale in locales if _base(locale) == _base(wanted)), "")


def _nearest(wanted: str) -> Iterator[str]:
    """The locale itself, the script that its country writes, then ever less of it."""
    yield wanted
    yield from LANG_INFO.get(wanted, {}).get("fallback", ())
    while "-" in wanted:
        wanted = wanted.rpartition("-")[0]
        yield wanted


def _base(locale: str) -> str:
    return locale.lower().partition("-")[0]
