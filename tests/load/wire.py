"""HTTP for hundreds of people in one event loop: as little work a request as will do.

Clients and server share the machine, so a page is searched by patterns and not parsed.
"""

from __future__ import annotations

import asyncio
import html
import re
import time
import urllib.parse
from dataclasses import dataclass, field

# gunicorn closes a connection that was idle for two seconds; to race with that would look like a fault.
IDLE = 1.0
PATIENCE = 60.0
HEADERS = re.compile(
    rb"^(Location|Set-Cookie|Content-Length|Retry-After|Connection): *([^\r\n]*)", re.I | re.M
)
MAIN = re.compile(r'<main[^>]* data-step="([^"]*)".*?</main>', re.S)
FORM = re.compile(r'<form method="post".*?</form>', re.S)
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?')


class NoReply(Exception):
    """The connection broke, or nothing came: nobody knows whether the request was carried out."""


@dataclass(frozen=True)
class Page:
    """A page's step, and what the form in <main> would send of itself."""

    step: str
    form: dict[str, str]
    asks_verdict: bool

    @classmethod
    def read(cls, text: str) -> Page:
        main = MAIN.search(text)
        if main is None:
            return cls("", {}, False)
        form = FORM.search(main[0])
        hidden = HIDDEN.findall(form[0]) if form else []
        return cls(
            main[1], {name: html.unescape(value) for name, value in hidden}, 'name="verdict"' in main[0]
        )


@dataclass(frozen=True)
class Reply:
    status: int
    text: str
    leads_to: str
    retry_after: float


@dataclass
class Line:
    """One connection, opened when there is something to say. Those of one person share its cookies."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    used_at: float = 0.0

    async def ask(self, method: str, address: str, form: dict[str, str] | None = None) -> Reply:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._ask(method, address, form)
        except (OSError, EOFError, TimeoutError) as error:
            self.close()
            raise NoReply(repr(error)) from error

    async def _ask(self, method: str, address: str, form: dict[str, str] | None) -> Reply:
        if self.streams is None or time.monotonic() - self.used_at > IDLE:
            self.close()
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        body = urllib.parse.urlencode(form).encode() if form is not None else b""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        lines = [f"{method} {address} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Cookie: {cookies}"]
        if form is not None:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = await reader.readuntil(b"\r\n\r\n")
        found = {"location": "", "content-length": "0", "retry-after": "0", "connection": ""}
        for name, value in HEADERS.findall(head):
            if name.lower() == b"set-cookie":
                cookie, _, rest = value.decode().partition("=")
                self.cookies[cookie] = rest.partition(";")[0]
            else:
                found[name.decode().lower()] = value.decode()
        text = await reader.readexactly(int(found["content-length"]))
        self.used_at = time.monotonic()
        if found["connection"] == "close":
            self.close()
        status = int(head.split(b" ", 2)[1])
        return Reply(status, text.decode(), found["location"], float(found["retry-after"]))

    def close(self) -> None:
        if self.streams is not None:
            self.streams[1].close()
            self.streams = None
