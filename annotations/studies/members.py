"""Who works on a study: owners manage it, editors act, viewers look. A study never loses its last owner."""

from __future__ import annotations

from django.db import transaction

from annotations.accounts.models import User
from annotations.core import audit
from annotations.core.errors import Refusal
from annotations.studies.models import Member, Study

ROLES = (Member.OWNER, Member.EDITOR, Member.VIEWER)
LAST_OWNER = "A study needs an owner: make somebody else an owner first."


@transaction.atomic
def add_member(*, study: Study, user: User, role: str, actor: str) -> Member:
    """Let a user in, or change the role of one who is in. Raises Refusal."""
    _lock(study)
    _check_role(role)
    if not user.is_active:
        raise Refusal(f"The account of {user.email} is switched off: an admin can switch it on.")
    before = Member.objects.filter(study=study, user=user).first()
    if before is not None:
        return _change(before, role, actor)
    member = Member.objects.create(study=study, user=user, role=role)
    audit.record(actor=actor, action="member added", subject=study.slug, user=user.email, role=role)
    return member


@transaction.atomic
def change_member(*, study: Study, member: Member, role: str, actor: str) -> Member:
    _lock(study)
    _check_role(role)
    return _change(_present(study, member), role, actor)


@transaction.atomic
def remove_member(*, study: Study, member: Member, actor: str) -> None:
    _lock(study)
    present = _present(study, member)
    _check_owner_stays(study, present)
    present.delete()
    audit.record(actor=actor, action="member removed", subject=study.slug, user=member.user.email)


@transaction.atomic
def hand_over(*, study: Study, to: Member, giver: User) -> None:
    """`to` becomes an owner, and whoever gives the study away an editor."""
    _lock(study)
    if to.user_id == giver.pk:
        raise Refusal("Hand the study over to somebody else.")
    if not to.user.is_active:
        raise Refusal(
            f"The account of {to.user.email} is switched off: hand over to somebody who can log in."
        )
    _change(_present(study, to), Member.OWNER, giver.email)
    mine = Member.objects.filter(study=study, user=giver).first()
    if mine is not None:
        _change(mine, Member.EDITOR, giver.email)
    audit.record(actor=giver.email, action="study handed over", subject=study.slug, user=to.user.email)


def _lock(study: Study) -> None:
    """Of two who change the members of a study the second finds what the first has done."""
    Study.objects.select_for_update(no_key=True).get(pk=study.pk)


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise Refusal("A member is an owner, an editor or a viewer.")


def _present(study: Study, member: Member) -> Member:
    present = Member.objects.filter(study=study, pk=member.pk).select_related("user").first()
    if present is None:
        raise Refusal("Somebody else removed this member meanwhile.")
    return present


def _change(member: Member, role: str, actor: str) -> Member:
    if member.role == role:
        return member
    _check_owner_stays(member.study, member)
    member.role = role
    member.save(update_fields=["role"])
    audit.record(
        actor=actor,
        action="member's role changed",
        subject=member.study.slug,
        user=member.user.email,
        role=role,
    )
    return member


def _check_owner_stays(study: Study, member: Member) -> None:
    others = Member.objects.filter(study=study, role=Member.OWNER, user__is_active=True)
    if member.role == Member.OWNER and not others.exclude(pk=member.pk).exists():
        raise Refusal(LAST_OWNER)
