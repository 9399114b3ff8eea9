"""Participants in processes of their own: they play through the forms of the real pages, over HTTP.

Standard library only, and no Django: a client process starts fast and shares nothing with the server.
"""

from __future__ import annotations

import http.client
import itertools
import multiprocessing
import random
import time
import urllib.parse
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

from tests.participation.reading import Page

PATIENCE = 90.0


@dataclass
class Log:
    """What one client saw. `acknowledged` holds the submission keys whose answer the server confirmed.

    `said` holds what those answers were; `dropped` counts requests that got no reply.
    """

    acknowledged: list[str] = field(default_factory=list)
    said: dict[str, dict[str, str]] = field(default_factory=dict)
    dropped: int = 0
    statuses: list[int] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)


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


class PatientBrowser(Browser):
    """Where a reply does not come, or says "one moment", the same request is sent again until one does."""

    def ask(self, method: str, address: str, data: dict[str, str] | None = None) -> tuple[int, str, str]:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                reply = super().ask(method, address, data)
            except (OSError, http.client.HTTPException):
                self.log.dropped += 1
                self.connection.close()
                if time.monotonic() > deadline:
                    raise
            else:
                if reply[0] != 503 or time.monotonic() > deadline:
                    return reply
            time.sleep(0.05)


def answers_for(page: Page, chance: random.Random) -> dict[str, str]:
    values = {"confidence": str(chance.randint(0, 100))}
    if "verdict" in page.form.names:
        return values | {"verdict": chance.choice(["correct", "avoidant", "incorrect", "unsure"])}
    return values | {"answer": str(chance.randint(0, 99)), "difficulty": str(chance.randint(0, 100))}


def take_part(browser: Browser, slug: str, chance: random.Random, *, rude: bool) -> None:
    """One person's passage. The rude ones send forms twice, leave and come back, or just go."""
    log = browser.log
    try:
        page = browser.get(f"/join/{slug}/")
        if page.step != "consent":
            log.ends.append(page.step)
            return
        form = page.form.filled(consent="1", next="1")
        for _ in range(2 if rude else 1):
            browser.ask("POST", f"/join/{slug}/", form)
        address = f"/take/{slug}/"
        page = browser.get(address)
        while page.step in ("instructions", "units"):
            draw = chance.random()
            if rude and page.step == "units" and draw < 0.1:
                (leaving,) = [one for one in page.forms if one.action.endswith("/leave/")]
                browser.ask("POST", leaving.action, leaving.filled())
                if draw < 0.05:
                    log.ends.append("left")
                    return
            form = page.form.filled(next="1", **(answers_for(page, chance) if page.step == "units" else {}))
            for _ in range(2 if rude and draw > 0.7 else 1):
                status, _, _ = browser.ask("POST", address, form)
                if status == 303 and page.step == "units":
                    log.acknowledged.append(form["submission_key"])
                    log.said[form["submission_key"]] = form
            page = browser.get(address)
        log.ends.append(page.step)
    finally:
        browser.close()


@dataclass(frozen=True)
class Crowd:
    """Client processes and how their people behave: each plays `people` of them, one after the other.

    Unless all are `polite`, a third send forms twice, leave and come back, or just go. The patient ones go
    on through a server's death, and each client plays on until there is no place left.
    """

    clients: int = 16
    people: int = 2
    polite: bool = False
    patient: bool = False
    seconds: float = PATIENCE


def play(port: int, slug: str, number: int, crowd: Crowd, gate: object, results: object) -> None:
    """One client process."""
    log, chance = Log(), random.Random(number)
    browser = PatientBrowser if crowd.patient else Browser
    gate.wait()  # type: ignore[attr-defined]
    try:
        for turn in itertools.count() if crowd.patient else range(crowd.people):
            rude = not crowd.polite and (number + turn) % 3 == 0
            take_part(browser(port, log), slug, chance, rude=rude)
            if crowd.patient and log.ends[-1] != "exit":
                break
    except Exception as error:
        log.trouble.append(repr(error))
    results.put(log)  # type: ignore[attr-defined]


def run_clients(port: int, slug: str, crowd: Crowd = Crowd()) -> Log:
    """Let the crowd loose at one moment. What all of them saw together."""
    context = multiprocessing.get_context("spawn")
    gate, results = context.Barrier(crowd.clients), context.Queue()
    processes = [
        context.Process(target=play, args=(port, slug, number, crowd, gate, results), daemon=True)
        for number in range(crowd.clients)
    ]
    deadline = time.monotonic() + crowd.seconds
    for process in processes:
        process.start()
    together = Log()
    for _ in processes:
        log = results.get(timeout=max(1.0, deadline - time.monotonic()))
        together.acknowledged += log.acknowledged
        together.said |= log.said
        together.dropped += log.dropped
        together.statuses += log.statuses
        together.ends += log.ends
        together.trouble += log.trouble
    for process in processes:
        process.join(10)
    return together
