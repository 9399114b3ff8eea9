"""What the lists of the workbench ask of the database: as much for a thousand rows as for one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.accounts.models import User
from annotations.analysis.models import Figure, Run, RunTable
from annotations.catalogue.models import Collection, Grade, Item, Load, Output, System
from annotations.core import clock
from annotations.core.models import AuditEntry, Job
from annotations.people.models import Enrolment, Participant
from annotations.releases import storage
from annotations.releases.models import Release
from annotations.responses.models import Exclusion, Message, PersonDecision, PersonSignals, Response
from annotations.studies.models import Batch, Member, Study, Unit
from annotations.studies.watches import Alert
from tests.research import rows

MANY = 1000
LIMIT = 12
IN_STUDY = (
    "overview",
    "live",
    "numbers",
    "batches",
    "recruitment",
    "people",
    "answers",
    "alerts",
    "log",
    "results",
    "releases",
)


@pytest.fixture
def addresses(study):
    release = storage.root() / study.slug / "1"
    release.mkdir(parents=True, exist_ok=True)
    (release / "items.csv").write_text("item_id\n")
    rows.make_release(study)
    rows.add_answers(study, people=1, each=1)
    Alert.objects.create(study=study, kind="made", words="Look")
    rows.make_run(study, "supervision", {"supervision": rows.supervision_rows({"": (1, 2)})})
    run = rows.make_run(study, "calibration", {"difficulty": rows.difficulty_rows()})
    return [
        *(reverse(f"research:{name}", args=[study.slug]) for name in IN_STUDY),
        reverse("research:person", args=[study.slug, study.participants.get().pk]),
        reverse("research:batch", args=[study.slug, "main"]),
        reverse("research:add-batch", args=[study.slug]),
        reverse("research:release", args=[study.slug, 1]),
        reverse("research:table", args=[study.slug, run.pk, "difficulty"]),
        reverse("research:figure-dark", args=[study.slug, run.figures.get().pk]),
        reverse("research:studies"),
        reverse("research:collections"),
        reverse("research:collection", args=["sums"]),
        reverse("research:banner"),
    ]


def counts(client, addresses):
    asked = {}
    for address in addresses:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        asked[address] = len(captured)
    return asked


def add_batches(study):
    batch = study.batches.get()
    fields = {"study": study, "state": Batch.OPEN, "settings": batch.settings, "batch_hash": "0", "places": 9}
    batches = Batch.objects.bulk_create(
        Batch(name=f"b{number}", position=number, **fields) for number in range(1, MANY)
    )
    item = Item.objects.first()
    Unit.objects.bulk_create(Unit(batch=one, item=item, stratum=1, shuffle=1, quota=3) for one in batches)


def add_people(study):
    people = Participant.objects.bulk_create(Participant(study=study, key=f"p-{n}") for n in range(MANY))
    shared = {"version": study.version, "batch": study.batches.first(), "expires_at": clock.now()}
    Enrolment.objects.bulk_create(
        Enrolment(participant=one, token_hash=one.key, entry_key=one.key, **shared) for one in people
    )
    item = Item.objects.first()
    first = study.participants.order_by("pk").first()
    answers = Response.objects.bulk_create(
        Response(study=study, participant=one, item=item, verdict="correct")
        for one in [*people, *[first] * 200]
    )
    Exclusion.objects.bulk_create(Exclusion(response=one, reason="made", decided_by="a") for one in answers)
    PersonSignals.objects.bulk_create(PersonSignals(study=study, participant=one) for one in people)
    PersonDecision.objects.bulk_create(
        PersonDecision(participant=first, excluded=True, reason="made", decided_by="a") for _ in people
    )
    Message.objects.bulk_create(
        Message(study=study, participant=first, submission_key=one.key, text="Hello") for one in people
    )


def add_log(study):
    shared = {"actor": "a", "action": "made", "subject": study.slug}
    AuditEntry.objects.bulk_create(AuditEntry(**shared) for _ in range(MANY))
    Alert.objects.bulk_create(
        Alert(study=study, kind="made", about=str(n), words="Look") for n in range(MANY)
    )


def add_members(study):
    users = User.objects.bulk_create(User(email=f"u{number}@example.org") for number in range(MANY))
    Member.objects.bulk_create(Member(study=study, user=user) for user in users)


def add_studies(study, owner):
    collections = Collection.objects.bulk_create(Collection(name=f"c{number}") for number in range(MANY))
    loads = Load.objects.bulk_create(
        Load(collection=one, source="made", digest="0" * 64, published_at=clock.now()) for one in collections
    )
    of_one = {"collection": study.collection, "load": study.load}
    shared = {"definition": study.definition, "version": study.version, "state": "open"}
    studies = Study.objects.bulk_create(
        Study(slug=f"s{at}", title=f"s{at}", **shared, **(of_one if at % 2 else of_other(load)))
        for at, load in enumerate(loads)
    )
    Member.objects.bulk_create(Member(study=one, user=owner, role=Member.OWNER) for one in studies)


def of_other(load):
    return {"collection": load.collection, "load": load}


def add_outputs(study):
    item = Item.objects.first()
    shared = {"collection": study.collection, "load": study.load, "digest": "0" * 64}
    systems = System.objects.bulk_create(System(key=f"more-{number}", **shared) for number in range(MANY))
    outputs = Output.objects.bulk_create(
        Output(key=one.key, item=item, system=one, text="4", **shared) for one in systems
    )
    Grade.objects.bulk_create(Grade(output=one, grade="correct") for one in outputs)


def add_jobs(study):
    shared = {"kind": "analyse", "subject": study.slug, "finished_at": clock.now()}
    Job.objects.bulk_create(
        Job(key=f"k{number}", state=Job.DONE, created_at=clock.now() - timedelta(days=1), **shared)
        for number in range(MANY)
    )
    parent = Job.objects.create(kind="analyse", subject=study.slug, key="now", state=Job.WAITING)
    Job.objects.bulk_create(
        Job(kind="part", key=f"p{number}", parent=parent, part=number) for number in range(MANY)
    )


def add_releases(study):
    Release.objects.bulk_create(
        Release(study=study, number=number, fingerprint=f"{number:064d}", folder=f"{study.slug}/{number}")
        for number in range(2, MANY + 1)
    )


def add_runs(study):
    """More runs before those that are shown; in these more figures, tables, and groups in a table."""
    shown = list(Run.objects.filter(study=study))
    shared = {"study": study, "params": {}, "stamp": {}, "code_version": "", "seed": 1, "fingerprint": ""}
    shared["confirmed_at"] = clock.now() - timedelta(days=1)
    Run.objects.bulk_create(
        Run(kind=run.kind, key=f"old-{number}", **shared) for run in shown for number in range(MANY)
    )
    for run in shown:
        figures = (Figure(run=run, name=f"f{number}", title="More", svg=rows.SVG) for number in range(100))
        Figure.objects.bulk_create(figures)
        RunTable.objects.bulk_create(RunTable(run=run, name=f"t{number}", rows=[]) for number in range(100))
    more = [rows.supervision_rows({"": (1, 2)}, "system", f"s{number}") for number in range(100)]
    RunTable.objects.bulk_create(
        RunTable(run=run, name="supervision", block=at, group="system", size=len(part), rows=part)
        for run in shown
        if run.kind == "supervision"
        for at, part in enumerate(more, start=1)
    )


def test_lists_ask_as_much_for_a_thousand_as_for_one(study, alice, as_user, worker, addresses):
    Job.objects.create(kind="analyse", subject=study.slug, key="one", state=Job.WAITING)
    client = as_user(alice)
    client.get(addresses[0])  # what is read once in a process is read now
    one = counts(client, addresses)
    Job.objects.all().delete()
    for add in (add_batches, add_people, add_log, add_members, add_outputs, add_jobs, add_releases, add_runs):
        add(study)
    add_studies(study, alice)
    assert counts(client, addresses) == one
    assert {address: count for address, count in one.items() if count > LIMIT} == {}


@pytest.mark.parametrize(
    ("name", "add"), [("batches", add_batches), ("people", add_people), ("releases", add_releases)]
)
def test_long_lists_come_in_pages(study, alice, as_user, addresses, name, add):
    add(study)
    client, address = as_user(alice), reverse(f"research:{name}", args=[study.slug])
    first, second = client.get(address).content, client.get(f"{address}?page=2").content
    assert b'<a rel="next" href="?page=2">' in first
    assert b'<a rel="prev" href="?page=1">' in second
    assert first.count(b'<th scope="row">') == second.count(b'<th scope="row">') <= 50


def test_overview_shows_some_batches_and_where_all_are(study, alice, as_user):
    add_batches(study)
    page = as_user(alice).get(reverse("research:overview", args=[study.slug])).content.decode()
    assert page.count('<th scope="row">') == 25
    assert "All 1,000 batches" in page
