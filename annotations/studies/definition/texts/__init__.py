"""The texts that participants read where a definition brings none: one file a language."""

from __future__ import annotations

from annotations.studies.definition.texts import en, es, zh

LANGUAGES = {"en": en, "es": es, "zh": zh}


def default_text(name: str, *, protocol: str, locale: str) -> str:
    """The text `name` in the language of the locale; English where there is none in it."""
    language = LANGUAGES.get(locale.partition("-")[0], en)
    texts: dict[str, str] = {
        "consent": language.CONSENT,
        "instructions": language.INSTRUCTIONS[protocol],
        "debrief": language.DEBRIEF,
    }
    return texts[name]
