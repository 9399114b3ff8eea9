"""The Django admin: users and members can be changed, everything else is there to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest

from annotations import models as rows

# Hashes of secrets handed to browsers, and keys by which a person's provider id could be looked for.
HIDDEN = ("token_hash", "entry_key", "withdrawal_hash", "submission_key", "body_hash")

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
    AnyUserAdmin = DjangoUserAdmin[Any]
else:
    # Not subscriptable when it runs.
    AnyAdmin, AnyUserAdmin = admin.ModelAdmin, DjangoUserAdmin


class ReadOnlyAdmin(AnyAdmin):
    """Rows that only services write. No act here could change them behind the audit log's back."""

    show_full_result_count = False
    list_per_page = 50

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        names = {field.name for field in self.model._meta.get_fields()}
        return tuple(name for name in HIDDEN if name in names)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def read_only(
    model: type[models.Model], *columns: str, filters: tuple[str, ...] = (), search: str = ""
) -> None:
    """Register a model to be read. Foreign keys among the columns are fetched with the rows."""
    related = tuple(
        name
        for name in columns
        if name in {f.name for f in model._meta.fields} and model._meta.get_field(name).is_relation
    )
    attributes = {
        "list_display": columns,
        "list_select_related": related,
        "list_filter": filters,
        "search_fields": (search,) if search else (),
    }
    admin.site.register(model, type(f"{model.__name__}Admin", (ReadOnlyAdmin,), attributes))


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = rows.User
        fields = ("email",)


@admin.register(rows.User)
class UserAdmin(AnyUserAdmin):
    """Users are switched off, not deleted: the audit log names them."""

    add_form = NewUserForm
    ordering = ("email",)
    list_display = ("email", "name", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("email", "name")
    filter_horizontal = ()
    readonly_fields = ("last_login", "created_at")
    fieldsets = (
        (None, {"fields": ("email", "name", "role", "is_active", "password")}),
        ("Times", {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "role", "usable_password", "password1", "password2")}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(rows.Member)
class MemberAdmin(AnyAdmin):
    list_display = ("study", "user", "role")
    list_filter = ("role",)
    list_select_related = ("study", "user")
    autocomplete_fields = ("study", "user")


class StudyAdmin(ReadOnlyAdmin):
    list_display = ("slug", "title", "state", "collection", "opened_at")
    list_filter = ("state",)
    list_select_related = ("collection",)
    search_fields = ("slug", "title")


admin.site.unregister(Group)
admin.site.register(rows.Study, StudyAdmin)
read_only(rows.Collection, "name", "created_at", search="name")
read_only(rows.Load, "collection", "source", "created_at", "published_at")
read_only(rows.Item, "key", "collection", "domain", "metric", search="key")
read_only(rows.System, "key", "collection", "family", "shaping", search="key")
read_only(rows.Output, "key", "item", "system", search="key")
read_only(rows.Grade, "output", "grade", "grader", "revision", "current", filters=("grade", "current"))
read_only(rows.GradingRun, "grader_name", "collection", "state", "wanted_by", "created_at")
read_only(rows.HandRound, "purpose", "collection", "subject", "total", "wanted_by", "closed_at")
read_only(rows.Upload, "file_name", "collection", "subject", "size", "wanted_by", "loaded_at")
read_only(rows.Revision, "study", "number", "saved_by", "saved_at")
read_only(rows.Registration, "study", "address", "registered_on", "recorded_by")
read_only(rows.PreviewWalk, "study", "revision", "locale", "condition", "walked_by", "walked_at")
read_only(rows.Batch, "name", "study", "state", "places", "running", "completed", filters=("state",))
read_only(rows.Participant, "key", "study", "kind", "group", filters=("kind",), search="key")
read_only(rows.Enrolment, "participant", "batch", "state", "answered", "started_at", filters=("state",))
read_only(rows.Assignment, "unit_id", "participant", "state", "leased_at", "expires_at", filters=("state",))
read_only(
    rows.Response,
    "study",
    "participant",
    "item",
    "verdict",
    "difficulty",
    "surplus",
    "is_check",
    "created_at",
)
read_only(rows.RetentionDate, "version", "what", "due", "carried_out_at", filters=("what",))
read_only(rows.Exclusion, "response_id", "reason", "rule", "decided_by", "decided_at", "revoked_at")
read_only(rows.PersonSignals, "participant", "study", "n_alarms", "checks_failed", "computed_at")
read_only(rows.EntryCount, "study", "outcome", "count")
read_only(rows.Alert, "study", "kind", "words", "raised_at", "over_at", "mailed_at", filters=("kind",))
read_only(rows.AlertDismissal, "alert", "user", "at")
read_only(rows.Watch, "study", "looked_at", "signals_at", "signals_ms")
read_only(rows.PersonDecision, "participant", "excluded", "reason", "decided_by", "decided_at")
read_only(rows.Run, "study", "kind", "seed", "code_version", "confirmed_at", filters=("kind",))
read_only(rows.Release, "study", "number", "published_at", "published_by", "closed_at")
read_only(
    rows.Job, "kind", "subject", "state", "progress", "attempts", "created_at", filters=("state", "kind")
)
read_only(rows.AuditEntry, "at", "actor", "action", "subject", search="subject")
read_only(rows.WorkerBeat, "name", "started_at", "seen_at")
