"""The emotion network in use: which faces it is shown, what it answers, and which files it opens."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, get_args

import cv2
import numpy as np
import pytest

from recognition.emotion import inference, stored
from recognition.emotion.crop import MIDDLE, SIZE, face_crop, whole_crop
from recognition.emotion.inference import EmotionNetwork, Reading, load
from recognition.emotion.labels import EMOTIONS
from recognition.errors import ModelError
from recognition.runtime import Backend, start_tensorflow
from recognition.types import Box, Face, Floats, Image
from tests.support.emotions import face, shades_network, write_network

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def shades(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shades_network(tmp_path_factory.mktemp("networks") / "shades")


@pytest.fixture(scope="module")
def compact() -> Any:
    """Ours, its normalisation as if it had been trained."""
    start_tensorflow()
    from recognition.emotion.networks import build

    model, random = build("compact"), np.random.default_rng(0)
    for layer in model.layers:
        if layer.name.endswith("_norm"):
            gamma, *rest = (one.shape for one in layer.get_weights())
            small = [random.normal(0, 0.1, shape) for shape in rest[:2]]
            layer.set_weights([random.uniform(0.8, 1.2, gamma), *small, random.uniform(0.5, 1, gamma)])
    return model


def grey(*emotions: str) -> Floats:
    return np.stack([face(emotion) for emotion in emotions]).astype(np.float32) / 255


def failure(name: str | Path) -> ModelError:
    with pytest.raises(ModelError) as caught:
        load(name).warm_up()
    return caught.value


def test_a_trained_folder_names_every_emotion(shades: Path) -> None:
    network = load(shades)
    assert network.name == "shades"
    found = network.probabilities(grey(*EMOTIONS))
    assert (found.dtype, found.shape) == (np.float32, (7, 7))
    assert found.argmax(axis=1).tolist() == list(range(7))
    assert found.sum(axis=1) == pytest.approx(np.ones(7), abs=1e-5)


def test_architecture_and_weights_apart_are_the_same_network(tmp_path: Path, shades: Path) -> None:
    apart = shades_network(tmp_path / "apart", keras_file=False)
    faces = np.random.default_rng(0).random((5, 48, 48), np.float32)
    assert np.allclose(load(apart).probabilities(faces), load(shades).probabilities(faces), atol=1e-6)


def test_it_answers_as_keras_does_in_batches_of_any_length(compact: Any) -> None:
    faces = np.random.default_rng(1).random((inference.MAX_BATCH + 3, 48, 48), np.float32)
    plain = EmotionNetwork(stored.Stored("compact", False, lambda: compact)).probabilities(faces)
    wanted = compact(faces[..., None], training=False).numpy()
    assert np.abs(plain - wanted).max() < 1e-5
    one = EmotionNetwork(stored.Stored("compact", False, lambda: compact)).probabilities(faces[-1:])
    assert np.abs(one - wanted[-1:]).max() < 1e-5


def test_with_flips_the_mirror_image_counts_as_much(compact: Any) -> None:
    faces = np.random.default_rng(2).random((3, 48, 48), np.float32)
    both = EmotionNetwork(stored.Stored("compact", True, lambda: compact)).probabilities(faces)
    wanted = [compact(part[..., None], training=False).numpy() for part in (faces, faces[:, :, ::-1])]
    assert np.abs(both - np.mean(wanted, axis=0)).max() < 1e-6
    assert np.abs(wanted[0] - wanted[1]).max() > 1e-5  # else this proved nothing


def test_no_faces_load_nothing_and_other_arrays_are_refused(shades: Path) -> None:
    network = EmotionNetwork(stored.Stored("never", False, lambda: pytest.fail("was loaded")))
    assert network.probabilities(np.empty((0, 48, 48), np.float32)).shape == (0, 7)
    for wrong in (
        np.zeros((1, 48, 48), np.uint8),
        np.zeros((48, 48), np.float32),
        np.zeros((1, 48, 48, 1), np.float32),
        np.full((1, 48, 48), 255, np.float32),
        np.full((1, 48, 48), np.nan, np.float32),
    ):
        with pytest.raises(ValueError, match="expected"):
            network.probabilities(wrong)


def test_threads_that_come_at_once_load_it_once(shades: Path) -> None:
    loads = []

    def make() -> Any:
        loads.append(1)
        time.sleep(0.05)
        return stored.find(shades).make()

    network = EmotionNetwork(stored.Stored("once", False, make))
    answers: list[Floats] = []
    threads = [
        threading.Thread(target=lambda: answers.append(network.probabilities(grey("happy"))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loads) == 1
    assert [EMOTIONS[int(found.argmax())] for found in answers] == ["happy"] * 4


def test_a_reading_below_one_half_is_unsure() -> None:
    row = np.full(7, 0.08, np.float32)
    row[3] = 0.52
    sure = Reading(row)
    assert (sure.label, sure.unsure) == ("happy", False)
    row = row.copy()
    row[3], row[0] = 0.49, 0.11
    assert Reading(row).unsure
    assert sure.by_name()["happy"] == pytest.approx(0.52)
    assert list(sure.by_name()) == list(EMOTIONS)


def test_folders_without_a_network_say_so(tmp_path: Path) -> None:
    assert failure(tmp_path).code == "model.missing"
    assert failure(tmp_path / "nowhere").code == "model.missing"
    (tmp_path / "model.json").write_text("{}")  # layers without weights
    assert failure(tmp_path).code == "model.missing"


def test_damaged_networks_say_so(tmp_path: Path, shades: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "model.keras").write_bytes((shades / "model.keras").read_bytes()[:2000])
    assert failure(tmp_path / "a").code == "model.invalid"
    (tmp_path / "b").mkdir()
    for name in ("model.json", "model.weights.h5"):
        (tmp_path / "b" / name).write_text('{"a": ')
    assert failure(tmp_path / "b").code == "model.bad_card"
    (tmp_path / "b" / "model.json").write_text('{"a": 1}')
    assert failure(tmp_path / "b").code == "model.invalid"


def test_other_networks_are_refused(tmp_path: Path, shades: Path) -> None:
    from keras import Input, Sequential, layers

    digits = Sequential([Input((28, 28, 1)), layers.Flatten(), layers.Dense(10, activation="softmax")])
    assert failure(write_network(tmp_path / "digits", digits)).code == "model.not_emotions"
    folder = shades_network(tmp_path / "other order", apart=False)
    (folder / "args.json").write_text(json.dumps({"classes": list(EMOTIONS)[::-1]}))
    assert failure(folder).code == "model.not_emotions"


@pytest.mark.parametrize("keras_file", [True, False])
def test_code_inside_a_network_is_never_run(tmp_path: Path, keras_file: bool) -> None:
    from keras import Input, Sequential, layers

    trap = tmp_path / "was run"
    run = f"__import__('pathlib').Path({str(trap)!r}).touch()"
    code = eval(f"lambda x: ({run}, x)[1]")
    model = Sequential(
        [Input((48, 48, 1)), layers.Flatten(), layers.Dense(7, activation="softmax"), layers.Lambda(code)]
    )
    trap.unlink(missing_ok=True)  # building it has run it
    folder = write_network(tmp_path / "trap", model, keras_file=keras_file)
    trap.unlink(missing_ok=True)
    assert failure(folder).code == "model.invalid"
    assert not trap.exists()


def test_what_was_trained_on_mirrored_faces_is_asked_about_both_sides(tmp_path: Path, shades: Path) -> None:
    assert load(shades).flips is False
    folder = shades_network(tmp_path / "distorted", apart=False)
    (folder / "args.json").write_text(json.dumps({"recipe": {"distorted": True}}))
    assert load(folder).flips is True
    assert load(folder, flips=False).flips is False


@pytest.fixture
def trained(tmp_path: Path, compact: Any) -> Path:
    """A folder of ``emotion train`` with our network, its normalisation as if it had seen something."""
    return write_network(tmp_path / "trained", compact)


@pytest.fixture
def card(tmp_path: Path, trained: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A network with a card, as it ships, in the place of the one that does."""
    path = stored.publish(trained, tmp_path / "shipped", name="compact", version=3, flips=True)
    monkeypatch.setattr(stored, "SHIPPED", path)
    monkeypatch.setattr(inference, "_shipped", {})
    return path


def change(card: Path, **fields: Any) -> None:
    card.write_text(json.dumps({**json.loads(card.read_text()), **fields}))


def test_the_shipped_network_is_made_of_its_card_once_per_process(card: Path, compact: Any) -> None:
    network = load()
    assert load("default") is network
    assert (network.name, network.flips) == ("compact@3", True)
    assert load(flips=False).flips is False
    faces = np.random.default_rng(3).random((2, 48, 48), np.float32)
    wanted = EmotionNetwork(stored.Stored("x", True, lambda: compact)).probabilities(faces)
    assert np.abs(network.probabilities(faces) - wanted).max() < 5e-3  # weights ship in half precision


def test_what_is_published_is_half_as_large_and_always_the_same_file(card: Path, trained: Path) -> None:
    file = card.with_name("compact.keras")
    assert file.stat().st_size < 0.55 * (trained / "model.keras").stat().st_size
    assert file.stat().st_size < 4_000_000
    again = stored.publish(trained, card.parent.parent / "again", name="compact", version=3, flips=True)
    assert again.read_bytes() == card.read_bytes()


def test_changed_weights_are_never_used(card: Path) -> None:
    weights = card.with_name("compact.keras")
    data = bytearray(weights.read_bytes())
    data[-100] ^= 1
    weights.write_bytes(data)
    assert failure("default").code == "model.checksum"
    weights.unlink()
    assert failure("default").code == "model.missing"


def test_bad_cards_say_what_is_wrong(card: Path) -> None:
    change(card, classes=["yes", "no"])
    assert failure("default").code == "model.not_emotions"
    change(card, classes=list(EMOTIONS), input=[64, 64, 1])
    assert failure("default").code == "model.not_emotions"
    fields = json.loads(card.read_text())
    del fields["sha256"]
    card.write_text(json.dumps(fields))
    error = failure("default")
    assert (error.code, "sha256" in error.message) == ("model.bad_card", True)
    card.unlink()
    assert failure("default").code == "model.missing"


def framed(picture: Image, scale: int, turn: float = 0.0) -> tuple[Image, Face]:
    """A picture as FER2013 has it, enlarged, turned and set into a larger one, and where the face is."""
    side = 48 * scale
    big = cv2.resize(picture, (side, side), interpolation=cv2.INTER_CUBIC)
    whole = cv2.copyMakeBorder(big, side, side, side, side, cv2.BORDER_REPLICATE)
    middle = np.array([side + MIDDLE[0] * side, side + MIDDLE[1] * side])
    matrix = cv2.getRotationMatrix2D((middle[0] - 0.5, middle[1] - 0.5), -turn, 1)
    whole = cv2.warpAffine(whole, matrix, whole.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    half = SIZE * side / 2
    angle = np.deg2rad(turn)
    across = np.array([np.cos(angle), np.sin(angle)])
    down = np.array([-np.sin(angle), np.cos(angle)])
    spots = [(-0.2, -0.12), (0.2, -0.12), (0, 0.08), (-0.15, 0.27), (0.15, 0.27)]
    landmarks = np.array([middle + side * (x * across + y * down) for x, y in spots], np.float32)
    box = Box(middle[0] - half * 0.9, middle[1] - half / 0.9, 2 * half * 0.9, 2 * half / 0.9)
    return np.dstack([whole] * 3).astype(np.uint8), Face(box, landmarks, 0.99)


@pytest.mark.parametrize(("scale", "turn"), [(1, 0.0), (4, 0.0), (7, 0.0), (4, 25.0), (4, -40.0)])
def test_a_face_is_framed_and_upright_as_in_fer2013(scale: int, turn: float) -> None:
    smooth = cv2.GaussianBlur(np.random.default_rng(5).integers(0, 256, (48, 48), np.uint8), (0, 0), 2)
    picture = cv2.normalize(smooth, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    crop = face_crop(*framed(picture, scale, turn))
    assert (crop.dtype, crop.shape) == (np.float32, (48, 48))
    inner = slice(12, 36)  # the corners of a turned picture are another thing
    difference = np.abs(crop - picture / 255)[inner, inner]
    assert difference.mean() < 0.02
    shifted = np.abs(crop - np.roll(picture, 1, axis=1) / 255)[inner, inner]
    assert difference.mean() < shifted.mean() / 2  # a pixel aside would show


def test_a_face_at_the_border_is_filled_up_not_cut_short() -> None:
    image = np.full((60, 60, 3), 128, np.uint8)
    landmarks = np.array([[2, 10], [14, 10], [8, 16], [4, 22], [12, 22]], np.float32)
    crop = face_crop(image, Face(Box(-6, -4, 28, 36), landmarks, 0.9))
    assert np.allclose(crop, 128 / 255, atol=1e-3)


def test_the_whole_picture_as_a_face() -> None:
    picture = np.random.default_rng(6).integers(0, 256, (48, 48), np.uint8)
    assert np.array_equal(whole_crop(np.dstack([picture] * 3)), picture.astype(np.float32) / np.float32(255))
    wide = np.zeros((48, 96, 3), np.uint8)
    wide[:, 24:72] = 255
    assert whole_crop(wide).min() == 1
    assert whole_crop(np.full((7, 300, 3), 40, np.uint8)) == pytest.approx(np.full((48, 48), 40 / 255))


def test_faces_of_a_photo_are_read_in_their_order(shades: Path) -> None:
    image = np.zeros((100, 240, 3), np.uint8)
    image[:, 120:] = 255
    landmarks = np.array([[40, 40], [60, 40], [50, 50], [42, 60], [58, 60]], np.float32)
    left = Face(Box(30, 30, 40, 40), landmarks, 0.9)
    right = Face(Box(160, 30, 40, 40), landmarks + np.float32([130, 0]), 0.9)
    network = load(shades)
    assert [one.label for one in network.read(image, [right, left])] == ["surprise", "angry"]
    assert network.read(image, []) == []


@pytest.mark.parametrize("flips", [False, True])
def test_onnxruntime_answers_as_tensorflow_does(trained: Path, flips: bool) -> None:
    faces = np.random.default_rng(7).random((9, 48, 48), np.float32)
    one, other = (
        load(trained, flips=flips, backend=backend).probabilities(faces) for backend in get_args(Backend)
    )
    assert np.abs(one - other).max() < 1e-5
    assert np.ptp(one, axis=0).max() > 1e-4  # else this proved nothing


def test_onnxruntime_runs_the_baseline_and_networks_in_two_files(tmp_path: Path, shades: Path) -> None:
    from recognition.emotion.networks import build

    folder = write_network(tmp_path / "baseline", build("baseline"), keras_file=False)
    faces = np.random.default_rng(8).random((3, 48, 48), np.float32)
    one, other = (load(folder, backend=backend).probabilities(faces) for backend in get_args(Backend))
    assert np.abs(one - other).max() < 1e-5
    found = load(shades, backend="onnxruntime").probabilities(grey(*EMOTIONS))
    assert found.argmax(axis=1).tolist() == list(range(7))


def test_onnxruntime_refuses_what_it_cannot_run(tmp_path: Path, shades: Path) -> None:
    from keras import Input, Sequential, layers

    def code(folder: Path) -> str:
        with pytest.raises(ModelError) as caught:
            load(folder, backend="onnxruntime").warm_up()
        return caught.value.code

    def ending(*start: Any) -> Any:
        return Sequential([*start, layers.Flatten(), layers.Dense(7, activation="softmax")])

    other_layers = ending(Input((48, 48, 1)), layers.PReLU())
    assert code(write_network(tmp_path / "other layers", other_layers)) == "model.unsupported"
    larger = ending(Input((64, 64, 1)))
    assert code(write_network(tmp_path / "other size", larger)) == "model.not_emotions"
    (tmp_path / "damaged").mkdir()
    for name in ("model.json", "model.weights.h5"):
        (tmp_path / "damaged" / name).write_bytes((shades / name).read_bytes()[:900])
    assert code(tmp_path / "damaged") == "model.invalid"


def test_onnxruntime_needs_neither_tensorflow_nor_keras(shades: Path) -> None:
    code = """
import sys
import numpy as np
from recognition.emotion.inference import load
found = load(sys.argv[1], backend="onnxruntime").probabilities(np.zeros((1, 48, 48), np.float32))
print(found.argmax(), "tensorflow" in sys.modules, "keras" in sys.modules)
"""
    command = [sys.executable, "-c", code, str(shades)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["0", "False", "False"]
