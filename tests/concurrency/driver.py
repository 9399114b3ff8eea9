"""Participants in processes of their own: they play through the forms of the real pages, over HTTP.

Standard library only, and no Django: a client process starts fast and shares nothing with the server.
"""

from __future__ import annotations

import http.client
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
    """What one client saw. `acknowledged` holds the submission keys whose answer the server confirmed."""

    acknowledged: list[str] = field(default_factory=list)
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


def answers_for(page: Page, chance: random.Random) -> dict[str, str]:
    values = {"confidence": str(chance.randint(0, 100))}
    if "verdict" in page.form.names:
        return values | {"verdict": chance.choice(["correct", "avoidant", "incorrect", "unsure"])}
    return values | {"answer": str(chance.randint(0, 99)), "difficulty": str(chance.randint(0, 100))}


def take_part(port: int, slug: str, log: Log, chance: random.Random, *, rude: bool) -> None:
    """One person's passage. The rude ones send forms twice, leave and come back, or just go."""
    browser = Browser(port, log)
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
            page = browser.get(address)
        log.ends.append(page.step)
    finally:
        browser.close()


def play(port: int, slug: str, number: int, people: int, polite: bool, gate: object, results: object) -> None:
    """One client process: several people, one after the other."""
    log, chance = Log(), random.Random(number)
    gate.wait()  # type: ignore[attr-defined]
    try:
        for turn in range(people):
            take_part(port, slug, log, chance, rude=not polite and (number + turn) % 3 == 0)
    except Exception as error:
        log.trouble.append(repr(error))
    results.put(log)  # type: ignore[attr-defined]


def run_clients(port: int, slug: str, *, clients: int = 16, people: int = 2, polite: bool = False) -> Log:
    """Let `clients` processes loose at one moment. What all of them saw together.

    Unless all are `polite`, a third of the people send forms twice, leave and come back, or just go.
    """
    context = multiprocessing.get_context("spawn")
    gate, results = context.Barrier(clients), context.Queue()
    processes = [
        context.Process(target=play, args=(port, slug, number, people, polite, gate, results), daemon=True)
        for number in range(clients)
    ]
    deadline = time.monotonic() + PATIENCE
    for process in processes:
        process.start()
    together = Log()
    for _ in processes:
        log = results.get(timeout=max(1.0, deadline - time.monotonic()))
        together.acknowledged += log.acknowledged
        together.statuses += log.statuses
        together.ends += log.ends
        together.trouble += log.trouble
    for process in processes:
        process.join(10)
    return together
