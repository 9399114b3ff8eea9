"""No byte that a participant gets before the last answer depends on what must not be known.

Canaries stand wherever something is to be hidden. A person crawls all that there is to see, errors
included, and a second study that differs in hidden things only must look the same.
"""

from __future__ import annotations

import re

import pytest
import yaml

from annotations.allocation.models import Assignment
from annotations.releases.loading import load_bundle
from tests.participation.kit import Visitor, write_table

VOLATILE = re.compile(
    r'name="(csrfmiddlewaretoken|submission_key)" value="[^"]*"|data-unit="[^"]*"|id="withdrawal-code">[^<]*'
)
ODD = ["", "nan", "correct", "x" * 6000]


def canary(name):
    return f"CANARY-{name}-{name[::-1]}"


HIDDEN = {
    name: canary(name)
    for name in (
        "reference", "worked-solution", "item-key", "system", "family", "licence", "template", "template-text",
        "output-key", "trace", "grader", "meta", "check", "participant",
    )
}  # fmt: skip


def write(folder, *, protocol, grade="incorrect", reference=HIDDEN["reference"], system=HIDDEN["system"]):
    folder.mkdir()
    definition = {
        "title": "Blind",
        "protocol": protocol,
        "collection": folder.name,
        "domains": [{"name": "words", "metric": "letters", "grader": "text"}],
        "batches": [{"name": "main", "participants": 5, "units_per_participant": 4, "overlap": 9}],
        "checks": {"share": 0.4},
        "corrections": {"allowed": True},
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(definition))
    rates = protocol == "difficulty"
    items = [
        {"item_id": f"{HIDDEN['item-key']}-{n}", "domain": "words", "prompt": f"Prompt {n}", "metric": 3 + n, "reference": reference, "check": "", "solution": HIDDEN["worked-solution"]}
        for n in range(6)
    ]  # fmt: skip
    if rates:
        items += [{**items[0], "item_id": "known", "prompt": "Type a word", "check": HIDDEN["check"]}]
    write_table(folder, "items", items)
    if rates:
        return folder
    write_table(
        folder,
        "systems",
        [
            {
                "system": system,
                "family": HIDDEN["family"],
                "licence": HIDDEN["licence"],
                "parameters": 7,
                "shaping": "raw",
            }
        ],
    )
    write_table(
        folder,
        "templates",
        [{"template": HIDDEN["template"], "domain": "words", "text": HIDDEN["template-text"]}],
    )
    write_table(
        folder,
        "outputs",
        [
            {"output_id": f"{HIDDEN['output-key']}-{n}", "item_id": item["item_id"], "system": system, "template": HIDDEN["template"], "text": f"Output {n}", "trace": HIDDEN["trace"], "grade": "" if n == 5 else grade, "grader": HIDDEN["grader"], "check": "incorrect" if n == 5 else "", "note": HIDDEN["meta"]}
            for n, item in enumerate(items)
        ],
    )  # fmt: skip
    return folder


class Crawler(Visitor):
    """Keeps every byte of every answer: status, headers, cookies and body, redirects one by one."""

    def __init__(self, slug):
        super().__init__(slug)
        self.seen: list[str] = []

    def look(self, method, address, data=None):
        answer = getattr(self.client, method)(address, data)
        cookies = [morsel.OutputString() for morsel in answer.cookies.values()]
        self.seen.append(f"{answer.status_code} {answer.headers} {cookies} {answer.content.decode()}")
        return answer

    def look_around(self):
        slug = self.slug
        for address in (
            f"/take/{slug}/",
            f"/join/{slug}/",
            f"/take/{slug}/correct/",
            f"/take/{slug}/withdraw/",
        ):
            self.look("get", address)
            self.look("put", address)
        self.look("post", f"/take/{slug}/", {"submission_key": "unknown"})
        self.look("get", f"/take/{slug}/leave/")
        self.look("get", "/take/elsewhere/")
        self.look("get", "/nowhere/")

    def answer_all(self, **values):
        self.begin()
        while self.page.step == "units":
            self.look_around()
            self.get()
            form = self.page.form
            csrf = {"csrfmiddlewaretoken": form.field("csrfmiddlewaretoken").value}
            for odd in ODD:
                self.look("post", self.take_address, form.filled(**dict.fromkeys(values, odd)) | csrf)
            self.look("post", self.take_address, form.filled(**values))
            self.look("post", self.take_address, form.filled(**values | {"confidence": "1"}))
            self.look("post", f"/take/{self.slug}/correct/", form.filled(**values | {"confidence": "2"}))
            if Assignment.objects.filter(enrolment=self.enrolment).count() == 4:
                return
            self.look("get", self.take_address)
            self.get()


PROTOCOLS = {
    "difficulty": {"answer": "word", "difficulty": "50", "confidence": "50"},
    "supervision": {"verdict": "unsure", "confidence": "50"},
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_no_canary_reaches_a_participant(db, tmp_path, protocol):
    load_bundle(folder=write(tmp_path / "blind", protocol=protocol), actor="test", open_now=True)
    ann = Crawler("blind")
    ann.answer_all(**PROTOCOLS[protocol])
    assert len(ann.seen) > 50
    assert "Prompt" in "".join(ann.seen)
    everything = "".join(ann.seen)
    assert [name for name, text in HIDDEN.items() if text.lower() in everything.lower()] == []
    assert ann.enrolment.participant.key not in everything


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_stored_answer_says_nothing_of_whether_it_is_right(db, tmp_path, protocol):
    load_bundle(folder=write(tmp_path / "blind", protocol=protocol), actor="test", open_now=True)
    right, wrong = Visitor("blind"), Visitor("blind")
    pages = []
    for person, own in (
        (right, {"answer": HIDDEN["reference"], "verdict": "incorrect"}),
        (wrong, {"answer": HIDDEN["reference"][::-1], "verdict": "correct"}),
    ):
        values = PROTOCOLS[protocol] | own
        form = person.begin().form
        person.send(**values, follow=False)
        pages.append(person.post(person.take_address, form.filled(**values | {"confidence": "1"})))
    assert [page.step for page in pages] == ["stored", "stored"]
    words = [
        re.sub(r"(?i)Prompt \d|Output \d|Type a word|CANARY\S+|\S+YRANAC|incorrect|correct", "", page.words)
        for page in pages
    ]
    assert strip(words[0]) == strip(words[1])


def strip(text):
    return " ".join(re.sub(r"[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}", "", text).split())


def bytes_of(person, values):
    """Every page of a passage without what is random, and the units in their order."""
    pages = []
    person.begin()
    while person.page.step == "units":
        pages.append(VOLATILE.sub("", person.page.html).replace(person.slug, ""))
        person.send(**values)
    return pages


def test_pages_are_the_same_bytes_whatever_is_hidden(db, tmp_path, monkeypatch):
    """Two studies that differ in grade, reference and system names only: one person sees the same in both."""
    from annotations.people import enrolling

    monkeypatch.setattr(enrolling.secrets, "token_hex", lambda size: "ann")
    for name, hidden in (
        ("one", {"grade": "incorrect", "reference": "x", "system": "a"}),
        ("two", {"grade": "correct", "reference": "y", "system": "b"}),
    ):
        load_bundle(
            folder=write(tmp_path / name, protocol="supervision", **hidden), actor="test", open_now=True
        )
    first, second = (bytes_of(Visitor(slug), PROTOCOLS["supervision"]) for slug in ("one", "two"))
    assert len(first) == 4
    assert first == second


def test_check_looks_like_any_unit(db, tmp_path):
    load_bundle(folder=write(tmp_path / "blind", protocol="supervision"), actor="test", open_now=True)
    looks = {}
    for _ in range(5):
        ann = Visitor("blind")
        ann.begin()
        while ann.page.step == "units":
            unit = Assignment.objects.get(submission_key=ann.page.form.field("submission_key").value).unit
            plain = re.sub(
                r"Prompt \d|Output \d|Task \d|value=\"\d+\"|about \d+ minutes? left|data-lease-seconds=\"\d+\"",
                "",
                VOLATILE.sub("", ann.page.html),
            )
            looks.setdefault(unit.is_check, set()).add(plain)
            ann.send(**PROTOCOLS["supervision"])
    assert set(looks) == {True, False}
    assert looks[True] == looks[False]
    assert len(looks[True]) == 1
