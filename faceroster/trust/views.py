"""The administrators' page of who is locked out."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from faceroster.trust import guessing
from faceroster.trust.rights import needs

_LIFT = "axes.delete_accessattempt"


@needs(_LIFT)
def locks(request: HttpRequest) -> HttpResponse:
    """Who is locked out, from where, and until when."""
    rows = [{**lock, "shown": guessing.shown_name(lock["username"])} for lock in guessing.locks()]
    context = {**admin.site.each_context(request), "title": _("Sign-in locks"), "locks": rows}
    return TemplateResponse(request, "trust/locks.html", context)


@require_POST
@needs(_LIFT)
def locks_lift(request: HttpRequest) -> HttpResponse:
    """Forget the wrong tries of a user at an address, or of a whole address."""
    lifted = guessing.locks_lift(
        username=request.POST.get("username", ""), address=request.POST.get("address", "")
    )
    if lifted:
        messages.success(request, _("The lock is lifted."))
    else:
        messages.info(request, _("This lock has ended already."))
    return redirect("trust:locks")
