"""What was left out, and why, goes with a release and comes back with it."""

from __future__ import annotations

import csv
import io

import pytest

from annotations.people.models import Participant
from annotations.releases.verifying.checking import verify_release
from annotations.responses.excluding import exclude_people, readmit_responses
from annotations.responses.models import Exclusion, Response
from annotations.studies.models import Study
from tests.releases.case import analyse, load, release, write_bundle
from tests.releases.test_round_trip import emptied

pytestmark = pytest.mark.django_db(transaction=True)
WHY = {"reason": "looked at it", "actor": "alice"}


@pytest.fixture
def first(tmp_path):
    """A release of a study with a declared rule; a person overruled it once, and left somebody else out."""
    bundle = write_bundle(tmp_path / "tasks", protocol="supervision")
    text = (bundle / "study.yaml").read_text()
    (bundle / "study.yaml").write_text(f"{text}exclusions: [{{name: warm_up, parameters: {{answers: 2}}}}]\n")
    study = load(bundle)
    analyse("tasks")
    kept = Exclusion.objects.standing().filter(rule="warm_up").order_by("pk")[0].response
    readmit_responses(study=study, responses=[kept.pk], **WHY)
    exclude_people(study=study, people=[Participant.objects.exclude(pk=kept.participant_id)[0].pk], **WHY)
    analyse("tasks")
    return release("tasks", tmp_path / "first")


def reasons(files):
    rows = list(csv.DictReader(io.StringIO(files["responses.csv"].decode())))
    return [row["exclusion_reason"] for row in rows if row["excluded"] == "1"]


def test_a_release_says_what_was_left_out_and_why(first, tmp_path):
    found = set(reasons(first))
    assert {"warm_up: number 1 of their answers", "warm_up: number 2 of their answers"} <= found
    assert "looked at it" in found
    assert not verify_release(tmp_path / "first")[1].errors


def test_loaded_again_it_keeps_what_was_decided(first, tmp_path):
    """The rule leaves nobody out anew: whom a person took in again is in."""
    scored, without = Response.objects.scored().count(), Response.objects.scored_without_rules().count()
    emptied()
    load(tmp_path / "first", slug="again")
    assert Study.objects.get().decided_before
    assert Response.objects.scored().count() == scored
    assert Response.objects.scored_without_rules().count() == without
    analyse("again")
    second = release("again", tmp_path / "second")
    assert second == first


def test_of_a_bundle_that_is_no_release_the_rules_are_applied(first, tmp_path):
    """The answer that was taken in again is out again: nobody tells that a person decided so."""
    emptied()
    out = tmp_path / "first"
    for name in ("manifest.json", "definition.json"):
        (out / name).unlink()
    load(out, slug="again")
    before = Response.objects.scored().count()
    analyse("again")
    assert Response.objects.scored().count() < before
