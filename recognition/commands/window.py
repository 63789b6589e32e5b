"""A window that shows what is seen, for those who ask for it with ``--show``.

Tk draws it and not OpenCV: the OpenCV that is installed has no windows (opencv-python-headless), so
that it runs where there is no display at all.
"""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from recognition.decoding import shrink
from recognition.errors import VideoError
from recognition.types import Image

#: Longer sides are made smaller to be shown.
SIDE = 1280


def add_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--show", action="store_true", help="show it in a window; q closes it and stops")


def open_window(wanted: bool, title: str) -> AbstractContextManager[Window | None]:
    """A window where one is wanted; raises as :class:`Window` does."""
    return Window(title) if wanted else nullcontext()


class Window:
    """One picture at a time. Raises ``video.no_display`` where no window can be opened."""

    def __init__(self, title: str) -> None:
        try:
            import tkinter  # Python can be without it
        except ImportError as error:
            raise VideoError(
                "This Python cannot open a window: it has no tkinter (python3-tk). Leave --show out.",
                code="video.no_display",
            ) from error
        try:
            self._root = tkinter.Tk(className="FaceRoster")
        except tkinter.TclError as error:
            raise VideoError(
                "There is no display to open a window on. Leave --show out.", code="video.no_display"
            ) from error
        self._make_picture = tkinter.PhotoImage
        self._error = tkinter.TclError
        self._open = True
        self._root.title(title)
        self._root.protocol("WM_DELETE_WINDOW", self._stop)
        self._root.bind("<q>", self._stop)
        self._root.bind("<Escape>", self._stop)
        self._label = tkinter.Label(self._root, borderwidth=0)
        self._label.pack()

    def show(self, image: Image) -> bool:
        """Show RGB uint8 (h, w, 3); ``False`` once q was pressed or the window was closed."""
        small = shrink(image, SIDE)
        header = f"P6 {small.shape[1]} {small.shape[0]} 255\n".encode()
        try:
            picture = self._make_picture(master=self._root, data=header + small.tobytes(), format="ppm")
            self._label.configure(image=picture)
            self._kept = picture  # Tk does not keep it itself
            self._root.update()
        except self._error:  # the display went away
            self._open = False
        return self._open

    def _stop(self, *_: Any) -> None:
        self._open = False

    def __enter__(self) -> Window:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._root.destroy()
        except self._error:
            self._open = False
