"""Simulated people: they walk the same flow as real ones, and everything they leave says so.

The model, in the open. With z the item's metric, standardised within its domain (0 where missing), u an
item effect and a, t a person's ability and trust, all standard normal times a scale:

    P(fails at the task)                 = expit(-0.4 + 1.1 z + 0.5 u - 0.7 a)
    rating of difficulty, 0-100          = 100 expit(-0.4 + 0.9 z + 0.4 u + 0.3 b + 0.35 e)
    P(accepts an incorrect output)       = expit(-0.6 + 0.7 z + 0.5 v + 0.6 t)
    P(rejects a correct output)          = expit(-2.0 + 0.4 z - 0.4 t)
    P(names an avoidant output so)       = expit(1.8 + 0.5 v - 0.2 t), else it is called incorrect
    P(unsure), before all else           = expit(-3.2 + 0.5 z)
    P(answers a check as expected)       = 0.96

b is a person's bias, e noise, v an output effect. Times are log-normal, median 25 s for a verdict and
40 s for an own answer, a quarter longer for each unit of z. None of it claims to be what people do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np
from django.conf import settings

from annotations.allocation.models import Assignment
from annotations.catalogue.models import Grade, Item
from annotations.core import audit, keys
from annotations.core.errors import Refusal
from annotations.core.hashing import point
from annotations.participation import flow, steps
from annotations.participation.fields import example_of
from annotations.participation.passage import RealPassage
from annotations.people.enrolling import NoPlace
from annotations.people.models import Enrolment, Participant
from annotations.responses.answers import FIRST, Answer, Asked, asked_of, part_of
from annotations.responses.questions import YES_NO
from annotations.responses.recording import Timing, record_first
from annotations.studies.freezing import loads_of
from annotations.studies.models import Study

ATTENTIVE = 0.96


@dataclass(frozen=True)
class Person:
    ability: float
    bias: float
    trust: float


@dataclass(frozen=True)
class Simulated:
    participants: int
    answers: int


class World:
    """What the model needs to know about the items and outputs of a study."""

    def __init__(self, study: Study, seed: int) -> None:
        self.seed = seed
        items = Item.objects.filter(collection=study.collection_id, load__in=loads_of(study))
        rows = list(items.values_list("pk", "domain", "metric"))
        self.z: dict[int, float] = {}
        for domain in {domain for _, domain, _ in rows}:
            known = [metric for _, of, metric in rows if of == domain and metric is not None]
            mean, spread = (float(np.mean(known)), float(np.std(known))) if known else (0.0, 0.0)
            for pk, of, metric in rows:
                if of == domain:
                    self.z[pk] = (metric - mean) / spread if metric is not None and spread else 0.0
        grades = Grade.objects.filter(output__collection=study.collection_id, current=True)
        self.grades = dict(grades.values_list("output_id", "grade"))

    def effect(self, kind: str, key: str) -> float:
        """A standard normal value that belongs to the item or output."""
        return float(np.random.default_rng([self.seed, point(self.seed, kind, key)]).standard_normal())


def simulate(
    *, study: Study, participants: int, seed: int, tell: Callable[[int], None] = lambda done: None
) -> Simulated:
    """Send simulated people through the study until all have finished or no place is left.

    The same study, number and seed give the same answers. Refused where humans have answered: their
    data are not to be mixed.
    """
    humans = Participant.objects.filter(study=study, kind=Participant.HUMAN, imported=False)
    if humans.exists():
        raise Refusal(f"People take part in {study.slug!r}: simulated answers are not mixed with theirs.")
    world = World(study, seed)
    done = answers = 0
    for number in range(participants):
        secret = keys.code(settings.KEYS.pseudonym, "simulated", study.slug, seed, number, length=40)
        name = f"sim-{seed}-{number + 1:04d}"
        try:
            entry = flow.enter(study=study, entry_key=secret, kind=Participant.SIMULATED, key=name)
        except NoPlace:
            break
        numbers = np.random.default_rng([seed, number])
        answers += _walk(world, entry.enrolment, numbers, Random(f"{seed} {number}"))
        done += 1
        tell(done)
    audit.record(
        actor=audit.SYSTEM, action="study simulated", subject=study.slug, participants=done, seed=seed
    )
    return Simulated(done, answers)


def _walk(world: World, enrolment: Enrolment, rng: np.random.Generator, forms: Random) -> int:
    """One person's passage. Returns how many answers they gave."""
    person = Person(*(float(value) for value in rng.standard_normal(3)))
    clock_ms = int(rng.integers(20_000, 90_000))
    answers = 0
    while True:
        standing = flow.stand(enrolment)
        passage = RealPassage(enrolment)
        if standing.assignment is not None:
            assignment = standing.assignment
            if part_of(passage.definition, assignment) == FIRST:
                own = _own_answer(world, person, assignment.item, rng)
                asked = asked_of(passage.definition, judges_output=True, part=FIRST)
                record_first(enrolment=enrolment, assignment=assignment, answer=_as_asked(own, asked, forms))
                continue
            answer, duration = _answer(world, person, assignment, rng)
            asked = asked_of(
                passage.definition,
                judges_output=assignment.unit.output_id is not None,
                part=part_of(passage.definition, assignment),
            )
            timing = Timing(started_ms=clock_ms, duration_ms=duration)
            answer = _as_asked(answer, asked, forms)
            flow.submit(enrolment=enrolment, assignment=assignment, answer=answer, timing=timing)
            clock_ms += duration + int(rng.integers(300, 2_000))
            answers += 1
        elif standing.step == flow.EXIT or standing.step != passage.spec["kind"]:
            return answers
        else:
            _take_step(passage, forms)


def _take_step(passage: RealPassage, forms: Random) -> None:
    spec = passage.spec
    form = steps.get(spec["kind"]).example(passage, spec, forms) | {"step": spec["name"]}
    taken = flow.take_step(passage, form)
    if taken.errors:
        raise Refusal(f"The step {spec['name']!r} does not take the form of simulated people: {taken.errors}")


def _as_asked(answer: Answer, asked: Asked, forms: Random) -> Answer:
    """Only what the page asks for, and an answer to each question of the study's own."""
    meta = {"forecast": forms.choice(YES_NO)} if asked.forecast else {}
    for question in asked.questions:
        given = example_of(question, forms)
        meta[question["name"]] = " | ".join(given) if isinstance(given, list) else str(given)
    return Answer(
        answer=answer.answer if asked.own_answer else "",
        dont_know=answer.dont_know if asked.own_answer else None,
        difficulty=answer.difficulty if asked.difficulty else None,
        verdict=answer.verdict if asked.verdict else "",
        confidence=answer.confidence if asked.confidence else None,
        meta=meta,
    )


def _own_answer(world: World, person: Person, item: Item, rng: np.random.Generator) -> Answer:
    return _rate(world, person, item, world.z[item.pk], rng)


def _answer(
    world: World, person: Person, assignment: Assignment, rng: np.random.Generator
) -> tuple[Answer, int]:
    z = world.z[assignment.item_id]
    if assignment.unit.output_id is None:
        answer, median = _rate(world, person, assignment.item, z, rng), 40_000
    else:
        answer, median = _judge(world, person, assignment, z, rng), 25_000
    return answer, int(median * np.exp(0.22 * z + 0.5 * rng.standard_normal()))


def _rate(world: World, person: Person, item: Item, z: float, rng: np.random.Generator) -> Answer:
    u = world.effect("item", item.key)
    failure = _expit(-0.4 + 1.1 * z + 0.5 * u - 0.7 * person.ability)
    fails = rng.random() < (1 - ATTENTIVE if item.check_answer else failure)
    noise = float(rng.standard_normal())
    rating = round(100 * _expit(-0.4 + 0.9 * z + 0.4 * u + 0.3 * person.bias + 0.35 * noise))
    confidence = round(100 * _expit(0.8 - 0.8 * z - 0.6 * fails + 0.5 * float(rng.standard_normal())))
    if fails and rng.random() < 0.3:
        return Answer(dont_know=True, difficulty=rating, confidence=confidence)
    right = item.check_answer or (str(item.reference[0]) if item.reference else "")
    text = _beside(right, rng) if fails or not right else right
    return Answer(answer=text, dont_know=False, difficulty=rating, confidence=confidence)


def _beside(right: str, rng: np.random.Generator) -> str:
    """A wrong answer that resembles the right one."""
    try:
        return f"{float(right.replace(',', '')) + int(rng.integers(1, 12)):g}"
    except ValueError:
        return right[::-1] if right[::-1] != right else f"{right}?"


def _judge(
    world: World, person: Person, assignment: Assignment, z: float, rng: np.random.Generator
) -> Answer:
    output = assignment.unit.output
    if output is None:
        raise ValueError("only outputs are judged")
    v = world.effect("output", output.key)
    truth = world.grades.get(output.pk, "correct")
    draw, confidence = rng.random(), round(100 * _expit(0.6 - 0.5 * z + 0.7 * float(rng.standard_normal())))
    if output.check_answer:
        verdict = output.check_answer if draw < ATTENTIVE else "unsure"
    elif rng.random() < _expit(-3.2 + 0.5 * z):
        verdict = "unsure"
    elif truth == "incorrect":
        slips = draw < _expit(-0.6 + 0.7 * z + 0.5 * v + 0.6 * person.trust)
        verdict = "correct" if slips else "incorrect"
    elif truth == "correct":
        rejects = draw < _expit(-2.0 + 0.4 * z - 0.4 * person.trust)
        verdict = "incorrect" if rejects else "correct"
    else:
        verdict = "avoidant" if draw < _expit(1.8 + 0.5 * v - 0.2 * person.trust) else "incorrect"
    return Answer(verdict=verdict, confidence=confidence)


def _expit(value: float) -> float:
    return float(1 / (1 + np.exp(-value)))
