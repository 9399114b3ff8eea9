"""Before anybody is in a study: what they agree to, and a passage that keeps nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.core import signing
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations.core import clock
from annotations.participation.passage import Given, Passage, Spec
from annotations.participation.texts import said, text_of
from annotations.studies.models import RetentionDate, Study

OPTIONS = ("training_use", "record_away")
SALT = "eligibility"
# A day: longer than anybody reads a consent page.
PASSED_FOR = 24 * 3600


class EntryPassage(Passage):
    """Somebody who has not agreed to anything yet: nothing they answer is kept."""

    condition = ""
    lease_minutes = 0
    # How many units somebody gets, the batch says that they come into: no page before consent can.
    answered = done = wanted = 0

    def __init__(self, study: Study, language: str) -> None:
        if study.version is None:
            raise ValueError("nobody enters a draft")
        self._study = study
        self.definition = study.version.definition
        self.language = language
        self.step = str(self.definition["steps"][0]["name"])

    @property
    def study(self) -> Study:
        return self._study

    def given(self, step: str) -> list[Given]:
        return []

    def keep(self, spec: Spec, answers: Sequence[Given]) -> bool:
        """Nothing is kept before consent."""
        return True

    def advance(self, spec: Spec) -> bool:
        self.step = str(self.after(spec)["name"])
        return True


def first_steps(definition: Mapping[str, Any]) -> list[Spec]:
    """The steps up to and with consent."""
    steps: list[Spec] = definition["steps"]
    kinds = [spec["kind"] for spec in steps]
    return steps[: kinds.index("consent") + 1]


def sign_passed(study: Study, passed: Sequence[Spec]) -> str:
    """What forms before consent hand on to one another, for nothing is stored: the steps that were passed."""
    return signing.dumps([study.slug, [_as_asked(spec) for spec in passed]], salt=SALT)


def passed(study: Study, token: str, specs: Sequence[Spec]) -> list[Spec]:
    """Those of the steps that were passed as they are now: what was amended meanwhile is asked again.

    None where the token is not one of this study, or is too old.
    """
    try:
        slug, done = signing.loads(token, salt=SALT, max_age=PASSED_FOR) if token else ("", [])
    except signing.BadSignature:
        return []
    return [spec for spec in specs if slug == study.slug and _as_asked(spec) in done]


def _as_asked(spec: Spec) -> str:
    return hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()


def facts_of(definition: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """What stands beside the consent text, each with its label, where the study says it."""
    information = definition["information"]
    minutes = information["duration_minutes"]
    facts = []
    if minutes is not None:
        about = ngettext("About %(minutes)s minute", "About %(minutes)s minutes", 1 if minutes == 1 else 2)
        facts.append((_("Time it takes"), about % {"minutes": f"{minutes:g}"}))
    labels = (
        ("pay", _("Pay")),
        ("ethics", _("Ethics approval")),
        ("controller", _("Responsible for your data")),
        ("contact", _("Contact")),
        ("retention", _("How long data are kept")),
    )
    for name, label in labels:
        text = said(information[name], definition, language)
        if name == "retention":
            text = " ".join(filter(None, [text, *_days_kept(definition)]))
        if text:
            facts.append((label, text))
    return facts


def _days_kept(definition: Mapping[str, Any]) -> Iterator[str]:
    """What the schedule will do, in the language that is spoken."""
    days = {what: day and date.fromisoformat(day) for what, day in definition["retention"].items()}
    if day := days[RetentionDate.IDENTITIES]:
        yield _(
            "On %(date)s, what could tell which answers are yours is deleted. From then on you cannot come"
            " back to the study."
        ) % {"date": date_format(day)}
    if day := days[RetentionDate.ANSWERS]:
        yield _(
            "On %(date)s, your answers are deleted here. Copies that were published before cannot be"
            " recalled."
        ) % {"date": date_format(day)}


def hash_of_words(definition: Mapping[str, Any], language: str) -> str:
    """SHA-256 of what is read before consent. The form carries it, so that nobody agrees to other words."""
    words = [
        text_of(definition, "consent", language),
        *(list(fact) for fact in facts_of(definition, language)),
    ]
    return hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()


def consent_record(definition: Mapping[str, Any], language: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """What was agreed to: which words in which language, when, and each box that the study offers."""
    record: dict[str, Any] = {
        "version": definition["information"]["version"],
        "sha256": hash_of_words(definition, language),
        "language": language,
        "at": clock.now().isoformat(timespec="seconds"),
    }
    for name in OPTIONS:
        if definition["information"][name]:
            record[name] = bool(data.get(name))
    return record
