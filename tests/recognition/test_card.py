"""Embedders by card: what a card may say, and that the network gets exactly that."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from recognition import decoding
from recognition.alignment import ARCFACE_112, TEMPLATES, embedder_chip
from recognition.cli import main
from recognition.commands.common import choose_embedder
from recognition.embedding import make_embedder, try_embedder
from recognition.engine import EngineConfig, FaceEngine
from recognition.errors import GalleryError, ModelError
from recognition.identify import verify
from recognition.models import Thresholds, absolute_name, get_spec, weights_problem
from recognition.types import Floats, Image
from tests.support.onnx_models import flattener, random_model, write_card, write_model


def _chips(count: int = 2, side: int = 16) -> Image:
    return np.random.default_rng(3).integers(0, 256, (count, side, side, 3)).astype(np.uint8)


def _embed(card: Path, chips: Image) -> Floats:
    return make_embedder(f"onnx:{card}").embed(chips)


def _unit(vector: Any) -> Any:
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("color", ["RGB", "BGR"])
@pytest.mark.parametrize(
    ("mean", "scale"), [(0.0, 1.0), (127.5, 0.0078125), ([104.0, 117.5, 123.0], [0.017, 0.0175, 0.018])]
)
def test_colour_mean_scale_and_layout_reach_the_network(
    tmp_path: Path, layout: str, color: str, mean: Any, scale: Any
) -> None:
    card = write_card(
        flattener(tmp_path / "net.onnx", layout=layout), layout=layout, color=color, mean=mean, scale=scale
    )
    chips = _chips()
    means, scales = np.broadcast_to(mean, 3), np.broadcast_to(scale, 3)
    for chip, vector in zip(chips, _embed(card, chips), strict=True):
        planes = []
        for position in range(3):
            channel = position if color == "RGB" else 2 - position
            planes.append((chip[:, :, channel].astype(np.float64) - means[position]) * scales[position])
        expected = np.stack(planes, axis=0 if layout == "NCHW" else -1).reshape(-1)
        assert np.abs(vector - _unit(expected)).max() < 1e-6


def test_bgr_is_not_rgb(tmp_path: Path) -> None:
    first = write_card(flattener(tmp_path / "rgb.onnx"), color="RGB")
    second = write_card(flattener(tmp_path / "bgr.onnx"), color="BGR")
    chips = _chips()
    assert np.abs(_embed(first, chips) - _embed(second, chips)).max() > 0.01
    turned = np.ascontiguousarray(chips[..., ::-1])
    assert np.array_equal(_embed(first, turned), _embed(second, chips))


def test_the_mirror_image_is_averaged_in(tmp_path: Path) -> None:
    plain = write_card(flattener(tmp_path / "plain.onnx"), mean=100.0)
    both = write_card(flattener(tmp_path / "both.onnx"), mean=100.0, mirror=True)
    chips = _chips()
    mirrored = np.ascontiguousarray(chips[:, :, ::-1])
    expected = _embed(plain, chips) + _embed(plain, mirrored)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert np.abs(_embed(both, chips) - expected).max() < 1e-6
    assert np.abs(_embed(both, chips) - _embed(plain, chips)).max() > 0.01


@pytest.mark.parametrize("count", [0, 1, 33])
@pytest.mark.parametrize("batch", ["n", 1])
def test_any_number_of_chips_whatever_batch_the_file_fixes(
    tmp_path: Path, count: int, batch: int | str
) -> None:
    card = write_card(flattener(tmp_path / "net.onnx", batch=batch))
    chips = _chips(count)
    vectors = _embed(card, chips)
    assert (vectors.shape, vectors.dtype) == ((count, 768), np.float32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    if count:
        assert np.abs(_embed(card, chips[-1:])[0] - vectors[-1]).max() < 1e-6


@pytest.mark.parametrize("shape", [(16, 16, 3), (1, 15, 16, 3), (1, 16, 16, 1)])
def test_wrong_chips_are_a_programming_error(tmp_path: Path, shape: tuple[int, ...]) -> None:
    embedder = make_embedder(f"onnx:{write_card(flattener(tmp_path / 'net.onnx'))}")
    with pytest.raises(ValueError, match="chips"):
        embedder.embed(np.zeros(shape, np.uint8))


def test_threads_load_once_and_agree(tmp_path: Path) -> None:
    embedder = make_embedder(random_model(tmp_path, "net", seed=1))
    chips = [_chips(1, 112) + np.uint8(number) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(embedder.embed, chips))
    for chip, vector in zip(chips, together, strict=True):
        assert np.abs(embedder.embed(chip) - vector).max() < 1e-6


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"input_size": 32, "dimension": 3072}, "input is"),
        ({"dimension": 512}, "output is"),
        ({"layout": "NHWC"}, "input is"),
    ],
)
def test_a_network_that_is_not_what_its_card_says(tmp_path: Path, fields: Any, told: str) -> None:
    card = write_card(flattener(tmp_path / "net.onnx"), **fields)
    side = fields.get("input_size", 16)
    with pytest.raises(ModelError, match=told) as caught:
        _embed(card, _chips(1, side))
    assert caught.value.code == "model.bad_shape"


def test_networks_with_other_inputs_are_refused(tmp_path: Path) -> None:
    flat = helper.make_node("Flatten", ["image"], ["vector"], axis=1)
    cast = helper.make_node("Cast", ["image"], ["pixels"], to=TensorProto.FLOAT)
    flat_cast = helper.make_node("Flatten", ["pixels"], ["vector"], axis=1)
    files = [
        flattener(tmp_path / "four.onnx", batch=4),
        write_model(tmp_path / "short.onnx", [flat], shape=("n", 768), dimension=768),
        write_model(
            tmp_path / "bytes.onnx", [cast, flat_cast], shape=("n", 3, 16, 16), dimension=768,
            kind=TensorProto.UINT8,
        ),
    ]  # fmt: skip
    for file in files:
        with pytest.raises(ModelError) as caught:
            _embed(write_card(file), _chips(1))
        assert caught.value.code == "model.bad_shape", file.name


def test_an_output_without_direction_is_no_vector(tmp_path: Path) -> None:
    card = write_card(flattener(tmp_path / "net.onnx"), mean=7.0)
    with pytest.raises(ModelError, match="mean and scale") as caught:
        _embed(card, np.full((1, 16, 16, 3), 7, np.uint8))
    assert caught.value.code == "model.bad_output"


def test_only_the_file_that_the_card_names_is_loaded(tmp_path: Path) -> None:
    card = write_card(flattener(tmp_path / "net.onnx"))
    data = bytearray((tmp_path / "net.onnx").read_bytes())
    data[-20] ^= 1
    (tmp_path / "net.onnx").write_bytes(data)
    with pytest.raises(ModelError, match="card") as caught:
        _embed(card, _chips(1))
    assert caught.value.code == "model.checksum"
    (tmp_path / "net.onnx").unlink()
    with pytest.raises(ModelError, match=r"net\.onnx") as caught:
        _embed(card, _chips(1))
    assert caught.value.code == "model.missing"


def test_what_is_no_network_is_told(tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(b"no network at all")
    with pytest.raises(ModelError) as caught:
        _embed(write_card(tmp_path / "net.onnx"), _chips(1))
    assert caught.value.code == "model.invalid"


def test_the_card_may_be_named_by_either_file_or_name_another(tmp_path: Path) -> None:
    card = write_card(flattener(tmp_path / "net.onnx"))
    assert get_spec(f"onnx:{tmp_path / 'net.onnx'}", "embedder") == get_spec(f"onnx:{card}", "embedder")
    other = tmp_path / "other.toml"
    other.write_text(card.read_text() + 'file = "net.onnx"\n')
    assert _embed(other, _chips(1)).shape == (1, 768)
    with pytest.raises(ModelError, match=r"nowhere\.toml") as caught:
        get_spec(f"onnx:{tmp_path / 'nowhere.onnx'}", "embedder")
    assert caught.value.code == "model.missing"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": None}, "name is missing"),
        ({"name": "Bad Name"}, "name must"),
        ({"name": "x" * 41}, "name must"),
        ({"name": "dlib-resnet29"}, "FaceRoster's own"),
        ({"version": 0}, "version"),
        ({"version": True}, "version"),
        ({"version": 1.5}, "version"),
        ({"input_size": 8}, "input_size"),
        ({"input_size": [112, 96]}, "input_size"),
        ({"color": "rgb"}, "color"),
        ({"color": ["RGB"]}, "color"),
        ({"mean": [1.0, 2.0]}, "mean"),
        ({"mean": "127.5"}, "mean"),
        ({"mean": float("nan")}, "mean"),
        ({"scale": 0}, "scale"),
        ({"scale": [1, 1, 0.0]}, "scale"),
        ({"layout": "NWHC"}, "layout"),
        ({"template": "dlib68"}, "template"),
        ({"dimension": 1}, "dimension"),
        ({"licence": "  "}, "licence"),
        ({"source": 7}, "source"),
        ({"sha256": "abc"}, "sha256"),
        ({"sha256": 12}, "sha256"),
        ({"mirror": "yes"}, "mirror"),
        ({"file": "../net.onnx"}, "file"),
        ({"file": "net.bin"}, "file"),
        ({"mena": 1.0}, "mena is no field"),
        ({"thresholds": {"accept": 0.4}}, "margin, verify is missing"),
        ({"thresholds": {"accept": 1.4, "margin": 0.0, "verify": 1.0}}, r"thresholds\.accept"),
        ({"thresholds": {"accept": 0.4, "margin": -0.1, "verify": 1.0}}, r"thresholds\.margin"),
        ({"thresholds": {"accept": 0.4, "margin": 0.1, "verify": 3}}, r"thresholds\.verify"),
        ({"thresholds": {"accept": 0.4, "margin": 0.1, "verify": 1, "far": 1}}, "far is no field"),
    ],
)
def test_every_wrong_field_is_named(tmp_path: Path, fields: dict[str, Any], told: str) -> None:
    card = write_card(flattener(tmp_path / "net.onnx"), **fields)
    with pytest.raises(ModelError, match=told) as caught:
        get_spec(f"onnx:{card}", "embedder")
    assert caught.value.code == "model.bad_card"


@pytest.mark.parametrize("content", [b"name = ", b"\xff\xfe", b"# " + b"x" * 70_000])
def test_what_is_no_card_is_told(tmp_path: Path, content: bytes) -> None:
    card = tmp_path / "net.toml"
    card.write_bytes(content)
    with pytest.raises(ModelError, match=r"net\.toml") as caught:
        get_spec(f"onnx:{card}", "embedder")
    assert caught.value.code == "model.bad_card"


def test_a_card_says_who_made_the_network_and_where_its_scores_divide(tmp_path: Path) -> None:
    thresholds = {"accept": 0.4, "margin": 0.05, "verify": 1.1}
    card = write_card(flattener(tmp_path / "net.onnx"), version=3, thresholds=thresholds)
    spec = get_spec(f"onnx:{card}", "embedder")
    assert (spec.key, spec.kind, spec.licence, spec.source) == (
        "net@3",
        "embedder",
        "CC0-1.0",
        "made by a test",
    )
    assert spec.thresholds == Thresholds(0.4, 0.05, 1.1)


def test_the_fingerprint_changes_with_all_that_changes_the_numbers(tmp_path: Path) -> None:
    onnx_file = flattener(tmp_path / "net.onnx")

    def fingerprint(**fields: Any) -> str:
        return get_spec(f"onnx:{write_card(onnx_file, **fields)}", "embedder").fingerprint

    plain = fingerprint()
    for fields in (
        {"mean": 1.0},
        {"scale": 2.0},
        {"color": "BGR"},
        {"layout": "NHWC"},
        {"template": "dlib5"},
        {"mirror": True},
        {"sha256": "0" * 64},
        {"version": 2},
    ):
        assert fingerprint(**fields) != plain, fields
    assert fingerprint(licence="MIT", source="elsewhere") == plain


def test_templates_are_those_a_card_may_name(tmp_path: Path) -> None:
    for template in TEMPLATES:
        card = write_card(flattener(tmp_path / "net.onnx"), template=template)
        assert get_spec(f"onnx:{card}", "embedder").template == template


@pytest.mark.parametrize("size", [112, 224])
def test_the_arcface_chip_puts_the_landmarks_where_arcface_wants_them(size: int) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (size, size, 3)).astype(np.uint8)
    there = ARCFACE_112 * np.float32(size / 112)
    assert np.array_equal(embedder_chip(picture, there, "arcface112", size), picture)
    moved = np.zeros((size + 40, size + 40, 3), np.uint8)
    moved[25 : 25 + size, 10 : 10 + size] = picture
    found = embedder_chip(moved, there + np.float32([10, 25]), "arcface112", size)
    assert np.abs(found.astype(int) - picture).max() <= 1


def test_an_engine_with_a_card(tmp_path: Path, demo_folder: Path) -> None:
    photo = next(iter(sorted((demo_folder / "staff").rglob("*.jpg"))))
    image = decoding.decode(photo.read_bytes())
    engine = FaceEngine(EngineConfig(embedder=random_model(tmp_path, "net", seed=1)))
    assert (engine.model, engine.dimension) == ("net@1", 64)
    found = engine.analyse_photo(image)
    assert found.embedding is not None
    assert found.embedding.model == "net@1"
    chip = embedder_chip(image, found.face.landmarks, "arcface112", 112)
    direct = make_embedder(engine.config.embedder).embed(chip[None])[0]
    assert np.abs(found.embedding.vector - direct).max() < 1e-6

    twin = engine.with_embedder(random_model(tmp_path, "other", seed=2))
    assert (engine.model, twin.model) == ("net@1", "other@1")
    other = twin.analyse_photo(image)
    assert np.array_equal(other.face.landmarks, found.face.landmarks)
    assert other.embedding is not None
    with pytest.raises(GalleryError, match="net@1") as caught:
        verify(found.embedding, other.embedding)
    assert caught.value.code == "gallery.model_mismatch"


def test_an_embedder_is_tried_before_it_is_put_to_use(tmp_path: Path) -> None:
    assert try_embedder(random_model(tmp_path, "good", seed=1)).key == "good@1"
    assert try_embedder("dlib-resnet29").key == "dlib-resnet29@1"
    mute = random_model(tmp_path, "mute", seed=1, thresholds=None)
    assert get_spec(mute, "embedder").thresholds is None
    for name, code in (
        (mute, "model.no_thresholds"),
        (random_model(tmp_path, "torn", seed=1, sha256="0" * 64), "model.checksum"),
        (random_model(tmp_path, "long", seed=1).replace("long", "longer"), "model.missing"),
    ):
        with pytest.raises(ModelError) as caught:
            try_embedder(name)
        assert caught.value.code == code


def test_weights_are_compared_anew_each_time_they_are_asked_about(tmp_path: Path) -> None:
    spec = get_spec(random_model(tmp_path, "net", seed=1), "embedder")
    assert weights_problem(spec) is None
    (tmp_path / "net.onnx").write_bytes(b"another file")
    assert "net.onnx" in (weights_problem(spec) or "")


def test_names_of_cards_mean_the_same_in_every_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert absolute_name("onnx:models/net.toml") == f"onnx:{tmp_path}/models/net.toml"
    assert absolute_name("dlib-resnet29") == "dlib-resnet29"


def test_a_card_says_itself_whether_mirror_images_take_part(tmp_path: Path, demo_folder: Path) -> None:
    image = decoding.decode(next(iter(sorted((demo_folder / "staff").rglob("*.jpg")))).read_bytes())
    name = random_model(tmp_path, "net", seed=1, mirror=False)
    engine = FaceEngine(EngineConfig(embedder=name, mirror=True))
    found = engine.analyse_photo(image)
    assert found.embedding is not None
    chip = embedder_chip(image, found.face.landmarks, "arcface112", 112)[None]
    plain, mirrored = (make_embedder(name).embed(one)[0] for one in (chip, chip[:, :, ::-1]))
    assert np.abs(found.embedding.vector - plain).max() < 1e-6
    assert np.abs(plain - _unit(plain + mirrored)).max() > 1e-3


def test_commands_decide_by_what_the_card_says(
    tmp_path: Path, demo_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = (str(path) for path in sorted((demo_folder / "staff").rglob("*.jpg"))[:2])
    card = random_model(tmp_path, "net", seed=1, thresholds={"accept": 0.9, "margin": 0.0, "verify": 1e-6})
    mute = random_model(tmp_path, "mute", seed=1, thresholds=None)
    try:
        assert main(["verify", "--embedder", card, "--json", a, b]) == 1
        assert json.loads(capsys.readouterr().out)["threshold"] == 1e-6
        assert main(["redundancy", "--embedder", card, "--quiet", a, b]) == 0
        assert "somebody else" in capsys.readouterr().out
        for args in (["verify", a, b], ["redundancy", a, b], ["identify", a, "--gallery", str(demo_folder)]):
            assert main([args[0], "--embedder", mute, "--quiet", *args[1:]]) == 2
            assert "model.no_thresholds" in capsys.readouterr().err
        assert main(["verify", "--embedder", mute, "--threshold", "2", "--quiet", a, b]) == 0
    finally:
        choose_embedder("dlib-resnet29")


def test_commands_take_a_card_too(
    tmp_path: Path, demo_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = str(next(iter(sorted((demo_folder / "staff").rglob("*.jpg")))))
    card = random_model(tmp_path, "net", seed=1)
    try:
        assert main(["embed", "--embedder", card, "--json", "--quiet", photo]) == 0
        (face,) = json.loads(capsys.readouterr().out)["faces"]
        assert len(face["embedding"]) == 64
        assert main(["embed", "--embedder", "onnx:nowhere.toml", photo]) == 2
        assert "model.missing" in capsys.readouterr().err
    finally:
        choose_embedder("dlib-resnet29")
