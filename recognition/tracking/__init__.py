"""Faces followed through a video, named once and for as long as they stay. Start with :class:`Tracker`."""

from recognition.tracking.events import Event, Journal
from recognition.tracking.track import Track, TrackingConfig, View
from recognition.tracking.tracker import Engine, Identify, Tracker, Update

__all__ = [
    "Engine",
    "Event",
    "Identify",
    "Journal",
    "Track",
    "Tracker",
    "TrackingConfig",
    "Update",
    "View",
]
