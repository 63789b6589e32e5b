"""Paper for timesheets: A4, a foot on every page that says what is sealed, letters of any script."""

from __future__ import annotations

import re
from pathlib import Path

from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from fpdf import FPDF

from faceroster.reports.exporting.document import Document

_FONTS = Path(__file__).parent / "fonts"
_MARGIN = 12.0
_FOOT = 17.0
#: Hebrew and everything after it: scripts whose letters join, or run the other way.
_SHAPED = re.compile("[\u0590-\uffff\U00010000-\U0010ffff]")
_PLAIN = re.compile("[\u2000-\u206f\u2190-\u22ff]")  # dashes, quotes, arrows, minus: as they are
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f]")
INK, SOFT, LINE, SHADE, ACCENT = (24, 33, 30), (90, 102, 97), (205, 213, 209), (240, 244, 242), (15, 107, 92)


class Paper(FPDF):
    """An A4 document about one :class:`Document`."""

    def __init__(self, document: Document) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self.document = document
        self.rtl = get_language_bidi()
        self.set_margins(_MARGIN, _MARGIN, _MARGIN)
        self.set_auto_page_break(False)  # whoever writes knows where a page ends
        self.add_font("sheet", "", _FONTS / "DejaVuSans.ttf")
        self.add_font("sheet", "B", _FONTS / "DejaVuSans-Bold.ttf")
        self.set_title(document.title)
        self.set_creator("FaceRoster")
        self.set_creation_date(document.made_at)
        self.set_line_width(0.15)
        self._shaping = False

    @property
    def inner(self) -> float:
        """Width between the margins."""
        return float(self.epw)

    def write_at(
        self,
        x: float,
        y: float,
        width: float,
        text: str,
        *,
        size: float = 8,
        bold: bool = False,
        align: str = "start",
        colour: tuple[int, int, int] = INK,
        height: float = 4.6,
    ) -> None:
        """One line, cut to ``width``. ``x`` counts from where reading begins, as ``align`` does."""
        if not text:
            return
        self.set_font("sheet", "B" if bold else "", size)
        self.set_text_color(*colour)
        text = _UNPRINTABLE.sub(" ", text)
        self._shape(text)
        text = self._cut(text, width)
        if self.rtl:
            x = self.inner - x - width
        side = {"start": "L", "end": "R", "middle": "C"}[align]
        if self.rtl:
            side = {"L": "R", "R": "L"}.get(side, side)
        self.set_xy(self.l_margin + x, y)
        self.cell(width, height, text, align=side)

    def _shape(self, text: str) -> None:
        wanted = _SHAPED.search(_PLAIN.sub("", text)) is not None
        if wanted != self._shaping:
            self.set_text_shaping(wanted)
            self._shaping = wanted

    def _cut(self, text: str, width: float) -> str:
        room = width - 2 * self.c_margin
        if self.get_string_width(text) <= room:
            return text
        while text and self.get_string_width(text + "…") > room:
            text = text[:-1]
        return text.rstrip() + "…"

    def rule(self, y: float, *, x: float = 0, width: float | None = None, strong: bool = False) -> None:
        """A line across, or part of it."""
        width = self.inner - x if width is None else width
        begin = self.l_margin + (self.inner - x - width if self.rtl else x)
        self.set_draw_color(*(SOFT if strong else LINE))
        self.line(begin, y, begin + width, y)

    def shade(self, y: float, height: float) -> None:
        self.set_fill_color(*SHADE)
        self.rect(self.l_margin, y, self.inner, height, style="F")

    def footer(self) -> None:
        """What seals the period, who exported it, and the page's number: on every page."""
        document, y = self.document, self.h - _FOOT
        facts = {fact.key: fact for fact in document.facts()}
        self.rule(y)
        half = self.inner - 26
        line = [facts["department"].value, facts["period"].value, facts["zone"].value]
        self.write_at(0, y + 1, half, " · ".join(line), size=6.5, colour=SOFT, height=3.6)
        seal = f"{facts['seal'].label}: {facts['seal'].value}"
        self.write_at(0, y + 4.4, half, seal, size=6.5, bold=True, height=3.6)
        made = [f"{facts[key].label}: {facts[key].value}" for key in ("rules", "asked_by", "made_at")]
        self.write_at(0, y + 7.8, self.inner, " · ".join(made), size=6.5, colour=SOFT, height=3.6)
        page = _("Page %(number)s of %(total)s") % {"number": self.page_no(), "total": "{nb}"}
        self.write_at(half, y + 1, 26, page, size=7, align="end", colour=SOFT, height=3.6)
