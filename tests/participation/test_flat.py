"""What a participant's pages ask of the database: little, and as much among a thousand as alone."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotations.allocation.models import Assignment
from annotations.catalogue.models import Item, Output, System
from annotations.core import clock
from annotations.people import enrolling
from annotations.people.models import Enrolment, Participant
from annotations.responses.models import Response
from annotations.studies.models import Batch, StratumLevel, Unit
from tests.participation.kit import JUDGED, RATED, Visitor, make_study

MANY = 1000
LIMIT = 8
TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
CORRECTED = RATED | JUDGED | {"confidence": "1"}


class Counting(Visitor):
    """Counts the queries of every page, redirects not followed."""

    def __init__(self, slug):
        super().__init__(slug)
        self.client.handler.enforce_csrf_checks = False
        self.counts = {}

    def visit(self, name, method, address="", data=None, status=200):
        with CaptureQueriesContext(connection) as captured:
            self._read(getattr(self.client, method)(address or self.take_address, data))
        assert self.page.status == status, name
        self.counts[name] = sum(not one["sql"].startswith(TRANSACTION) for one in captured)
        return self.page


def made(tmp_path, slug, protocol):
    settings = {"corrections": {"allowed": True}}
    return make_study(tmp_path, slug, protocol=protocol, participants=2 * MANY, systems=1, settings=settings)


def more_items(study):
    """As many items again, each with one output where outputs are judged."""
    first = Item.objects.filter(load=study.load).earliest("pk")
    shared = {"collection": first.collection, "load": first.load, "domain": first.domain}
    count = Item.objects.count()
    items = Item.objects.bulk_create(
        Item(key=f"more{count + number}", digest="0" * 64, **shared) for number in range(MANY)
    )
    if not study.judges_outputs:
        return [(item, None) for item in items]
    shared = {
        "collection": first.collection,
        "load": first.load,
        "system": System.objects.get(load=study.load),
    }
    outputs = Output.objects.bulk_create(
        Output(key=item.key, item=item, text="4", digest="0" * 64, **shared) for item in items
    )
    return list(zip(items, outputs, strict=True))


def more_units(study, filled):
    batch = study.batches.get(name="batch-0")
    shared = {"batch": batch, "stratum": 1, "quota": 2, "filled": filled, "answered": filled}
    units = Unit.objects.bulk_create(
        Unit(item=item, output=output, shuffle=number, **shared)
        for number, (item, output) in enumerate(more_items(study))
    )
    level = StratumLevel.objects.get(batch=batch, stratum=1, filled=filled)
    StratumLevel.objects.filter(pk=level.pk).update(units=level.units + MANY)
    return units


def grow_study(study):
    """As many more units, people and full batches."""
    more_units(study, filled=0)
    batch = study.batches.get()
    people = Participant.objects.bulk_create(Participant(study=study, key=f"q{n}") for n in range(MANY))
    Enrolment.objects.bulk_create(
        Enrolment(
            participant=person,
            batch=batch,
            version=study.version,
            token_hash=person.key,
            entry_key=person.key,
            state=Enrolment.COMPLETED,
            expires_at=clock.now(),
        )
        for person in people
    )
    Batch.objects.filter(pk=batch.pk).update(completed=MANY, position=MANY)
    Batch.objects.bulk_create(
        Batch(
            study=study,
            name=f"full-{number}",
            position=number,
            state=Batch.OPEN,
            settings=batch.settings,
            batch_hash=batch.batch_hash,
            places=1,
            completed=1,
        )
        for number in range(MANY)
    )


def give_answers(study, enrolment):
    """The enrolment has answered as many units already, and wants as many more."""
    batch, units = enrolment.batch, more_units(study, filled=1)
    assignments = Assignment.objects.bulk_create(
        Assignment(
            enrolment=enrolment,
            participant_id=enrolment.participant_id,
            unit=unit,
            item_id=unit.item_id,
            state=Assignment.ANSWERED,
            submission_key=f"given{unit.pk}",
            position=position,
            eligible=1,
            probability=1.0,
            expires_at=clock.now(),
        )
        for position, unit in enumerate(units, start=1)
    )
    Response.objects.bulk_create(
        Response(
            study=study,
            participant_id=enrolment.participant_id,
            item_id=one.item_id,
            output_id=one.unit.output_id,
            batch=batch,
            assignment=one,
            verdict="correct",
        )
        for one in assignments
    )
    Enrolment.objects.filter(pk=enrolment.pk).update(handed_out=MANY, answered=MANY)
    wanted = batch.settings | {"units_per_participant": MANY + batch.settings["units_per_participant"]}
    Batch.objects.filter(pk=batch.pk).update(settings=wanted)


def walked(study, many):
    """Queries of every page of one passage, by the name of the step."""
    ann = Counting(study.slug)
    take = ann.take_address
    ann.visit("no session", "get", status=403)
    key = ann.visit("consent", "get", f"/join/{study.slug}/").form.filled()["submission_key"]
    ann.visit("no consent", "post", f"/join/{study.slug}/", {"submission_key": key}, status=422)
    entry = {"submission_key": key, "consent": "1"}
    ann.visit("entry", "post", f"/join/{study.slug}/", entry, status=303)
    ann.visit("entry again", "get", f"/join/{study.slug}/", status=303)
    if many:
        give_answers(study, ann.enrolment)
    ann.visit("instructions", "get")
    ann.visit("instructions read", "post", take, {"step": "instructions"}, status=303)
    key = ann.visit("hand-out", "get").form.filled()["submission_key"]
    ann.visit("reload", "get")
    answer = RATED | JUDGED | {"submission_key": key}
    ann.visit("wrong form", "post", take, {"submission_key": key}, status=422)
    ann.visit("submit", "post", take, answer, status=303)
    ann.visit("submit again", "post", take, answer, status=303)
    corrected = answer | CORRECTED
    ann.visit("another answer", "post", take, corrected, status=409)
    ann.visit("correct", "post", f"{take}correct/", corrected, status=303)
    key = ann.visit("next hand-out", "get").form.filled()["submission_key"]
    ann.visit("leave", "post", f"{take}leave/")
    ann.visit("come back", "get", status=303)
    assert ann.visit("same unit again", "get").form.filled()["submission_key"] == key
    ann.visit("next submit", "post", take, answer | {"submission_key": key}, status=303)
    key = ann.visit("last hand-out", "get").form.filled()["submission_key"]
    ann.visit("last submit", "post", take, answer | {"submission_key": key}, status=303)
    assert ann.visit("end", "get").step == "exit"
    ann.visit("exit", "get")
    ann.visit("withdrawal", "get", f"{take}withdraw/")
    ann.visit("wrong code", "post", f"{take}withdraw/", {"code": "none", "sure": "1"}, status=404)
    return ann.counts


@pytest.mark.django_db
@pytest.mark.parametrize("protocol", ["difficulty", "supervision"])
def test_pages_ask_as_little_among_a_thousand_as_alone(tmp_path, protocol):
    alone = walked(made(tmp_path, "alone", protocol), many=False)
    crowd = made(tmp_path, "crowd", protocol)
    grow_study(crowd)
    assert walked(crowd, many=True) == alone
    assert {name: count for name, count in alone.items() if count > LIMIT} == {}


DESIGNS = {
    "locales": ["en", "es"],
    "asking": {"own_answer": True, "difficulty": True, "revise": True},
    "presentation": {"trace": "folded"},
    "repeats": {"share": 0.5, "gap": 1},
    "skipping": {"allowed": True},
    "checks": {"share": 0.3},
    "conditions": [
        {"name": name, "parameters": {"incorrect_share": share, "told": True}}
        for name, share in (("few", 0.2), ("many", 0.5))
    ],
}


@pytest.mark.django_db
def test_pages_of_every_design_ask_as_little(tmp_path, monkeypatch):
    monkeypatch.setattr(
        enrolling.secrets, "token_hex", lambda size: "ann"
    )  # whose checks and repeats are known
    study = make_study(
        tmp_path, protocol="supervision", items=12, checks=3, strata=["grade"], settings=DESIGNS,
        units_per_participant=10,
    )  # fmt: skip
    Output.objects.update(trace="First I thought, then I knew.")
    ann = Counting(study.slug)
    ann.begin()
    ann.counts.clear()
    answer = RATED | JUDGED
    number = 0
    while ann.page.step == "units":
        number += 1
        form = ann.page.form.filled(**answer)
        ann.visit(f"{number}: post {form['part']}", "post", data=form, status=303)
        ann.visit(f"{number}: page", "get")
    assert Assignment.objects.filter(repeat=True).exists()
    assert Assignment.objects.filter(unit__is_check=True).exists()
    assert number == 20
    assert {name: count for name, count in ann.counts.items() if count > LIMIT} == {}
