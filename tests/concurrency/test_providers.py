"""What a provider says and what a person does, at one moment: no place is lost and none is given twice."""

from __future__ import annotations

import pytest

from annotations.core.errors import Refusal
from annotations.core.tokens import hashed
from annotations.participation import flow, hooks
from annotations.participation.hooks import Ending, end_passage
from annotations.people import identities, invitations
from annotations.people.enrolling import find_enrolment, session_token
from annotations.people.identities import INVITATION, Arrival, entry_key_of
from annotations.people.invitations import make_invitations
from annotations.people.models import Enrolment, EntryCount, Identity, Invitation, Participant, ProviderEvent
from annotations.people.outcomes import count_entry
from annotations.responses.answers import Answer
from annotations.responses.models import Response
from annotations.studies.models import Batch
from tests.concurrency.threads import at_once, read_then_write
from tests.participation.kit import assert_balanced, make_study, read_instructions

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
ROUNDS, TABS = 6, 6
JUDGED = Answer(verdict="correct", confidence=1.0)


@pytest.fixture
def study(tmp_path):
    return make_study(
        tmp_path, protocol="supervision", items=ROUNDS, systems=1, overlap=ROUNDS + 1,
        participants=ROUNDS, units_per_participant=2,
        settings={"recruitment": {"provider": "prolific"}},
    )  # fmt: skip


class Person:
    """Somebody whom a provider has sent, below the pages."""

    def __init__(self, study, number):
        self.study = study
        self.arrival = Arrival("prolific", f"{number:024x}", {"SESSION_ID": f"session{number}"})
        self.key = entry_key_of(study, self.arrival)

    def enter(self):
        return flow.enter(study=self.study, entry_key=self.key, arrival=self.arrival).enrolment

    def begin(self):
        self.enter()
        read_instructions(self.enrolment)
        return flow.stand(self.enrolment).assignment

    @property
    def enrolment(self):
        return find_enrolment(self.study.slug, session_token(self.key))

    def submit(self, unit):
        enrolment = self.enrolment
        return lambda: flow.submit(enrolment=enrolment, assignment=unit, answer=JUDGED)

    def come_back(self):
        enrolment = self.enrolment
        return lambda: flow.stand(enrolment)

    def told(self, outcome):
        identity = Identity.objects.get(participant=self.enrolment.participant_id)
        ending = Ending(self.arrival.identity, self.arrival.details["SESSION_ID"], outcome)
        return lambda: end_passage(identity, ending)


def test_message_and_answer_at_once_lose_nothing(study):
    for number in range(ROUNDS):
        ann = Person(study, number)
        unit = ann.begin()
        results = at_once([ann.submit(unit), ann.told("returned")])
        assert not [one for one in results if isinstance(one, Exception)]
        assert ann.enrolment.outcome == "returned"
        assert Response.objects.count() == number + 1
        assert_balanced()
    assert Batch.objects.get().running == 0


def test_message_and_hand_out_at_once_leave_no_lease(study):
    for number in range(ROUNDS):
        ann = Person(study, number)
        ann.enter()
        read_instructions(ann.enrolment)
        results = at_once([ann.come_back(), ann.told("returned")])
        assert not [one for one in results if isinstance(one, Exception)]
        assert_balanced()
        assert not ann.enrolment.assignments.filter(state="leased").exists()
    assert Batch.objects.get().running == 0


def test_message_and_coming_back_at_once_end_in_the_return(study):
    for number in range(ROUNDS):
        ann = Person(study, number)
        ann.begin()
        ann.told("timed_out")()
        results = at_once([ann.come_back(), ann.told("returned")])
        assert not [one for one in results if isinstance(one, Exception)]
        assert (ann.enrolment.state, ann.enrolment.outcome) == ("left", "returned")
        assert_balanced()


def test_last_answer_and_message_at_once_complete_or_free_the_place(study):
    for number in range(ROUNDS):
        ann = Person(study, number)
        ann.submit(ann.begin())()
        unit = flow.stand(ann.enrolment).assignment
        ann.submit(unit)()
        results = at_once([ann.come_back(), ann.told("returned")])
        assert not [one for one in results if isinstance(one, Exception)]
        assert (ann.enrolment.state, ann.enrolment.outcome) in [("completed", ""), ("left", "returned")]
        assert_balanced()


def test_same_message_of_many_servers_is_acted_on_once(study):
    for number in range(ROUNDS):
        ann = Person(study, number)
        ann.begin()
        results = at_once([ann.told("timed_out") for _server in range(TABS)])
        assert results == [None] * TABS
        assert ProviderEvent.objects.count() == number + 1
        assert_balanced()


def test_one_person_in_many_browsers_gets_one_place(study):
    ann = Person(study, 1)
    results = at_once([ann.enter for _browser in range(TABS)])
    assert len({one.pk for one in results}) == 1
    assert (Participant.objects.count(), Batch.objects.get().running) == (1, 1)


def invited(study, token):
    """Somebody in a browser of their own, with the same invitation."""
    arrival = Arrival(INVITATION, hashed(token), once=True)
    key = flow.new_entry_key()
    return lambda: flow.enter(study=study, entry_key=key, arrival=arrival).enrolment


def test_invitation_lets_one_of_many_browsers_in(study):
    tokens = make_invitations(study=study, count=ROUNDS, actor="test")
    for number, token in enumerate(tokens, start=1):
        results = at_once([invited(study, token) for _browser in range(TABS)])
        assert [isinstance(one, Enrolment) for one in results].count(True) == 1
        assert [isinstance(one, Refusal) for one in results].count(True) == TABS - 1
        assert Batch.objects.get().running == number
        assert_balanced()


def test_invitation_lets_several_in_with_the_guard_off(study, monkeypatch):
    monkeypatch.setattr(invitations, "swap", read_then_write(TABS, Invitation))
    # The second guard, that of the database: one identity a study.
    monkeypatch.setattr(identities, "digest_of", lambda *parts: flow.new_entry_key())
    # The batch's row would make them come one after the other.
    monkeypatch.setattr("annotations.people.places.swap", lambda rows, **changes: True)
    (token,) = make_invitations(study=study, count=1, actor="test")
    results = at_once([invited(study, token) for _browser in range(TABS)])
    assert [isinstance(one, Enrolment) for one in results].count(True) > 1


def test_many_who_make_invitations_number_them_apart(study):
    make = lambda: make_invitations(study=study, count=3, actor="test")  # noqa: E731
    results = at_once([make for _editor in range(TABS)])
    assert len({token for made in results for token in made}) == 3 * TABS
    assert sorted(Invitation.objects.values_list("number", flat=True)) == list(range(1, 3 * TABS + 1))


def test_all_who_are_turned_away_are_counted(study):
    at_once([lambda: count_entry(study, "full")] * TABS)
    assert EntryCount.objects.get().count == TABS


def test_place_is_given_back_twice_with_the_guard_off(study, monkeypatch):
    """The control: messages that each look first, and then write what they thought."""
    ann = Person(study, 1)
    ann.begin()
    Person(study, 2).begin()
    monkeypatch.setattr(hooks.ProviderEvent.objects, "get_or_create", lambda **event: (None, True))
    monkeypatch.setattr("annotations.people.places.swap", read_then_write(2, Enrolment))
    monkeypatch.setattr(hooks.Enrolment.objects, "select_for_update", lambda **how: Enrolment.objects.all())
    at_once([ann.told("returned"), ann.told("timed_out")])
    assert Batch.objects.get().running == 0  # though one is still at work
