"""The gate: a scan of a page's raw bytes for the watched titles, before anything is decoded or parsed.

It may let a page through for nothing and may never lose a mention. Between a title's words it allows any tags, spaces,
punctuation, entities and escapes; accented letters may be bare, bytes of UTF-8 or windows-1252, or entities. A page in
which a word of a title may be torn (inline tags, soft hyphens, combining marks between letters) or spelled in entities
or full-width letters is mended first. Pages in UTF-16 and UTF-32 go round the gate.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html.entities import codepoint2name

from matching.scan import IS_VECTORISED, WordScan, scan_for
from matching.text import folded_text, has_accent
from matching.titles import NUMBER_WORDS
from matching.topic import Topic, watched_titles

MOST_LOOSE_TITLES = 64
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
# What may stand between two words. Each way to read it is unambiguous, so that hostile pages cost no more than others.
_OTHER = rb"|&#?[0-9a-z]{1,24}|\\u[0-9a-f]{4}|\\[nrt]|[^0-9a-z<&])"
_SIMPLE = rb"(?:<[^<>]*>" + _OTHER
_WITH_QUOTES = rb"(?:<!--(?:[^-]|-[^-])*-->|<[a-z/](?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*>" + _OTHER
_MOST_PIECES = rb"{0,40}"
_INLINE = rb"</?(?:a|abbr|b|big|em|font|i|mark|small|span|strong|sub|sup|u|wbr)(?:[\s/][^<>]*)?>|<!--[^<>]*-->"
_SOFT = (
    rb"&(?:shy|zwj|zwnj|#0*173|#0*820[3-5]|#0*8288|#0*65279|#0*7(?:6[89]|[78][0-9])|#x0*ad|#x0*200[b-d]|#x0*3[0-6][0-9a-f]);?"
    rb"|\\u00ad|\\u200[b-d]|\\u03[0-6][0-9a-f]"
)
_INVISIBLE = rb"\xc2?\xad|\xe2\x80[\x8b-\x8d]|\xe2\x81[\xa0-\xa4]|\xef\xbb\xbf|\xcc[\x80-\xbf]|\xcd[\x80-\xaf]"
_TEAR = rb"(?:" + _INLINE + rb"|" + _SOFT + rb"|" + _INVISIBLE + rb")"
_TEARS = re.compile(rb"(?<=[0-9a-z;\x80-\xff])" + _TEAR + rb"+(?=[0-9a-z&\\\x80-\xff])")
# A letter or digit spelled as a number: nobody does it without need, so such a page is worth a closer look.
_NUMBERED = (
    rb"&#0*(?:4[89]|5[0-7]|6[5-9]|[78][0-9]|90|9[7-9]|1[01][0-9]|12[0-2]|65[23][0-9]{2});"
    rb"|&#x0*(?:3[0-9]|[46][1-9a-f]|[57][0-9a]|ff[1-5][0-9a-f]);"
)
_ESCAPED = rb"\\u00(?:3[0-9]|[46][1-9a-f]|[57][0-9a])"
_FULL_WIDTH = (  # and mathematical letters, digits in circles, superscripts: all that folding makes plain
    rb"\xef\xbc[\x90-\x99\xa1-\xba]|\xef\xbd[\x81-\x9a]|\xf0\x9d[\x90-\x9f][\x80-\xbf]"
    rb"|\xe2\x91[\xa0-\xbf]|\xe2\x92[\x80-\xbf]|\xe2\x93[\x80-\xbf]|\xe2\x81[\xb0-\xb9]|\xe2\x82[\x80-\x89]"
)
_SPELLED_OUT = _NUMBERED + rb"|" + _ESCAPED + rb"|" + _FULL_WIDTH


class Gate:
    """Decides from bytes alone whether a page can hold a mention of any topic; compiled once."""

    def __init__(self, topics: Iterable[Topic], *, vectorised: bool = IS_VECTORISED) -> None:
        titles = watched_titles(topics)
        self._search = (_Loose if len(titles) <= MOST_LOOSE_TITLES else _Anchored)(titles, vectorised)

    def passes(self, raw: bytes) -> bool:
        """Whether the page must be read; text in UTF-16 or UTF-32 always is."""
        if is_wide(raw):
            return True
        named, torn = self._search.look(raw)
        return named or (torn and self._search.look(_mended(raw))[0])


def is_wide(raw: bytes) -> bool:
    """Whether the bytes are UTF-16 or UTF-32 text: a byte order mark, or zero bytes in a third of the beginning."""
    head = raw[:512]
    return head.startswith(_WIDE_MARKS) or (b"\x00" in head and head.count(0) * 3 > len(head))


class _Loose:
    """For few titles: each is one pattern, and so is each way in which one of its words can be torn."""

    def __init__(self, titles: list[str], vectorised: bool) -> None:
        self._titles = titles
        patterns = [_title_pattern(title, rb"*" if vectorised else _MOST_PIECES) for title in titles]
        tears = [form for title in titles for piece in _spelled_pieces(title) for form in _torn(piece)]
        self._scan = scan_for([*patterns, _SPELLED_OUT, *dict.fromkeys(tears)], vectorised=vectorised)

    def look(self, raw: bytes) -> tuple[bool, bool]:
        """Whether a title stands there, and whether one may stand there torn or spelled out."""
        found = self._scan.found(raw)
        titles = [self._titles[number] for number in found if number < len(self._titles)]
        named = bool(titles) and any(_stands_in(title, raw.lower()) for title in titles)
        return named, len(found) > len(titles)


class _Anchored:
    """For very many titles: one word of each is looked for, and the title only where its word stands."""

    def __init__(self, titles: list[str], vectorised: bool) -> None:
        self._by_anchor: dict[bytes, list[str]] = {}
        for title in titles:
            for anchor in _anchors(title):
                self._by_anchor.setdefault(anchor, []).append(title)
        self._anchors = list(self._by_anchor)
        self._scan = WordScan(self._anchors, vectorised=vectorised)
        self._odd = scan_for([rb"[0-9a-z]" + _TEAR + rb"+[0-9a-z]", _SPELLED_OUT], vectorised=vectorised)

    def look(self, raw: bytes) -> tuple[bool, bool]:
        lowered = raw.lower()
        candidates = {title for number in self._scan.found(raw) for title in self._by_anchor[self._anchors[number]]}
        if any(_stands_in(title, lowered) for title in candidates):
            return True, False
        return False, bool(self._odd.found(raw))


def _stands_in(title: str, lowered: bytes) -> bool:
    return _compiled(title).search(lowered) is not None


@lru_cache(maxsize=20_000)
def _compiled(title: str) -> re.Pattern[bytes]:
    return re.compile(rb"(?<![0-9a-z])" + _title_pattern(title, _MOST_PIECES), re.DOTALL)


def _title_pattern(title: str, pieces: bytes) -> bytes:
    """The title's words in lower case, with `pieces` of anything between: Hyperscan takes any number of them best."""
    title_words = [_word_pattern(piece) for piece in _pieces(title)]
    readings = (between + pieces for between in (_SIMPLE, _WITH_QUOTES))
    return b"(?:" + b"|".join(reading.join(title_words) for reading in readings) + b")"


def _pieces(title: str) -> list[str]:
    """The words of a title as they are written, with their accents."""
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFC", title).lower())


def _spelled_pieces(title: str) -> set[str]:
    """The words of a title in every spelling: bare, with its accents, numbers in words."""
    pieces = _pieces(title)
    return {*pieces, *map(folded_text, pieces), *(NUMBER_WORDS[piece] for piece in pieces if piece in NUMBER_WORDS)}


def _word_pattern(piece: str) -> bytes:
    if piece in NUMBER_WORDS:
        return b"(?:" + piece.encode() + b"|" + NUMBER_WORDS[piece].encode() + b")"
    return b"".join(map(_letter, piece))


@lru_cache(maxsize=1024)
def _letter(letter: str) -> bytes:
    """A letter as it may stand in bytes; one with an accent also without it, with a combining one, or as an entity."""
    if letter.isascii():
        return re.escape(letter.encode())
    forms = {re.escape(folded_text(letter).encode()) + rb"(?:" + _INVISIBLE + rb"|" + _SOFT + rb")?"}
    for variant in (letter, letter.upper()):
        code = ord(variant)
        forms |= {re.escape(variant.encode(charset, "ignore").lower()) for charset in ("utf-8", "cp1252")}
        forms |= {rb"&#0*%d;?" % code, rb"&#x0*%x;?" % code, rb"\\u%04x" % code}
        if code in codepoint2name:
            forms.add(b"&" + codepoint2name[code].lower().encode() + b";?")
    return b"(?:" + b"|".join(sorted(forms - {b""}, reverse=True)) + b")"


def _torn(piece: str) -> Iterator[bytes]:
    """The beginnings of a word that something invisible parts from its next letter."""
    for place in range(1, len(piece)):
        following = piece[place].encode() if piece[place].isascii() else rb"a-z&\\\x80-\xff"
        yield re.escape(piece[:place].encode()) + _TEAR + rb"+[" + following + rb"]"


def _anchors(title: str) -> set[bytes]:
    """Words of which one stands in every page that holds the title: its longest one, alone or glued to a neighbour."""
    pieces = _pieces(title)
    longest = max(pieces, key=lambda piece: (not has_accent(piece), len(piece)))
    place = pieces.index(longest)
    in_words = [NUMBER_WORDS.get(piece, piece) for piece in pieces]
    forms = {longest, in_words[place]}
    for written in (pieces, in_words):
        beside = (written[place : place + 2], written[max(0, place - 1) : place + 1], written)
        forms |= {"".join(glued) for glued in beside}
    bare = {folded_text(form) for form in forms}
    if has_accent(longest):  # its bytes are parted at the accent
        bare |= set(re.findall(r"[0-9a-z]+", longest))
    return {form.encode() for form in bare if form.isascii()}


def _mended(raw: bytes) -> bytes:
    """The page in lower case with torn words joined and spelled-out letters bare."""
    mended = _TEARS.sub(b"", raw.lower())
    mended = re.sub(_NUMBERED, _bare_letter, mended)
    mended = re.sub(_ESCAPED, lambda found: bytes([int(found.group()[-2:], 16)]), mended)
    mended = re.sub(_FULL_WIDTH, lambda found: folded_text(found.group().decode("utf-8", "ignore")).encode(), mended)
    return _TEARS.sub(b"", mended.lower())


def _bare_letter(found: re.Match[bytes]) -> bytes:
    number = found.group().strip(b"&#;")
    code = int(number[1:], 16) if number.startswith(b"x") else int(number)
    return folded_text(chr(code)).encode()
