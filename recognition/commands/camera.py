"""What to check when a camera does not give a picture."""

from __future__ import annotations

import os
import sys
from pathlib import Path

#: Where Linux keeps its cameras.
DEVICES = Path("/dev")


def advice(number: int, devices: Path = DEVICES) -> str:
    """In plain words why camera ``number`` may not open, as far as this machine can tell."""
    start = f"Camera {number} does not give a picture."
    general = f"{start} Is it plugged in, used by another program, or is another number meant?"
    if not sys.platform.startswith("linux"):
        return f"{general} This program must also be allowed to use the camera (privacy settings)."
    device = devices / f"video{number}"
    if device.exists() and not os.access(device, os.R_OK | os.W_OK):
        return f"{start} You may not use {device}; your account usually has to be in the group “video”."
    if device.exists():
        return f"{start} Another program may be using {device}, or it is no camera: try the next number."
    others = present(devices)
    if not others:
        return f"{start} There is no camera at this machine ({devices}/video*). Is it plugged in?"
    return f"{start} There is no {device}. Here are: {', '.join(map(str, others))}."


def present(devices: Path = DEVICES) -> list[int]:
    """The numbers of the video devices that there are; some of them may be no cameras."""
    names = (path.name.removeprefix("video") for path in devices.glob("video*"))
    return sorted(int(name) for name in names if name.isdecimal())
