"""The default texts: each language says all that the others say."""

from __future__ import annotations

import pytest

from annotations.studies.definition import filled, parse_definition
from annotations.studies.definition.texts import LANGUAGES, default_text

PROTOCOLS = ("difficulty", "supervision", "both")
NAMES = ("consent", "instructions", "debrief")


def fill(locales):
    text = f"title: Sums\nprotocol: supervision\nlocales: [{', '.join(locales)}]\n"
    return filled(parse_definition(text, file="study.yaml", default_collection="sums"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "locale, word",
    [("es", "respuesta"), ("es-MX", "respuesta"), ("zh", "回答"), ("zh-CN", "回答"), ("en-GB", "answer")],
)
def test_default_texts_are_in_the_language_of_the_locale(name, locale, word):
    assert word in fill([locale])[name][locale]


@pytest.mark.parametrize("locale", ["de", "ar-EG", "est", "zha"])
def test_default_texts_are_english_in_other_languages(locale):
    content = fill(["en", locale])
    assert all(content[name][locale] == content[name]["en"] for name in NAMES)


def test_default_texts_give_way_to_the_studys_own():
    text = "title: Sums\nprotocol: both\nlocales: [es, zh]\nconsent: {es: Hola}\n"
    content = filled(parse_definition(text, file="study.yaml", default_collection="sums"))
    assert content["consent"]["es"] == "Hola"
    assert "自愿" in content["consent"]["zh"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("language", ["es", "zh"])
def test_default_texts_have_the_shape_of_the_english_ones(language, protocol, name):
    """As many paragraphs and list entries: nothing is left out."""
    ours, english = (default_text(name, protocol=protocol, locale=locale) for locale in (language, "en"))
    assert ours != english
    assert ours.count("\n\n") == english.count("\n\n")
    assert ours.count("\n- ") == english.count("\n- ")
    assert ours.endswith("\n")


def test_default_texts_stand_once():
    every = [
        default_text(name, protocol=protocol, locale=language)
        for language in LANGUAGES
        for name, protocol in [("consent", "both"), ("debrief", "both")]
        + [("instructions", one) for one in PROTOCOLS]
    ]
    assert len(set(every)) == len(every)
