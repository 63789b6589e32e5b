"""A peer that answers a benchmark; runs in the peers' own environment (``make peers``).

    build/peers-venv/bin/python -m benchmarks.peers.serve deepface|face_recognition|fer|fer_keras

Each is called as its own documentation calls it, with default settings apart from the choice of
detector and network. Colour order, file objects and the like are prepared outside the measured time.
"""

from __future__ import annotations

import importlib.util
import io
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.wire import Arrays, Handler, serve

_HOME = Path(__file__).resolve().parents[2] / "build" / "peers-home"
_DLIB = "dlib_face_recognition_resnet_model_v1.dat"


def _place_weights() -> None:
    """Put dlib's weights where DeepFace looks for them: it downloads whatever is missing there."""
    spec = importlib.util.find_spec("face_recognition_models")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("face_recognition_models is not installed; run `make peers`")
    wanted = _HOME / ".deepface" / "weights" / _DLIB
    wanted.parent.mkdir(parents=True, exist_ok=True)
    wanted.unlink(missing_ok=True)
    wanted.symlink_to(Path(spec.origin).parent / "models" / _DLIB)
    os.environ["DEEPFACE_HOME"] = str(_HOME)


def deepface() -> dict[str, Handler]:
    """``DeepFace.represent`` with the mtcnn package and dlib's ResNet: our detector and weights."""
    _place_weights()
    from deepface import DeepFace
    from deepface.modules import modeling
    from deepface.modules.exceptions import FaceNotDetected

    network = modeling.build_model(task="facial_recognition", model_name="Dlib")

    def represent(picture: Any) -> dict[str, Any]:
        try:
            found = DeepFace.represent(picture, model_name="Dlib", detector_backend="mtcnn")
        except FaceNotDetected:
            return {"faces": 0, "vector": None}
        best = max(found, key=lambda face: face["facial_area"]["w"] * face["facial_area"]["h"])
        return {"faces": len(found), "vector": best["embedding"]}

    def many(pictures: list[io.BytesIO]) -> dict[str, Any]:
        return {"photos": sum(represent(picture)["faces"] > 0 for picture in pictures)}

    def embed(chips: np.ndarray) -> dict[str, Any]:
        return {"vectors": np.asarray(network.forward(chips))}

    return {
        "frame": (_bgr, represent),
        "jpeg": (_file, represent),
        "photos": (_files, many),
        "embed": (lambda arrays: np.ascontiguousarray(arrays[0][..., ::-1]), embed),
    }


def face_recognition() -> dict[str, Handler]:
    """The ``face_recognition`` package: dlib's HOG detector, five landmarks, the same ResNet."""
    import face_recognition as package

    def encode(frame: np.ndarray) -> dict[str, Any]:
        boxes = package.face_locations(frame)
        if not boxes:
            return {"faces": 0, "vector": None}
        encodings = package.face_encodings(frame, boxes)
        largest = max(range(len(boxes)), key=lambda i: boxes[i][2] - boxes[i][0])
        return {"faces": len(boxes), "vector": encodings[largest]}

    def from_file(file: io.BytesIO) -> dict[str, Any]:
        return encode(package.load_image_file(file))

    def many(files: list[io.BytesIO]) -> dict[str, Any]:
        return {"photos": sum(from_file(file)["faces"] > 0 for file in files)}

    return {
        "frame": (lambda arrays: arrays[0].copy(), encode),
        "jpeg": (_file, from_file),
        "photos": (_files, many),
    }


def fer(lite: bool = True) -> dict[str, Handler]:
    """The ``fer`` package; its quantised TensorFlow Lite network is what it takes by default."""
    import cv2
    from fer.fer import FER

    cv2.setNumThreads(1)
    # Of FER2013's own pictures nothing is to be added around the face: they are cut as it was trained.
    tight, usual = (FER(use_tflite=lite, offsets=offsets) for offsets in ((0, 0), (10, 10)))

    def judge(pictures: list[np.ndarray]) -> dict[str, Any]:
        found = [tight.detect_emotions(one, [(0, 0, *one.shape[1::-1])])[0] for one in pictures]
        return {"emotions": [_best(one) for one in found]}

    def frame(picture: np.ndarray) -> dict[str, Any]:
        return {"emotions": [_best(one) for one in usual.detect_emotions(picture)]}

    return {
        "judge": (lambda arrays: [np.dstack([one] * 3) for one in arrays[0]], judge),
        "frame": (_bgr, frame),
    }


def fer_keras() -> dict[str, Handler]:
    """The same, on the Keras network that the other one was made of."""
    return fer(lite=False)


def _best(found: dict[str, Any]) -> str:
    return max(found["emotions"], key=lambda name: found["emotions"][name])


def _bgr(arrays: Arrays) -> np.ndarray:
    return np.ascontiguousarray(arrays[0][..., ::-1])


def _file(arrays: Arrays) -> io.BytesIO:
    return io.BytesIO(arrays[0].tobytes())


def _files(arrays: Arrays) -> list[io.BytesIO]:
    return [io.BytesIO(array.tobytes()) for array in arrays]


if __name__ == "__main__":
    known = {"deepface": deepface, "face_recognition": face_recognition, "fer": fer, "fer_keras": fer_keras}
    serve(known[sys.argv[1]])
