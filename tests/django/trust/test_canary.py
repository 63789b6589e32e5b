"""The scan for biometrics in the clear finds what is planted, in whatever form, and nothing else."""

from __future__ import annotations

import base64
import io
import json
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from django.core.cache import cache
from django.db import connection
from PIL import Image

from faceroster.people.models import Site
from tests.support import canary

_RANDOM = np.random.default_rng(5)
_VECTOR = _RANDOM.standard_normal(128).astype(np.float32) / 11
_PIXELS = _RANDOM.integers(0, 256, (112, 112, 3), dtype=np.uint8)

Form = Callable[[np.ndarray], bytes]


def _jpeg(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG")
    return out.getvalue()


VECTOR_FORMS: dict[str, Form] = {
    "single": lambda v: v.tobytes(),
    "half": lambda v: v.astype("<f2").tobytes(),
    "double": lambda v: v.astype("<f8").tobytes(),
    "network order": lambda v: v.astype(">f4").tobytes(),
    "json": lambda v: json.dumps(v.tolist()).encode(),
    "json, rounded": lambda v: json.dumps([round(float(n), 4) for n in v]).encode(),
    "repr of numpy": lambda v: np.array2string(v, threshold=1000).encode(),
    "base64": lambda v: base64.b64encode(b"x" + v.tobytes()),
    "base64 for addresses": lambda v: base64.urlsafe_b64encode(b"xy" + v.tobytes()),
    "hex": lambda v: v.tobytes().hex().encode(),
    "compressed": lambda v: zlib.compress(v.tobytes()),
    "compressed, in base64": lambda v: base64.b64encode(zlib.compress(v.tobytes())),
    "the second half of it": lambda v: v[64:].tobytes(),
}


@pytest.mark.parametrize("form", VECTOR_FORMS)
def test_an_embedding_is_found(form: str) -> None:
    planted = canary.Place("a log", b"before " + VECTOR_FORMS[form](_VECTOR) + b" after")
    assert canary.scan(canary.needles_of_vector(_VECTOR), [planted])


@pytest.mark.parametrize("form", VECTOR_FORMS)
def test_another_embedding_is_not(form: str) -> None:
    other = _RANDOM.standard_normal(128).astype(np.float32) / 11
    assert not canary.scan(
        canary.needles_of_vector(_VECTOR), [canary.Place("a log", VECTOR_FORMS[form](other))]
    )


def test_a_picture_is_found_as_file_and_as_pixels() -> None:
    data = _jpeg(_PIXELS)
    needles = canary.needles_of_picture(data)
    pixels = np.asarray(Image.open(io.BytesIO(data)))
    for planted in (data, data[100:], base64.b64encode(data), data.hex().encode(), pixels.tobytes()):
        assert canary.scan(needles, [canary.Place("a file", planted)])
    assert not canary.scan(needles, [canary.Place("a file", _jpeg(255 - _PIXELS))])


def test_any_picture_at_all_is_found_if_asked_for() -> None:
    other = _jpeg(_PIXELS[::-1])
    for planted in (b"head" + other, base64.b64encode(other)):
        [found] = canary.scan([], [canary.Place("a file", planted)], any_picture=True)
        assert found.what == "a picture"
    noise = canary.Place("a file", _RANDOM.bytes(500_000) + b"\xff\xd8\xff\xe0 no picture")
    assert not canary.scan([], [noise], any_picture=True)


@pytest.mark.django_db
def test_it_looks_into_every_store(tmp_path: Path) -> None:
    needles = canary.needles_of_vector(_VECTOR)
    assert not canary.scan(needles, [*canary.database(), *canary.folder(tmp_path), *canary.local_cache()])
    Site.objects.create(name=_VECTOR[:4].tobytes().hex(), timezone="UTC")
    where = {found.where for found in canary.scan(needles, canary.database())}
    assert {"people_site.name", "audit_entry.subject_name"} <= where
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "dump.bin").write_bytes(_VECTOR.tobytes())
    assert {found.where for found in canary.scan(needles, canary.folder(tmp_path))} == {"deep/dump.bin"}
    assert not canary.scan(needles, canary.folder(tmp_path, without=["deep"]))
    cache.set("planted", _VECTOR.tobytes())
    if connection.vendor == "sqlite":
        assert canary.scan(needles, canary.local_cache())
    else:
        assert canary.scan(needles, canary.redis_server(cache._cache._servers[0]))  # type: ignore[attr-defined]
