"""How a title may be written in a page's bytes: its words with anything invisible between them, apart or glued."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

from matching.scan import RUNS
from matching.spelled import letter_pattern, plainly_spelled
from matching.text import folded_text, has_accent
from matching.titles import NUMBER_WORDS

# What may stand between two words. Each way to read it is unambiguous, so that hostile pages cost no more than others.
_OTHER = rb"|&(?:#?[0-9a-z]{1,24}|[^0-9a-z#<])|\\u[0-9a-f]{4}|\\[nrt]|[^0-9a-z<&])"
_SIMPLE = rb"(?:<[^<>]*>" + _OTHER
_WITH_QUOTES = rb"(?:<!--(?:[^-]|-[^-])*-->|<[a-z/](?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*>" + _OTHER
MOST_PIECES = rb"{0,40}"
_WORDLESS = tuple(
    re.compile(tag + rb"|&[0-9a-z]{1,24};?|\\u[0-9a-f]{4}|\\[nrt]")
    for tag in (rb"<[^<>]*>", rb"<!--(?:[^-]|-[^-])*-->|<[a-z/](?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*>")
)


def stands_in(title: str, lowered: bytes) -> bool:
    return _compiled(title).search(lowered) is not None


@lru_cache(maxsize=20_000)
def _compiled(title: str) -> re.Pattern[bytes]:
    """`re` looks for a pattern's first letters thirty times faster than for what follows a look behind."""
    pattern, first = title_pattern(title, MOST_PIECES), words_of(title)[0].encode()
    begin = first if pattern.startswith(first) else b""
    return re.compile(begin + rb"(?<![0-9a-z]" + begin + b")" + pattern[len(begin) :] + rb"(?![0-9a-z])", re.DOTALL)


def title_pattern(title: str, pieces: bytes) -> bytes:
    """The title's words in lower case, with `pieces` of anything between: Hyperscan takes any number of them best."""
    first, *others = map(_word_pattern, words_of(title))
    readings = (between + pieces for between in (_SIMPLE, _WITH_QUOTES))
    return first + (b"(?:" + b"|".join(_each_after(reading, others) for reading in readings) + b")" if others else b"")


def _each_after(between: bytes, others: Iterable[bytes]) -> bytes:
    return b"".join(between + word for word in others)


def shortest(titles: Iterable[str]) -> list[str]:
    """The titles without those that hold another one: where they stand, the shorter one does too."""
    written = {tuple(words_of(title)): title for title in sorted(titles, reverse=True)}
    return sorted(title for words, title in written.items() if not any(part in written for part in _parts(words)))


def _parts(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The runs of neighbouring words that are shorter than all of them."""
    for length in range(1, len(words)):
        for start in range(len(words) - length + 1):
            yield words[start : start + length]


def words_of(title: str) -> list[str]:
    """The words of a title as they are written, with their accents."""
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFC", title).lower())


def spelled_words(title: str) -> set[str]:
    """The words of a title in every spelling: bare, with its accents, numbers in words."""
    pieces = words_of(title)
    return {*pieces, *map(folded_text, pieces), *(NUMBER_WORDS[piece] for piece in pieces if piece in NUMBER_WORDS)}


def _word_pattern(piece: str) -> bytes:
    if piece in NUMBER_WORDS:
        return b"(?:" + piece.encode() + b"|" + NUMBER_WORDS[piece].encode() + b")"
    return b"".join(map(letter_pattern, piece))


def anchors(title: str) -> set[bytes]:
    """Words of which one stands in every page that holds the title: its longest one, alone or glued to a neighbour."""
    pieces = words_of(title)
    longest = max(pieces, key=lambda piece: (not has_accent(piece), len(piece)))
    place = pieces.index(longest)
    in_words = [NUMBER_WORDS.get(piece, piece) for piece in pieces]
    forms = {longest, in_words[place]}
    for written in (pieces, in_words):
        beside = (written[place : place + 2], written[max(0, place - 1) : place + 1], written)
        forms |= {"".join(glued) for glued in beside}
    plain = {folded_text(form) for form in forms}
    if has_accent(longest):  # its bytes are parted at the accent
        plain.add(max(re.findall(r"[0-9a-z]+", longest), key=len, default=""))
    return {form.encode() for form in plain if form and form.isascii()}


class PageWords:
    """The words of a page, bare, and which follow each other, whatever is between; in both readings of tags."""

    def __init__(self, lowered: bytes) -> None:
        plain = plainly_spelled(_in_utf8(lowered))
        readings = (RUNS.findall(wordless.sub(b" ", plain)) for wordless in _WORDLESS)
        self._pairs = {pair for words in readings for pair in pairwise([b"", *words])}
        self._words = {word for _, word in self._pairs}

    def may_hold(self, title: str) -> bool:
        """Whether each word of the title follows the one before, or some of them stand there as one word."""
        words = [(bare, NUMBER_WORDS.get(bare, bare)) for bare in map(folded_text, words_of(title))]
        pairs = [[(one.encode(), two.encode()) for one in first for two in second] for first, second in pairwise(words)]
        if all(not self._pairs.isdisjoint(each) for each in pairs):
            return True
        glued = {one + two for each in pairs for one, two in each} | {"".join(first for first, _ in words).encode()}
        return not self._words.isdisjoint(glued)


def _in_utf8(raw: bytes) -> bytes:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "ignore").encode()
    return raw


def bare_spellings(title: str) -> set[bytes]:
    return {folded_text(piece).encode("ascii", "ignore") for piece in spelled_words(title)}
