"""Texts of any length made short enough to judge: their beginning, and the places where a watched title may stand."""

import re
from collections.abc import Iterator, Sequence

from matching.titles import NUMBER_WORDS

LONGEST_TEXT = 400_000
LONGEST_BEGINNING = 300_000
LONGEST_PIECE = 4_000
MOST_TITLES = 64


class Abridged:
    """Gathers an article's paragraphs up to LONGEST_TEXT characters.

    After LONGEST_BEGINNING only pieces are kept in which words of one of the `titles` follow each other.
    """

    def __init__(self, titles: Sequence[str] = ()) -> None:
        self.paragraphs: list[str] = []
        self.length = 0
        self._named = title_pattern(titles) if 0 < len(titles) <= MOST_TITLES else None

    def add(self, paragraph: str) -> None:
        if self.length + len(paragraph) <= LONGEST_BEGINNING:
            self._keep(paragraph)
            return
        for piece in _pieces(paragraph):
            if self.length + len(piece) <= LONGEST_BEGINNING or self._is_wanted(piece):
                self._keep(piece)

    def _is_wanted(self, piece: str) -> bool:
        if self._named is None or self.length + len(piece) > LONGEST_TEXT:
            return False
        return self._named.search(piece) is not None

    def _keep(self, text: str) -> None:
        self.paragraphs.append(text)
        self.length += len(text)


def abridged(paragraphs: Sequence[str], titles: Sequence[str]) -> list[str]:
    """The paragraphs, cut as Abridged says where they are too long."""
    kept = Abridged(titles)
    for paragraph in paragraphs:
        kept.add(paragraph)
    return kept.paragraphs


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces that end with a sentence, or at least with a word."""
    start = 0
    while len(text) - start > LONGEST_PIECE:
        limit = start + LONGEST_PIECE
        ends = (text.rfind(sign, start + LONGEST_PIECE // 2, limit) for sign in (". ", "\n", " "))
        end = next((end + 1 for end in ends if end >= 0), limit)
        yield text[start:end].strip()
        start = end
    yield text[start:].strip()


def title_pattern(titles: Sequence[str]) -> re.Pattern[str]:
    """Finds the words of a title after each other, with or without accents, numbers in figures or words."""
    forms = (r"[\W_]{0,12}".join(map(_spelling, re.findall(r"[^\W_]+", title.lower()))) for title in titles)
    return re.compile("|".join(forms), re.IGNORECASE)


def _spelling(word: str) -> str:
    if word in NUMBER_WORDS:
        return f"(?:{word}|{NUMBER_WORDS[word]})"
    return re.sub(r"[^\x00-\x7f]", "..?", word)  # a letter with an accent, however it is written
