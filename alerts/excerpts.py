"""Excerpts: texts cut to a length at the bounds of words, the mention kept and its place known.

A passage that was cut out of a quotation gets its guillemets back, and no line breaks at their inner sides.
"""

import re

from alerts.model import Quotation

CUT_BEFORE = "…\u00a0"
CUT_AFTER = "…"
CLOSING = " \t\n\u00a0\u202f,;:.!?…–—»)"
OPENING = " \t\n\u00a0\u202f,;:–—«("


GUILLEMETS = len("«\u00a0") + len("\u00a0»")
_TIED = re.compile(r"(?<=«) | (?=»)")


def shorten(text: str, limit: int) -> str:
    """The beginning of a text, in at most `limit` characters."""
    return _cut(text.strip(), 0, 0, limit).text


def quote(text: str, start: int, end: int, limit: int) -> Quotation:
    """The `limit` characters around the mention; without a mark where the offsets are not of that text."""
    if not 0 <= start < end <= len(text) or end - start > limit // 2:
        start = end = 0
    room = limit - (GUILLEMETS if "«" in text or "»" in text else 0)
    return _balanced(_cut(_TIED.sub("\u00a0", text), start, end, room))


def _cut(text: str, start: int, end: int, limit: int) -> Quotation:
    if len(text) <= limit:
        return Quotation(text, start, end)
    left, right = _window(len(text), start, end, limit - len(CUT_BEFORE) - len(CUT_AFTER))
    left, right = _word_start(text, left, start), _word_end(text, end, right)
    before = CUT_BEFORE if left else ""
    after = CUT_AFTER if right < len(text) else ""
    shift = len(before) - left
    return Quotation(before + text[left:right] + after, start + shift, end + shift)


def _balanced(cut: Quotation) -> Quotation:
    """The same with the guillemets whose other half was cut off."""
    opening, closing = _lost(cut.text)
    return Quotation(f"{opening}{cut.text}{closing}", cut.start + len(opening), cut.end + len(opening))


def _lost(text: str) -> tuple[str, str]:
    """What would have to stand before and after a text so that its guillemets are pairs."""
    depth = lowest = 0
    for char in text:
        depth += (char == "«") - (char == "»")
        lowest = min(lowest, depth)
    return "«\u00a0" if lowest < 0 else "", "\u00a0»" if depth > lowest else ""


def _window(length: int, start: int, end: int, room: int) -> tuple[int, int]:
    """As much on either side of the mention, or more on one side where the text ends on the other."""
    left = max(0, start - (room - (end - start)) // 2)
    right = min(length, left + room)
    return max(0, right - room), right


def _word_start(text: str, left: int, start: int) -> int:
    if left == 0:
        return 0
    first = next((each + 1 for each in range(left - 1, start) if text[each].isspace()), left)
    while first < start and text[first] in CLOSING:
        first += 1
    return first


def _word_end(text: str, end: int, right: int) -> int:
    if right == len(text):
        return right
    last = next((each for each in range(right, max(end - 1, 0), -1) if text[each].isspace()), right)
    while last > end and text[last - 1] in OPENING:
        last -= 1
    return last
