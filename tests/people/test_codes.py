"""Codes, sessions and keys of people: derived, never stored in the open."""

from __future__ import annotations

from annotations.core.tokens import hashed
from annotations.people.enrolling import (
    completion_code,
    enrol,
    find_enrolment,
    session_token,
    withdrawal_code,
    withdrawal_hash,
)
from annotations.people.models import Enrolment, Participant

KEY, OTHER = "a" * 32, "b" * 32


def test_entry_key_leads_to_one_enrolment(rated):
    first, again = enrol(study=rated, entry_key=KEY), enrol(study=rated, entry_key=KEY)
    assert first.enrolment == again.enrolment
    assert first.token == again.token
    assert enrol(study=rated, entry_key=OTHER).enrolment != first.enrolment


def test_entry_key_is_of_one_study(make):
    one, two = make("one", settings={"collection": "one"}), make("two", settings={"collection": "two"})
    enrolment = enrol(study=one, entry_key=KEY).enrolment
    assert find_enrolment("one", session_token(KEY)) == enrolment
    assert find_enrolment("two", session_token(KEY)) is None
    assert two.batches.get().running == 0


def test_database_holds_hashes_of_token_entry_key_and_code(rated):
    entry = enrol(study=rated, entry_key=KEY)
    code = withdrawal_code(entry.enrolment.participant)
    stored = " ".join(
        str(value)
        for row in (*Enrolment.objects.values(), *Participant.objects.values())
        for value in row.values()
    )
    for secret in (entry.token, KEY, code, code.replace("-", "")):
        assert secret not in stored
    assert hashed(entry.token) in stored


def test_session_token_cannot_be_had_from_the_database(rated):
    """What opens a session is keyed: neither the stored hash nor the entry key's hash does."""
    enrolment = enrol(study=rated, entry_key=KEY).enrolment
    for stolen in (enrolment.token_hash, enrolment.entry_key, KEY):
        assert find_enrolment("sums", stolen) is None


def test_withdrawal_code_is_read_however_it_is_typed(rated):
    participant = enrol(study=rated, entry_key=KEY).enrolment.participant
    code = withdrawal_code(participant)
    for typed in (code, code.lower(), code.replace("-", ""), f" {code.replace('-', ' ')} "):
        assert withdrawal_hash(typed) == participant.withdrawal_hash
    assert withdrawal_hash(code[:-1]) != participant.withdrawal_hash


def test_codes_are_the_same_again(rated):
    enrolment = enrol(study=rated, entry_key=KEY).enrolment
    assert completion_code(enrolment) == completion_code(Enrolment.objects.get())
    assert len(completion_code(enrolment)) == 8


def test_enrolment_carries_the_version_it_began_with(rated):
    assert enrol(study=rated, entry_key=KEY).enrolment.version == rated.version
