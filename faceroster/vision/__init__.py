"""The one door to the face library: our settings in, its engine out, its errors turned into ours.

Nothing heavy loads when this package is imported. Web processes use only the parts that read and
write pictures; :func:`engine` is for workers.
"""

from typing import TYPE_CHECKING

from faceroster.vision.classifiers import (
    Classifier,
    ClassifierPlan,
    classifier_chip,
    classifier_model,
    classifier_pack,
    classifier_train,
    classifier_unpack,
)
from faceroster.vision.emotions import emotion_card, emotion_crop, emotion_of, read_emotions
from faceroster.vision.engines import (
    Embedder,
    built_in_specs,
    embedder_from,
    embedder_name,
    embedder_spec,
    embedder_try,
    engine,
    start_quietly,
    weights_problem,
)
from faceroster.vision.galleries import (
    Gallery,
    nearest_others,
    new_gallery,
    not_like_others,
    policy,
    rotate,
    same_human_elsewhere,
    suspicion,
)
from faceroster.vision.liveness import (
    Observation,
    Progress,
    assess_liveness,
    challenge_advance,
    challenge_begin,
    challenge_progress,
    liveness_clear,
    observe_face,
)
from faceroster.vision.pictures import (
    FRAME_MAX_BYTES,
    PHOTO_MAX_BYTES,
    as_photo,
    check_picture,
    decode,
    decode_frame,
    decode_to_fit,
    encode_jpeg,
    explain,
    fingerprint,
    friendly_errors,
    same_picture,
    shrink,
)
from recognition import identify
from recognition.emotion.inference import UNSURE
from recognition.emotion.labels import EMOTIONS
from recognition.errors import ModelError
from recognition.gallery import Candidate
from recognition.identify import Decision, Identification, Policy
from recognition.models import ModelSpec
from recognition.types import LANDMARKS, Analysis, Embedding, Face, Floats, Image, Quality

if TYPE_CHECKING:
    from recognition.engine import FaceEngine
    from recognition.liveness.passive import Assessment

__all__ = [
    "EMOTIONS", "FRAME_MAX_BYTES", "LANDMARKS", "PHOTO_MAX_BYTES", "UNSURE", "Analysis", "Assessment",
    "Candidate", "Classifier", "ClassifierPlan", "Decision", "Embedder", "Embedding", "Face", "FaceEngine",
    "Floats", "Gallery", "Identification", "Image", "ModelError", "ModelSpec", "Observation", "Policy",
    "Progress", "Quality", "as_photo", "assess_liveness", "built_in_specs", "challenge_advance",
    "challenge_begin", "challenge_progress", "check_picture", "classifier_chip", "classifier_model",
    "classifier_pack", "classifier_train", "classifier_unpack", "decode", "decode_frame", "decode_to_fit",
    "embedder_from", "embedder_name", "embedder_spec", "embedder_try", "emotion_card", "emotion_crop",
    "emotion_of", "encode_jpeg", "engine", "explain", "fingerprint", "friendly_errors", "identify",
    "liveness_clear", "nearest_others", "new_gallery", "not_like_others", "observe_face",
    "policy", "read_emotions", "rotate", "same_human_elsewhere", "same_picture", "shrink", "start_quietly",
    "suspicion", "weights_problem",
]  # fmt: skip
