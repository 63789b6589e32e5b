"""Users and API tokens in the admin. Both are for administrators only (see rights.py)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm

from faceroster.trust.forms import ApiTokenForm, NewUserForm, UserForm
from faceroster.trust.models import ApiToken, Role, Scope, User
from faceroster.trust.services import api_token_create

admin.site.unregister(Group)  # rights follow from roles; a group would promise what it cannot do


#: A role in one word; its label says also what it may.
_ROLE_NAMES = {
    Role.ADMINISTRATOR: gettext_lazy("Administrator"),
    Role.STAFF: gettext_lazy("Staff"),
    Role.MANAGER: gettext_lazy("Manager"),
    Role.PERSON: gettext_lazy("Person"),
}


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]
    form = UserForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("display_name", "role_label", "email", "is_active", "last_login")
    list_filter = ("role", "is_active")
    list_filter_sheet = False
    search_fields = ("username", "first_name", "last_name", "email")
    filter_horizontal = ()
    ordering = ("username",)
    fieldsets = (
        (None, {"fields": ("username", "password", ("first_name", "last_name"), "email")}),
        (gettext_lazy("What this user is here for"), {"fields": ("role", "language", "is_active")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", ("first_name", "last_name"), "email", "role")}),
        (gettext_lazy("Password"), {"fields": ("password1", "password2")}),
    )
    radio_fields = {"role": admin.VERTICAL}

    @display(description=gettext_lazy("user"), ordering="username", header=True)
    def display_name(self, user: User) -> tuple[str, str]:
        return user.get_full_name() or user.username, user.username if user.get_full_name() else ""

    @display(
        description=gettext_lazy("role"),
        ordering="role",
        label={"administrator": "primary", "staff": "info", "manager": "success"},
    )
    def role_label(self, user: User) -> tuple[str, str]:
        role = Role.ADMINISTRATOR if user.is_superuser else Role(user.role)
        return role.value, str(_ROLE_NAMES[role])

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[User]]:
        form = super().get_form(request, obj, change=change, **kwargs)
        # Whoever takes away their own rights could not give them back.
        own = obj is not None and obj.pk == request.user.pk
        return type(form.__name__, (form,), {"own_account": own})

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.pk == request.user.pk:
            return False
        return super().has_delete_permission(request, obj)


@admin.register(ApiToken)
class ApiTokenAdmin(ModelAdmin):
    form = ApiTokenForm
    list_display = ("name", "user", "scopes_shown", "state", "last_used_at")
    list_filter_sheet = False
    search_fields = ("name", "user__username")
    ordering = ("name",)
    readonly_fields = ("created_at", "last_used_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        return super().get_queryset(request).select_related("user")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = ("name", "user", "scopes", "expires_at")
        return [(None, {"fields": (*fields, "created_at", "last_used_at") if obj else fields})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.readonly_fields, "user") if obj else self.readonly_fields

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"user": request.user.pk, **super().get_changeform_initial_data(request)}

    @display(description=gettext_lazy("may"))
    def scopes_shown(self, token: ApiToken) -> str:
        return ", ".join(token.scopes) or _("nothing")

    @display(description=gettext_lazy("state"), label={"active": "success", "expired": "warning"})
    def state(self, token: ApiToken) -> tuple[str, str]:
        return ("expired", _("Expired")) if token.expired else ("active", _("Active"))

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        row, obj.issued = api_token_create(
            user=obj.user, name=obj.name, scopes=obj.scopes, expires_at=obj.expires_at
        )
        obj.pk = row.pk

    def response_add(
        self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The one page that ever shows the token: not a redirect, so that nothing has to remember it."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("New API token"),
            "opts": self.opts,
            "token": obj.issued,
            "row": obj,
            "scopes": [Scope(scope).label for scope in obj.scopes],
        }
        response = TemplateResponse(request, "admin/trust/apitoken/created.html", context)
        response["Cache-Control"] = "no-store"
        return response
