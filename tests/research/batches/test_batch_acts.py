"""Batches are added, extended, paused, resumed and closed through the pages, while people are inside."""

from __future__ import annotations

import pytest
from django.urls import reverse

from annotations.core.models import AuditEntry
from annotations.people.enrolling import NoPlace
from annotations.studies.models import Batch, Study, Unit
from tests.participation.kit import Walker, assert_balanced, make_study

WORDS = {
    "name": "second", "participants": "4", "units_per_participant": "3", "overlap": "2", "lease_minutes": "30",
    "strategy": "least_filled", "strata": ["domain"],
}  # fmt: skip


@pytest.fixture
def study(alice, bob, tmp_path):
    """Three places, six items, two answers a unit; Alice owns it, Bob may look."""
    study = make_study(tmp_path, "sums")
    study.members.create(user=alice, role="owner")
    study.members.create(user=bob, role="viewer")
    yield study
    assert_balanced()


@pytest.fixture
def send(alice, as_user):
    client = as_user(alice)

    def send_one(act, study, *args, **data):
        return client.post(reverse(f"research:{act}", args=[study.slug, *args]), data, follow=True)

    return send_one


def the(name="batch-0"):
    return Batch.objects.get(name=name)


def test_paused_batch_lets_nobody_in_and_goes_on(study, send):
    ann = Walker(study, "ann")
    unit = ann.unit()
    assert "The batch is paused" in send("pause-batch", study, "batch-0").content.decode()
    assert (the().state, the().held) == ("paused", True)
    with pytest.raises(NoPlace):
        Walker(study, "bob")
    ann.submit(unit)  # what was begun is stored and counted
    assert ann.stand().step == "paused"
    send("resume-batch", study, "batch-0")
    assert ann.stand().step == "units"
    Walker(study, "bob")
    said = AuditEntry.objects.filter(details__batch="batch-0").order_by("pk").values_list("action", "actor")
    assert list(said) == [
        ("batch paused", "alice@example.org"),
        ("batch resumed", "alice@example.org"),
    ]


def test_paused_batch_stays_paused_when_the_study_goes_on(study, send):
    send("add-batch", study, do="add", **WORDS)
    send("pause-batch", study, "batch-0")
    send("pause", study)
    refused = send("resume-batch", study, "second").content.decode()
    assert "resume the study" in refused
    send("open", study)
    assert (the().state, the("second").state) == ("paused", "open")


def test_closed_batch_keeps_what_was_begun(study, send):
    ann = Walker(study, "ann")
    unit = ann.unit()
    send("close-batch", study, "batch-0")
    assert the().state == "closed"
    ann.submit(unit)
    assert the().units.get(pk=unit.unit_id).answered == 1
    assert ann.stand().step == "exit"
    assert "closed and cannot be resumed" in send("resume-batch", study, "batch-0").content.decode()
    assert Study.objects.get().state == "open"


def test_batch_is_added_to_an_open_study(study, send):
    before = Study.objects.get().version.definition_hash
    page = send("add-batch", study, do="preview", **WORDS).content.decode()
    assert "6 units want 12 judgements: 4 places of 3 units each" in page
    assert not Batch.objects.filter(name="second").exists()
    page = send("add-batch", study, do="add", **WORDS).content.decode()
    assert "The batch was added." in page
    added = the("second")
    assert (added.state, added.places, added.position) == ("open", 4, 1)
    assert added.units.count() == 6
    fresh = Study.objects.get()
    assert fresh.version.definition_hash == before
    assert [one["name"] for one in fresh.definition["batches"]] == ["batch-0", "second"]
    for key in ("a", "b", "c"):
        Walker(study, key).walk()
    assert len(Walker(study, "d").walk()) == 3
    assert the("second").completed == 1


def test_batch_is_added_to_a_draft(alice, tmp_path, send):
    study = make_study(tmp_path, "sums", open_now=False)
    study.members.create(user=alice, role="owner")
    send("add-batch", study, do="add", **WORDS)
    study.refresh_from_db()
    assert [one["name"] for one in study.definition["batches"]] == ["batch-0", "second"]
    assert not Batch.objects.exists()
    send("open", study)
    assert set(Batch.objects.values_list("name", "state")) == {("batch-0", "open"), ("second", "open")}


def test_moments_of_a_new_batch_are_in_ones_own_zone(study, alice, send):
    alice.time_zone = "Asia/Tokyo"
    alice.save()
    send("add-batch", study, do="add", **WORDS, opens_at="2031-01-02T10:00")
    assert the("second").opens_at.isoformat() == "2031-01-02T01:00:00+00:00"


@pytest.mark.parametrize(
    "bad, said",
    [
        ({"name": "batch-0"}, "has a batch &#x27;batch-0&#x27; already"),
        ({"name": "two words"}, "characters that a name may not have"),
        ({"participants": "0"}, "greater than or equal to 1"),
        ({"cost_per_place": "2"}, "give both, or neither"),
        ({"opens_at": "2031-01-02T10:00", "closes_at": "2031-01-01T10:00"}, "does not come after"),
        ({"closes_at": "2001-01-01T10:00"}, "which has passed"),
        ({"opens_at": "0001-01-01T00:00"}, "too far away"),
        ({"closes_at": "9999-12-31T23:59"}, "too far away"),
        ({"leave_out": "nowhere"}, "nowhere, and there is no such study among yours"),
        ({"domain": "sums", "sample": "nothing"}, "Enter a whole number"),
    ],
)
def test_bad_batch_is_refused_with_the_reason_and_what_was_typed(study, alice, as_user, bad, said):
    address = reverse("research:add-batch", args=["sums"])
    answer = as_user(alice).post(address, {**WORDS, "do": "add", **bad})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page
    assert f'value="{bad.get("participants", "4")}"' in page
    assert Batch.objects.count() == 1


def test_batch_is_extended_while_somebody_answers(study, send):
    ann, frozen = Walker(study, "ann"), the().batch_hash
    ann.submit(ann.unit())
    send("extend-batch", study, "batch-0", participants="5", overlap="4")
    batch = the()
    assert (batch.places, batch.overlap, batch.batch_hash) == (5, 4, frozen)
    assert set(Unit.objects.values_list("quota", flat=True)) == {4}
    people = [ann, *(Walker(study, f"p{number}") for number in range(4))]
    for one in people:
        one.walk()
    assert the().completed == 5
    changes = Study.objects.get().definition["batches"][0]["changes"]
    assert changes == [
        {"setting": "participants", "before": 3, "after": 5},
        {"setting": "overlap", "before": 2, "after": 4},
    ]
    page = send("batch", study, "batch-0")
    assert page.status_code == 405  # a page to read


@pytest.mark.parametrize(
    "wanted, said",
    [
        ({"participants": "1", "overlap": "2"}, "More than 1 places are used"),
        ({"participants": "3", "overlap": "1"}, "The overlap can only grow"),
        ({"participants": "3", "overlap": "2"}, "Nothing would change"),
        ({"participants": "3", "overlap": "2", "closes_at": "2001-01-01T10:00"}, "has passed"),
        ({"participants": "3", "overlap": "2", "closes_at": "9999-12-31T23:59"}, "too far away"),
    ],
)
def test_extension_below_what_is_used_is_refused(study, send, wanted, said):
    for key in ("ann", "bea"):
        Walker(study, key)
    assert said in send("extend-batch", study, "batch-0", **wanted).content.decode()
    assert (the().places, the().overlap, the().closes_at) == (3, 2, None)


def test_places_may_fall_to_what_is_used(study, send):
    Walker(study, "ann")
    send("extend-batch", study, "batch-0", participants="1", overlap="2")
    assert the().places == 1
    with pytest.raises(NoPlace):
        Walker(study, "bea")


@pytest.mark.parametrize("name", ["pause-batch", "resume-batch", "close-batch", "extend-batch"])
def test_viewer_and_stranger_cannot_act(study, bob, charlie, as_user, name):
    address = reverse(f"research:{name}", args=["sums", "batch-0"])
    for user in (bob, charlie):
        assert as_user(user).post(address).status_code == 404
        assert as_user(user).get(reverse("research:add-batch", args=["sums"])).status_code == 404
        assert as_user(user).post(reverse("research:add-batch", args=["sums"]), WORDS).status_code == 404
    assert the().state == "open"
    assert Batch.objects.count() == 1


def test_viewer_reads_and_is_offered_no_act(study, bob, alice, as_user):
    address = reverse("research:batch", args=["sums", "batch-0"])
    seen, own = (as_user(user).get(address).content.decode() for user in (bob, alice))
    assert "/pause/" in own
    assert "/pause/" not in seen
    assert "0 of 3 places filled" in seen


def test_page_tells_judgements_by_stratum_and_bin(study, alice, as_user):
    Walker(study, "ann").walk()
    page = as_user(alice).get(reverse("research:batch", args=["sums", "batch-0"])).content.decode()
    assert "sums: 3 of 12" in page
    assert "Judgements by difficulty bin" in page
    assert as_user(alice).get(reverse("research:batch", args=["sums", "nope"])).status_code == 404
