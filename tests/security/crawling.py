"""Every byte that somebody can fetch: what pages link to, what forms do, and what addresses may be guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.participation import whole
from tests.participation.reading import Page

ODD = ("", "nan", "correct", "x" * 300, "-1", "\x00")
METHODS = ("get", "head", "options", "put", "delete", "post")
CONVERTED = re.compile(r"<(?:\w+:)?\w+>|\(\?P<\w+>[^)]*\)")


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
            plain = re.sub(r"^\^|\$$|\\Z$|\^|\$|\\", "", CONVERTED.sub(filling, pattern))
            found.append("/" + plain.lstrip("/"))
    return sorted(set(found))


class Crawler(whole.Guide):
    """Keeps every byte of every answer: status, headers, cookies and body, redirects one by one."""

    def __init__(self, slug: str, client: Client | None = None) -> None:
        super().__init__(slug, client or Client(enforce_csrf_checks=True, raise_request_exception=False))
        self.seen: list[str] = []
        self.visited: set[str] = set()

    def look(self, method: str, address: str, data: Any = None) -> Any:
        answer = getattr(self.client, method)(address, data)
        self.keep(answer)
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
        """Every pattern by every method; those that would end the passage are left to the end."""
        ending = ("/leave/", "/anew/", "/decline/", "/withdraw/")
        for address in guessed(self.slug):
            mine = address.startswith((f"/take/{self.slug}/", f"/join/{self.slug}/"))
            for method in METHODS if mine else ("get",):
                if not (method == "post" and address.endswith(ending)):
                    self.look(method, address)
        for language in ("en", "es", "zh-Hans", "odd"):
            form = self.page.form.filled()
            token = {"csrfmiddlewaretoken": form.get("csrfmiddlewaretoken", ""), "language": language}
            self.look("post", f"/take/{self.slug}/language/", token)
            self.look("get", self.take_address)

    def send_odd(self) -> None:
        for odd in ODD:
            values = dict.fromkeys(
                self.page.form.names - {"csrfmiddlewaretoken", "submission_key", "next"}, odd
            )
            self.look("post", self.take_address, self.page.form.filled(**values, next="1"))
