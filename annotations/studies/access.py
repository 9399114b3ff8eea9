"""The only way a door obtains a study. Forbidden and missing read the same."""

from __future__ import annotations

from django.db.models import QuerySet

from annotations.accounts.models import User
from annotations.core.errors import NotFound
from annotations.studies.models import Member, Study

VIEW = (Member.OWNER, Member.EDITOR, Member.VIEWER)
EDIT = (Member.OWNER, Member.EDITOR)
MANAGE = (Member.OWNER,)


def studies_of(user: User) -> QuerySet[Study]:
    """Studies that the user may see: all for an admin, else those they are a member of."""
    studies = Study.objects.visible().select_related("collection")
    if user.is_admin:
        return studies
    return studies.filter(members__user=user)


def access_study(user: User, slug: str, *, roles: tuple[str, ...] = VIEW) -> Study:
    """The study, if the user has one of the roles in it (an admin has all). Raises NotFound."""
    studies = studies_of(user).select_related("version").filter(slug=slug)
    if not user.is_admin:
        studies = studies.filter(members__user=user, members__role__in=roles)
    study = studies.first()
    if study is None:
        raise NotFound("There is no such study among yours.")
    return study


def may_manage(user: User, study: Study) -> bool:
    return user.is_admin or study.members.filter(user=user, role__in=MANAGE).exists()


def may_edit(user: User, study: Study) -> bool:
    return user.is_admin or study.members.filter(user=user, role__in=EDIT).exists()
