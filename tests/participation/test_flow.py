"""A participant's way through both protocols, page by page."""

from __future__ import annotations

import pytest

from annotations.people.models import Enrolment
from annotations.responses.models import Response
from annotations.studies.models import Batch
from tests.participation.kit import JUDGED, RATED, Visitor

OUTER = {"/take/sums/leave/", "/take/sums/withdraw/"}


@pytest.fixture(params=["difficulty", "supervision"])
def protocol(request, make):
    make(protocol=request.param)
    return request.param


@pytest.fixture
def filled(protocol):
    return RATED if protocol == "difficulty" else JUDGED


@pytest.fixture
def ann(protocol):
    """Ann takes part."""
    return Visitor()


def test_flow_goes_from_consent_to_the_codes(ann, filled):
    steps = [ann.get("/join/sums/").step, ann.send(consent="1").step, ann.send().step]
    while ann.page.step == "units":
        steps.append(ann.send(**filled).step)
    assert steps == ["consent", "instructions", "units", "units", "units", "exit"]
    assert ann.page.completion_code
    assert ann.page.withdrawal_code.count("-") == 2
    assert Response.objects.count() == 3
    assert Batch.objects.get().completed == 1


def test_flow_keeps_the_contract_of_its_pages(ann, filled):
    page = ann.get("/join/sums/")
    for _ in range(5):
        form = page.form
        assert form.method == "post"
        assert [one.name for one in form.fields if one.kind == "submit"] == ["next"]
        assert bool(page.unit) == (page.step == "units")
        assert {one.action for one in page.forms if not one.in_main} == (
            {"/join/sums/decline/?"} if page.step == "consent" else OUTER
        )
        page = ann.send(
            **({"consent": 1} if page.step == "consent" else filled if page.step == "units" else {})
        )
    assert page.step == "exit"


def test_units_have_inputs_named_as_the_columns(ann, protocol):
    form = ann.begin().form
    own = {"answer", "dont_know", "difficulty"} if protocol == "difficulty" else {"verdict"}
    times = {"active_ms", "idle_ms", "away_ms", "changes", "pastes"}
    others = {"confidence", "submission_key", "csrfmiddlewaretoken", "next", "part"}
    assert form.names == own | times | others
    assert not [name for name in times if form.field(name).value]


def test_units_have_no_default_on_the_scales(ann):
    form = ann.begin().form
    assert not [one for one in form.fields if one.checked]
    assert all(not one.value for one in form.fields if one.kind in ("number", "range", "text"))


def test_units_offer_the_four_verdicts(judged):
    form = Visitor().begin().form
    offered = [one.value for one in form.fields if one.name == "verdict"]
    assert offered == ["correct", "avoidant", "incorrect", "unsure"]


def test_unit_key_tells_nothing_of_the_unit(ann, filled):
    """Two people who get the same unit see other keys."""
    keys = {ann.begin().unit, ann.send(**filled).unit, Visitor().begin().unit}
    assert len(keys) == 3
    assert all(len(key) == 16 for key in keys)


def test_pages_show_progress(ann, filled):
    ann.begin()
    assert "Task 1 of 3" in ann.page.words
    assert "Task 2 of 3" in ann.send(**filled).words


@pytest.mark.parametrize(
    "given, right",
    [("=", True), (" {}.0 ", True), ("${}", True), ("{}1", False), ("many", False)],
)
def test_own_answer_is_marked_by_the_grader(rated, given, right):
    ann = Visitor()
    ann.begin()
    prompt = next(word for word in ann.page.words.split() if word.isdecimal())
    text = (given if given != "=" else "{}").format(2 * int(ann.page.words.split("What is ")[1].split()[0]))
    ann.send(answer=text, difficulty="5", confidence="5")
    stored = Response.objects.get()
    assert prompt
    assert stored.answer_correct is right
    assert stored.answer == text.strip()


def test_not_knowing_is_a_failure(rated):
    ann = Visitor()
    ann.begin()
    ann.send(dont_know="1", difficulty="90", confidence="0")
    stored = Response.objects.get()
    assert (stored.dont_know, stored.answer_correct, stored.answer) == (True, False, "")


def test_response_carries_what_analyses_need(ann, filled, protocol):
    ann.begin()
    ann.send(**filled)
    stored = Response.objects.get()
    assert stored.definition_hash == stored.study.version.definition_hash
    assert stored.position == 1
    assert stored.probability == stored.assignment.probability
    assert stored.duration_ms >= 0
    assert stored.started_ms >= 0
    assert (stored.output_id is None) == (protocol == "difficulty")
    assert not stored.surplus
    assert not stored.is_check


def test_reload_gives_the_same_unit(ann):
    assert ann.begin().unit == ann.get().unit


def test_another_tab_gives_the_same_unit(ann):
    assert ann.begin().unit == ann.twin().get().unit


def test_joining_again_leads_back_to_the_unit(ann):
    assert ann.begin().unit == ann.get("/join/sums/").unit


def test_coming_back_gives_the_same_unit(ann, filled):
    ann.begin()
    ann.send(**filled)
    unit = ann.page.unit
    ann.leave()
    assert ann.get().unit == unit
    assert Enrolment.objects.get().state == "active"


def test_leaving_frees_lease_and_place_at_once(ann, filled):
    ann.begin()
    ann.send(**filled)
    assert ann.leave().step == "left"
    batch = Batch.objects.get()
    assert (batch.running, batch.completed) == (0, 0)
    assert [unit.filled for unit in batch.units.filter(filled__gt=0)] == [1]  # the answer that was given


def test_leaving_shows_the_withdrawal_code(ann):
    code = ann.begin().withdrawal_code
    assert ann.leave().withdrawal_code == code


def test_leaving_twice_does_no_harm(ann):
    ann.begin()
    form = ann.outer_form("leave").filled()
    assert ann.leave().step == "left"
    assert ann.post("/take/sums/leave/", form).step == "left"
    assert Batch.objects.get().running == 0


def test_withdrawal_code_is_shown_all_along_and_deletes_the_answers(ann, filled):
    ann.begin()
    ann.send(**filled)
    code = ann.page.withdrawal_code
    stranger = Visitor()
    stranger.get("/take/sums/withdraw/")
    assert stranger.send(code=code.lower().replace("-", " "), sure="1").step == "withdrawn"
    assert not Response.objects.exists()
    assert Batch.objects.get().running == 0
    assert ann.get().status == 403


def test_withdrawal_asks_whether_one_is_sure(ann, filled):
    code = ann.begin().withdrawal_code
    ann.send(**filled)
    ann.get("/take/withdraw/")
    page = ann.send(code=code)
    assert page.status == 422
    assert page.form.field("code").value == code
    assert Response.objects.count() == 1


def test_withdrawal_with_a_wrong_code_says_so(ann, filled):
    ann.begin()
    ann.send(**filled)
    ann.get("/take/withdraw/")
    page = ann.send(code="AAAA-BBBB-CCCC", sure="1")
    assert page.status == 404
    assert "No answers are stored under this code" in page.words
    assert Response.objects.count() == 1


def test_completed_person_sees_the_codes_again(ann, filled):
    ann.begin()
    codes = ann.finish(**filled).codes
    assert ann.get().codes == codes
    assert ann.get("/join/sums/").codes == codes
    assert Enrolment.objects.count() == 1


def test_completion_code_is_the_batch_s_and_withdrawal_code_one_s_own(ann, filled):
    ann.begin()
    bob = Visitor()
    bob.begin()
    mine, his = ann.finish(**filled), bob.finish(**filled)
    assert mine.completion_code == his.completion_code
    assert mine.withdrawal_code != his.withdrawal_code


def test_both_protocols_in_one_study(make):
    make(protocol="both", items=4, systems=1, units_per_participant=4, strata=["system"])
    ann = Visitor()
    page, asked = ann.begin(), set()
    while page.step == "units":
        judges = "verdict" in page.form.names
        asked.add(judges)
        page = ann.send(**(JUDGED if judges else RATED))
    assert page.step == "exit"
    assert asked == {True, False}
    assert len({response.item_id for response in Response.objects.all()}) == 4


def test_outputs_are_shown_escaped(make, tmp_path):
    make(protocol="supervision", items=1, systems=1, open_now=False)
    from annotations.catalogue.models import Output
    from annotations.studies.models import Study
    from annotations.studies.services import open_study

    Output.objects.update(text="<script>alert(1)</script><form method=post>")
    open_study(study=Study.objects.get(), actor="test")
    page = Visitor().begin()
    assert "&lt;script&gt;alert(1)" in page.html
    assert page.form.method == "post"


def test_leaving_after_the_end_shows_the_exit_page_again(make):
    study = make(participants=1)
    ann = Visitor(study.slug)
    ann.begin()
    form = ann.outer_form("leave").filled()
    ann.finish(**RATED)
    page = ann.post(f"/take/{study.slug}/leave/", form)
    assert page.step == "exit"
    assert ann.enrolment.state == "completed"
