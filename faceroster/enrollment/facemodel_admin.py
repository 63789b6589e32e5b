"""Face models in the admin: which is in force, and how far a switch is. For reading only."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import display

from faceroster.enrollment.codes import reason
from faceroster.enrollment.models import FaceModel, GalleryState
from faceroster.enrollment.switch_progress import progress


@admin.register(FaceModel)
class FaceModelAdmin(ModelAdmin):
    """Switching is for the command line (`manage.py models`): it needs files on the server."""

    list_display = (
        "key",
        "state_shown",
        "templates_shown",
        "failed_shown",
        "stopped",
        "licence",
        "created_at",
    )
    fieldsets = (
        (None, {"fields": ("key", "state_told", "templates_shown", "failed_shown", "stopped", "failures")}),
        (
            gettext_lazy("What it is"),
            {"fields": ("dimension", "licence", "source", "setting", "fingerprint", "created_at")},
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: FaceModel | None = None) -> list[str]:
        return [name for _, options in self.fieldsets for name in options["fields"]]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: FaceModel | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: FaceModel | None = None) -> bool:
        return False

    @display(
        description=gettext_lazy("state"),
        label={"active": "success", "filling": "info", "blocked": "danger", "kept": ""},
    )
    def state_shown(self, model: FaceModel) -> tuple[str, str]:
        state = GalleryState.objects.filter(pk=1).first()
        if state is not None and state.active_id == model.pk:
            return "active", _("In force")
        if state is None or state.filling_id != model.pk:
            return "kept", _("Kept")
        at = progress(model)
        if at.stopped or at.blocked:
            return "blocked", _("Switch waits for you")
        return "filling", _("Being switched to")

    @display(description=gettext_lazy("state"))
    def state_told(self, model: FaceModel) -> str:
        """In words alone: only lists turn a label's pair into a coloured one."""
        return str(self.state_shown(model)[1])

    @display(description=gettext_lazy("photos"))
    def templates_shown(self, model: FaceModel) -> str:
        at = progress(model)
        return _("%(some)d of %(all)d") % {"some": at.done, "all": at.total} if at.waiting else str(at.done)

    @display(description=gettext_lazy("failed"))
    def failed_shown(self, model: FaceModel) -> str:
        return str(progress(model).failed)

    @display(description=gettext_lazy("photos that failed"))
    def failures(self, model: FaceModel) -> str:
        rows = model.reembeddings.exclude(code="").select_related("photo__person")
        lines = [
            (
                reverse("admin:people_person_change", args=[row.photo.person_id]) + "#photos",
                row.photo.person.name,
                row.photo,
                reason(row.code),
            )
            for row in rows
        ]
        if not lines:
            return _("None.")
        return format_html("<ul>{}</ul>", format_html_join("", '<li><a href="{}">{}</a>, {}: {}</li>', lines))
