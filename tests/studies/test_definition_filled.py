from __future__ import annotations

import hashlib
import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from annotations.studies.definition import (
    batch_hash,
    definition_difference,
    definition_hash,
    filled,
    parse_definition,
    to_yaml,
)

SMALLEST = "title: Sums\nprotocol: difficulty\n"
LARGE = """\
title: Sums, judged
protocol: both
seed: 7
collection: sums
locales: [en, de]
domains: [{name: sums, metric: carries, metric_transform: log10, guess: 0.25, grader: number}]
batches:
  - {name: pilot, participants: 5, units: {domain: sums, grade: [incorrect]}}
  - {name: main, participants: 60, units: {sample: 400, system: [a, b]}, overlap: 2, strata: [domain, system]}
recruitment: {provider: prolific}
consent: {de: "Hallo\\n  Welt: 1 # 2\\n"}
questions:
  - {name: age, kind: number, text: {en: "Your age?"}, low: 18}
  - {name: why, text: {en: "Why?"}, per: unit, required: false}
  - name: sure
    kind: choice
    text: {en: "Sure?"}
    options: [{value: "yes"}, {value: "1e3", text: {en: "no"}}]
steps:
  - {kind: eligibility, questions: [{name: adult, text: {en: "18?"}, options: [{value: a}, {value: b}], right: [a]}]}
  - {kind: consent}
  - {kind: instructions}
  - {kind: comprehension, attempts: 3, questions: [{name: c, text: {en: x}, options: [{value: a}, {value: b}], right: [b]}]}
  - {kind: practice, outputs: [o1]}
  - {kind: units, name: first, count: 10}
  - {kind: break, text: {en: "Rest"}}
  - {kind: units, name: second}
  - {kind: questionnaire, questions: [age]}
  - {kind: honesty}
  - {kind: debrief, reveal: true}
  - {kind: feedback}
  - {kind: exit}
conditions: [{name: plain}, {name: warned, weight: 2, parameters: {banner: true, level: 3, share: 0.5, word: "null", none: null}}]
checks: {share: 0.1}
exclusions: [{name: too_fast, parameters: {seconds: 3}}]
analysis: {method: isotonic, difficulty_target: null, difficulty_from: other, thresholds: [1, 2.5]}
corrections: {allowed: true}
"""


def fill(text, collection="sums-study"):
    return filled(parse_definition(text, file="study.yaml", default_collection=collection))


def test_defaults():
    content = fill(SMALLEST)
    assert list(content) == [
        "title", "protocol", "seed", "collection", "locales", "domains", "batches", "recruitment",
        "information", "consent", "instructions", "debrief", "questions", "steps", "asking",
        "presentation", "skipping", "repeats", "conditions", "checks", "exclusions", "analysis", "corrections",
        "retention",
    ]  # fmt: skip
    assert content["collection"] == "sums-study"
    assert content["locales"] == ["en"]
    codes = dict.fromkeys(("completed", "screened_out", "failed_checks", "no_consent", "full"), "")
    assert content["recruitment"] == {"provider": "open", "codes": codes, "settings": {}}
    assert content["presentation"] == {"format": "markdown", "trace": "hidden", "warning": {}}
    assert content["asking"] == {
        "own_answer": False, "revise": False, "difficulty": False, "forecast": False, "confidence": True,
    }  # fmt: skip
    assert content["checks"] == {"share": 0.05}
    assert content["corrections"] == {"allowed": False}
    assert content["retention"] == {"identities_until": None, "answers_until": None}
    assert content["analysis"] == {
        "method": "likelihood", "free_ends": [], "difficulty_target": "rated", "difficulty_from": None, "resamples": 2000, "bins": 10,
        "thresholds": [5, 10, 20], "rho_participant": 0.1, "rho_output": 0.1,
    }  # fmt: skip
    assert [step["kind"] for step in content["steps"]] == [
        "consent",
        "instructions",
        "units",
        "debrief",
        "exit",
    ]


def test_defaults_of_domain_and_batch():
    content = fill(SMALLEST + "domains: [{name: sums}]\nbatches: [{name: main, participants: 60}]\n")
    assert content["domains"] == [
        {"name": "sums", "metric": "", "metric_transform": "none", "guess": 0.0, "grader": "none"}
    ]
    assert content["batches"] == [
        {
            "name": "main",
            "participants": 60,
            "units": {
                "sample": None,
                "domain": [],
                "system": [],
                "template": [],
                "grade": [],
                "difficulty_bin": [],
            },
            "overlap": 3,
            "units_per_participant": 20,
            "lease_minutes": 30,
            "strategy": "least_filled",
            "strata": ["domain"],
            "leave_out": [],
            "opens_at": None,
            "closes_at": None,
            "cost_per_place": None,
            "budget": None,
            "changes": [],
        }
    ]


@pytest.mark.parametrize(
    "promise",
    ["voluntary", "under a pseudonym", "withdrawal code", "until the data set of this study is published", "copies", "cannot be recalled"],
)  # fmt: skip
def test_default_consent_promises(promise):
    assert promise in fill(SMALLEST)["consent"]["en"]


def test_texts_stand_for_every_locale():
    content = fill(SMALLEST + "locales: [de, en]\nconsent: {de: Hallo}\n")
    assert list(content["consent"]) == ["de", "en"]
    assert content["consent"]["de"] == "Hallo"
    assert "voluntary" in content["consent"]["en"]
    assert content["debrief"]["de"] == content["debrief"]["en"]


def test_instructions_follow_the_protocol():
    texts = {
        protocol: fill(f"title: x\nprotocol: {protocol}\n")["instructions"]["en"]
        for protocol in ("difficulty", "supervision", "both")
    }
    assert len(set(texts.values())) == 3
    assert "avoidant" not in texts["difficulty"]


def test_questions_asked_once_get_a_questionnaire():
    content = fill(SMALLEST + "questions: [{name: age, text: {en: Age}}]\n")
    assert "questionnaire" in [step["kind"] for step in content["steps"]]
    content = fill(SMALLEST + "questions: [{name: age, text: {en: Age}, per: unit}]\n")
    assert "questionnaire" not in [step["kind"] for step in content["steps"]]


def test_checks_are_missed_only_where_they_are_asked_for():
    parsed = [
        parse_definition(text, file="study.yaml", default_collection="x")
        for text in (SMALLEST, SMALLEST + "checks: {share: 0.2}\n")
    ]
    assert [definition.checks_asked_for for definition in parsed] == [0.0, 0.2]


@pytest.mark.parametrize("text", [SMALLEST, LARGE])
def test_round_trip(text):
    content = fill(text)
    assert json.loads(json.dumps(content)) == content
    assert fill(to_yaml(content), collection="another") == content
    assert to_yaml(fill(to_yaml(content))) == to_yaml(content)


words = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffe\uffff"),
    min_size=1,
    max_size=20,
)
tricky = st.sampled_from(
    ["no", "1e3", "0x1f", "010", "1:30", "2024-01-01", "~", "null", "=", "<<", "*a", "&a", "- x", "a: b", "# x", ".inf", "|", "1_0"]
)  # fmt: skip


@given(
    consent=st.lists(words | tricky, min_size=1, max_size=3).map("\n".join),
    value=words | tricky,
    number=st.floats(-1e15, 1e15),
)
def test_round_trip_of_any_text(consent, value, number):
    content = fill(SMALLEST)
    content["consent"]["en"] = consent
    content["conditions"] = [
        {"name": "a", "weight": 1.0, "parameters": {"text": value, "number": number, "1e3": True}}
    ]
    assert fill(to_yaml(content)) == content


DIGESTS = {"items": ["b", "a"], "systems": ["s"], "templates": [], "outputs": ["o"]}


def test_hash_is_the_sha256_of_canonical_json():
    content = fill(LARGE)
    body = {key: value for key, value in content.items() if key not in ("batches", "recruitment")}
    whole = {
        "definition": body,
        "digests": {"items": ["a", "b"], "templates": [], "systems": ["s"], "outputs": ["o"]},
    }
    assert definition_hash(content, DIGESTS) == hashlib.sha256(rfc8785.dumps(whole)).hexdigest()


def test_hash_of_a_stored_definition_does_not_change():
    """What was stored before a key existed keeps its hash: nothing is filled in again."""
    stored = {"title": "Sums", "protocol": "difficulty", "seed": 0, "batches": [{"name": "main"}]}
    assert (
        definition_hash(stored, {})
        == hashlib.sha256(
            b'{"definition":{"protocol":"difficulty","seed":0,"title":"Sums"},'
            b'"digests":{"items":[],"outputs":[],"systems":[],"templates":[]}}'
        ).hexdigest()
    )


def test_hash_leaves_out_batches_recruitment_and_slug():
    content = fill(LARGE)
    other = {**content, "batches": [], "recruitment": {"provider": "sona"}, "slug": "x"}
    assert definition_hash(other, DIGESTS) == definition_hash(content, DIGESTS)


@pytest.mark.parametrize("key", ["title", "seed", "collection", "consent", "steps", "conditions", "analysis"])
def test_hash_covers_everything_else(key):
    content = fill(LARGE)
    assert definition_hash({**content, key: "other"}, DIGESTS) != definition_hash(content, DIGESTS)


def test_hash_covers_digests_in_whichever_order():
    content = fill(SMALLEST)
    assert definition_hash(content, {"items": ["a", "b"]}) == definition_hash(content, {"items": ["b", "a"]})
    assert definition_hash(content, {"items": ["a"]}) != definition_hash(content, {"items": ["b"]})
    with pytest.raises(ValueError, match="grades"):
        definition_hash(content, {"grades": ["a"]})


def test_hash_survives_storage():
    content = fill(LARGE)
    stored = json.loads(json.dumps(content))
    assert definition_hash(stored, DIGESTS) == definition_hash(content, DIGESTS)
    assert definition_hash(fill(to_yaml(stored)), DIGESTS) == definition_hash(content, DIGESTS)


def test_batch_hash():
    pilot, main = fill(LARGE)["batches"]
    assert batch_hash(pilot) != batch_hash(main)
    assert batch_hash(dict(reversed(pilot.items()))) == batch_hash(pilot)


def test_difference():
    old, new = fill(LARGE), fill(LARGE)
    assert definition_difference(old, new) == []
    new["seed"] = 8
    new["consent"]["en"] = "Please"
    new["conditions"] = new["conditions"][1:]
    new["domains"][0]["guess"] = 0.5
    changes = {path: (before, after) for path, before, after in definition_difference(old, new)}
    assert set(changes) == {"seed", "consent.en", "conditions.plain", "domains.sums.guess"}
    assert changes["seed"] == (7, 8)
    assert changes["domains.sums.guess"] == (0.25, 0.5)
    assert changes["conditions.plain"] == ({"name": "plain", "weight": 1.0, "parameters": {}}, None)


def test_difference_of_order():
    old, new = fill(LARGE), fill(LARGE)
    new["conditions"].reverse()
    assert definition_difference(old, new) == [("conditions", ["plain", "warned"], ["warned", "plain"])]


def test_difference_of_keys_that_came_later():
    assert definition_difference({"title": "x"}, {"title": "x", "corrections": {"allowed": False}}) == [
        ("corrections", None, {"allowed": False})
    ]
