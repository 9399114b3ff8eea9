"""CPU of participants' next + submit in the web process, without a server around. Prints one JSON object.

Run by `benchmarks.run` in an environment of its own: python -m benchmarks.flow FEW MANY ANSWERS, where FEW
and MANY are open studies. What is compared is measured in turns, so that noise hits both alike.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from http.cookies import SimpleCookie
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studyplatform.settings")

WARM_UP, TURNS = 10, 80


class Browser:
    """One participant, as a web server hands their requests over; `seconds` is the CPU of the last one."""

    def __init__(self, application: Any, slug: str) -> None:
        self.application, self.slug = application, slug
        self.cookies: SimpleCookie = SimpleCookie()
        page = self.ask("GET", f"/join/{slug}/")
        self.ask("POST", f"/join/{slug}/", consent="1", **hidden(page))
        self.ask("POST", f"/take/{slug}/", **hidden(self.ask("GET", f"/take/{slug}/")))

    def answer(self) -> float:
        """Milliseconds of the next page and of the answer on it."""
        page = self.ask("GET", f"/take/{self.slug}/")
        spent, fields = self.seconds, hidden(page)
        self.ask("POST", f"/take/{self.slug}/", **fields, answer="1", difficulty="40", confidence="50")
        return 1000 * (spent + self.seconds)

    def ask(self, method: str, path: str, **fields: str) -> str:
        body = urlencode(fields).encode()
        cookies = "; ".join(f"{one.key}={one.value}" for one in self.cookies.values())
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_COOKIE": cookies,
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
            "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr,
        }
        began = time.process_time()
        reply = self.application(environ, self._take)
        page = b"".join(reply).decode()
        reply.close()
        self.seconds = time.process_time() - began
        if self.status != (303 if method == "POST" else 200):
            raise RuntimeError(f"{method} {path} got {self.status}")
        return page

    def _take(self, status: str, headers: list[tuple[str, str]], *_: object) -> None:
        self.status = int(status[:3])
        for name, value in headers:
            if name.lower() == "set-cookie":
                self.cookies.load(value)


def hidden(page: str) -> dict[str, str]:
    form = page.partition("<main")[2].partition("</main>")[0]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


def in_turns(one: Browser, other: Browser) -> tuple[list[float], list[float]]:
    pairs = [(one.answer(), other.answer()) for _ in range(TURNS)]
    return [first for first, _ in pairs], [second for _, second in pairs]


def main(few: str, many: str, answers: int) -> None:
    from studyplatform.wsgi import application

    ann, bob = Browser(application, few), Browser(application, many)
    for _ in range(WARM_UP):
        ann.answer(), bob.answer()
    of_few, of_many = in_turns(ann, bob)
    for _ in range(answers - 2 * TURNS - WARM_UP):
        bob.answer()
    of_first, of_last = in_turns(Browser(application, many), bob)
    print(json.dumps({"few": of_few, "many": of_many, "first": of_first, "last": of_last}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
