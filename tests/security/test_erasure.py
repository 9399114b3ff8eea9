"""Whoever withdraws is gone: from every table, file and later release, and from restored backups."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from annotations.analysis.pipeline import want_analysis
from annotations.analysis.runs import is_stale, latest_run
from annotations.core import audit
from annotations.core.jobs.runner import run_job
from annotations.core.jobs.sweeper import sweep_jobs
from annotations.core.models import Job
from annotations.participation.sessions import cookie_name
from annotations.people.enrolling import enrol, withdrawal_code
from annotations.people.identities import Arrival, entry_key_of, erase_identity
from annotations.people.models import Identity, Participant
from annotations.releases.models import Release
from annotations.responses.erasure import erase_participant
from annotations.responses.models import Exclusion, Response
from annotations.studies.models import Study
from tests.participation import whole
from tests.participation.kit import Walker
from tests.participation.providers.kit import Sent, tell, told
from tests.releases.case import analyse, release
from tests.security.sweeping import in_files, in_tables

LANGUAGE = "en-canaryzz"
CANARIES = {
    "provider id": "5fca9a7e0123456789abcde1",
    "submission": "60ca9a7e0123456789abcde2",
    "own answer": "CANARY first answer",
    "revised answer": "CANARY revised answer",
    "corrected answer": "CANARY corrected answer",
    "questionnaire": "CANARY grew up in a lighthouse",
    "unit question": "CANARY reason at a unit",
    "feedback": "CANARY feedback with ä and 数",
    "message": "CANARY write to me at canary@example.org",
    "exclusion": "CANARY too fast",
    "user agent": "CanaryBrowser/7",
    "language": LANGUAGE,
}
ANN = {
    "PROLIFIC_PID": CANARIES["provider id"],
    "STUDY_ID": f"{7:024x}",
    "SESSION_ID": CANARIES["submission"],
}
QUESTIONS = [
    whole.HOURS,
    {"name": "childhood", "text": {"en": "Where did you grow up?"}},
    {"name": "why", "text": {"en": "Why?"}, "per": "unit"},
]


class Teller(whole.Guide):
    """Answers in words of their own."""

    words = {"own answer": "4", "revised answer": "5", "questionnaire": "A town", "unit question": "So"}

    def form(self, **instead):
        given = dict(super().form(**instead))
        names = self.page.form.names
        if "why" in names:
            given["why"] = self.words["unit question"]
        if "childhood" in names:
            given |= {"hours": "7", "age_group": "25-34", "childhood": self.words["questionnaire"]}
        if self.page.step == "units":
            given["answer"] = self.words["revised answer" if "verdict" in names else "own answer"]
        return given


class Subject(Teller, Sent):
    """Ann answers everything by canaries."""

    words = CANARIES

    def __init__(self) -> None:
        headers = {"user-agent": CANARIES["user agent"], "accept-language": LANGUAGE}
        Sent.__init__(self, ANN, client=Client(enforce_csrf_checks=True, headers=headers))

    def enter(self) -> None:
        """Through eligibility and consent: the parameters go along with every form."""
        self.arrive()
        while self.page.step in ("eligibility", "consent"):
            self._read(
                self.client.post(self.whole_address, self.page.form.filled(**self.form()), follow=True)
            )

    def write(self) -> None:
        page = self.get(f"/take/{self.slug}/message/")
        self.post(f"/take/{self.slug}/message/", page.form.filled(message=CANARIES["message"]))


@pytest.fixture
def study(transactional_db, tmp_path, settings, recruit):
    """Two people went through; with every kind of step, an own answer that may be revised, and a correction."""
    settings.VAR = tmp_path / "var"
    settings.VAR.mkdir()
    settings.PROLIFIC_WEBHOOK_SECRETS = ["a secret of a workspace"]
    given = whole.settings(
        "supervision",
        locales=["en", LANGUAGE],
        asking={"own_answer": True, "revise": True, "difficulty": True},
        corrections={"allowed": True},
        analysis={"resamples": 20},
    )
    given["questions"] = QUESTIONS
    for step in given["steps"]:
        if step.get("preset") == "demographics":
            step["questions"] = ["hours", "childhood"]
    study = recruit(
        "prolific", settings=given, protocol="supervision", checks=2, participants=8, units_per_participant=3,
        overlap=8,
    )  # fmt: skip
    for key in ("ben", "cleo"):
        walk(study, key)
    return study


def walk(study, key):
    walker = Walker(study, key, until="")
    guide = Teller(study.slug)
    guide.client.cookies[cookie_name(study.slug)] = walker.entry.token
    guide.get()
    guide.walk(until="exit")


@pytest.fixture
def ann(study):
    """Ann went through, corrected an answer, wrote, was excluded once, and gave her submission back."""
    ann = Subject()
    ann.enter()
    ann.walk(until="units")
    ann.write()
    ann.get()
    assert tell(told_of_ann("TIMED-OUT")) == 200
    ann.get()
    for _page in range(20):
        if ann.page.step != "units":
            break
        form, address = ann.page.form, ann.take_address
        if "verdict" in form.names:
            sent = form.filled(**ann.form())
            ann.go_on()
            ann.post(f"{address}correct/", sent | {"answer": CANARIES["corrected answer"]})
            ann.get()
        else:
            ann.go_on()
    ann.walk(until="feedback")
    ann.go_on(feedback={"feedback": CANARIES["feedback"]})
    Exclusion.objects.create(
        response=Response.objects.filter(participant=ann.enrolment.participant).latest("pk"),
        reason=CANARIES["exclusion"],
        decided_by="alice",
    )
    return ann


def told_of_ann(status):
    return told(status).replace(f"{1:024x}".encode(), ANN["PROLIFIC_PID"].encode()).replace(
        f"{1001:024x}".encode(), ANN["SESSION_ID"].encode()
    )  # fmt: skip


def known_by(ann):
    """Everything by which her rows are known, beside what she said."""
    enrolment = ann.enrolment
    person = enrolment.participant
    found = {
        "pseudonym": person.key,
        "withdrawal hash": person.withdrawal_hash,
        "token hash": enrolment.token_hash,
        "entry key": enrolment.entry_key,
        "digest": person.identity.digest,
        "sealed": person.identity.sealed,
        "consent": enrolment.consents["sha256"],
        "event": person.identity.events.get().digest,
        **{f"form {one.position}": one.submission_key for one in enrolment.assignments.all()},
    }
    return CANARIES | found


def everywhere(canaries, var):
    tables, files = in_tables(canaries), in_files([var], canaries)
    return {name: tables[name] | files[name] for name in canaries}


def withdraw(ann):
    page = ann.get("/take/sums/withdraw/")
    ann.post("/take/sums/withdraw/", page.form.filled(code=ann.code, sure="1"))
    assert ann.page.step == "withdrawn"


# Said by nobody else, and stored: whatever the sweep finds, these it must find. Others are sealed or hashed.
STORED = {
    "own answer": "annotations_assignment.first",
    "revised answer": "annotations_response.answer",
    "corrected answer": "annotations_response.answer",
    "questionnaire": "annotations_stepanswer.value",
    "unit question": "annotations_response.meta",
    "feedback": "annotations_stepanswer.value",
    "message": "annotations_message.text",
    "exclusion": "annotations_exclusion.reason",
    "language": "annotations_enrolment.language",
    "pseudonym": "annotations_participant.key",
    "withdrawal hash": "annotations_participant.withdrawal_hash",
    "token hash": "annotations_enrolment.token_hash",
    "entry key": "annotations_enrolment.entry_key",
    "digest": "annotations_identity.digest",
    "sealed": "annotations_identity.sealed",
    "event": "annotations_providerevent.digest",
}


def erase_by_command(ann):
    erase_participant(participant=ann.enrolment.participant, actor="command line")


@pytest.mark.parametrize("way", [withdraw, erase_by_command])
def test_nothing_of_an_erased_person_is_left(study, ann, settings, tmp_path, way):
    canaries = known_by(ann)
    ann.code = withdrawal_code(ann.enrolment.participant)
    shared = {"language", "consent"}  # the study names the one, everybody agreed to the other
    analyse("sums")
    release("sums", tmp_path / "first")
    audit.record(actor="a", action="looked at", subject="sums", participant=canaries["pseudonym"])
    before = everywhere(canaries, settings.VAR)
    # The control: the sweep finds her wherever she must be.
    for name, place in STORED.items():
        assert place in before[name], name
    for name in ("revised answer", "corrected answer"):
        assert {"releases/sums/1/responses.csv", "releases/sums/1/responses.parquet"} <= before[name], name
    assert "annotations_auditentry.details" in before["pseudonym"]
    assert not before["provider id"] | before["submission"] | before["user agent"]

    way(ann)
    after = everywhere(canaries, settings.VAR)
    assert {name: places for name, places in after.items() if places and name not in shared} == {}
    assert "annotations_enrolment.language" not in after["language"]

    # What was made of her answers says so, and what is made now holds her no more.
    study.refresh_from_db()
    assert is_stale(latest_run(study, "supervision"))
    assert "make a new release" in Release.objects.get().closed_reason
    analyse("sums")
    release("sums", tmp_path / "second")
    later = in_files([settings.VAR, tmp_path / "second"], canaries)
    assert {name: places for name, places in later.items() if places and name not in shared} == {}
    tables = in_tables(canaries)
    assert {name for name in tables if tables[name]} <= shared


def test_closed_release_no_longer_downloads_and_names_what_follows(study, ann, admin_client, tmp_path):
    analyse("sums")
    release("sums", tmp_path / "first")
    address = reverse("research:release-file", args=["sums", 1, "responses.csv"])
    assert b"".join(admin_client.get(address).streaming_content).startswith(b"participant_id")
    erase_by_command(ann)
    gone = admin_client.get(address)
    assert gone.status_code == 410
    assert b"has no successor yet" in gone.content
    assert CANARIES["revised answer"].encode() not in gone.content
    analyse("sums")
    release("sums", tmp_path / "second")
    named = admin_client.get(address).content.decode()
    assert f'href="{reverse("research:release", args=["sums", 2])}">release 2</a>' in named


def test_identity_that_was_erased_first_leaves_no_pseudonym_behind(study, ann):
    """The audit log tells whose identity was erased, until that person goes."""
    person = ann.enrolment.participant
    erase_identity(participant=person, actor="alice")
    canaries = {"pseudonym": person.key}
    assert "annotations_auditentry.details" in in_tables(canaries)["pseudonym"]
    erase_participant(participant=person, actor="test")
    assert in_tables(canaries) == {"pseudonym": set()}


def test_erasure_of_somebody_who_is_gone_changes_nothing(study, ann, settings):
    person = ann.enrolment.participant
    twice = Participant.objects.get(pk=person.pk)
    erase_participant(participant=person, actor="test")
    listed = (settings.VAR / "suppressed").read_text()
    assert erase_participant(participant=twice, actor="test") == 0
    assert (settings.VAR / "suppressed").read_text() == listed


@pytest.mark.parametrize("after_parts", [0, 1, 2])
def test_analysis_under_way_ends_stale_and_is_not_released(study, ann, after_parts, tmp_path):
    job = want_analysis(study=Study.objects.get(), wanted_by="test")
    # The first part of all applies the declared exclusions, and keeps nothing of anybody.
    for _part in range(after_parts and after_parts + 1):
        run_next(job)
    canaries = known_by(ann)
    erase_by_command(ann)
    for _turn in range(200):
        run_next(job)
    found = in_tables(canaries)
    assert {name for name in found if found[name]} <= {"language", "consent"}
    run = latest_run(study, "supervision")
    if after_parts and run is not None:
        assert is_stale(run)
        with pytest.raises(SystemExit):
            release("sums", tmp_path / "stale")
    assert not Release.objects.exists()


def run_next(job):
    queued = Job.objects.filter(state=Job.QUEUED).order_by("stage", "part", "created_at")
    pk = queued.values_list("pk", flat=True).first()
    if pk is None or not run_job(pk):
        sweep_jobs()


def test_restore_brings_no_erased_identity_back(study, ann, settings):
    """The list says whose; the answers stay."""
    from annotations.management.backups import erase_again

    person, canaries = ann.enrolment.participant, known_by(ann)
    names = ("digest", "sealed", "token hash", "entry key", "event")
    before = {name: in_tables({name: canaries[name]}) for name in names}
    assert all(places[name] for name, places in before.items())
    (settings.VAR / "suppressed").write_text("")
    erase_identity(participant=person, actor="alice")
    listed = (settings.VAR / "suppressed").read_text()
    # As an older backup would hold it.
    arrival = Arrival("prolific", ANN["PROLIFIC_PID"], {"SESSION_ID": ANN["SESSION_ID"]})
    restored = enrol(
        study=study, entry_key=entry_key_of(study, arrival), arrival=arrival
    ).enrolment.participant
    Participant.objects.filter(pk=person.pk).update(key="elsewhere")
    Participant.objects.filter(pk=restored.pk).update(key=person.key)
    assert erase_again() == 1
    assert not Identity.objects.filter(participant=restored).exists()
    assert listed.count("\n") == 1
    assert Participant.objects.filter(pk=restored.pk).exists()
