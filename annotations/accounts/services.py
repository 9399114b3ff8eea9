"""Acts on users: make, switch off and on, change role, let them choose a password."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from annotations.accounts.models import User
from annotations.core import audit
from annotations.core.errors import Refusal

LONGEST = 254  # characters of an address
LAST_ADMIN = "This is the last admin who can log in: make somebody else an admin first."


@transaction.atomic
def invite_user(*, email: str, role: str, actor: str, name: str = "") -> User:
    """A user without a password: they choose one by a link (`links.password_link`). Raises Refusal."""
    email = email.strip()
    try:
        if len(email) > LONGEST:
            raise ValidationError("too long")
        validate_email(email)
    except ValidationError as error:
        raise Refusal(f"“{email[:100]}” is not an e-mail address.") from error
    if role not in (User.ADMIN, User.RESEARCHER):
        raise Refusal("A user is an admin or a researcher.")
    taken = Refusal(f"There is already a user with the e-mail address {email}.")
    if find_user(email) is not None:
        raise taken
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, None, role=role, name=name.strip()[:150])
    except (ValidationError, IntegrityError) as error:
        raise taken from error
    audit.record(actor=actor, action="user invited", subject=subject_of(user), role=role)
    return user


def find_user(email: str) -> User | None:
    # PostgreSQL would not even compare an address with a null character, nor SQLite one of many pages.
    if "\x00" in email or len(email) > LONGEST:
        return None
    return User.objects.filter(email__iexact=email.strip()).first()


@transaction.atomic
def disable_user(*, user: User, actor: User) -> None:
    """Nobody is deleted, for the audit log names them; who is switched off is logged out at once."""
    if user.pk == actor.pk:
        raise Refusal("You cannot switch off your own account: ask another admin.")
    locked = _locked(user)
    if not locked.is_active:
        return
    locked.is_active = False
    locked.save(update_fields=["is_active"])
    audit.record(actor=actor.email, action="user switched off", subject=subject_of(user))


@transaction.atomic
def enable_user(*, user: User, actor: User) -> None:
    if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        audit.record(actor=actor.email, action="user switched on", subject=subject_of(user))


@transaction.atomic
def change_role(*, user: User, role: str, actor: User) -> None:
    if role not in (User.ADMIN, User.RESEARCHER):
        raise Refusal("A user is an admin or a researcher.")
    locked = _locked(user, stays_admin=role == User.ADMIN)
    if locked.role == role:
        return
    locked.role = role
    locked.save(update_fields=["role"])
    audit.record(actor=actor.email, action="role changed", subject=subject_of(user), role=role)


def change_account(*, user: User, name: str, time_zone: str) -> None:
    """What people say of themselves: nobody else's business, so it is not in the log."""
    user.name, user.time_zone = name.strip()[:150], time_zone
    user.save(update_fields=["name", "time_zone"])


def _locked(user: User, *, stays_admin: bool = False) -> User:
    """The user as they are now; of all admins only one at a time is taken away, and never the last."""
    admins = User.objects.filter(role=User.ADMIN, is_active=True)
    locked = list(admins.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    if not stays_admin and locked == [user.pk]:
        raise Refusal(LAST_ADMIN)
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def subject_of(user: User) -> str:
    return f"user:{user.pk}"
