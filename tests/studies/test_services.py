"""Opening, stopping and amending a study."""

from __future__ import annotations

import copy

import pytest
from django.db import transaction

from annotations.core.errors import Refusal
from annotations.core.models import AuditEntry
from annotations.responses.models import Response
from annotations.studies import drawing, preparing, services
from annotations.studies.definition import filled, parse_definition, to_yaml
from annotations.studies.models import Batch, StratumLevel, Study, StudyVersion, Unit
from annotations.studies.services import amend_study, close_study, open_study, pause_study, why_not_open
from annotations.studies.shelving import archive_study, delete_study
from tests.participation.kit import JUDGED, Visitor, Walker, make_study
from tests.studies.study_case import draft, keys


@pytest.fixture
def study(db, tmp_path):
    """An S2 draft: six items, two systems, one batch."""
    return draft(tmp_path, protocol="supervision")


def test_draft_that_can_open_has_nothing_against_it(study):
    assert why_not_open(study) == []


def test_open_with_filters_that_leave_nothing_is_refused(db, tmp_path):
    study = draft(tmp_path, protocol="supervision", units={"system": ["nobody"]})
    with pytest.raises(Refusal, match="its filters leave nothing"):
        open_study(study=study, actor="test")
    assert Study.objects.get().state == "draft"


def test_open_draws_units_and_levels_and_says_so(study):
    opened = open_study(study=study, actor="ann@example.org")
    assert (opened.state, opened.batches.get().state) == ("open", "open")
    assert opened.opened_at is not None
    assert Unit.objects.count() == 12
    levels = StratumLevel.objects.order_by("filled").values_list("filled", "units")
    assert list(levels) == [(0, 12), (1, 0), (2, 0)]
    entry = AuditEntry.objects.get(action="study opened")
    assert entry.actor == "ann@example.org"
    assert entry.details["definition_hash"] == opened.version.definition_hash


def test_open_twice_is_refused(study):
    open_study(study=study, actor="test")
    study.refresh_from_db()
    with pytest.raises(Refusal, match="only a draft or a paused study can be opened"):
        open_study(study=study, actor="test")
    assert Unit.objects.count() == 12


@pytest.mark.django_db(transaction=True)
def test_open_by_somebody_who_saw_the_draft_is_refused(study):
    stale = Study.objects.get()
    open_study(study=study, actor="test")
    with pytest.raises(Refusal, match="omebody else"):
        open_study(study=stale, actor="test")
    assert Unit.objects.filter(batch__state=Batch.OPEN).count() == 12
    assert StudyVersion.objects.count() == 1


@pytest.mark.parametrize("place", ["bulk_create", "levels", "freeze"])
def test_open_that_is_killed_leaves_a_draft_that_opens_afterwards(study, monkeypatch, place):
    def power_cut(*args, **kwargs):
        raise SystemExit("power cut")

    with monkeypatch.context() as patch:
        if place == "bulk_create":
            patch.setattr(preparing, "CHUNK", 5)
            real, calls = Unit.objects.bulk_create, []
            patch.setattr(
                type(Unit.objects), "bulk_create",
                lambda self, rows, **more: power_cut() if calls else calls.append(1) or real(rows),
            )  # fmt: skip
        elif place == "levels":
            patch.setattr(drawing, "levels", power_cut)
        else:
            patch.setattr(services, "freeze_version", power_cut)
        with pytest.raises(SystemExit):
            open_study(study=study, actor="test")
    left = Study.objects.get()
    assert left.state == "draft"
    assert left.version is None
    assert Unit.objects.exists()
    assert Visitor().get("/join/sums/").status == 404
    open_study(study=left, actor="test")
    assert Batch.objects.count() == 1
    assert Unit.objects.count() == 12
    assert Visitor().join().step == "instructions"


def test_drawn_units_do_not_hang_on_an_opening_that_was_killed(study, tmp_path, monkeypatch):
    monkeypatch.setattr(services, "freeze_version", lambda *args, **more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        open_study(study=study, actor="test")
    first = keys(study)
    monkeypatch.undo()
    open_study(study=study, actor="test")
    assert keys(study) == first


@pytest.mark.parametrize(
    "acts, states",
    [
        ([pause_study], ("paused", "paused")),
        ([pause_study, open_study], ("open", "open")),
        ([close_study], ("closed", "closed")),
        ([pause_study, close_study], ("closed", "closed")),
    ],
)
def test_study_and_batch_move_together(study, acts, states):
    moved = open_study(study=study, actor="test")
    for act in acts:
        moved = act(study=moved, actor="test")
    assert (Study.objects.get().state, Batch.objects.get().state) == states


@pytest.mark.parametrize("act", [pause_study, close_study, open_study])
def test_closed_study_stays_closed(study, act):
    closed = close_study(study=open_study(study=study, actor="test"), actor="test")
    with pytest.raises(Refusal, match="closed"):
        act(study=closed, actor="test")


def test_draft_cannot_be_paused(study):
    with pytest.raises(Refusal, match="The study is draft and cannot become paused"):
        pause_study(study=study, actor="test")


# --- freezing


def test_hash_is_the_same_in_another_database(db, tmp_path):
    """Loaded second, under another slug, after other rows: nothing in the hash is this database's own."""
    settings = {"collection": "sums"}
    first = make_study(tmp_path, "first", protocol="supervision", settings=settings)
    hashed = first.version.definition_hash
    wipe()
    make_study(tmp_path, "other", items=3, settings={"collection": "other"})
    second = make_study(tmp_path, "second", protocol="supervision", settings=settings)
    assert second.version.definition_hash == hashed
    assert second.pk != first.pk


def wipe():
    from annotations.catalogue.models import Collection, Load

    Response.objects.all().delete()
    Batch.objects.all().delete()
    Study.objects.update(version=None)
    StudyVersion.objects.all().delete()
    Study.objects.all().delete()
    Load.objects.all().delete()
    Collection.objects.all().delete()


@pytest.mark.parametrize(
    "change, same",
    [
        ({"participants": 50}, True),
        ({"overlap": 4, "units": {"sample": 4}}, True),
        ({"settings": {"seed": 8}}, False),
        ({"settings": {"title": "Other"}}, False),
        ({"items": 7}, False),
        ({"systems": 3}, False),
    ],
)
def test_hash_covers_what_is_asked_and_not_how_many_are_asked(db, tmp_path, change, same):
    """Each study on a collection of its own name, so that the name is set to be the same afterwards."""
    first = make_study(tmp_path, "sums", protocol="supervision").version.definition_hash
    wipe()
    second = make_study(tmp_path / "again", "sums", protocol="supervision", **change)
    assert (second.version.definition_hash == first) is same


def test_rated_study_is_not_touched_by_outputs_of_its_collection(db, tmp_path):
    first = make_study(tmp_path, "rated", settings={"collection": "sums"})
    hashed = first.version.definition_hash
    make_study(tmp_path, "judged", protocol="supervision", settings={"collection": "sums"})
    wipe()
    make_study(tmp_path / "again", "judged", protocol="supervision", settings={"collection": "sums"})
    again = make_study(tmp_path / "again", "rated", settings={"collection": "sums"})
    assert again.version.definition_hash == hashed


def test_later_load_does_not_change_an_open_study(db, tmp_path):
    study = make_study(tmp_path, "first", items=4, settings={"collection": "sums"})
    before = (study.version.definition_hash, study.version.loads, keys(study))
    make_study(tmp_path, "second", items=9, settings={"collection": "sums"})
    study.refresh_from_db()
    assert (study.version.definition_hash, study.version.loads, keys(study)) == before
    walked = Walker(study, "ann").walk()
    assert {assignment.item.key for assignment in walked} <= {"i1", "i2", "i3", "i4"}


def test_study_opened_later_has_the_later_load_s_rows_too(db, tmp_path):
    study = draft(tmp_path, "first", items=4, settings={"collection": "sums"})
    draft(tmp_path, "second", items=9, settings={"collection": "sums"})
    assert len(keys(open_study(study=study, actor="test"))) == 9


def test_load_published_while_a_study_opens_is_not_the_study_s(db, tmp_path, monkeypatch):
    study = draft(tmp_path, "first", items=4, settings={"collection": "sums"})
    real = services.freeze_version

    def slow(*args, **more):
        draft(tmp_path, "second", items=9, settings={"collection": "sums"})
        return real(*args, **more)

    monkeypatch.setattr(services, "freeze_version", slow)
    opened = open_study(study=study, actor="test")
    assert len(opened.version.loads) == 1
    assert len(keys(opened)) == 4


def test_amendment_takes_in_no_later_load(db, tmp_path):
    opened = make_study(tmp_path, "first", items=4, settings={"collection": "sums"})
    draft(tmp_path, "second", items=9, settings={"collection": "sums"})
    version = amend_study(
        study=opened, definition=amended(opened, instructions={"en": "Go."}), actor="ann@example.org"
    )
    assert version.loads == opened.version.loads


def test_answers_carry_the_hash_of_their_version(study):
    opened = open_study(study=study, actor="test")
    ann = Visitor()
    ann.begin()
    ann.send(**JUDGED)
    assert Response.objects.get().definition_hash == opened.version.definition_hash


# --- amending


def amended(study, **changes):
    return copy.deepcopy(study.definition) | changes


def test_amendment_is_a_new_version_with_its_difference(study):
    opened = open_study(study=study, actor="test")
    version = amend_study(
        study=opened, definition=amended(opened, instructions={"en": "Judge twice."}), actor="ann@example.org"
    )
    assert version.number == 2
    assert version.definition_hash != opened.version.definition_hash
    assert Study.objects.get().version == version
    ((path, old, new),) = AuditEntry.objects.get(action="study amended").details["difference"]
    assert path == "instructions.en"
    assert new == "Judge twice."
    assert old != new


def test_amendment_is_for_those_who_come_from_now_on(study):
    opened = open_study(study=study, actor="test")
    ann, bob = Visitor(), Visitor()
    ann.join()
    amend_study(study=opened, definition=amended(opened, instructions={"en": "Judge twice."}), actor="test")
    assert "Judge twice." in bob.join().words
    assert "Judge twice." not in ann.get().words
    for person in (ann, bob):
        person.send()
        person.send(**JUDGED)
    hashes = Response.objects.order_by("pk").values_list("definition_hash", flat=True)
    assert list(hashes) == [version.definition_hash for version in StudyVersion.objects.order_by("number")]


def test_amendment_that_changes_nothing_is_refused(study):
    opened = open_study(study=study, actor="test")
    with pytest.raises(Refusal, match="says the same as the present one"):
        amend_study(study=opened, definition=amended(opened), actor="test")


@pytest.mark.parametrize(
    "changes",
    [{"protocol": "difficulty"}, {"collection": "other"}, {"batches": []}],
    ids=lambda one: next(iter(one)),
)
def test_amendment_of_what_is_fixed_is_refused(study, changes):
    opened = open_study(study=study, actor="test")
    with pytest.raises(Refusal, match=f"cannot change {next(iter(changes))}"):
        amend_study(study=opened, definition=amended(opened, **changes), actor="test")
    assert StudyVersion.objects.count() == 1


@pytest.mark.parametrize("state", ["draft", "closed"])
def test_amendment_needs_a_study_that_runs(study, state):
    if state == "closed":
        study = close_study(study=open_study(study=study, actor="test"), actor="test")
    with pytest.raises(Refusal, match="open or paused"):
        amend_study(study=study, definition=amended(study, title="Other"), actor="test")


def test_definition_is_stored_filled_in(study):
    opened = open_study(study=study, actor="test")
    stored = opened.version.definition
    read_again = parse_definition(to_yaml(stored), file="study.yaml", default_collection="other")
    assert filled(read_again) == stored


@pytest.mark.parametrize("gone, says", [("deleted", "was deleted meanwhile"), ("archived", "in the archive")])
def test_study_that_is_shelved_while_it_is_being_opened_stays_a_draft(study, gone, says):
    prepared = services.prepare_opening(study)
    if gone == "deleted":
        delete_study(study=study, confirmation=study.slug, actor="ann@example.org")
    else:
        archive_study(study=study, actor="ann@example.org")
    with pytest.raises(Refusal, match=says), transaction.atomic():
        services.finish_opening(study=study, prepared=prepared, actor="bob@example.org")
    assert Study.objects.get().state == "draft"
