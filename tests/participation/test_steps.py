"""Every kind of step, over its pages: what it asks, what it stores, where it leads."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.utils.formats import date_format

from annotations.participation.simulation import simulate
from annotations.people.models import Enrolment
from annotations.responses.models import Response, StepAnswer
from annotations.studies.models import Batch
from tests.participation.kit import Visitor
from tests.participation.whole import TRUST, Guide, settings


@pytest.fixture(params=["difficulty", "supervision"])
def whole(request, make):
    return make(protocol=request.param, checks=2, units_per_participant=3, settings=settings(request.param))


@pytest.fixture
def ann(whole):
    return Guide()


def answers(step):
    rows = StepAnswer.objects.filter(step=step).order_by("pk")
    return {row.question: row.value for row in rows}


def test_steps_come_in_the_order_of_the_definition(ann):
    kinds = ann.walk()
    assert list(dict.fromkeys(kinds)) == [
        "eligibility", "consent", "questionnaire", "instructions", "practice", "comprehension", "units",
        "break", "honesty", "debrief", "feedback", "exit",
    ]  # fmt: skip
    assert kinds.count("units") == 3
    assert kinds[kinds.index("break") - 1] == "units"
    assert ann.page.completion_code
    assert "Goodbye." in ann.page.words
    assert Response.objects.count() == 3
    assert Batch.objects.get().completed == 1


def test_what_steps_ask_is_stored_apart_from_responses(ann):
    ann.walk()
    assert answers("trust-before") == answers("trust-after") == {name: float(x) for name, x in TRUST.items()}
    assert answers("questionnaire") == {"age_group": "25-34", "hours": 7.0}
    assert answers("honesty") == {"help_used": "no"}
    assert answers("feedback") == {"feedback": "Fine."}
    assert "eligibility" not in set(StepAnswer.objects.values_list("step", flat=True))
    assert not Response.objects.exclude(meta={}).exists()


def test_consent_is_kept_with_its_boxes_and_a_copy(ann):
    ann.walk("consent")
    ann.send(consent="1", record_away="1")
    consents = Enrolment.objects.get().consents
    assert (consents["record_away"], consents["training_use"]) == (True, False)
    assert (consents["version"], consents["language"], len(consents["sha256"])) == ("1", "en", 64)
    copy = ann.get("/take/sums/consent/")
    assert "Two euros" in copy.words
    at = datetime.fromisoformat(consents["at"])
    assert date_format(at, "DATETIME_FORMAT") + " UTC" in copy.words
    assert f'datetime="{consents["at"]}"' in copy.html


def test_who_does_not_fit_is_screened_out_and_leaves_nothing(ann):
    ann.walk("eligibility")
    page = ann.go_on(eligibility={"adult": "n"})
    assert page.step == "screened_out"
    assert not page.forms or all(not form.in_main for form in page.forms)
    assert not Enrolment.objects.exists()
    assert not StepAnswer.objects.exists()


def test_consent_cannot_be_reached_past_eligibility(ann):
    ann.walk("consent")
    form = ann.page.form.filled(consent="1", next="1")
    for token in ("", "forged", form["passed"] + "x"):
        assert ann.post("/join/sums/", form | {"passed": token}).step == "eligibility"
    assert not Enrolment.objects.exists()
    assert ann.post("/join/sums/", form).step == "questionnaire"


def test_eligibility_of_another_study_does_not_count(make, ann):
    make("other", protocol="difficulty", checks=2, units_per_participant=3, settings=settings())
    ann.walk("consent")
    passed = ann.page.form.field("passed").value
    bob = Guide("other")
    bob.walk("consent")
    form = bob.page.form.filled(consent="1", next="1")
    assert bob.post("/join/other/", form | {"passed": passed}).step == "eligibility"


def test_declining_stores_nothing(ann):
    ann.walk("consent")
    (decline,) = [form for form in ann.page.forms if "/decline/" in form.action]
    assert ann.post(decline.action, decline.filled()).step == "no_consent"
    assert not Enrolment.objects.exists()


def test_comprehension_can_be_tried_twice_and_failing_is_no_rejection(ann):
    ann.walk("comprehension")
    page = ann.go_on(comprehension={"task": "a"})
    assert page.step == "comprehension"
    assert "read the instructions again" in page.words
    page = ann.go_on(comprehension={"task": "a"})
    assert page.step == "failed_checks"
    assert "no rejection" in page.words
    enrolment = Enrolment.objects.get()
    assert (enrolment.state, enrolment.outcome) == ("left", "failed_checks")
    assert Batch.objects.get().running == 0
    assert ann.get().step == "failed_checks"  # and stays so
    marks = StepAnswer.objects.filter(step="comprehension").order_by("attempt")
    assert list(marks.values_list("attempt", "correct")) == [(1, False), (2, False)]


def test_comprehension_form_sent_twice_is_one_attempt(ann):
    ann.walk("comprehension")
    form = ann.page.form.filled(task="a", next="1")
    for _ in range(3):
        assert ann.post(ann.take_address, form).step == "comprehension"
    assert StepAnswer.objects.filter(step="comprehension").count() == 1
    assert ann.go_on().step == "units"


def test_practice_says_what_was_expected_and_never_a_scored_key(ann, whole):
    ann.walk("practice")
    wrong = {"answer": "99", "verdict": "correct", "difficulty": "5", "confidence": "90"}
    page = ann.go_on(practice=wrong)
    assert ("answer was: Avoidant" if whole.judges_outputs else "1") in page.words
    assert "expected answer was" in page.words
    page = ann.go_on(practice=wrong)
    assert "0 of 2" in page.words
    assert ann.go_on().step == "practice"
    ann.go_on()
    page = ann.go_on()
    assert "2 of 2" in page.words
    assert ann.go_on().step == "comprehension"
    assert not Response.objects.exists()


def test_practice_is_marked_by_the_grader_of_the_domain(make):
    make(checks=2, settings=settings())
    ann = Guide()
    ann.walk("practice")
    scales = {"difficulty": "5", "confidence": "90"}
    for answer in ("$ 1.00", "2,5"):
        ann.go_on(practice={"answer": answer, **scales})
    rows = StepAnswer.objects.filter(step="practice").order_by("pk")
    assert [(row.value, row.correct) for row in rows] == [("$ 1.00", True), ("2,5", False)]


def test_practice_that_fails_twice_ends_kindly(ann):
    ann.walk("practice")
    wrong = {"answer": "99", "verdict": "correct", "difficulty": "5", "confidence": "90"}
    for _ in range(5):
        page = ann.go_on(practice=wrong)
    assert page.step == "failed_checks"
    assert Batch.objects.get().running == 0


def test_practice_form_sent_twice_counts_once(ann):
    ann.walk("practice")
    form = ann.page.form.filled(**ann.form(), next="1")
    for _ in range(3):
        ann.post(ann.take_address, form)
    assert StepAnswer.objects.filter(step="practice").count() == 1


def test_practice_units_are_no_attention_checks(make):
    study = make(checks=2, settings=settings("difficulty", checks={"share": 0.9}), slug="sums")
    assert not study.batches.get().units.filter(is_check=True).exists()


@pytest.mark.parametrize("step", ["trust-before", "questionnaire", "honesty"])
def test_blank_answers_come_back_with_what_was_filled_in(ann, step):
    ann.walk("questionnaire" if step != "honesty" else "honesty")
    while ann.page.form.filled().get("step") != step:
        ann.go_on()
    given = {"trust-before": {"trust_rely": "20"}, "questionnaire": {"hours": "99"}, "honesty": {}}[step]
    page = ann.send(**given)
    assert page.status == 422
    assert page.alerts
    if step == "trust-before":
        assert page.form.field("trust_rely").value == "20"
    assert not answers(step)
    assert ann.go_on().status == 200


def test_demographics_may_be_left_unsaid(ann):
    ann.walk("questionnaire")
    while ann.page.form.filled().get("step") != "questionnaire":
        ann.go_on()
    ann.send(hours="7", gender="prefer_not_to_say")
    assert answers("questionnaire") == {"gender": "prefer_not_to_say", "hours": 7.0}


def test_place_is_used_up_with_the_last_answer_and_steps_after_it_go_on(ann):
    while Response.objects.count() < 3:
        ann.walk("units") if ann.page.step != "units" else ann.go_on()
        if ann.page.step == "break":
            ann.go_on()
    assert Batch.objects.get().completed == 1
    assert ann.page.step == "questionnaire"
    assert ann.get().step == "questionnaire"
    assert "leave" not in {form.action for form in ann.page.forms}
    assert "exit" in ann.walk()


def test_form_of_a_step_that_is_over_changes_nothing(ann):
    ann.walk("instructions")
    form = ann.page.form.filled(next="1")
    ann.walk("units")
    unit = ann.page.unit
    assert ann.post(ann.take_address, form).unit == unit
    assert ann.post(ann.take_address, form | {"step": "exit"}).unit == unit
    assert ann.post(ann.take_address, form | {"step": "honesty"}).unit == unit


def test_debrief_reveals_after_the_last_answer_only(make):
    make(
        protocol="supervision",
        checks=2,
        units={"grade": ["incorrect"]},
        units_per_participant=2,
        settings=settings("supervision"),
    )
    ann = Guide()
    ann.walk("honesty")
    assert "were wrong" not in ann.page.words
    assert "were wrong" in ann.go_on().words


def test_progress_grows_and_minutes_shrink(ann):
    seen = []
    while ann.page.step != "exit":
        ann.go_on() if ann.page.step else ann.get("/join/sums/")
        if 'id="progress"' in ann.page.html:
            seen.append(int(ann.page.html.split('id="progress" value="')[1].split('"')[0]))
    assert seen == sorted(seen)
    assert len(set(seen)) > 6
    assert max(seen) <= 100


def test_simulated_people_take_every_step(whole):
    done = simulate(study=whole, participants=2, seed=1)
    assert (done.participants, done.answers) == (2, 6)
    assert set(Enrolment.objects.values_list("state", flat=True)) == {"completed"}
    assert set(StepAnswer.objects.values_list("step", flat=True)) >= {"practice", "comprehension", "honesty"}


def test_simulated_people_answer_whatever_a_unit_asks(make):
    asking = {"own_answer": True, "difficulty": True, "revise": True, "confidence": False}
    steady = {
        "name": "steady",
        "kind": "scale",
        "text": {"en": "How steady?"},
        "low": 1,
        "high": 5,
        "per": "unit",
    }
    study = make(protocol="supervision", settings={"asking": asking, "questions": [steady]})
    simulate(study=study, participants=1, seed=1)
    response = Response.objects.first()
    assert response.verdict
    assert response.difficulty is not None
    assert response.answer or response.dont_know
    assert response.confidence is None
    assert 1 <= float(response.meta["steady"]) <= 5


def test_other_answers_to_a_step_that_is_over_are_not_taken_and_it_says_so(ann):
    ann.walk("questionnaire")
    form = ann.page.form.filled(**ann.form(), next="1")
    ann.go_on()
    assert ann.post(ann.take_address, form).status == 200  # the same again
    page = ann.post(ann.take_address, form | {"trust_rely": "99"})
    assert (page.status, page.step) == (409, "instructions")
    assert "stays as it was" in page.words
    assert answers("trust-before")["trust_rely"] == 20.0


def test_late_form_of_a_step_is_kept_though_the_place_is_gone(ann):
    ann.walk("questionnaire")
    form = ann.page.form.filled(**ann.form(), next="1")
    Enrolment.objects.update(state="lapsed")
    Batch.objects.update(places=0, running=0)
    assert ann.post(ann.take_address, form).step == "gone"
    assert answers("trust-before")["trust_rely"] == 20.0
    Batch.objects.update(places=3)
    assert ann.get().step == "instructions"


def test_somebody_else_may_take_part_in_the_same_browser(ann):
    ann.walk()
    (form,) = [one for one in ann.page.forms if one.action.endswith("/anew/")]
    assert ann.post(form.action, form.filled()).step == "eligibility"
    ann.walk()
    assert Enrolment.objects.count() == 2


@pytest.mark.parametrize("protocol", ["difficulty", "supervision"])
def test_nothing_of_an_item_that_was_practised_on_is_handed_out(make, protocol):
    steps = [
        step for step in settings(protocol)["steps"] if step["kind"] not in ("eligibility", "comprehension")
    ]
    study = make(protocol=protocol, checks=3, settings={**settings(protocol), "steps": steps})
    practised = {"c1", "c2"}
    assert not practised & set(study.batches.get().units.values_list("item__key", flat=True))
    assert study.batches.get().units.filter(item__key="c3").exists()


def test_ends_of_scales_say_what_they_mean(make):
    awake = {
        "name": "awake",
        "kind": "scale",
        "text": {"en": "How awake are you?"},
        "low": 0,
        "high": 10,
        "low_end": {"en": "asleep"},
        "high_end": {"en": "wide awake"},
    }
    questionnaire = {"kind": "questionnaire", "preset": "trust", "questions": ["awake"]}
    steps = [{"kind": "consent"}, questionnaire, {"kind": "units"}, {"kind": "exit"}]
    make(settings={"steps": steps, "questions": [awake]})
    words = Visitor().join().words
    for end in ("0 = asleep", "10 = wide awake", "0 = not at all", "100 = all of them"):
        assert end in words
