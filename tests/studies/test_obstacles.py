"""What stands in the way of opening: every setting that is not served or cannot be, with what to do."""

from __future__ import annotations

import pytest

from annotations.catalogue.models import Output
from annotations.core.errors import Refusal
from annotations.studies import services
from annotations.studies.models import Batch, Study, StudyVersion
from annotations.studies.services import amend_study, open_study, register_opening_check, why_not_open
from tests.studies.study_case import draft

AGE = {"name": "age", "text": {"en": "Age?"}}
EACH = {"name": "why", "text": {"en": "Why?"}, "per": "unit"}
ENDS = [{"kind": "consent"}], [{"kind": "exit"}]


def through(*steps):
    """The settings of a study that goes through these steps."""
    return {"steps": [*ENDS[0], *steps, *ENDS[1]]}


def arm(**parameters):
    return {"conditions": [{"name": "plain"}, {"name": "other", "parameters": parameters}]}


def practice(**units):
    return through({"kind": "practice", **units}, {"kind": "units"})


BY_GRADE = {"strata": ["grade"]}
UNITS = {"kind": "units"}

REFUSED = [
    ("difficulty", {"batches": []}, {}, "It has no batch"),
    ("supervision", {"repeats": {"share": 0.2, "gap": 2}}, {}, "must be 4 or more"),
    (
        "supervision",
        through({"kind": "units", "name": "first"}, UNITS),
        {},
        "Only the last step of kind units may be without `count`: give one to first",
    ),
    ("supervision", through({"kind": "units", "count": 4}), {}, "ask for 4 units or more"),
    ("supervision", through({"kind": "units", "name": "first", "count": 3}, UNITS), {}, "ask for 4 units"),
    ("supervision", {"questions": [AGE], **through(UNITS)}, {}, "No step asks age"),
    ("supervision", through(UNITS, {"kind": "questionnaire"}), {}, "has nothing to ask"),
    ("supervision", {"questions": [EACH | {"name": "position"}]}, {}, "columns named position already"),
    ("supervision", {"asking": {"revise": True}}, {}, "it needs `asking.own_answer`"),
    ("supervision", {"asking": {"forecast": True}}, {}, "this study asks for no items"),
    ("difficulty", {"asking": {"own_answer": True}}, {}, "`asking.own_answer` concerns outputs"),
    ("difficulty", {"asking": {"difficulty": True}}, {}, "`asking.difficulty` concerns outputs"),
    ("difficulty", {"presentation": {"trace": "folded"}}, {}, "`presentation.trace` concerns outputs"),
    ("supervision", arm(critic=True), {}, 'did you mean "critique"?'),
    ("supervision", arm(colour="red"), {}, "none of critique, incorrect_share, told, trace."),
    ("supervision", arm(trace="yes"), {}, "`trace` must be true or false"),
    ("supervision", arm(incorrect_share=1.5), BY_GRADE, "must be a number from 0 to 1"),
    ("supervision", arm(incorrect_share=True), BY_GRADE, "must be a number from 0 to 1"),
    ("supervision", arm(incorrect_share=0.5), {}, "needs `grade` among its `strata`"),
    ("supervision", arm(told=True), {}, "it needs `incorrect_share`"),
    ("supervision", arm(critique=True), {}, "add a column `critique` to outputs"),
    ("supervision", arm(trace=True), {}, "add a column `trace` to outputs"),
    ("difficulty", arm(trace=False), {}, "but this study shows no outputs"),
    ("supervision", practice(outputs=["nothing"]), {}, "outputs that are not there: nothing"),
    ("supervision", practice(outputs=["i1-0"]), {}, "have no known answer: i1-0"),
    ("difficulty", practice(items=["i1"]), {}, "have no known answer: i1"),
    ("difficulty", practice(outputs=["i1-0"]), {}, "and this study shows none: use items"),
]

SERVED = [
    ("supervision", {"repeats": {"share": 0.2, "gap": 1}}, {}),
    ("supervision", {"asking": {"own_answer": True, "revise": True, "difficulty": True}}, {}),
    ("difficulty", {"asking": {"forecast": True}, "questions": [AGE, EACH]}, {}),
    ("supervision", through({"kind": "units", "name": "first", "count": 2}, UNITS), {}),
    ("supervision", through({"kind": "units", "count": 3}), {}),
    ("supervision", through(UNITS, {"kind": "questionnaire", "preset": "trust"}), {}),
    ("supervision", arm(incorrect_share=1, told=True), BY_GRADE),
    ("supervision", arm(trace=False, critique=False, told=False), {}),
    ("supervision", practice(outputs=["c1-0"]), {}),
    ("difficulty", practice(items=["c1"]), {}),
]


@pytest.mark.parametrize("protocol, settings, batch, says", REFUSED)
def test_draft_that_cannot_open_says_why(db, tmp_path, protocol, settings, batch, says):
    study = draft(tmp_path, protocol=protocol, checks=1, settings=settings, **batch)
    assert any(says in reason for reason in why_not_open(study))
    with pytest.raises(Refusal, match="The study cannot open"):
        open_study(study=study, actor="test")
    assert Study.objects.get().state == "draft"
    assert not StudyVersion.objects.exists()
    assert not Batch.objects.exists()


@pytest.mark.parametrize("protocol, settings, batch", SERVED)
def test_draft_of_what_is_served_opens(db, tmp_path, protocol, settings, batch):
    study = draft(tmp_path, protocol=protocol, checks=1, settings=settings, **batch)
    assert why_not_open(study) == []
    assert open_study(study=study, actor="test").state == "open"


@pytest.mark.parametrize("name", ["critique", "trace"])
def test_arms_open_that_show_what_the_outputs_bring(db, tmp_path, name):
    study = draft(tmp_path, protocol="supervision", settings=arm(**{name: True}))
    assert why_not_open(study)
    output = Output.objects.earliest("pk")
    output.trace, output.meta = "First I add.", {"critique": "It looks right."}
    output.save(update_fields=["trace", "meta"])
    assert why_not_open(study) == []


def test_reasons_of_other_areas_stand_beside_these(db, tmp_path, monkeypatch):
    monkeypatch.setattr(services, "_opening_checks", [])
    register_opening_check(lambda study: [f"Nobody pays for {study.slug}."])
    study = draft(tmp_path)
    assert why_not_open(study) == ["Nobody pays for sums."]
    with pytest.raises(Refusal, match="Nobody pays"):
        open_study(study=study, actor="test")


def test_amendment_to_what_is_not_served_is_refused(db, tmp_path):
    study = open_study(study=draft(tmp_path, protocol="supervision"), actor="test")
    asking = study.definition["asking"] | {"revise": True}
    with pytest.raises(Refusal, match=r"cannot be amended so.*needs `asking.own_answer`"):
        amend_study(study=study, definition=study.definition | {"asking": asking}, actor="test")
    assert StudyVersion.objects.count() == 1


def test_amendment_that_practises_with_what_may_come_as_a_check_is_refused(db, tmp_path):
    settings = practice(outputs=["c1-0"])
    study = open_study(
        study=draft(tmp_path, protocol="supervision", checks=2, settings=settings), actor="test"
    )
    steps = [
        step | {"outputs": ["c1-0", "c2-0"]} if step["kind"] == "practice" else step
        for step in study.definition["steps"]
    ]
    with pytest.raises(Refusal, match="cannot add output:c2-0 to practice"):
        amend_study(study=study, definition=study.definition | {"steps": steps}, actor="test")
    assert StudyVersion.objects.count() == 1
