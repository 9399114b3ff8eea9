"""Texts that a study brings: those that follow its languages and protocol, and those that are missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from annotations.core.problems import listing
from annotations.core.reasons import Reason
from annotations.studies.definition import Definition
from annotations.studies.definition.texts import default_text
from annotations.studies.definition.values import Texts

OWN = ("consent", "instructions", "debrief")


def fitting_texts(current: Mapping[str, Any], changes: Mapping[str, Any], *, drop: bool) -> dict[str, Any]:
    """The texts as they have to be for other languages, or for another protocol.

    What is the platform's own follows; what was written stays, and goes only where `drop` says so: else the
    schema refuses it, naming the language.
    """
    locales, protocol = changes.get("locales", current["locales"]), current["protocol"]
    if not {"locales", "protocol"} & set(changes) or not isinstance(locales, list):
        return {}
    found: dict[str, Any] = {}
    for name in OWN:
        if name in changes:
            continue  # spelled out with them
        texts = current[name]
        found[name] = {
            locale: text
            for locale, text in texts.items()
            if text != default_text(name, protocol=protocol, locale=locale)
            and (locale in locales or not drop)
        }
    return found


def lost_with(locales: list[str], texts: Mapping[str, Any]) -> Reason | None:
    """Why the languages cannot be these: something is written in others."""
    written = {locale for name in OWN for locale in texts.get(name, {}) if locale not in locales}
    if not written:
        return None
    return Reason(
        f"Consent, instructions or debrief are written in {listing(written)}: tick below that they may go, or"
        " keep the language.",
        "locales",
    )


def missing_texts(definition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Paths of texts that are there, but not in every language of the study, each with one that lacks it."""
    locales = definition["locales"]
    for path, texts in all_texts(Definition.model_validate(definition)):
        said = [locale for locale in locales if str(texts.get(locale, "")).strip()]
        if said:
            yield from ((path, locale) for locale in locales if locale not in said)


def all_texts(part: BaseModel, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All that is written by language in a part of a definition, by path."""
    for name, field in type(part).model_fields.items():
        here, value = f"{path}.{name}" if path else name, getattr(part, name)
        if isinstance(value, BaseModel):
            yield from all_texts(value, here)
        elif isinstance(value, list):
            for place, one in enumerate(value):
                if isinstance(one, BaseModel):
                    yield from all_texts(one, f"{here}.{place}")
        elif isinstance(value, dict) and field.annotation == Texts:
            yield here, value
