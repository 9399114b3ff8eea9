from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotations.responses.exclusions.registry import Parameter, leaves_out_people
from annotations.responses.persons import Around, Person

SAID = {"sometimes": ("sometimes", "often"), "often": ("often",)}


def asks_for_it(definition: Mapping[str, Any]) -> str:
    asked = any(step["kind"] == "honesty" for step in definition["steps"])
    return "" if asked else "needs a step of kind honesty: add one, or remove the rule"


@leaves_out_people(
    "honesty",
    "Leaves out people who said at the step of kind honesty that they had used help.",
    needs=asks_for_it,
    help=Parameter("often", "From which answer on: help for some tasks, or for most.", choices=tuple(SAID)),
)
def honesty(person: Person, around: Around, *, help: str) -> str:
    said = person.told.get("help_used")
    return f"said that they used help {said}" if said in SAID[help] else ""
