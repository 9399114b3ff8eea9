"""Invitations as rows: tokens are shown once, hashes are kept."""

from __future__ import annotations

import pytest

from annotations.core.errors import Refusal
from annotations.core.models import AuditEntry
from annotations.core.tokens import hashed
from annotations.people.invitations import MOST, find_invitation, make_invitations, use_invitation
from annotations.people.models import Invitation


def make_some(study, count):
    return make_invitations(study=study, count=count, actor="alice@example.org")


def test_tokens_are_long_and_all_different(rated):
    made = make_some(rated, 50)
    assert len(set(made)) == 50
    assert min(len(token) for token in made) >= 43  # 256 bits


def test_database_keeps_hashes_and_numbers(rated):
    made = make_some(rated, 3)
    rows = Invitation.objects.order_by("number").values_list("number", "token_hash", "used_at")
    assert list(rows) == [(number, hashed(token), None) for number, token in enumerate(made, start=1)]


def test_numbers_go_on_where_they_ended(rated):
    make_some(rated, 2)
    make_some(rated, 2)
    assert list(Invitation.objects.order_by("pk").values_list("number", flat=True)) == [1, 2, 3, 4]


def test_making_is_recorded_without_the_tokens(rated):
    made = make_some(rated, 2)
    entry = AuditEntry.objects.get(action="invitations made")
    assert (entry.actor, entry.subject, entry.details) == ("alice@example.org", "sums", {"count": 2})
    assert not any(token in str(entry.details) for token in made)


@pytest.mark.parametrize("count", [0, -1, MOST + 1])
def test_number_out_of_bounds_is_refused(rated, count):
    with pytest.raises(Refusal, match="between 1 and"):
        make_some(rated, count)
    assert Invitation.objects.count() == 0


def test_invitation_is_used_once(rated):
    (token,) = make_some(rated, 1)
    use_invitation(study_id=rated.pk, token_hash=hashed(token))
    with pytest.raises(Refusal, match="has been used"):
        use_invitation(study_id=rated.pk, token_hash=hashed(token))


def test_invitation_is_of_one_study(make):
    one, two = make("one", settings={"collection": "one"}), make("two", settings={"collection": "two"})
    (token,) = make_some(one, 1)
    assert find_invitation(two, token) is None
    with pytest.raises(Refusal):
        use_invitation(study_id=two.pk, token_hash=hashed(token))
    assert find_invitation(one, token).used_at is None
