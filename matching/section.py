"""A part of an article made ready for weighing: folded, its words, the phrases of evidence and the titles in it."""

from dataclasses import dataclass

from matching.evidence import Hit, Word
from matching.model import Where
from matching.text import Folded
from matching.titles import Found


@dataclass(frozen=True, slots=True)
class Section:
    """Headline, lead or body. `hits` are the phrases of evidence, `places` where each begins in `source`."""

    where: Where
    source: str
    folded: Folded
    words: list[Word]
    hits: list[Hit]
    places: list[int]
    found: list[Found]

    def written(self, start: int, end: int) -> str:
        """What stands at start..end of the folded text, as it was written, on one line."""
        first, last = self.folded.span(start, end)
        return " ".join(self.source[first:last].split())
