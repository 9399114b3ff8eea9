"""One participant's browser over HTTP, for tests that choose each request: tests/load has whole crowds."""

from __future__ import annotations

import http.client
import random
import urllib.parse
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

from tests.participation.reading import Page


@dataclass
class Log:
    """What browsers saw. `acknowledged` holds the submission keys whose answer the server confirmed."""

    acknowledged: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)


class Browser:
    """One connection, one cookie jar."""

    def __init__(self, port: int, log: Log) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}
        self.log = log

    def ask(self, method: str, address: str, data: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, where it leads to, and the text."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if data is not None:
            body = urllib.parse.urlencode(data)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, address, body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        self.last_headers = answer.headers
        for line in answer.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        self.log.statuses.append(answer.status)
        return answer.status, answer.headers.get("Location", ""), text

    def get(self, address: str) -> Page:
        while True:
            status, leads_to, text = self.ask("GET", address)
            if status not in (302, 303):
                return Page(text, status=status)
            address = leads_to

    def close(self) -> None:
        self.connection.close()


def answers_for(page: Page, chance: random.Random) -> dict[str, str]:
    values = {"confidence": str(chance.randint(0, 100))}
    if "verdict" in page.form.names:
        return values | {"verdict": chance.choice(["correct", "avoidant", "incorrect", "unsure"])}
    return values | {"answer": str(chance.randint(0, 99)), "difficulty": str(chance.randint(0, 100))}
