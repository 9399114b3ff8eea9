"""The platform's words in every language: numbers, plurals, errors, and no sentence that stays English."""

from __future__ import annotations

import re

import pytest

from tests.participation.kit import RATED
from tests.participation.sentences import sentences
from tests.participation.test_languages import LOCALES, person
from tests.participation.whole import Guide, settings

# The study's own words, which it brings in English only.
OWN = re.compile(
    r"Sums|Two euros|Are you of age\?|Option \w|What is asked\?|Hours slept\?|Stretch your legs\.|Goodbye\.|Fine\."
    r"|Type \d\.|What is \d \+ \d\?|It is \d+\.|Bananas\."
)
# The same word in both languages.
SAME = {"No"}


def test_numbers_in_inputs_are_as_browsers_read_them(make):
    """A comma is shown; in an attribute it would be no number."""
    hours = {
        "name": "hours",
        "text": {"es": "¿Horas?"},
        "per": "unit",
        "kind": "scale",
        "low": 0.25,
        "high": 12.25,
    }
    make(settings={"locales": ["es"], "questions": [hours]})
    ann = person()
    ann.begin()
    page = ann.send(**RATED | {"difficulty": ""}, hours="1.5")
    field = page.form.field("hours").attributes
    assert (field["min"], field["max"], field["value"]) == ("0.25", "12.25", "1.5")
    assert page.form.field("difficulty").attributes["max"] == "100"
    assert "12,25" in page.words


@pytest.mark.parametrize(
    "language, words",
    [
        (
            "es",
            [
                "No se ha perdido nada. Revise 3 campos",
                "Dé una respuesta o elija «No lo sé».",
                "de 0 a 100",
            ],
        ),
        ("zh-CN", ["请检查以下 3 处", "请给出答案，或选择“我不知道”。", "从 0 到 100"]),
    ],
)
def test_errors_are_in_the_persons_language(make, language, words):
    make(settings={"locales": LOCALES})
    ann = person(language)
    ann.begin()
    page = ann.send(answer="", difficulty="", confidence="101")
    assert page.status == 422
    assert [word for word in words if word not in page.words] == []


def test_count_of_one_has_its_own_words(make):
    make(units_per_participant=1, settings={"locales": ["es"]})
    ann = person()
    ann.begin()
    ann.finish(**RATED)
    assert "1 respuesta guardada." in ann.page.words


@pytest.fixture(params=["difficulty", "supervision"])
def whole(request, make):
    more = {"locales": LOCALES, "skipping": {"allowed": True}, "corrections": {"allowed": True}}
    if request.param == "supervision":
        more["asking"] = {"own_answer": True, "revise": True, "difficulty": True}
    else:
        more["asking"] = {"forecast": True}
    return make(
        protocol=request.param, checks=2, participants=9, overlap=9, units_per_participant=3,
        settings=settings(request.param, **more),
    )  # fmt: skip


class Forecaster(Guide):
    def form(self, **instead):
        return {"forecast": "yes"} | super().form(**instead)


def tour(language):
    """All that people of one language read: every step with and without errors, and what stands beside."""
    said = set()

    def hear(page):
        said.update(sentences(page.html))
        return page

    ann = person(language, Forecaster)
    hear(ann.get("/join/sums/"))
    for _ in range(80):
        if ann.page.step == "exit":
            break
        if ann.page.step not in ("instructions", "break", "debrief", "feedback"):
            hear(ann.send())  # nothing is filled in
        if ann.page.step == "units":
            hear(ann.get("/take/sums/leave/"))
            ann.get()
        hear(ann.go_on())
    assert ann.page.step == "exit"
    for address in ("message", "consent", "withdraw"):
        hear(ann.get(f"/take/sums/{address}/"))
    hear(ann.post("/take/sums/withdraw/", ann.page.form.filled(code="ABCD")))
    hear(ann.post("/take/sums/withdraw/", ann.page.form.filled(code="ABCD", sure="1")))
    ann.get("/take/sums/message/")
    hear(ann.send(message=""))
    hear(ann.send(message="Hello"))

    bob = person(language, Forecaster)
    bob.walk("eligibility")
    hear(bob.go_on(eligibility={"adult": "n"}))
    hear(bob.get("/take/sums/"))  # no session
    hear(bob.get("/join/no-such-study/"))
    cid = person(language, Forecaster)
    cid.walk("practice")
    wrong = {"answer": "9", "verdict": "correct", "difficulty": "5", "confidence": "90"}
    for _ in range(3):
        hear(cid.go_on(practice=wrong))
    hear(cid.leave())
    cid.get()
    for _ in range(2):
        hear(cid.go_on(practice=wrong))
    assert cid.page.step == "failed_checks"
    dan = person(language, Forecaster)
    dan.walk("comprehension")
    hear(dan.go_on(comprehension={"task": "a"}))
    return said


@pytest.mark.parametrize("language", ["es", "zh-CN"])
def test_no_sentence_stays_english(whole, language):
    english = {text for text in tour("en") if not OWN.fullmatch(text)}
    assert len(english) > 100
    assert (english & tour(language)) - SAME == set()
