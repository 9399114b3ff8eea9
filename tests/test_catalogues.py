"""What participants read is there in every language: whoever marks a sentence also translates it.

Where this fails, docs/translating.md says what to do.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).parents[1]
LOCALES = ["es", "zh_Hans"]
FORMS = {"es": 2, "zh_Hans": 1}
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
PLACEHOLDER = re.compile(r"%\(\w+\)s|<[^>]+>")


def folder(locale: str) -> Path:
    return ROOT / "annotations" / "locale" / locale / "LC_MESSAGES"


def catalogue(locale: str) -> Catalog:
    with (folder(locale) / "django.po").open("rb") as file:
        return read_po(file, locale=locale)


def messages(locale: str) -> list[Message]:
    return [message for message in catalogue(locale) if message.id]


def forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def python_of(template: Path) -> str:
    """The template's marked strings as calls, each on a line of its own: what lies between them is no Python."""
    code = templatize(template.read_text(), origin=str(template))
    return "\n".join(re.findall(r"(?:_|n?p?gettext)\((?:.*)\)", code))


def marked() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """The file and the text of everything that is marked for translation."""
    for path in sorted((ROOT / "annotations").rglob("*.py")):
        if "gettext" in (code := path.read_text()):
            yield from found_in(path, code)
    for path in sorted((ROOT / "templates").rglob("*.html")):
        yield from found_in(path, python_of(path))


def found_in(path: Path, code: str) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    for _line, text, _comments, _context in extract("python", io.BytesIO(code.encode()), KEYWORDS):
        yield str(path.relative_to(ROOT)), text


def test_marked_strings_are_found():
    """Of each way to mark one: else what follows would compare nothing with nothing."""
    texts = [text for _file, text in marked()]
    assert "Skip to the content" in texts  # translate
    assert ("You are done: %(answers)s answer stored.", "You are done: %(answers)s answers stored.") in texts
    assert any('<code id="withdrawal-code">%(code)s</code>' in str(text) for text in texts)  # blocktranslate
    assert "nobody fails" in texts  # translate ... as
    assert "Choose an answer." in texts  # gettext
    assert "You have left" in texts  # gettext_lazy
    assert ("About %(minutes)s minute", "About %(minutes)s minutes") in texts  # ngettext
    files = {file for file, _text in marked()}
    assert {"templates/participation/unit.html", "annotations/participation/steps/honesty.py"} <= files


@pytest.mark.parametrize("locale", LOCALES)
def test_every_marked_string_is_translated(locale):
    known = {forms(message.id) for message in messages(locale)}
    missing = {(file, text) for file, text in marked() if forms(text) not in known}
    assert missing == set()


@pytest.mark.parametrize("locale", LOCALES)
def test_catalogue_holds_nothing_that_is_not_marked(locale):
    wanted = {forms(text) for _file, text in marked()}
    assert {forms(message.id) for message in messages(locale)} - wanted == set()


@pytest.mark.parametrize("locale", LOCALES)
def test_translations_are_complete_and_sure(locale):
    assert catalogue(locale).num_plurals == FORMS[locale]
    for message in messages(locale):
        wanted = FORMS[locale] if message.pluralizable else 1
        assert len(forms(message.string)) == wanted, message.id
        assert all(text.strip() for text in forms(message.string)), message.id
        assert not message.fuzzy, message.id


@pytest.mark.parametrize("locale", LOCALES)
def test_translations_have_the_placeholders_of_the_english(locale):
    """The last form is the one for many; a singular may spell the number out, as the English does."""
    for message in messages(locale):
        ours, english = forms(message.string), forms(message.id)
        assert placeholders(ours[-1]) == placeholders(english[-1]), message.id
        if len(ours) > 1:
            assert placeholders(ours[0]) == placeholders(english[0]), message.id
        assert ours[-1].endswith(" ") == english[-1].endswith(" "), message.id


def placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


@pytest.mark.parametrize("locale", LOCALES)
def test_compiled_catalogue_is_of_the_present_texts(locale):
    with (folder(locale) / "django.mo").open("rb") as file:
        compiled = {forms(message.id): forms(message.string) for message in read_mo(file) if message.id}
    assert compiled == {forms(message.id): forms(message.string) for message in messages(locale)}
