"""Sentences that were said elsewhere, in English, told in the language of the page.

Workers run in no page's language and the face library knows none, so what they say is English. Where it is
one of the sentences that are marked somewhere, a page can still say it in its own language.
"""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

_OF_PICTURE = {
    "first": gettext_noop("The first picture: %(sentence)s"),
    "second": gettext_noop("The second picture: %(sentence)s"),
}


def of_picture(which: str, sentence: str) -> str:
    """What is wrong with one of two pictures. ``which``: ``first`` or ``second``."""
    return gettext(_OF_PICTURE[which]) % {"sentence": sentence}


def from_worker(sentence: str) -> str:
    """What a worker said, in the page's language; as it is when nobody translated it."""
    for which, framed in _OF_PICTURE.items():
        start = framed.partition("%")[0]
        if sentence.startswith(start):
            return of_picture(which, gettext(sentence.removeprefix(start)))
    return gettext(sentence)
