"""One's own second step, and the administrators' page of everybody's."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from faceroster.core.errors import FaceRosterError
from faceroster.trust import second_steps
from faceroster.trust.forms import CodeForm
from faceroster.trust.models import User
from faceroster.trust.rights import needs
from faceroster.trust.sign_in import DONE

_RIGHT = "trust.change_user"


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _page(request: HttpRequest, form: CodeForm, status: int = 200) -> HttpResponse:
    user = _user(request)
    there = second_steps.has_second_step(user)
    step = None if there else second_steps.set_up_begun(user)
    must = second_steps.must_have(user)
    context: dict[str, Any] = {
        "form": form,
        "there": there,
        "left": second_steps.recovery_codes_left(user),
        "must": must,
        "due": second_steps.due_of(user) if must and not there else None,
    }
    if step is not None:
        # Drawn by segno from base32 and quoted text.
        qr = mark_safe(second_steps.qr_of(step))  # noqa: S308
        context |= {"qr": qr, "secret": second_steps.shown_secret(step)}
    return render(request, "trust/second_step.html", context, status=status)


@require_safe
@never_cache
@login_required
def second_step(request: HttpRequest) -> HttpResponse:
    """Whether one has a second step, and how to get one."""
    return _page(request, CodeForm())


@require_POST
@login_required
def begin(request: HttpRequest) -> HttpResponse:
    """Draw a secret, which counts once a code of it was given."""
    try:
        second_steps.set_up_begin(user=_user(request))
    except FaceRosterError as error:
        messages.error(request, error.message)
    return redirect("trust:second_step")


@require_POST
@never_cache
@login_required
def confirm(request: HttpRequest) -> HttpResponse:
    """Put it in force, and show the recovery codes this once."""
    return _with_code(request, lambda code: second_steps.set_up_confirm(user=_user(request), code=code))


@require_POST
@never_cache
@login_required
def codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes, against a code."""
    return _with_code(request, lambda code: second_steps.recovery_codes_renew(user=_user(request), code=code))


@require_POST
@never_cache
@login_required
def remove(request: HttpRequest) -> HttpResponse:
    """Go on without, against a code."""
    return _with_code(request, lambda code: second_steps.remove(user=_user(request), code=code))


def _with_code(request: HttpRequest, act: Any) -> HttpResponse:
    """``act(code)``; what it returns are recovery codes, to be shown."""
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _page(request, form, 400)
    try:
        shown = act(form.cleaned_data["code"])
    except FaceRosterError as error:
        form.add_error("code", error.message)
        return _page(request, form, error.status)
    if shown is None:
        request.session.pop(DONE, None)
        messages.success(request, _("You sign in without a second step now."))
        return redirect("trust:second_step")
    request.session[DONE] = True
    return render(request, "trust/recovery_codes.html", {"codes": shown})


@require_safe
@needs(_RIGHT)
def everybody(request: HttpRequest) -> HttpResponse:
    """Who has a second step, for administrators."""
    users = User.objects.filter(is_active=True).select_related("second_step", "second_step_due")
    rows = [
        {
            "user": user,
            "since": getattr(getattr(user, "second_step", None), "confirmed_at", None),
            "must": second_steps.must_have(user),
            "due": getattr(getattr(user, "second_step_due", None), "due_at", None),
        }
        for user in users.order_by("username")
    ]
    # Whoever has one first, then those who must get one.
    rows.sort(key=lambda row: (row["since"] is None, not row["must"]))
    context = {**admin.site.each_context(request), "title": _("Second steps"), "rows": rows}
    return TemplateResponse(request, "trust/second_steps.html", context)


@require_POST
@needs(_RIGHT)
def reset(request: HttpRequest, user_id: int) -> HttpResponse:
    """Take the second step of somebody away who lost it."""
    user = get_object_or_404(User, pk=user_id)
    if second_steps.reset(user=user, by=_user(request)):
        messages.success(request, _("%(name)s signs in without a second step now.") % {"name": user})
    else:
        messages.info(request, _("%(name)s has no second step.") % {"name": user})
    return redirect("trust:second_steps")
