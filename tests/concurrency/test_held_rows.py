"""Who takes a study's row late sees what whoever held it has left, and is refused by that."""

from __future__ import annotations

import pytest
from django.db import transaction

from annotations.catalogue.importing import staging
from annotations.catalogue.importing.models import Upload
from annotations.core import clock
from annotations.core.errors import Refusal
from annotations.core.jobs.outbox import want_job
from annotations.people.models import Participant
from annotations.releases import interim, interimjob
from annotations.releases.importing import running, services
from annotations.research.importing.shown import first_mapping
from annotations.responses.erasure import erase_participant
from annotations.responses.excluding import Decided, exclude_people
from annotations.studies.drafts import discard_amendment, make_amendment, save_draft
from annotations.studies.freezing import current_loads
from annotations.studies.models import Study
from annotations.studies.services import Prepared, finish_opening
from annotations.studies.shelving import archive_study
from tests.concurrency.waiting import Meanwhile
from tests.participation.kit import Walker, make_study
from tests.research.importing.elsewhere import FLAT

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def save(study):
    return save_draft(study=study, changes={"title": "Late"}, revision=study.revision, actor="test")


def discard(study):
    return discard_amendment(study=study, actor="test")


def amend(study):
    return make_amendment(study=study, revision=study.revision, actor="test")


def opening(study):
    """Its units are drawn already, which are none."""
    with transaction.atomic():
        return finish_opening(study=study, prepared=Prepared(current_loads(study), []), actor="test")


def archive(study):
    return archive_study(study=study, actor="test")


def left_behind(act, **changes):
    """What becomes of the act, begun while the study's row is held by who then changes it."""
    study = Study.objects.get()
    with transaction.atomic():
        Study.objects.select_for_update(no_key=True).get()
        Study.objects.update(**changes)
        other = Meanwhile(lambda: act(study))
        other.begin()
    return other.end()


@pytest.mark.parametrize(
    "opened, act, changes",
    [
        (False, save, {"state": Study.CLOSED}),
        (False, opening, {"state": Study.CLOSED}),
        (False, archive, {"state": Study.OPEN}),
        (True, amend, {"amendment": None}),
        (True, discard, {"amendment": None}),
    ],
)
def test_act_is_refused_by_what_was_done_before_it(tmp_path, opened, act, changes):
    prepare(tmp_path, opened)
    revision = Study.objects.get().revision
    assert isinstance(left_behind(act, **changes), Refusal)
    study = Study.objects.get()
    assert (study.revision, study.title, study.archived_at) == (revision, "Sums", None)


@pytest.mark.parametrize(
    "opened, act", [(False, save), (False, opening), (False, archive), (True, amend), (True, discard)]
)
def test_act_goes_on_where_nothing_was_changed(tmp_path, opened, act):
    """The same, and whoever held the row has done nothing to it."""
    prepare(tmp_path, opened)
    assert not isinstance(left_behind(act, created_at=clock.now()), Exception)


def prepare(folder, opened):
    """A draft, or an open study with an amendment that was not made yet."""
    study = make_study(folder, open_now=opened)
    if opened:
        Study.objects.update(amendment={**study.definition, "title": "Amended"})


@pytest.mark.parametrize("erased", [False, True])
def test_interim_data_that_hold_somebody_who_goes_are_not_kept(tmp_path, erased):
    study = make_study(tmp_path, protocol="supervision")
    Walker(study, "ann").walk()
    ann = Participant.objects.get()
    job = want_job(kind=interim.KIND, subject=study.slug, params={"study": study.pk}, wanted_by="test")
    outcome = {"study": study.pk, "people": [ann.pk], "path": tmp_path / "data.zip"}
    (tmp_path / "data.zip").touch()
    with transaction.atomic():
        Study.objects.select_for_update(no_key=True).get()
        if erased:
            erase_participant(participant=ann, actor="test")

        def store():
            with transaction.atomic():
                return interimjob.store(job, outcome)

        other = Meanwhile(store)
        other.begin()
    assert isinstance(other.end(), Exception) is erased


@pytest.mark.parametrize("erased", [False, True])
def test_answers_of_somebody_who_goes_are_not_decided_on(tmp_path, erased):
    study = make_study(tmp_path, protocol="supervision", units_per_participant=1)
    Walker(study, "ann").walk()
    ann = Participant.objects.get()
    people = [ann.pk]
    with transaction.atomic():
        Study.objects.select_for_update(no_key=True).get()
        if erased:
            erase_participant(participant=ann, actor="test")
        other = Meanwhile(lambda: exclude_people(study=study, people=people, reason="too fast", actor="test"))
        other.begin()
    assert other.end() == (Decided() if erased else Decided(people=1, answers=1))


@pytest.mark.parametrize("opened", [False, True])
def test_file_is_not_loaded_into_a_study_that_opens_meanwhile(tmp_path, settings, opened):
    settings.VAR = tmp_path
    study = make_study(tmp_path, open_now=False, protocol="supervision")
    upload = staging.stage_file(
        collection=study.collection, subject="sums", name="t.csv", chunks=[FLAT.encode()], wanted_by="a"
    )
    services.set_mapping(upload=upload, mapping=first_mapping(upload))
    running.run_check(upload, study)

    def load(study):
        return running.run_load(upload, study, "test")

    said = left_behind(load, state=Study.OPEN if opened else Study.DRAFT)
    assert isinstance(said, Refusal) is opened
    assert (Upload.objects.get().loaded_at is None) is opened
