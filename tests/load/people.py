"""Participants as they are: they think, reload, post twice, go back, open two tabs, leave and come back, or go.

Whatever gets no reply, or "one moment", they send again as it was.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping

from tests.load.history import ANSWER, FAIL, JOIN, LEAVE, OK, PAGE, STEP, UNKNOWN, History, Request
from tests.load.wire import Line, NoReply, Page, Reply

VERDICTS = ("correct", "avoidant", "incorrect", "unsure")
# How often, at a unit, somebody does more than to answer it.
POLITE: dict[str, float] = {}
STAYING = {"reload": 0.05, "double": 0.08, "back": 0.05, "tabs": 0.05}
RUDE = STAYING | {"away": 0.04, "gone": 0.01}
# No server is down for so long.
GIVES_UP_AFTER = 90.0


class Person:
    """One passage. `think` is how long they look at a page, in seconds, on average."""

    def __init__(
        self,
        number: int,
        port: int,
        slug: str,
        history: History,
        *,
        chance: random.Random,
        think: float,
        manners: Mapping[str, float],
    ) -> None:
        self.number, self.port, self.history = number, port, history
        self.chance, self.think, self.manners = chance, think, manners
        self.line = Line(port)
        self.entry, self.address = f"/join/{slug}/", f"/take/{slug}/"
        self.last: dict[str, str] = {}

    async def take_part(self) -> str:
        """The step at which it ended."""
        try:
            page = await self.read(self.entry)
            if page.step == "consent":
                page = await self.send(JOIN, page.form | {"consent": "1", "next": "1"}, self.entry)
            while page.step in ("instructions", "units"):
                await asyncio.sleep(self.chance.expovariate(1 / self.think) if self.think else 0)
                if page.step == "instructions":
                    page = await self.send(STEP, page.form | {"next": "1"})
                    continue
                habit = self.habit()
                if habit == "gone":
                    return "gone for good"
                page = await (getattr(self, habit)(page) if habit else self.send(ANSWER, self.answer(page)))
            return page.step
        finally:
            self.line.close()

    def habit(self) -> str:
        draw = self.chance.random()
        for name, share in self.manners.items():
            draw -= share
            if draw < 0:
                return name
        return ""

    def answer(self, page: Page) -> dict[str, str]:
        given = {"confidence": str(self.chance.randint(0, 100)), "next": "1"}
        if page.asks_verdict:
            given["verdict"] = self.chance.choice(VERDICTS)
        else:
            given |= {
                "answer": str(self.chance.randint(0, 99)),
                "difficulty": str(self.chance.randint(0, 100)),
            }
        self.last = page.form | given
        return self.last

    async def reload(self, page: Page) -> Page:
        again = await self.read(self.address)
        if again.form.get("submission_key") != page.form["submission_key"]:
            raise AssertionError("a reload showed another unit")
        return again

    async def double(self, page: Page) -> Page:
        """Two clicks."""
        form = self.answer(page)
        await asyncio.gather(self.ask(ANSWER, form), self.ask(ANSWER, form, line=self.other_line()))
        return await self.read(self.address)

    async def back(self, page: Page) -> Page:
        """The page before, from the browser's memory, sent as it was or with something else in it."""
        if self.last:
            form = dict(self.last)
            if self.chance.random() < 0.5:
                form["confidence"] = other_than(form["confidence"])
            await self.ask(ANSWER, form)
        return await self.read(self.address)

    async def tabs(self, page: Page) -> Page:
        """The unit in two tabs, with a different answer in each: one after the other, or both at once."""
        twin = await self.reload(page)
        form = self.answer(page)
        other = twin.form | form | {"confidence": other_than(form["confidence"])}
        line = self.other_line()
        if self.chance.random() < 0.5:
            await asyncio.gather(self.ask(ANSWER, form), self.ask(ANSWER, other, line=line))
            self.last = {}  # nobody knows which of them it was
        else:
            await self.ask(ANSWER, form)
            await self.ask(ANSWER, other, line=line)
        return await self.read(self.address)

    async def away(self, page: Page) -> Page:
        """Leave, and come back if there is a place."""
        token = {name: value for name, value in page.form.items() if name == "csrfmiddlewaretoken"}
        await self.ask(LEAVE, token, f"{self.address}leave/")
        await asyncio.sleep(self.think)
        return await self.read(self.address)

    def other_line(self) -> Line:
        return Line(self.port, self.line.cookies)

    async def read(self, address: str) -> Page:
        reply = await self.ask(PAGE, {}, address)
        while reply.status in (302, 303):
            reply = await self.ask(PAGE, {}, reply.leads_to)
        return Page.read(reply.text)

    async def send(self, act: str, form: dict[str, str], address: str = "") -> Page:
        reply = await self.ask(act, form, address)
        return await self.read(reply.leads_to) if reply.status in (302, 303) else Page.read(reply.text)

    async def ask(
        self, act: str, form: dict[str, str], address: str = "", *, line: Line | None = None
    ) -> Reply:
        """Until a reply comes that says what became of it; each try is written down."""
        line = line or self.line
        deadline = time.monotonic() + GIVES_UP_AFTER
        while time.monotonic() < deadline:
            request = Request(self.number, act, form)
            self.history.requests.append(request)
            pause = self.chance.uniform(0.05, 0.2)
            began = request.at = time.perf_counter()
            try:
                reply = await line.ask(
                    "GET" if act == PAGE else "POST", address or self.address, form or None
                )
            except NoReply:
                request.outcome = UNKNOWN
            else:
                request.status, request.seconds = reply.status, time.perf_counter() - began
                if reply.status != 503:
                    request.outcome = OK if self.is_done(act, reply) else FAIL
                    if line is not self.line:
                        line.close()
                    return reply
                request.outcome, pause = UNKNOWN, max(pause, reply.retry_after)
            await asyncio.sleep(pause)
        raise AssertionError(f"nothing but silence for {GIVES_UP_AFTER:.0f} s: {act}")

    @staticmethod
    def is_done(act: str, reply: Reply) -> bool:
        return reply.status in ((200, 302, 303) if act in (PAGE, LEAVE) else (302, 303))


def other_than(confidence: str) -> str:
    return str((int(confidence) + 1) % 101)
