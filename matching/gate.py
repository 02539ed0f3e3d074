"""The gate: a scan of a page's raw bytes for the watched titles, before anything is decoded or parsed.

It may let a page through for nothing and may never lose a mention. So between the letters of a title it allows tags,
comments, soft hyphens and combining marks, between its words any space, punctuation, entity or escape, and every
letter may be an entity; the bytes of accented letters are allowed for in UTF-8 and in windows-1252.
"""

import re
import unicodedata
from collections.abc import Iterable
from html.entities import codepoint2name

from matching.text import words
from matching.titles import NUMBER_WORDS
from matching.topic import Topic

_TAG = rb"<[^<>]{0,1000}>"
_ENTITY = rb"&\#?[0-9A-Za-z]{1,24};?"
_ESCAPE = rb"\\u[0-9a-fA-F]{4}|\\[nrt\"/]"
_SOFT = rb"&(?:shy|zwj|zwnj|\#173|\#8203|\#x(?:ad|AD|200[bBcCdD]));?|\\u00[aA][dD]"
_INVISIBLE = rb"\xc2?\xad|\xe2\x80[\x8b-\x8d]|\xcc[\x80-\xbf]|\xcd[\x80-\xaf]"
_JOINT = rb"(?:" + _TAG + rb"|" + _SOFT + rb"|" + _INVISIBLE + rb"){0,8}"
_GAP = rb"(?:" + _TAG + rb"|" + _ENTITY + rb"|" + _ESCAPE + rb"|[^0-9A-Za-z<&]){0,40}"
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Gate:
    """Decides from bytes alone whether a page can hold a mention of any topic; compiled once."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        titles = {title for topic in topics for work in topic.works for title in work.titles}
        patterns = {form for title in titles for form in _title(words(title))}
        self._pattern = re.compile(b"|".join(sorted(patterns)))

    def passes(self, raw: bytes) -> bool:
        """Whether the page must be read; text in UTF-16 or UTF-32 always is."""
        return is_wide(raw) or self._pattern.search(raw) is not None


def is_wide(raw: bytes) -> bool:
    """Whether the bytes are UTF-16 or UTF-32 text: a byte order mark, or a zero byte in nearly every second place."""
    head = raw[:512]
    return head.startswith(_WIDE_MARKS) or (b"\x00" in head and head.count(0) * 3 > len(head))


def _title(pieces: list[str]) -> list[bytes]:
    """Patterns of a title, one for each way to write its first letter.

    Each begins with a plain byte: from such alternatives `re` makes a set of first bytes, and skips to those.
    """
    rest = b"".join(_GAP + _word(piece) for piece in pieces[1:])
    return [
        first + b"".join(_JOINT + _letter(letter) for letter in spelling[1:]) + rest
        for spelling in _spellings(pieces[0])
        for first in _forms(spelling[0])
    ]


def _spellings(word: str) -> list[str]:
    return [word, NUMBER_WORDS[word]] if word in NUMBER_WORDS else [word]


def _word(word: str) -> bytes:
    return b"(?:" + b"|".join(_JOINT.join(map(_letter, each)) for each in _spellings(word)) + b")"


def _letter(letter: str) -> bytes:
    return b"(?:" + b"|".join(_forms(letter)) + b")"


def _forms(letter: str) -> list[bytes]:
    """The letter in both cases: itself, an entity, an escape, full-width, with an accent that folding takes away."""
    forms = set()
    for variant in {letter, letter.upper(), *_FULL_WIDTH.get(letter, ()), *_ACCENTED.get(letter, ())}:
        code = ord(variant)
        number = b"".join(
            b"[%c%c]" % (char, char ^ 32) if chr(char).isalpha() else b"%c" % char for char in b"%x" % code
        )
        forms |= {
            rb"&\#0{0,3}%d;?" % code,
            rb"&\#[xX]0{0,3}%s;?" % number,
            rb"\\u%s%s" % (b"0" * (4 - len(b"%x" % code)), number),
        }
        forms |= {re.escape(variant.encode(charset, "ignore")) for charset in ("utf-8", "cp1252")}
        if code in codepoint2name:
            forms.add(b"&" + codepoint2name[code].encode() + b";?")
    return sorted(forms - {b""})


def _variants() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    accented: dict[str, list[str]] = {}
    for code in range(0xC0, 0x180):
        plain = unicodedata.normalize("NFKD", chr(code))[0].casefold()
        if plain.isascii():
            accented.setdefault(plain, []).append(chr(code))
    wide = {chr(code): [chr(code + 0xFEE0), chr(ord(chr(code).upper()) + 0xFEE0)] for code in range(0x30, 0x7B)}
    return accented, wide


_ACCENTED, _FULL_WIDTH = _variants()
