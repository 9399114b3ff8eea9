"""Many people at once, in one event loop."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.load.history import History
from tests.load.people import RUDE, Person


@dataclass(frozen=True)
class Crowd:
    """So many people are there at any time; whoever ends makes room for the next.

    It is over when each seat has had `turns` people, when nobody finds a place any more, once so many
    `answers` were acknowledged, or after `seconds`, or once `over` is set: then people stop where they are.
    """

    people: int = 16
    think: float = 0.0
    seconds: float = 90.0
    turns: int | None = None
    answers: int | None = None
    # Seconds within which the first come, in no step with each other; as long as they think where it is not said.
    arrive_within: float | None = None
    manners: Mapping[str, float] = field(default_factory=lambda: RUDE)
    seed: int = 1
    over: threading.Event = field(default_factory=threading.Event)


def play(port: int, slug: str, crowd: Crowd) -> History:
    """To its end. An exception of any of the people is raised."""
    # In a thread of its own: the tests' browser has an event loop in this one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _play(port, slug, crowd)).result()


async def _play(port: int, slug: str, crowd: Crowd) -> History:
    history = History()
    everybody = asyncio.gather(*(_seat(number, port, slug, crowd, history) for number in range(crowd.people)))
    ending = asyncio.create_task(_ending(crowd, history))
    await asyncio.wait([everybody, ending], return_when=asyncio.FIRST_COMPLETED)
    ending.cancel()
    if everybody.done():
        everybody.result()
    everybody.cancel()
    await asyncio.gather(everybody, return_exceptions=True)
    return history


async def _ending(crowd: Crowd, history: History) -> None:
    until = time.monotonic() + crowd.seconds
    while time.monotonic() < until and not crowd.over.is_set():
        if crowd.answers is not None and len(history.acknowledged) >= crowd.answers:
            return
        await asyncio.sleep(0.1)


async def _seat(number: int, port: int, slug: str, crowd: Crowd, history: History) -> None:
    chance = random.Random(f"{crowd.seed}-{number}")
    within = crowd.think if crowd.arrive_within is None else crowd.arrive_within
    await asyncio.sleep(chance.uniform(0, within))
    turn = 0
    while crowd.turns is None or turn < crowd.turns:
        person = Person(
            number + turn * crowd.people, port, slug, history,
            chance=chance, think=crowd.think, manners=crowd.manners,
        )  # fmt: skip
        end = await person.take_part()
        history.ends.append(end)
        if end not in ("exit", "gone for good") and crowd.turns is None:
            return
        turn += 1
