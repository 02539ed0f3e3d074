"""The picture of a week: mentions a day and the outlets that had most, as a PNG that is the same for the same week.

It is drawn for screens of twice the usual density, in a width that a telephone still shows legibly, and on a ground of
its own, so that it can be read on a light page and on a dark one. Colours are those of templates/digest.css.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from alerts.model import Day, Week
from alerts.words import words

SCALE = 2
WIDTH = 536  # of the digest's column, in CSS pixels, as all measures here
MARGIN = 20
OUTLETS = 6
GROUND, INK, SOFT, LINE = "#f4f1ea", "#1f1d1a", "#5c574f", "#cfc7b8"
ARTICLES, COPIES = "#8a4b08", "#d9a441"
SIZE, SMALL = 16, 14
BARS, BAR = 104, 38
ROW, NAMES = 29, 200
LONGEST = 80  # characters of a name: measuring takes time, and fewer fit
FONTS = files("alerts") / "fonts"


@dataclass(frozen=True, slots=True)
class _Pen:
    """Draws in CSS pixels."""

    canvas: ImageDraw.ImageDraw

    def write(
        self, x: float, y: float, text: str, colour: str, size: int, anchor: str = "ls", *, bold: bool = False
    ) -> None:
        font = _font("SemiBold" if bold else "Medium", size)
        self.canvas.text((round(x * SCALE), round(y * SCALE)), text, fill=colour, font=font, anchor=anchor)

    def fill(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        if right > left and bottom > top:
            box = (round(left * SCALE), round(top * SCALE), round(right * SCALE) - 1, round(bottom * SCALE) - 1)
            self.canvas.rectangle(box, fill=colour)


@lru_cache(maxsize=8)
def draw(week: Week, language: str) -> bytes:
    """The picture of a week in a language's words, as PNG."""
    shown = min(len(week.outlets), OUTLETS)
    height = 76 + BARS + 66 + ROW * shown + MARGIN
    image = Image.new("RGB", (WIDTH * SCALE, height * SCALE), GROUND)
    pen = _Pen(ImageDraw.Draw(image))
    _draw_days(pen, week, language)
    _draw_outlets(pen, week, language, 76 + BARS + 66)
    written = BytesIO()
    image.quantize(64, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    return written.getvalue()


def _draw_days(pen: _Pen, week: Week, language: str) -> None:
    speak = words(language)
    pen.write(MARGIN, 34, speak("week.by_day"), INK, SIZE, bold=True)
    right = float(WIDTH - MARGIN)
    for colour, key in ((COPIES, "week.copies"), (ARTICLES, "week.articles")):
        label = speak(key)
        right -= _width(label, SMALL)
        pen.write(right, 34, label, SOFT, SMALL)
        pen.fill(right - 17, 24, right - 6, 35, colour)
        right -= 34
    foot, step = 76 + BARS, (WIDTH - 2 * MARGIN) / len(week.days)
    most = max(each.mentions for each in week.days)
    for number, day in enumerate(week.days):
        _draw_day(pen, day, MARGIN + step * (number + 0.5), foot, BARS / most)
        pen.write(MARGIN + step * (number + 0.5), foot + 21, speak.short_day(day.date), SOFT, SMALL, "ms")
    pen.fill(MARGIN, foot, WIDTH - MARGIN, foot + 1, LINE)


def _draw_day(pen: _Pen, day: Day, middle: float, foot: float, unit: float) -> None:
    left, right = middle - BAR / 2, middle + BAR / 2
    top = foot - day.mentions * unit
    pen.fill(left, top, right, foot - day.articles * unit, COPIES)
    pen.fill(left, foot - day.articles * unit, right, foot, ARTICLES)
    pen.write(middle, top - 7, str(day.mentions), INK if day.mentions else SOFT, SIZE, "ms", bold=bool(day.mentions))


def _draw_outlets(pen: _Pen, week: Week, language: str, top: float) -> None:
    speak = words(language)
    pen.write(MARGIN, top - 10, speak("week.by_outlet"), INK, SIZE, bold=True)
    rest = len(week.outlets) - OUTLETS
    if rest > 0:
        pen.write(WIDTH - MARGIN, top - 10, speak("more.outlets", count=rest), SOFT, SMALL, "rs")
    most = max(count for _, count in week.outlets)
    room = WIDTH - 2 * MARGIN - NAMES - 34
    for number, (name, count) in enumerate(week.outlets[:OUTLETS]):
        line = top + ROW * number + 18
        left = MARGIN + NAMES
        end = left + room * count / most
        pen.write(MARGIN, line, _fitted(name, NAMES - 12, SMALL), INK, SMALL)
        pen.fill(left, line - 13, end, line + 3, ARTICLES)
        pen.write(end + 8, line, str(count), INK, SMALL, bold=True)


def _fitted(text: str, width: float, size: int) -> str:
    """As much of the text as fits."""
    text = text[:LONGEST]
    if _width(text, size) <= width:
        return text
    for end in range(len(text) - 1, 0, -1):
        if _width(cut := f"{text[:end].rstrip()}…", size) <= width:
            return cut
    return "…"


def _width(text: str, size: int) -> float:
    return _font("Medium", size).getlength(text) / SCALE


@cache
def _font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    # The basic layout is FreeType's own: with another one, the bytes would depend on what is installed.
    with (FONTS / f"Inter-{weight}.otf").open("rb") as opened:
        return ImageFont.truetype(BytesIO(opened.read()), size * SCALE, layout_engine=ImageFont.Layout.BASIC)
