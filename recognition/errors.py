"""Every error the face library raises, in one tree.

Each carries a stable dotted ``code`` for programs and a ``message`` for the person whose input it
was. Callers catch :class:`RecognitionError`; nothing else leaves this package on bad input.
"""

from __future__ import annotations


class RecognitionError(Exception):
    """Base of the tree: ``code`` never changes its meaning once released."""

    code = "recognition.error"
    default_message = "The face engine could not do that."

    def __init__(self, message: str | None = None, *, code: str | None = None) -> None:
        self.message = message or self.default_message
        if code is not None:
            self.code = code
        super().__init__(self.message)


class ImageError(RecognitionError):
    """An image that cannot or must not be read. Codes start with ``image.``."""

    code = "image.unreadable"
    default_message = "This picture could not be read."


class VideoError(RecognitionError):
    """A video or camera that gives no pictures. Codes start with ``video.``."""

    code = "video.unreadable"
    default_message = "This video could not be read."


class FaceError(RecognitionError):
    """A readable picture without the one face that was asked for. Codes start with ``face.``."""

    code = "face.not_found"
    default_message = "No face was found in this picture."


class GalleryError(RecognitionError):
    """A gallery or index that cannot answer. Codes start with ``gallery.``."""

    code = "gallery.invalid"
    default_message = "The gallery cannot be searched."


class ModelError(RecognitionError):
    """Weights that are missing, damaged or not the ones expected. Codes start with ``model.``."""

    code = "model.invalid"
    default_message = "The model's weights could not be loaded."


class TrainingError(RecognitionError):
    """Data or a folder that a network cannot be trained with. Codes start with ``training.``."""

    code = "training.invalid"
    default_message = "The network cannot be trained with this."


class DataError(RecognitionError):
    """Labelled pictures that cannot be read or used. Codes start with ``data.``."""

    code = "data.invalid"
    default_message = "These labelled pictures cannot be used."
