"""Members: owners manage, others look; a study keeps an owner."""

from __future__ import annotations

import pytest
from django.core import mail as outbox
from django.urls import reverse

from annotations.accounts.models import User
from annotations.core.models import AuditEntry
from annotations.studies.models import Member


def at(name, study, *args):
    return reverse(f"research:{name}", args=[study.slug, *args])


def post(client, name, study, *args, **asked):
    return client.post(at(name, study, *args), asked, follow=True).content.decode()


def roles_of(study):
    return dict(study.members.values_list("user__email", "role"))


def test_owner_adds_changes_and_removes(study, alice, charlie, as_user):
    client = as_user(alice)
    assert "is a member now" in post(client, "add-member", study, email="CHARLIE@example.org", role="viewer")
    assert as_user(charlie).get(at("overview", study)).status_code == 200
    member = Member.objects.get(user=charlie)
    assert "is an editor now" in post(client, "change-member", study, member.pk, role="editor")
    assert roles_of(study)["charlie@example.org"] == "editor"
    post(client, "remove-member", study, member.pk)
    assert as_user(charlie).get(at("overview", study)).status_code == 404
    actions = list(
        AuditEntry.objects.filter(subject=study.slug).order_by("pk").values_list("action", flat=True)
    )
    assert actions[-3:] == ["member added", "member's role changed", "member removed"]


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_editor_and_viewer_see_members_and_change_none(study, bob, charlie, as_user, role):
    Member.objects.filter(user=bob).update(role=role)
    page = as_user(bob).get(at("settings", study)).content.decode()
    assert "alice@example.org" in page
    assert "Add somebody" not in page
    before = roles_of(study)
    owner = Member.objects.get(study=study, role="owner")
    for name, args, asked in [
        ("add-member", [], {"email": charlie.email, "role": "owner"}),
        ("change-member", [owner.pk], {"role": "viewer"}),
        ("remove-member", [owner.pk], {}),
        ("hand-over", [], {"member": owner.pk}),
        ("archive", [], {}),
        ("delete", [], {"confirmation": study.slug}),
    ]:
        assert as_user(bob).post(at(name, study, *args), asked).status_code == 404, name
    assert roles_of(study) == before


def test_member_of_another_study_is_not_there(study, draft, alice, as_user):
    other = Member.objects.get(study=draft, role="viewer")
    assert as_user(alice).post(at("remove-member", study, other.pk)).status_code == 404
    assert Member.objects.filter(pk=other.pk).exists()


def test_last_owner_can_neither_leave_nor_step_down(study, alice, as_user):
    client = as_user(alice)
    owner = Member.objects.get(study=study, user=alice)
    for said in (
        post(client, "leave-study", study),
        post(client, "remove-member", study, owner.pk),
        post(client, "change-member", study, owner.pk, role="viewer"),
    ):
        assert "A study needs an owner" in said
    assert roles_of(study)["alice@example.org"] == "owner"


def test_owner_who_is_switched_off_does_not_count(study, alice, bob, as_user):
    Member.objects.filter(study=study, user=bob).update(role="owner")
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert "A study needs an owner" in post(as_user(alice), "leave-study", study)


def test_study_is_handed_over(study, alice, bob, as_user):
    to = Member.objects.get(study=study, user=bob)
    assert "owns the study now" in post(as_user(alice), "hand-over", study, member=to.pk)
    assert roles_of(study) == {"alice@example.org": "editor", "bob@example.org": "owner"}


def test_hand_over_to_nobody_says_so(study, alice, as_user):
    for member in ("", "x", "9" * 30):
        said = as_user(alice).post(at("hand-over", study), {"member": member}, follow=True)
        assert "Choose the member" in said.content.decode()


def test_viewer_leaves(study, bob, as_user):
    assert "You have left" in post(as_user(bob), "leave-study", study)
    assert as_user(bob).get(at("overview", study)).status_code == 404


def test_unknown_address_without_mail_is_an_admins_business(study, alice, as_user, settings):
    settings.MAIL_ON = False
    assert "an admin has to make the account" in post(
        as_user(alice), "add-member", study, email="new@example.org", role="viewer"
    )
    assert not User.objects.filter(email="new@example.org").exists()


def test_unknown_address_is_invited_by_mail_and_its_link_goes_nowhere_else(study, alice, as_user, settings):
    settings.MAIL_ON = True
    said = post(as_user(alice), "add-member", study, email="new@example.org", role="viewer")
    assert "gets a mail" in said
    (mail,) = outbox.outbox
    assert mail.to == ["new@example.org"]
    assert "/accounts/choose/" in mail.body
    assert "/accounts/choose/" not in said
    assert User.objects.get(email="new@example.org").role == User.RESEARCHER


def test_bad_role_or_switched_off_user_is_refused_in_words(study, alice, charlie, as_user):
    client = as_user(alice)
    assert "an owner, an editor or a viewer" in post(
        client, "add-member", study, email=charlie.email, role="god"
    )
    User.objects.filter(pk=charlie.pk).update(is_active=False)
    assert "is switched off" in post(client, "add-member", study, email=charlie.email, role="viewer")
    assert "charlie@example.org" not in roles_of(study)


@pytest.mark.parametrize("email", ["x" * 70_000, "x" * 250 + "@example.org", "\0@example.org"])
def test_nobody_has_an_address_that_none_can_be(study, alice, as_user, email):
    before = roles_of(study)
    assert "There is no account" in post(as_user(alice), "add-member", study, email=email, role="viewer")
    assert roles_of(study) == before
