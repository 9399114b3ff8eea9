"""Letting somebody work on a study, by their e-mail address."""

from __future__ import annotations

from annotations.accounts.links import mail_link, password_link
from annotations.accounts.models import User
from annotations.accounts.services import find_user, invite_user
from annotations.core import mail
from annotations.core.errors import Refusal
from annotations.studies.members import add_member
from annotations.studies.models import Study


def invite_member(*, study: Study, email: str, role: str, inviter: User, base: str) -> str:
    """What was done, in a sentence. Raises Refusal.

    A link by which a new account's password is chosen goes to its own address alone, by mail: whoever
    invites could else be somebody whom others take for the owner of that address.
    """
    user = find_user(email)
    if user is not None:
        add_member(study=study, user=user, role=role, actor=inviter.email)
        told = mail.send(
            to=[user.email],
            subject=f"You can work on the study “{study.title}”",
            body=f"{inviter.email} made you a member ({role}) of the study “{study.title}”:\n\n"
            f"{base.rstrip('/')}/research/studies/{study.slug}/\n",
        )
        return f"{user.email} is a member now{', and was told by mail' if told else ''}."
    if not mail.is_on():
        raise Refusal(
            f"There is no account with the address {email.strip()[:100]}. This platform sends no mail, so an"
            " admin has to make the account and pass on its link; then add the person here."
        )
    user = invite_user(email=email, role=User.RESEARCHER, actor=inviter.email)
    add_member(study=study, user=user, role=role, actor=inviter.email)
    link = password_link(user=user, base=base, actor=inviter.email)
    if mail_link(user=user, link=link, invited=True):
        return f"{user.email} is a member now, and gets a mail with a link to choose a password."
    return f"{user.email} is a member now, but the mail could not be sent: an admin can make a new link."
