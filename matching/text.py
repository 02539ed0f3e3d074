"""Text as matching reads it: folded to one spelling, with the way back to how it was written; words and sentences.

Folding follows Unicode's compatibility decomposition (UAX 15, NFKD) and case folding, drops combining marks and
format characters (soft hyphen, zero-width space), and gives every space, dash, apostrophe and quotation mark one form.
"""

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = "'’‘‛ʼʹ′´`＇"
_QUOTES = '"“”„‟«»‹›″＂'
_LETTERS = {"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "−": "-"}


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text and the places where it is longer or shorter than its source.

    `specials` are (folded start, folded end, source start, source end), ascending; between them offsets only shift.
    """

    text: str
    source: str
    specials: tuple[tuple[int, int, int, int], ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where text[start:end] stands in the source; start < end."""
        return self._source(start)[0], self._source(end - 1)[1]

    def starts(self, positions: Iterable[int]) -> list[int]:
        """Where these places of the folded text, in order, begin in the source; in one pass."""
        found, specials, moved, special_end, special_source = [], iter(self.specials), 0, 0, 0
        upcoming = next(specials, None)
        for position in positions:
            while upcoming is not None and upcoming[0] <= position:
                _, special_end, special_source, source_end = upcoming
                moved, upcoming = source_end - special_end, next(specials, None)
            found.append(special_source if position < special_end else position + moved)
        return found

    def _source(self, position: int) -> tuple[int, int]:
        index = bisect_right(self.specials, (position, len(self.text) + 1)) - 1
        if index < 0:
            return position, position + 1
        _, folded_end, source_start, source_end = self.specials[index]
        if position < folded_end:
            return source_start, source_end
        moved = source_end + position - folded_end
        return moved, moved + 1


def fold(source: str) -> Folded:
    """The source in one spelling; Folded.span leads back."""
    if source.isascii() and "&" not in source and source.isprintable():
        return Folded(source.lower(), source)
    table = {ord(char): _folded_char(char) for char in set(source)}
    odd = "".join(re.escape(chr(code)) for code, folded in table.items() if len(folded) != 1)
    special = re.compile(f"[{odd}]+|{_ENTITY.pattern}" if odd else _ENTITY.pattern)
    pieces: list[str] = []
    specials: list[tuple[int, int, int, int]] = []
    done = length = 0
    for found in special.finditer(source):
        plain = source[done : found.start()].translate(table)
        folded = _fold_special(found.group(), table)
        length += len(plain)
        specials.append((length, length + len(folded), found.start(), found.end()))
        length += len(folded)
        pieces += (plain, folded)
        done = found.end()
    pieces.append(source[done:].translate(table))
    return Folded("".join(pieces), source, tuple(specials))


def folded_text(source: str) -> str:
    return fold(source).text


def words(text: str) -> list[str]:
    """The words of a text, folded: runs of letters and digits."""
    return _WORD.findall(fold(text).text)


def folded_words(folded: str) -> list[str]:
    """The words of a folded text."""
    return _WORD.findall(folded)


def word_spans(folded: str) -> list[tuple[str, int, int]]:
    """The words of a folded text with their places in it."""
    return [(found.group(), found.start(), found.end()) for found in _WORD.finditer(folded)]


def has_accent(text: str) -> bool:
    """Whether a letter carries a diacritic."""
    return any(unicodedata.combining(char) for char in unicodedata.normalize("NFD", text))


def _fold_special(piece: str, table: dict[int, str]) -> str:
    if piece.startswith("&") and piece.endswith(";"):
        resolved = html.unescape(piece)
        return "".join(_folded_char(char) for char in resolved) if resolved != piece else piece.lower()
    return piece.translate(table)


@lru_cache(maxsize=4096)
def _folded_char(char: str) -> str:
    if char in "\n\u2028\u2029":
        return "\n"
    if char in _LETTERS:
        return _LETTERS[char]
    if char in _APOSTROPHES:
        return "'"
    if char in _QUOTES:
        return '"'
    category = unicodedata.category(char)
    if category == "Zs" or char in "\t\r\f\v":
        return " "
    if category == "Pd":
        return "-"
    if category in ("Cf", "Cc", "Mn", "Cs"):
        return ""
    decomposed = unicodedata.normalize("NFKD", char).casefold()
    return "".join(_LETTERS.get(each, each) for each in decomposed if not unicodedata.combining(each))


_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]++(?:[\"')\]]|\s?[»”])*+\s++(?=[\"«“'(\[#]?\s?[^\W_a-zà-öø-ÿ])|\n+")
_ABBREVIATION = re.compile(r"(?:^|[\s(«\"'’])(?:[A-ZÀ-Ý]|M|MM|Mme|Mlle|Dr|Pr|St|Ste|etc|cf|env|av|apr|vol|no|p|ex)\.$")


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """The places of the sentences of a text as it was written, without the white space around them."""
    start = 0
    for found in _SENTENCE_END.finditer(text):
        if "\n" not in found.group() and _ABBREVIATION.search(text[max(0, found.start() - 8) : found.start() + 1]):
            continue
        yield from _trimmed(text, start, found.end())
        start = found.end()
    yield from _trimmed(text, start, len(text))


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    stripped = piece.strip()
    if stripped:
        start += len(piece) - len(piece.lstrip())
        yield start, start + len(stripped)
