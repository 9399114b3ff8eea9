"""Many people at once, in one event loop."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.load.history import History
from tests.load.people import RUDE, Person


@dataclass(frozen=True)
class Crowd:
    """So many people are there at any time; whoever ends makes room for the next.

    It is over when each seat has had `turns` people, when nobody finds a place any more, or after
    `seconds`, when people stop where they are.
    """

    people: int = 16
    think: float = 0.0
    seconds: float = 90.0
    turns: int | None = None
    manners: Mapping[str, float] = field(default_factory=lambda: RUDE)
    seed: int = 1


def play(port: int, slug: str, crowd: Crowd) -> History:
    """To its end. An exception of any of the people is raised."""
    return asyncio.run(_play(port, slug, crowd))


async def _play(port: int, slug: str, crowd: Crowd) -> History:
    history = History()
    until = time.monotonic() + crowd.seconds

    async def seat(number: int) -> None:
        chance = random.Random(f"{crowd.seed}-{number}")
        # Nobody thinks in step with the others.
        await asyncio.sleep(chance.uniform(0, crowd.think))
        turn = 0
        while crowd.turns is None or turn < crowd.turns:
            person = Person(
                number + turn * crowd.people, port, slug, history,
                chance=chance, think=crowd.think, manners=crowd.manners,
            )  # fmt: skip
            history.ends.append(await person.take_part())
            if history.ends[-1] not in ("exit", "gone for good") and crowd.turns is None:
                return
            turn += 1

    seats = [asyncio.create_task(seat(number)) for number in range(crowd.people)]
    done, still_there = await asyncio.wait(
        seats, timeout=until - time.monotonic(), return_when=asyncio.FIRST_EXCEPTION
    )
    for task in still_there:
        task.cancel()
    await asyncio.gather(*still_there, return_exceptions=True)
    for task in done:
        task.result()
    return history
