"""The two networks: the document's own, and ours. Grey 0..1 (n, 48, 48, 1) to probabilities (n, 7).

Layers of Keras 3 only, so that both build and train on TensorFlow, JAX and PyTorch alike.
"""

from __future__ import annotations

from typing import Any, Literal

from recognition.emotion.labels import EMOTIONS, SIDE

Network = Literal["baseline", "compact"]

#: Ours: (channels, blocks) of each stage, each of which begins by halving the picture.
STAGES = ((64, 1), (128, 2), (256, 1))

#: FER+ has ten columns to vote for: seven emotions, contempt, unknown, no face.
VOTES = 10


def build(name: Network, *, votes: bool = False) -> Any:
    """The Keras model ``name``, its weights random.

    ``votes``: a second output (n, 10) that guesses how people voted; only for training ``compact``, see
    :mod:`recognition.emotion.training`.
    """
    return _baseline() if name == "baseline" else _compact(votes)


def _baseline() -> Any:
    from keras import Input, Sequential, layers

    model = Sequential([Input((SIDE, SIDE, 1))], name="baseline")
    for channels in (128, 256, 512, 512):
        model.add(layers.Conv2D(channels, 3, activation="relu"))
        model.add(layers.MaxPooling2D(2))
        model.add(layers.Dropout(0.4))
    model.add(layers.Flatten())
    for units, dropped in ((512, 0.4), (256, 0.3)):
        model.add(layers.Dense(units, activation="relu"))
        model.add(layers.Dropout(dropped))
    model.add(layers.Dense(len(EMOTIONS), activation="softmax", dtype="float32", name="emotion"))
    return model


def _compact(votes: bool) -> Any:
    """A residual network (He et al. 2015) laid out so that a face network's filters fit it.

    Twelve convolutions, 1.5 million parameters. :mod:`recognition.emotion.transfer` fills it with the
    filters of dlib's face network, whose order of layers it keeps.
    """
    from keras import Input, Model, layers

    inputs = Input((SIDE, SIDE, 1))
    x = layers.Conv2D(32, 5, padding="same", use_bias=False, name="stem")(inputs)
    # Pooling first leaves a quarter of the work to what follows.
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="stem_pool")(x)
    x = layers.ReLU()(_normalised(x, "stem"))
    for stage, (channels, blocks) in enumerate(STAGES):
        for block in range(blocks):
            x = _residual(x, channels, halve=block == 0, name=f"stage{stage}_block{block}")
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.3)(x)
    emotion = layers.Dense(len(EMOTIONS), activation="softmax", dtype="float32", name="emotion")(x)
    if not votes:
        return Model(inputs, emotion, name="compact")
    guessed = layers.Dense(VOTES, activation="softmax", dtype="float32", name="votes")(x)
    return Model(inputs, {"emotion": emotion, "votes": guessed}, name="compact")


def _residual(x: Any, channels: int, *, halve: bool, name: str) -> Any:
    from keras import layers

    branch = layers.ReLU()(_convolution(x, channels, f"{name}_first", strides=2 if halve else 1))
    branch = _convolution(branch, channels, f"{name}_second")
    if halve:
        x = layers.AveragePooling2D(2)(x)
        x = layers.Conv2D(channels, 1, use_bias=False, name=f"{name}_widen")(x)
    return layers.ReLU()(layers.Add()([x, branch]))


def _convolution(x: Any, channels: int, name: str, strides: int = 1) -> Any:
    from keras import layers

    x = layers.Conv2D(channels, 3, strides=strides, padding="same", use_bias=False, name=name)(x)
    return _normalised(x, name)


def _normalised(x: Any, name: str) -> Any:
    from keras import layers

    return layers.BatchNormalization(momentum=0.97, name=f"{name}_norm")(x)


def finished(model: Any) -> Any:
    """The same layers and weights with the one output that is kept after training, and no optimizer."""
    from keras import Model

    chosen = model.output_names.index("emotion") if len(model.outputs) > 1 else 0
    return Model(model.inputs, model.outputs[chosen], name=model.name)
