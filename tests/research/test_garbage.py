"""Whatever is sent to the workbench, it answers: nothing that a form can hold is an error of the server."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.db import transaction
from django.test import Client
from django.urls import resolve, reverse

from annotations.people.models import Participant
from annotations.research.setup.sections import sections
from annotations.studies.drafts import save_draft
from tests.research import rows
from tests.research.addresses import every_address

GARBAGE = (
    *("a\x00b", "\ufffe\u2028\U0010ffff", "x" * 70_000, "9" * 5_000, "9" * 20, "-1", "0", "1.5", "1e308"),
    *(
        "1e-320",
        "nan",
        "\u0663",
        "\u00b2",
        "0001-01-01T00:00",
        "9999-12-31T23:59",
        "a: &a [*a]",
        "%s{0}[0].a",
    ),
)
# What a form says of itself: with these as they were, the rest is looked at.
OF_THE_FORM = {"revision", "key", "then", "act", "do", "scope", "purpose", "grader", "start"}
ROUNDS = 3


class Forms(HTMLParser):
    """What the forms of a page that post hold, by their addresses; choices are the last of theirs."""

    def __init__(self, page: str, address: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self._here, self._at, self._select = address, "", ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._at = (given.get("action") or self._here) if given.get("method") == "post" else ""
        if not self._at:
            return
        held = self.found.setdefault(self._at, {})
        if tag == "option":
            held[self._select] = given.get("value", "")
        elif given.get("name") and tag in ("input", "select", "textarea", "button"):
            self._select = given["name"]
            held[self._select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._at = ""


def forms_of(client: Client, addresses: list[str]) -> dict[str, dict[str, str]]:
    """One form of each kind that the pages hold."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for address in addresses:
        answer = client.get(address)
        if answer.status_code != 200 or answer.streaming or "html" not in answer["Content-Type"]:
            continue
        for at, held in Forms(answer.content.decode(), address).found.items():
            if at.startswith("/research/"):
                match = resolve(at)
                kind = at if match.url_name == "setup-section" else f"{match.url_name}"
                found.setdefault(kind, (at, held))
    return dict(found.values())


def status_of(client: Client, address: str, sent: dict[str, str]) -> int:
    """What it is answered with. What it did is taken back."""
    with transaction.atomic():
        status = client.post(address, sent).status_code
        transaction.set_rollback(True)
    return status


@pytest.mark.parametrize("which", ["draft", "study"])
def test_no_form_can_hold_what_the_server_fails_at(which, request, alice, as_user):
    study = request.getfixturevalue(which)
    pages = [one.of(study.slug) for one in every_address() if one.plain or not one.wanted]
    pages += [reverse("research:setup-section", args=[study.slug, one.name]) for one in sections()]
    if which == "study":
        rows.add_answers(study)
        save_draft(study=study, changes={"title": "Amended"}, revision=study.revision, actor="a@example.org")
        somebody = Participant.objects.filter(study=study).first()
        pages = [reverse("research:setup-amend", args=[study.slug]), *pages[: -len(sections())]]
        pages += [reverse("research:batch", args=[study.slug, "main"])]
        pages += [reverse("research:person", args=[study.slug, somebody.pk])]
    client = as_user(alice)
    client.raise_request_exception = False
    forms = forms_of(client, pages)
    assert len(forms) > 15
    failed = []
    for place, (address, held) in enumerate(sorted(forms.items())):
        for turn in range(ROUNDS):
            junk = {name: GARBAGE[(place + at + 6 * turn) % len(GARBAGE)] for at, name in enumerate(held)}
            kept = {name: value for name, value in held.items() if turn and name in OF_THE_FORM}
            if status_of(client, address, junk | kept) >= 500:
                failed.append((address, junk | kept))
        if status_of(client, address, {}) >= 500:
            failed.append((address, {}))
    assert failed == []


@pytest.mark.parametrize("which", ["draft", "study"])
def test_no_address_fails_at_an_empty_form(which, request, ada, as_user):
    study, client = request.getfixturevalue(which), as_user(ada)
    client.raise_request_exception = False
    statuses = {one.name: status_of(client, one.of(study.slug), {}) for one in every_address()}
    assert {name: status for name, status in statuses.items() if status >= 500} == {}
