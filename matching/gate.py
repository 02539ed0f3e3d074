"""The gate: a scan of a page's raw bytes for the watched titles, before anything is decoded or parsed.

It may let a page through for nothing and may never lose a mention. Between a title's words it allows any tags, spaces,
punctuation, entities and escapes; accented letters may be bare, bytes of UTF-8 or windows-1252, or entities. A page in
which a word of a title may be torn or spelled out (see tears.py and spelled.py) is mended first, then looked at again.
Pages in UTF-16 and UTF-32 go round the gate.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import chain

from matching.scan import IS_VECTORISED, TooLarge, WordScan, places_of, scan_for
from matching.spelled import bare_words, plainly_spelled, spelled_out
from matching.tears import TORN_BY_TAGS, TORN_SOFTLY, torn_beginnings, untorn, words_torn_by_tags, words_torn_softly
from matching.text import folded_text
from matching.topic import Topic, watched_titles
from matching.written import (
    MOST_PIECES,
    PageWords,
    anchors,
    bare_spellings,
    shortest,
    spelled_words,
    stands_in,
    title_pattern,
)

MOST_LOOSE_WORDS = 12
MOST_LOOSE_LETTERS = 100
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_MANY_CANDIDATES = 20


class Gate:
    """Decides from bytes alone whether a page can hold a mention of any topic; compiled once."""

    def __init__(self, topics: Iterable[Topic], *, vectorised: bool = IS_VECTORISED) -> None:
        titles = shortest(watched_titles(topics))
        self._look = _way(titles, vectorised)

    def passes(self, raw: bytes) -> bool:
        """Whether the page must be read; text in UTF-16 or UTF-32 always is."""
        return is_wide(raw) or self._look.passes(raw)


def is_wide(raw: bytes) -> bool:
    """Whether the bytes are UTF-16 or UTF-32 text: a byte order mark, or zero bytes in a third of the beginning."""
    head = raw[:512]
    return head.startswith(_WIDE_MARKS) or (b"\x00" in head and head.count(0) * 3 > len(head))


def _are_few(titles: Sequence[str]) -> bool:
    """Whether the titles compile at once as patterns: few words, and few letters at which they can be torn."""
    pieces = {piece for title in titles for piece in spelled_words(title)}
    return len(pieces) <= MOST_LOOSE_WORDS and sum(map(len, pieces)) <= MOST_LOOSE_LETTERS


def _way(titles: Sequence[str], vectorised: bool) -> "_Loose | _Anchored":
    if _are_few(titles):
        with suppress(TooLarge):
            return _Loose(titles, vectorised)
    return _Anchored(titles, vectorised)


class _Loose:
    """For few titles: each is one pattern, and so is each way in which one of its words can be torn or spelled out.

    One scan for all of it: whatever it holds, a vectorised scan for more than a hundred literals costs the same.
    """

    def __init__(self, titles: Sequence[str], vectorised: bool) -> None:
        self._titles = titles
        pieces = sorted({piece for title in titles for piece in spelled_words(title)})
        patterns = [[title_pattern(title, rb"*" if vectorised else MOST_PIECES)] for title in titles]
        torn = dict.fromkeys(chain.from_iterable(map(torn_beginnings, pieces)))
        self._scan = scan_for([*patterns, [*spelled_out(map(folded_text, pieces)), *torn]], vectorised=vectorised)

    def passes(self, raw: bytes) -> bool:
        found = self._scan.found(raw)
        titles = [title for number, title in enumerate(self._titles) if number in found]
        if titles and _any_stand_in(titles, raw.lower()):
            return True
        is_mendable = len(self._titles) in found
        return is_mendable and _any_stand_in(self._titles, _mended(raw))


class _Anchored:
    """For very many titles: one word of each is looked for, and the title only where its word stands."""

    def __init__(self, titles: Sequence[str], vectorised: bool) -> None:
        self._by_anchor: dict[bytes, list[str]] = {}
        for title in titles:
            for anchor in anchors(title):
                self._by_anchor.setdefault(anchor, []).append(title)
        self._anchors = list(self._by_anchor)
        spelled = spelled_out({folded_text(piece) for title in titles for piece in spelled_words(title)})
        self._words = WordScan(self._anchors, spelled, vectorised=vectorised)
        self._torn_by_tags = places_of(TORN_BY_TAGS, vectorised=vectorised)
        self._torn_softly = places_of(TORN_SOFTLY, vectorised=vectorised)

    def passes(self, raw: bytes) -> bool:
        titles, is_spelled_out = self._named(raw)
        if titles and self._stands_one_of(titles, raw.lower()):
            return True
        if not is_spelled_out and not self._tears_one_of(titles, raw):
            return False
        mended = _mended(raw)
        return self._stands_one_of(self._named(mended)[0], mended)

    def _stands_one_of(self, titles: set[str], lowered: bytes) -> bool:
        if len(titles) > _MANY_CANDIDATES:
            words = PageWords(lowered)
            titles = {title for title in titles if words.may_hold(title)}
        return _any_stand_in(titles, lowered)

    def _named(self, raw: bytes) -> tuple[set[str], bool]:
        """The titles whose anchor stands there, and whether a letter is spelled out."""
        numbers, is_spelled_out = self._words.found(raw)
        return {title for number in numbers for title in self._by_anchor[self._anchors[number]]}, is_spelled_out

    def _tears_one_of(self, titles: Iterable[str], raw: bytes) -> bool:
        """Whether a torn word is an anchor, or a word of one of the titles whose anchor stands there whole."""
        by_tags, softly = self._torn_by_tags.ends(raw), self._torn_softly.ends(raw)
        torn = [words_torn_by_tags(raw, by_tags), words_torn_softly(raw, softly)]
        beside = {word for title in titles for word in bare_spellings(title)}
        return any(
            words is None
            or any(word in self._by_anchor or word in beside for word in chain.from_iterable(map(bare_words, words)))
            for words in torn
        )


def _any_stand_in(titles: Iterable[str], lowered: bytes) -> bool:
    return any(stands_in(title, lowered) for title in titles)


def _mended(raw: bytes) -> bytes:
    """The page in lower case with torn words joined and spelled-out letters bare."""
    return untorn(plainly_spelled(untorn(raw.lower())).lower())
