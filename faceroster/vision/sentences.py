"""What the face library says to people, marked so that it is translated with the rest.

The library knows no web framework and speaks English; its sentences are found here by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext, gettext_noop

#: Each as the library has it, of the codes that a page can come to show.
SENTENCES = frozenset(
    {
        gettext_noop("This picture could not be read."),
        gettext_noop("The file is empty."),
        gettext_noop("There is no such file."),
        gettext_noop("The picture could not be written."),
        gettext_noop("This file is not a picture. Please send a JPEG, PNG or WebP."),
        gettext_noop("This kind of picture is not supported. Please send a JPEG, PNG or WebP."),
        gettext_noop("The picture is damaged or incomplete. Please send the original file again."),
        gettext_noop("The file is too large. Please send a smaller one."),
        gettext_noop("The picture has too many pixels. Please send a smaller one."),
        gettext_noop("The picture is too small to show a face."),
        gettext_noop("This is an animation. Please send a still picture."),
        gettext_noop("This file is more than a picture. Please save the picture anew and send that."),
        gettext_noop("This picture is put together in a way that no camera does. Please save it anew."),
        gettext_noop("No face was found. Look into the camera, with your whole face in the picture."),
        gettext_noop("There are several faces in the picture. Only one person may be in it."),
        gettext_noop("Come closer: the face is too small."),
        gettext_noop("The face is blurred. Hold still, and wipe the lens if need be."),
        gettext_noop("The face is too dark. Turn towards the light."),
        gettext_noop("The face is overexposed. Move out of the glaring light."),
        gettext_noop("The face is turned away. Look straight into the camera."),
        gettext_noop("Part of the face is outside the picture. Move towards its middle."),
        gettext_noop("The face is hard to make out. Nothing should cover it."),
        gettext_noop("The model's weights could not be loaded."),
        gettext_noop("There is no model of this name."),
        gettext_noop("The model's weights are not installed."),
        gettext_noop("The model's weights are damaged or have been changed. Reinstall them."),
        gettext_noop("The model's card says something that cannot be."),
        gettext_noop("The network is not what its card says."),
        gettext_noop("The network gave something that is no vector. Check mean and scale in its card."),
        gettext_noop("No score model was trained for this embedder."),
        gettext_noop("This is no score model, or a damaged one."),
        gettext_noop("The model's card does not say where its scores divide."),
        gettext_noop("The package onnxruntime is not installed. Run make fast, or use tensorflow."),
        gettext_noop("There is no backend of this name; there are tensorflow and onnxruntime."),
        gettext_noop("TensorFlow could not be loaded on this machine."),
        gettext_noop("The network does not name emotions of faces."),
        gettext_noop("The network has layers that onnxruntime is not given here; use tensorflow."),
        gettext_noop("This is no classifier, or one that was made for another face network."),
        gettext_noop("Too few people with several photos to learn how faces differ."),
        gettext_noop("The network cannot be trained with this."),
        gettext_noop("The folder holds a finished training already."),
        gettext_noop("The folder holds a training that was stopped; it can be resumed."),
        gettext_noop("The training in the folder was started with other settings."),
        gettext_noop("The network to begin with is another kind of network."),
        gettext_noop("There are too few faces to train on."),
        gettext_noop("A classifier needs at least two people."),
        gettext_noop("What is trained cannot be written there."),
        gettext_noop("The face engine could not do that."),
    }
)

#: Names of emotions, and of not being sure.
EMOTIONS = frozenset(
    {
        gettext_noop("angry"),
        gettext_noop("disgust"),
        gettext_noop("fear"),
        gettext_noop("happy"),
        gettext_noop("neutral"),
        gettext_noop("sad"),
        gettext_noop("surprise"),
        gettext_noop("unsure"),
    }
)


def in_words(code: str, english: str, measures: Mapping[str, float] | None) -> str:
    """``english``, the library's sentence for ``code`` with ``measures``, in the page's language."""
    if code == "face.too_small" and measures and "width" in measures and "min_width" in measures:
        width, wanted = measures["width"], measures["min_width"]
        if width < wanted:
            return gettext("Come closer: the face is only %(width)s pixels wide; %(wanted)s are needed.") % {
                "width": f"{width:.0f}",
                "wanted": f"{wanted:.0f}",
            }
        return gettext("Come closer: the eyes are only %(distance)s pixels apart; %(wanted)s are needed.") % {
            "distance": f"{measures['eye_distance']:.0f}",
            "wanted": f"{measures['min_eye_distance']:.0f}",
        }
    return gettext(english)
