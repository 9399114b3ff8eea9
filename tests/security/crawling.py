"""Every byte that somebody can fetch: what pages link to, what forms do, and what addresses may be guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

from tests.participation import whole
from tests.participation.reading import Page

ODD = ("", "nan", "correct", "x" * 300, "-1", "\x00")
METHODS = ("get", "head", "options", "put", "delete", "post")
ENDING = ("/leave/", "/anew/", "/decline/", "/withdraw/")
HOLE = re.compile(r"<(?:(?P<kind>\w+):)?\w+>|\(\?P<\w+>(?P<given>[^)]*)\)")
FITTING = {"int": "1", "uuid": "00000000-0000-4000-8000-000000000000"}


def patterns(resolver: Any = None, before: str = "") -> Iterator[str]:
    """Every address pattern of the whole urlconf, as it is written there."""
    for one in (resolver or get_resolver()).url_patterns:
        here = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one, here)
        elif isinstance(one, URLPattern):
            yield here


def guessed(slug: str) -> list[str]:
    """An address for each pattern, with the study's slug, a small number and an odd word in its holes."""
    found = []
    for pattern in patterns():
        mine = pattern.startswith(("take", "join", "hooks"))
        for filling in (slug, "1", "%00odd") if mine else (slug,):
            plain = re.sub(r"^\^|\$$|\\Z$|\^|\$|\\", "", HOLE.sub(partial(fitting, filling), pattern))
            found.append("/" + plain.lstrip("/"))
    return sorted(set(found))


def fitting(filling: str, hole: re.Match[str]) -> str:
    """Something that the hole takes, so that the address leads to its view."""
    if re.fullmatch(r"[\w|]+", hole["given"] or ""):
        return hole["given"].partition("|")[0]
    return FITTING.get(hole["kind"] or "", filling)


def routes() -> set[str]:
    """The patterns as a request tells which of them it met."""
    return {re.sub(r"(?<=/)\^", "", pattern.lstrip("^")) for pattern in patterns()}


class Crawler(whole.Guide):
    """Keeps every byte of every answer: status, headers, cookies and body, redirects one by one."""

    def __init__(self, slug: str, client: Client | None = None) -> None:
        super().__init__(slug, client or Client(enforce_csrf_checks=True, raise_request_exception=False))
        self.seen: list[str] = []
        self.visited: set[str] = set()
        # Which patterns an address led to, and which of them gave something else than an error.
        self.met: set[str] = set()
        self.gave: set[str] = set()

    def look(self, method: str, address: str, data: Any = None) -> Any:
        answer = getattr(self.client, method)(address, data)
        self.keep(answer)
        with suppress(Resolver404):  # an odd word that no hole takes
            route = resolve(answer.request["PATH_INFO"]).route
            self.met.add(route)
            if answer.status_code < 400:
                self.gave.add(route)
        return answer

    def keep(self, answer: Any) -> None:
        cookies = [morsel.OutputString() for morsel in answer.cookies.values()]
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        request = answer.request
        said = f"{answer.status_code} {dict(answer.headers)} {cookies} {body.decode(errors='replace')}"
        # Whoever asks for a word is told it again: that is no leak.
        self.seen.append(said.replace(request["PATH_INFO"], ""))

    def get(self, address: str = "") -> Page:
        return self._travel("get", address or self.take_address)

    def post(self, address: str, data: dict[str, str], *, follow: bool = True) -> Page:
        return self._travel("post", address, data)

    def _travel(self, method: str, address: str, data: Any = None) -> Page:
        """Follow redirects one by one, each of them kept."""
        answer = self.look(method, address, data)
        while answer.status_code in (301, 302, 303):
            address = answer["Location"]
            answer = self.look("get", address)
        self.address = address
        self.page = Page(answer.content.decode(), status=answer.status_code)
        return self.page

    def look_around(self) -> None:
        """Links and forms of the page that is open; looking does not leave, withdraw or send answers."""
        addresses = [*self.page.links, *re.findall(r'(?:src|href)="([^"]+)"', self.page.html)]
        addresses += [form.action for form in self.page.forms if form.action and not form.in_main]
        for address in addresses:
            if address.startswith("/") and address not in self.visited:
                self.visited.add(address)
                self.look("get", address)

    def guess(self) -> None:
        """Every pattern by every method; forms that would end the passage are left to `go_away`."""
        for address in guessed(self.slug):
            mine = address.startswith((f"/take/{self.slug}/", f"/join/{self.slug}/"))
            for method in METHODS if mine else ("get",):
                if not (method == "post" and address.endswith(ENDING)):
                    self.look(method, address)
            if mine and not address.endswith(ENDING):
                self.look("post", address, self.token)
        for language in ("en", "es", "zh-Hans", "odd"):
            self.look("post", f"/take/{self.slug}/language/", self.token | {"language": language})
            self.look("get", self.take_address)

    def go_away(self) -> None:
        """By every form that ends a passage, or would."""
        for address in guessed(self.slug):
            if address.endswith(ENDING) and self.slug in address:
                self.look("post", address, self.token)
                self.look("get", self.take_address)

    @property
    def token(self) -> dict[str, str]:
        """What proves that a form came from a page of ours."""
        return {"csrfmiddlewaretoken": self.client.cookies["csrftoken"].value}

    def send_odd(self) -> None:
        for odd in ODD:
            values = dict.fromkeys(
                self.page.form.names - {"csrfmiddlewaretoken", "submission_key", "next"}, odd
            )
            self.look("post", self.take_address, self.page.form.filled(**values, next="1"))
