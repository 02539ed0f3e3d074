"""Passages: the sentence around a place, to weigh what stands in it and to quote it."""

from matching.model import Occurrence, Passage
from matching.text import sentences

SENTENCE_REACH = 2000
LONGEST_PASSAGE = 300


def sentence_around(source: str, start: int, end: int) -> tuple[int, int]:
    """The sentence of a place, as far as it lies within SENTENCE_REACH of it."""
    reach = max(0, start - SENTENCE_REACH), min(len(source), end + SENTENCE_REACH)
    line = source.rfind("\n", reach[0], start) + 1 or reach[0], source.find("\n", end, reach[1])
    piece = source[line[0] : line[1] if line[1] >= 0 else reach[1]]
    for first, last in sentences(piece):
        if first <= start - line[0] < last:
            return line[0] + first, max(line[0] + last, end)
    return start, end


def passage(section: str, occurrence: Occurrence) -> Passage:
    """The sentence around a mention, at most LONGEST_PASSAGE characters, cut at words."""
    first, last = sentence_around(section, occurrence.start, occurrence.end)
    if last - first > LONGEST_PASSAGE:
        spare = LONGEST_PASSAGE - (occurrence.end - occurrence.start) - 4
        first = max(first, occurrence.start - spare // 2)
        last = min(last, first + LONGEST_PASSAGE - 4)
        while first > 0 and first < occurrence.start and section[first - 1].isalnum():
            first += 1
        while last < len(section) and last > occurrence.end and section[last].isalnum():
            last -= 1
    return Passage(section[first:last], occurrence.start - first, occurrence.end - first, occurrence.where)
