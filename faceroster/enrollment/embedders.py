"""The embedders this database has templates of, and the one that is in force.

The setting FACEROSTER_EMBEDDER counts until the first photo is accepted; from then on the database
says which model its faces are searched with, and :mod:`faceroster.enrollment.switching` changes it.
"""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet, Subquery

from faceroster import vision
from faceroster.enrollment.models import FaceModel, GalleryState, Template


def in_force() -> vision.Embedder:
    """What the engine is to load (registered with :func:`vision.embedder_from`)."""
    state = GalleryState.objects.select_related("active").filter(pk=1).first()
    return embedder_of(state.active) if state and state.active else vision.Embedder(_setting())


def embedder_of(model: FaceModel) -> vision.Embedder:
    return vision.Embedder(model.setting, model.fingerprint)


def active_key() -> str:
    """name@version of the model in force."""
    found = GalleryState.objects.filter(pk=1).values_list("active__key", flat=True).first()
    return found or vision.embedder_spec(_setting()).key


def templates_in_force() -> QuerySet[Template]:
    """Templates that faces are searched with; before the first accepted photo there are none."""
    active = GalleryState.objects.filter(pk=1).values("active__key")
    return Template.objects.filter(model=Subquery(active))


def keyed(key: str) -> vision.Embedder:
    """The embedder of name@version: one that has, or had, templates, else the setting's."""
    model = FaceModel.objects.filter(key=key).first()
    return embedder_of(model) if model else vision.Embedder(_setting())


def register(setting: str) -> FaceModel:
    """The row of an embedder, made when it is new, brought up to date when its file has moved.

    Raises:
        ModelError: as :func:`vision.embedder_spec`, and ``model.changed`` when another model has
            templates under the same name and version.
    """
    spec = vision.embedder_spec(setting)
    model, _ = FaceModel.objects.get_or_create(
        key=spec.key,
        defaults={
            "setting": setting,
            "fingerprint": spec.fingerprint,
            "dimension": spec.dimension,
            "licence": spec.licence,
            "source": spec.source,
        },
    )
    if model.fingerprint not in ("", spec.fingerprint):
        raise _changed(spec.key)
    model.setting, model.fingerprint = setting, spec.fingerprint
    model.licence, model.source = spec.licence, spec.source
    model.save(update_fields=["setting", "fingerprint", "licence", "source"])
    return model


def spec_of(model: FaceModel) -> vision.ModelSpec:
    """What is known about ``model`` now, its weights unopened.

    Raises:
        ModelError: as :func:`vision.embedder_spec`, and ``model.changed``.
    """
    spec = vision.embedder_spec(model.setting)
    if spec.key != model.key or model.fingerprint not in ("", spec.fingerprint):
        raise _changed(model.key)
    return spec


def _changed(key: str) -> vision.ModelError:
    return vision.ModelError(
        f"{key} is not what its templates were made with: its card or its weights were changed. Put the old "
        "ones back, or give the card a new version and switch to it.",
        code="model.changed",
    )


def pin(state: GalleryState) -> FaceModel:
    """The model in force, written down if it was the setting's until now. ``state`` is locked."""
    if state.active is None:
        state.active = register(_setting())
        state.save(update_fields=["active"])
    return state.active


def mismatch() -> str | None:
    """What to say when the setting names another embedder than the one in force."""
    state = GalleryState.objects.select_related("active").filter(pk=1).first()
    if state is None or state.active is None or state.active.setting == _setting():
        return None
    return (
        f"FACEROSTER_EMBEDDER is {_setting()}, but faces are searched with {state.active.key}: the setting "
        f"counts for a new database only. `manage.py models switch {_setting()}` would switch to it."
    )


def _setting() -> str:
    return vision.embedder_name(settings.FACEROSTER["EMBEDDER"])
