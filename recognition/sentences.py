"""Every code of the face library as a sentence for the person whose picture it was."""

from __future__ import annotations

from collections.abc import Mapping

#: Codes never change their meaning; sentences may be improved.
SENTENCES: dict[str, str] = {
    "image.unreadable": "This picture could not be read.",
    "image.empty": "The file is empty.",
    "image.not_found": "There is no such file.",
    "image.not_written": "The picture could not be written.",
    "image.not_an_image": "This file is not a picture. Please send a JPEG, PNG or WebP.",
    "image.unsupported_format": "This kind of picture is not supported. Please send a JPEG, PNG or WebP.",
    "image.truncated": "The picture is damaged or incomplete. Please send the original file again.",
    "image.too_large": "The file is too large. Please send a smaller one.",
    "image.too_many_pixels": "The picture has too many pixels. Please send a smaller one.",
    "image.too_small": "The picture is too small to show a face.",
    "image.animated": "This is an animation. Please send a still picture.",
    "image.mixed": "This file is more than a picture. Please save the picture anew and send that.",
    "image.too_complex": "This picture is put together in a way that no camera does. Please save it anew.",
    "video.unreadable": "This video could not be read.",
    "video.no_display": "There is no window to show pictures in.",
    "video.no_camera": "The camera gives no picture. It may be unplugged, or used by another program.",
    "face.not_found": "No face was found. Look into the camera, with your whole face in the picture.",
    "face.several": "There are several faces in the picture. Only one person may be in it.",
    "face.too_small": "Come closer: the face is too small.",
    "face.blurred": "The face is blurred. Hold still, and wipe the lens if need be.",
    "face.dark": "The face is too dark. Turn towards the light.",
    "face.bright": "The face is overexposed. Move out of the glaring light.",
    "face.turned_away": "The face is turned away. Look straight into the camera.",
    "face.cut_off": "Part of the face is outside the picture. Move towards its middle.",
    "face.low_confidence": "The face is hard to make out. Nothing should cover it.",
    "model.invalid": "The model's weights could not be loaded.",
    "model.unknown": "There is no model of this name.",
    "model.missing": "The model's weights are not installed.",
    "model.checksum": "The model's weights are damaged or have been changed. Reinstall them.",
    "model.bad_card": "The model's card says something that cannot be.",
    "model.bad_shape": "The network is not what its card says.",
    "model.bad_output": "The network gave something that is no vector. Check mean and scale in its card.",
    "model.no_scoring": "No score model was trained for this embedder.",
    "model.bad_scoring": "This is no score model, or a damaged one.",
    "model.no_thresholds": "The model's card does not say where its scores divide.",
    "model.no_onnxruntime": "The package onnxruntime is not installed. Run make fast, or use tensorflow.",
    "model.unknown_backend": "There is no backend of this name; there are tensorflow and onnxruntime.",
    "model.no_tensorflow": "TensorFlow could not be loaded on this machine.",
    "model.not_emotions": "The network does not name emotions of faces.",
    "model.unsupported": "The network has layers that onnxruntime is not given here; use tensorflow.",
    "model.bad_classifier": "This is no classifier, or one that was made for another face network.",
    "gallery.invalid": "The gallery cannot be searched.",
    "gallery.empty": "The gallery holds no usable photo. It needs a folder of photos for each person.",
    "gallery.not_found": "There is no gallery folder of this name.",
    "gallery.bad_url": "This is no address of a server.",
    "gallery.no_token": "A server asks for a token.",
    "gallery.bad_token": "The server refuses the token.",
    "gallery.forbidden": "The token may not look people up.",
    "gallery.unreachable": "The server does not answer.",
    "gallery.not_a_server": "There is no FaceRoster server at this address.",
    "gallery.unknown_index": "There is no index of this name.",
    "gallery.model_mismatch": "Faces of different models cannot be compared.",
    "gallery.duplicate_id": "The same number was given to two templates.",
    "gallery.bad_ids": "Templates are numbered by whole numbers from 0, one for each.",
    "gallery.bad_policy": "Threshold and margin must be numbers, the margin not negative.",
    "gallery.bad_k": "A search asks for at least one result.",
    "gallery.bad_person": "A template needs the person it belongs to.",
    "gallery.bad_vectors": "These are not face vectors of the gallery's model.",
    "calibration.bad_rate": "A rate lies between 0 and 1.",
    "calibration.bad_scores": "A threshold needs finite scores to measure.",
    "calibration.too_few_scores": "There are too few scores to support such a small rate.",
    "calibration.insufficient_data": "There are too few people to measure such a small rate.",
    "scoring.too_few_people": "Too few people with several photos to learn how faces differ.",
    "data.invalid": "These labelled pictures cannot be used.",
    "data.not_found": "There are no labelled pictures at this place.",
    "data.unreadable": "The file of labelled pictures is damaged.",
    "data.not_fer2013": "This is neither FER2013 nor a folder per emotion.",
    "data.no_split": "There is no such part of the data.",
    "data.empty_class": "An emotion has no usable picture.",
    "data.unknown_class": "A folder is not named after an emotion.",
    "training.invalid": "The network cannot be trained with this.",
    "training.finished": "The folder holds a finished training already.",
    "training.unfinished": "The folder holds a training that was stopped; it can be resumed.",
    "training.other_plan": "The training in the folder was started with other settings.",
    "training.no_start": "The network to begin with is another kind of network.",
    "training.no_faces": "There are too few faces to train on.",
    "training.too_few_people": "A classifier needs at least two people.",
    "training.not_written": "What is trained cannot be written there.",
    "usage.invalid": "The command was not understood; see --help.",
    "recognition.error": "The face engine could not do that.",
}


def explain(code: str, measures: Mapping[str, float] | None = None) -> str:
    """The sentence for ``code``; with a Quality's ``measures`` it quotes figures where they help.

    A code from a newer version gets the general sentence of its kind rather than an error.
    """
    if code == "face.too_small" and measures and "width" in measures and "min_width" in measures:
        width, wanted = measures["width"], measures["min_width"]
        if width < wanted:
            return f"Come closer: the face is only {width:.0f} pixels wide; {wanted:.0f} are needed."
        return (
            f"Come closer: the eyes are only {measures['eye_distance']:.0f} pixels apart; "
            f"{measures['min_eye_distance']:.0f} are needed."
        )
    return SENTENCES.get(code) or SENTENCES["recognition.error"]
