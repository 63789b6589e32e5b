"""The pages of a site's classifiers, in the admin's dress."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from faceroster.classifiers import services
from faceroster.classifiers.models import OPEN, Classifier
from faceroster.classifiers.selectors import LEAST_PHOTOS, state_of
from faceroster.core.errors import FaceRosterError
from faceroster.enrollment.views.pages import page, signed_in
from faceroster.people.models import Site
from faceroster.trust.rights import needs

_VIEW = "classifiers.view_classifier"
_TRAIN = "classifiers.add_classifier"
_SWITCH = "classifiers.add_classifierswitch"


@require_GET
@needs(_VIEW)
def sites(request: HttpRequest) -> HttpResponseBase:
    """All sites, and what recognises faces at each."""
    states = [state_of(site) for site in Site.objects.all()]
    return page(request, "classifiers/sites.html", _("Classifiers"), states=states)


@require_GET
@needs(_VIEW)
def site(request: HttpRequest, site_id: UUID) -> HttpResponseBase:
    """One site: its state, training, the classifiers it has or had, and who switched when."""
    state = state_of(_site(site_id))
    title = _("Classifier: %(name)s") % {"name": state.site.name}
    return page(request, "classifiers/site.html", title, state=state, least_photos=LEAST_PHOTOS)


@require_GET
@needs(_VIEW)
def progress(request: HttpRequest, site_id: UUID) -> HttpResponseBase:
    """The moving part as a fragment; when a training has come to its end, the whole page is asked for."""
    state = state_of(_site(site_id))
    response = render(request, "classifiers/_progress.html", {"state": state})
    if state.open is None:
        response["HX-Refresh"] = "true"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@needs(_TRAIN)
def train(request: HttpRequest, site_id: UUID) -> HttpResponseBase:
    found, user = _site(site_id), signed_in(request)
    return _do(
        request, found, lambda: services.training_ask(site=found, user=user), _("The training was sent off.")
    )


@require_POST
@needs(_TRAIN)
def stop(request: HttpRequest, site_id: UUID) -> HttpResponseBase:
    found, user = _site(site_id), signed_in(request)
    classifier = found.classifiers.select_related("site").filter(status__in=OPEN).first()
    if classifier is None:
        messages.info(request, _("No training is under way any more."))
        return redirect("classifiers:site", site_id=site_id)
    return _do(
        request,
        found,
        lambda: services.training_stop(classifier=classifier, user=user),
        _("The training was stopped."),
    )


@require_POST
@needs(_SWITCH)
def switch(request: HttpRequest, site_id: UUID) -> HttpResponseBase:
    """To the classifier that is named, or back to the gallery alone."""
    found, user, number = _site(site_id), signed_in(request), request.POST.get("number", "")
    classifier: Classifier | None = None
    if number:
        wanted = int(number) if number.isdecimal() else 0
        classifier = get_object_or_404(found.classifiers.select_related("site"), number=wanted)
    if classifier:
        told = _("%(classifier)s has a word now, from the next frame on.") % {"classifier": classifier}
    else:
        told = _("The gallery decides alone now, from the next frame on.")
    return _do(
        request,
        found,
        lambda: services.site_switch(site=found, classifier=classifier, user=user),
        told,
    )


def _site(site_id: UUID) -> Site:
    return get_object_or_404(Site, pk=site_id)


def _do(request: HttpRequest, found: Site, act: Callable[[], object], done: str) -> HttpResponseBase:
    """Do it and say so, or say why not, on the site's page."""
    try:
        act()
    except FaceRosterError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, done)
    return redirect("classifiers:site", site_id=found.pk)
