"""Whether a live person stands before the camera: what is seen over the frames of one visit.

``observe`` makes an :class:`Observation` of each frame. ``passive.assess`` judges what happened by itself;
``challenge`` what was asked for. Nothing here knows a clock, a network or a database.
"""

from recognition.liveness.observation import Observation, observe

__all__ = ["Observation", "observe"]
