"""Users: people who log in by e-mail."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from annotations.core import clock


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).strip(), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, role=User.ADMIN, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username or "")


class User(AbstractBaseUser, PermissionsMixin):
    """An admin sees every study and the Django admin; a researcher sees the studies they belong to."""

    ADMIN, RESEARCHER = "admin", "researcher"

    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=150, blank=True)
    role = models.CharField(
        max_length=12, choices=[(ADMIN, "admin"), (RESEARCHER, "researcher")], default=RESEARCHER
    )
    is_active = models.BooleanField(default=True)
    # Empty: the platform's own.
    time_zone = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    USERNAME_FIELD = "email"
    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_an_email")]

    @property
    def is_admin(self) -> bool:
        return self.is_active and self.role == self.ADMIN

    @property
    def is_staff(self) -> bool:
        return self.is_admin

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return self.is_admin

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_admin

    def __str__(self) -> str:
        return self.name or self.email
