"""Simulated systems that answer the arithmetic items. No language model had any part in what they say.

How often they are right falls with the metric and rises with their size. Raw systems avoid what they
cannot do; shaped ones answer, and are wrong where the raw ones were silent. A wrong answer looks like a
right one: a carry forgotten, two digits exchanged, another word with nearly the same letters.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from arithmetic import (
    ADDITION,
    ANAGRAM,
    CHECKS,
    Item,
    Row,
    chance,
    items,
    pick,
    shuffled,
    words,
    write_table,
)

SYSTEM_COLUMNS = ("system", "family", "parameters", "flop", "shaping", "licence", "simulated")
TEMPLATE_COLUMNS = ("template", "domain", "text", "weight")
OUTPUT_COLUMNS = (
    *("output_id", "item_id", "system", "template", "text", "grade", "avoidance_kind", "grader", "check"),
)
GRADER = "the script that wrote the answer"
# So many items of each domain are put in every phrasing, the others in one.
IN_EVERY_PHRASING = 15


@dataclass(frozen=True)
class System:
    key: str
    family: str
    parameters: float
    tokens: float
    shaped: bool


@dataclass(frozen=True)
class Template:
    key: str
    domain: str
    text: str
    weight: float
    # How much the phrasing helps, in logits.
    help: float


SYSTEMS = (
    System("simulated-abacus-1b", "Abacus (simulated)", 1e9, 3e11, False),
    System("simulated-abacus-8b", "Abacus (simulated)", 8e9, 1e12, False),
    System("simulated-abacus-70b", "Abacus (simulated)", 7e10, 2e12, False),
    System("simulated-abacus-70b-shaped", "Abacus (simulated)", 7e10, 2e12, True),
    System("simulated-quill-7b", "Quill (simulated)", 7e9, 2e12, False),
    System("simulated-quill-7b-shaped", "Quill (simulated)", 7e9, 2e12, True),
)
TEMPLATES = (
    Template("addition-plain", ADDITION, "{prompt}", 0.6, 0.0),
    Template("addition-result", ADDITION, "{prompt} Reply with the result only.", 0.3, -0.3),
    Template("addition-steps", ADDITION, "{prompt} Go column by column.", 0.1, 0.5),
    Template("anagram-plain", ANAGRAM, "{prompt}", 0.6, 0.0),
    Template("anagram-word", ANAGRAM, "{prompt} Reply with the word only.", 0.3, -0.2),
    Template("anagram-game", ANAGRAM, "We play a word game. {prompt}", 0.1, -0.4),
)
RIGHT = {
    ADDITION: ("{0}", "The sum is {0}.", "{1} + {2} = {0}", "Adding column by column gives {0}."),
    ANAGRAM: (
        "{0}",
        "The word is {0}.",
        "These letters make {0}.",
        "It must be {0}: every letter is used once.",
    ),
}
AVOIDING = {
    "nonconforming": (
        "To answer this, look at each part in turn and write down what you find.",
        "That is a good exercise. Many people practise such tasks at school.",
    ),
    "epistemic": (
        "I am not able to work this out reliably.",
        "I don't know. Please use another tool for this.",
    ),
    "ethical": (
        "I would rather not answer, since this may be part of a test that you should take yourself.",
    ),
}
CHECK_ANSWERS = (
    ("check-1", "2 + 2 = 4", "correct", ""),
    ("check-2", "10 + 1 = 5000", "incorrect", ""),
    ("check-3", "I cannot answer that.", "avoidant", "epistemic"),
    ("check-4", "The word is hippopotamus.", "incorrect", ""),
)


def hardness(item: Item) -> float:
    """From -1, easy, to 1."""
    low, high = (0, 9) if item.domain == ADDITION else (3, 10)
    return 2 * (item.metric - low) / (high - low) - 1


def grade_of(rng: random.Random, item: Item, system: System, template: Template) -> str:
    size = math.log10(system.parameters) - 9.5
    right = expit(0.2 + 1.1 * size - 2.0 * hardness(item) + 0.4 * system.shaped + template.help)
    avoids = expit((-3.0 if system.shaped else -0.6) + 0.8 * hardness(item) - 0.4 * size)
    if rng.random() < right:
        return "correct"
    return "avoidant" if rng.random() < avoids else "incorrect"


def expit(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def text_of(rng: random.Random, item: Item, grade: str) -> tuple[str, str]:
    """The answer, and the kind of avoidance where it is one."""
    if grade == "avoidant":
        kind = pick(rng, ("nonconforming", "nonconforming", "epistemic", "epistemic", "ethical"))
        return pick(rng, AVOIDING[kind]), kind
    result = item.reference if grade == "correct" else wrong_result(rng, item)
    return pick(rng, RIGHT[item.domain]).format(result, *item.terms), ""


def wrong_result(rng: random.Random, item: Item) -> str:
    candidates = wrong_sums(item) if item.domain == ADDITION else wrong_words(rng, item)
    return pick(rng, sorted(set(candidates) - {item.reference}))


def wrong_sums(item: Item) -> Iterator[str]:
    """A carry too many or too few in one column, or two digits that changed places."""
    right = int(item.reference)
    for place in range(1, len(item.reference)):
        yield str(right + 10**place)
        if right - 10**place > max(item.terms):
            yield str(right - 10**place)
    for place in range(1, len(item.reference) - 1):
        digits = list(item.reference)
        digits[place], digits[place + 1] = digits[place + 1], digits[place]
        yield "".join(digits)


def wrong_words(rng: random.Random, item: Item) -> Iterator[str]:
    """The three words of that length that share the most letters, or the word with two letters exchanged."""
    word = item.reference
    others = [other for other in words() if len(other) == len(word) and other != word]
    shared = {other: sum(min(other.count(one), word.count(one)) for one in set(word)) for other in others}
    yield from sorted(others, key=lambda other: (-shared[other], other))[:3]
    letters = list(word)
    place = int(rng.random() * (len(word) - 1))
    letters[place], letters[place + 1] = letters[place + 1], letters[place]
    yield "".join(letters)


def templates_for(item: Item, everywhere: set[str]) -> list[Template]:
    of_domain = [template for template in TEMPLATES if template.domain == item.domain]
    if item.key in everywhere:
        return of_domain
    draw = chance("template", item.key).random()
    for template in of_domain:
        draw -= template.weight
        if draw < 0:
            return [template]
    return of_domain[:1]


def system_rows() -> Iterator[Row]:
    for one in SYSTEMS:
        flop = f"{6 * one.parameters * one.tokens:.4g}"
        shaping = "shaped" if one.shaped else "raw"
        yield one.key, one.family, f"{one.parameters:.4g}", flop, shaping, "CC0-1.0", "yes"


def template_rows() -> Iterator[Row]:
    for template in TEMPLATES:
        yield template.key, template.domain, template.text, template.weight


def output_rows() -> Iterator[Row]:
    known = items()
    everywhere: set[str] = set()
    for domain in (ADDITION, ANAGRAM):
        keys = [item.key for item in known if item.domain == domain]
        everywhere.update(shuffled(chance("everywhere", domain), keys)[:IN_EVERY_PHRASING])
    for item in known:
        for template in templates_for(item, everywhere):
            for system in SYSTEMS:
                rng = chance("output", item.key, template.key, system.key)
                grade = grade_of(rng, item, system, template)
                text, kind = text_of(rng, item, grade)
                key = f"{item.key}-{template.key.split('-')[1]}-{system.key.removeprefix('simulated-')}"
                yield key, item.key, system.key, template.key, text, grade, kind, GRADER, ""
    for check, (key, text, grade, kind) in zip(CHECKS, CHECK_ANSWERS, strict=True):
        yield f"{key}-answer", check.key, SYSTEMS[0].key, "", text, grade, kind, GRADER, grade


def write_outputs(out: Path) -> None:
    write_table(out / "systems.csv", SYSTEM_COLUMNS, system_rows())
    write_table(out / "templates.csv", TEMPLATE_COLUMNS, template_rows())
    write_table(out / "outputs.csv", OUTPUT_COLUMNS, output_rows())
