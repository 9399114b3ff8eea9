"""Two studies that differ in what is hidden only send the same bytes to the same people.

Which units are offered may depend on strata and counters, and so on grades where a study asks for that
(`strata` with grade, an arm's share of incorrect outputs): those designs are not twins and not here.
"""

from __future__ import annotations

import random
import re

import pytest
from django.test import Client

from annotations.catalogue.models import Grade, Item, Output, System
from annotations.participation import display
from annotations.people import enrolling
from annotations.responses.models import Response
from tests.participation.kit import make_study
from tests.security.blind import DESIGNS, PROTOCOLS, of
from tests.security.crawling import Crawler

PEOPLE = 3
# Random in each answer, or derived from what is: of the same length always.
VOLATILE = re.compile(
    r'(?<=name="csrfmiddlewaretoken" value=")[^"]*|(?<=name="submission_key" value=")[^"]*'
    r'|(?<=data-unit=")[^"]*|(?<=id="withdrawal-code">)[^<]*|(?<=id="completion-code">)[^<]*'
    r"|(?<=csrftoken=)\w+|(?<=take_sums-.=)[^;]*|(?<=expires=)[^;]*|(?<=/image/)\w+"
    r'|(?<=name="passed" value=")[^"]*|(?<=data-lease-seconds=")\d+|\'Expires\': \'[^\']*\''
)


def twins(folder, protocol, design, other):
    """Of equal prompts and texts; in the second all grades, references and systems are others."""
    for slug in ("sums-a", "sums-b"):
        make_study(
            folder, slug, protocol=protocol, checks=2, participants=PEOPLE + 2, overlap=PEOPLE + 2, items=8,
            units_per_participant=4,
            settings={"collection": slug, "checks": {"share": 0.3}, **of(protocol, design)},
        )  # fmt: skip
    theirs = {"collection__name": "sums-b", "check_answer": ""}
    if other:
        Item.objects.filter(**theirs).update(reference=["nothing of the kind"], meta={"solution": "x"})
        Output.objects.filter(**theirs).update(trace="I guess.", meta={"note": "y"})
        grades = Grade.objects.filter(output__collection__name="sums-b")
        for grade in grades:
            grade.grade = {"correct": "incorrect", "incorrect": "avoidant"}[grade.grade]
            grade.save()
        for system in System.objects.filter(collection__name="sums-b"):
            System.objects.filter(pk=system.pk).update(key=f"another-{system.pk}", family="another family")


def traffic(slug, order, answers, monkeypatch):
    """What each person was sent, in the order in which they came."""
    keys = iter(range(1000))
    monkeypatch.setattr(enrolling.secrets, "token_hex", lambda size: f"{next(keys):016x}")
    people = [Crawler(slug, Client(enforce_csrf_checks=True)) for _each in range(PEOPLE)]
    for turn, number in enumerate(order):
        ann = people[number]
        if not ann.page.step:
            ann.join()
        elif ann.page.step in ("away", "exit", ""):
            ann.get()
        elif ann.page.step == "units":
            ann.send(**answers(number, turn))
        else:
            ann.go_on()
    return [[plain(said, slug) for said in ann.seen] for ann in people]


def plain(said, slug):
    return VOLATILE.sub("~", said.replace(slug, "sums-_").replace("take_sums-_", "take_sums-a"))


def same(number, turn):
    return {
        "verdict": ("correct", "incorrect", "unsure")[(number + turn) % 3],
        "answer": str(turn % 5), "difficulty": "30", "confidence": "60",
    }  # fmt: skip


def another(number, turn):
    """As `same`, but for what the first person says."""
    if number:
        return same(number, turn)
    return same(number, turn) | {"verdict": "avoidant", "answer": "7", "confidence": "61"}


def order_of(seed):
    order = [person for person in range(PEOPLE) for _turn in range(14)]
    random.Random(seed).shuffle(order)
    return order


def both(tmp_path, monkeypatch, protocol, design="plain", *, other=True, answers=same):
    twins(tmp_path, protocol, design, other)
    order = order_of(f"{protocol} {design}")
    return traffic("sums-a", order, same, monkeypatch), traffic("sums-b", order, answers, monkeypatch)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_is_hidden_changes_no_byte(db, tmp_path, monkeypatch, protocol, design):
    first, second = both(tmp_path, monkeypatch, protocol, design)
    assert sum(map(len, first)) > 20 * PEOPLE
    assert first == second
    assert Response.objects.filter(study__slug="sums-b").count() >= 4 * PEOPLE


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_others_answer_changes_no_byte(db, tmp_path, monkeypatch, protocol):
    first, second = both(tmp_path, monkeypatch, protocol, other=False, answers=another)
    assert first[1:] == second[1:]


def test_rendering_that_depends_on_a_grade_is_noticed(db, tmp_path, monkeypatch):
    """The control: one space behind the texts of incorrect outputs."""
    render = display.task_context

    def telling(passage, item, output, **more):
        context = render(passage, item, output, **more)
        if output and output.grades.filter(current=True, grade="incorrect").exists():
            context["warning"] = " "
        return context

    monkeypatch.setattr("annotations.participation.pages.inside.task_context", telling)
    first, second = both(tmp_path, monkeypatch, "supervision")
    assert first != second
