"""Training the emotion networks: what is held out, what is learned from, where they begin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recognition.emotion import networks, recipes, transfer
from recognition.emotion.batches import Batches, Targets
from recognition.emotion.data import Faces
from recognition.emotion.distortion import distort, plain
from recognition.emotion.holdout import EVERY, hold_out
from recognition.emotion.labels import EMOTIONS
from recognition.errors import TrainingError
from tests.support.drawn_faces import drawn


def joined(*parts: Faces) -> Faces:
    return Faces(
        np.concatenate([part.pixels for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.splits for part in parts]),
        np.concatenate([part.votes for part in parts]),
    )


# What is trained on ------------------------------------------------------------------------------


def test_nothing_is_both_trained_on_and_held_out():
    faces = drawn(28)
    parts = hold_out(faces)
    train_keys = {face.tobytes() for face in parts.train.pixels}
    held_keys = {face.tobytes() for face in parts.validation.pixels}
    assert not train_keys & held_keys
    assert len(train_keys) + len(held_keys) == len(faces)
    assert np.bincount(parts.validation.labels).tolist() == [28 // EVERY] * len(EMOTIONS)


def test_copies_blanks_and_what_a_test_split_repeats_are_left_out():
    faces = drawn(10)
    again = faces.take(np.array([0]))  # the same picture twice, under the same label
    torn = replace(faces.take(np.array([15])), labels=np.array([4]))  # the same picture under another label
    empty = replace(faces.take(np.array([20])), pixels=np.full((1, 48, 48), 9, np.uint8))
    test = replace(faces.take(np.array([30, 31])), splits=np.array(["publictest", "publictest"]))
    parts = hold_out(joined(faces, again, torn, empty, test))
    assert parts.notes == {
        "train": 70 - 1 - 2 - 7, "validation": 7, "blank": 1, "in another split": 2,
        "repeated": 2, "conflicting": 1,
    }  # fmt: skip
    used = {face.tobytes() for part in (parts.train, parts.validation) for face in part.pixels}
    for gone in (15, 30, 31):
        assert faces.pixels[gone].tobytes() not in used
    assert faces.pixels[0].tobytes() in used


def test_holding_out_is_repeatable_and_depends_on_the_seed():
    faces = drawn(28)
    assert np.array_equal(hold_out(faces, 1).validation.pixels, hold_out(faces, 1).validation.pixels)
    assert not np.array_equal(hold_out(faces, 1).validation.pixels, hold_out(faces, 2).validation.pixels)


def test_a_class_without_faces_to_train_on_is_named():
    faces = drawn(3)
    few = faces.take(np.flatnonzero((faces.labels != 2) | (np.arange(len(faces)) == 6)))
    with pytest.raises(TrainingError, match="fear") as raised:
        hold_out(few)
    assert raised.value.code == "training.no_faces"


def test_distorted_faces_differ_stay_in_range_and_repeat_with_the_same_seed():
    pixels = drawn(2).pixels
    first, second = (distort(pixels, np.random.default_rng(seed)) for seed in (1, 2))
    assert first.shape == (14, 48, 48, 1)
    assert first.dtype == np.float32
    assert first.min() >= 0
    assert first.max() <= 1
    assert np.array_equal(first, distort(pixels, np.random.default_rng(1)))
    assert np.abs(first - second).mean() > 0.05
    assert np.abs(first - plain(pixels)).mean() > 0.05


def test_batches_are_the_same_for_the_same_epoch_and_hold_every_face_once():
    faces = drawn(20)
    recipe = replace(recipes.RECIPES["baseline"], batch=10)
    batches = Batches(faces, recipe, seed=3)
    epochs = batches.epoch(0), Batches(faces, recipe, seed=3).epoch(0), batches.epoch(1)
    inputs = [np.concatenate([batch[0] for batch in epoch]) for epoch in epochs]
    assert np.array_equal(inputs[0], inputs[1])
    assert not np.array_equal(inputs[0], inputs[2])
    assert {face.tobytes() for face in inputs[0]} == {face.tobytes() for face in plain(faces.pixels)}


def test_faces_that_nobody_voted_on_do_not_count_for_the_votes():
    faces = drawn(1)
    faces.votes[3] = 0
    said, counted = Targets(faces, recipes.RECIPES["compact"]).of(faces)
    assert counted["votes"].tolist() == [1, 1, 1, 0, 1, 1, 1]
    assert counted["emotion"].tolist() == [1] * 7
    assert said["emotion"].argmax(axis=1).tolist() == list(range(7))


def test_labels_give_way_to_what_the_votes_lead_one_to_expect():
    # Half of those whom everybody votes happy are filed as neutral; sad is always filed as sad.
    faces = drawn(40)
    happy, neutral, sad = (EMOTIONS.index(name) for name in ("happy", "neutral", "sad"))
    of_happy = np.flatnonzero(faces.labels == happy)
    faces.labels[of_happy[::2]] = neutral
    recipe = replace(recipes.RECIPES["compact"], softened=0.5, smoothing=0.1)
    said, _ = Targets(faces, recipe).of(faces)
    rows = said["emotion"]
    assert rows.sum(axis=1) == pytest.approx(np.ones(len(faces)), abs=1e-5)
    assert (rows.argmax(axis=1) == faces.labels).all()
    assert rows[of_happy[0], [happy, neutral]] == pytest.approx([0.25, 0.75], abs=0.05)
    assert rows[faces.labels == sad, sad].min() > 0.9
    # Without votes the labels are only smoothed.
    faces.votes[:] = 0
    rows = Targets(faces, recipe).of(faces)[0]["emotion"]
    assert np.unique(rows.round(4)).tolist() == pytest.approx([0.1 / 7, 0.9 + 0.1 / 7], abs=1e-3)


# The networks ------------------------------------------------------------------------------------


def test_the_baseline_is_the_documents_network():
    layers = networks.build("baseline").layers
    convolutions = [layer for layer in layers if type(layer).__name__ == "Conv2D"]
    assert [(layer.filters, layer.kernel_size) for layer in convolutions] == [
        (filters, (3, 3)) for filters in (128, 256, 512, 512)
    ]
    assert [layer.pool_size for layer in layers if type(layer).__name__ == "MaxPooling2D"] == [(2, 2)] * 4
    assert [layer.units for layer in layers if type(layer).__name__ == "Dense"] == [512, 256, 7]
    dropped = [layer.rate for layer in layers if type(layer).__name__ == "Dropout"]
    assert dropped == [0.4, 0.4, 0.4, 0.4, 0.4, 0.3]
    recipe = recipes.RECIPES["baseline"]
    assert (recipe.batch, recipe.epochs, recipe.patience, recipe.monitor) == (128, 100, 7, "val_loss")
    assert type(recipes.optimizer(recipe, 10, 10)).__name__ == "Adam"


def test_ours_stays_below_two_million_parameters():
    model = networks.finished(networks.build("compact", votes=True))
    assert model.count_params() <= 2_000_000
    assert model.output_shape == (None, 7)


def test_small_filters_see_what_the_face_network_sees_in_a_doubled_picture():
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(7, 7, 3, 2)).astype(np.float32)
    face = rng.random((12, 12))
    # Bilinear doubling by its definition: each new pixel a quarter off the centre of an old one.
    at = np.arange(24) / 2 - 0.25
    low = np.floor(at).astype(int)
    share = np.zeros((24, 12))
    for new, (old, place) in enumerate(zip(low, at, strict=True)):
        for pixel, weight in ((old, 1 - place + old), (old + 1, place - old)):
            share[new, np.clip(pixel, 0, 11)] += weight
    doubled = share @ face @ share.T * 255
    small = transfer._half_the_size(kernel)
    row, column = 5, 6  # away from the edges
    window = doubled[2 * row - 3 : 2 * row + 4, 2 * column - 3 : 2 * column + 4]
    expected = np.einsum("pq,pqio->o", window, kernel)
    own = np.einsum("pq,pqo->o", face[row - 2 : row + 3, column - 2 : column + 3], small[:, :, 0])
    assert own == pytest.approx(expected, rel=1e-5)


def test_the_first_weights_are_the_face_networks_and_normalisation_changes_nothing():
    import keras

    model, faces = networks.build("compact"), plain(drawn(4).pixels)
    transfer.take_over(model, faces)
    from recognition.embedding.dlib_dat import parse
    from recognition.embedding.resnet import folded
    from recognition.models import get_spec, verified_bytes

    kernels = [
        kernel
        for _, kernel, _ in folded(parse(verified_bytes(get_spec("dlib-resnet29", "embedder").files[0])))
    ]
    assert np.array_equal(model.get_layer("stage0_block0_first").get_weights()[0], kernels[7])
    assert np.array_equal(model.get_layer("stage1_block1_second").get_weights()[0], kernels[18])
    # What the layers know of these faces is what they see in them.
    pooled = keras.Model(model.input, next(layer.output for layer in model.layers if "pooling2d" in layer.name
                                           and layer.name.startswith("global")))  # fmt: skip
    known, seen = (np.asarray(pooled(faces, training=training)) for training in (False, True))
    assert np.allclose(known, seen, rtol=0.05, atol=0.05)
    norm = model.get_layer("stage2_block0_second_norm").get_weights()
    assert (norm[3] > 0).all()
    assert norm[0] == pytest.approx(np.sqrt(norm[3] + 1e-3), rel=1e-5)
