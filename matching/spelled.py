"""How letters and digits can be spelled in a page's bytes: entities, escapes, characters that folding makes plain.

Full-width letters, mathematical alphabets, digits in circles and superscripts read as plain letters after Unicode's
compatibility decomposition (NFKC), so a title may stand in them.
"""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from html.entities import codepoint2name

from matching.scan import RUNS
from matching.tears import ANY_SOFT
from matching.text import folded_text

_PLAIN = [*range(ord("0"), ord("9") + 1), *range(ord("A"), ord("Z") + 1), *range(ord("a"), ord("z") + 1)]
_COMPATIBLE = [  # the blocks of characters with a plain reading, where pages hold others of the same block too
    range(0xAA, 0xBB), range(0x2070, 0x209D), range(0x2100, 0x2189), range(0x3250, 0x32B1), range(0xFB00, 0xFB07),
]  # fmt: skip
# Blocks of them that French pages hold hardly ever, as bytes of UTF-8; and their numbers in entities and JSON escapes.
_BLOCKS = (
    rb"\xef[\xbc\xbd]",
    rb"\xe2\x91[\xa0-\xbf]",
    rb"\xe2[\x92\x93]",
    rb"\xf0\x9d",
    rb"\xf0\x9f[\x84\x85]",
    rb"\xe1[\xb4\xb5]",
)
_NUMBERED_BLOCKS = (
    rb"&#83[01][0-9];", rb"&#9[34][0-9][0-9];", rb"&#65[23][0-9][0-9];", rb"&#1(?:19[89]|20[0-8])[0-9]{3};",
    rb"&#x20[78][0-9a-f];", rb"&#x24[6-9a-e][0-9a-f];", rb"&#xff[1-5][0-9a-f];", rb"&#x1d[4-7][0-9a-f]{2};",
    rb"\\u20[78]", rb"\\u24[6-9a-e]", rb"\\uff[1-5]", rb"\\ud835", rb"\\ud83c\\udd",
)  # fmt: skip
_NUMBER = re.compile(rb"&#(x[0-9a-f]{1,24}|[0-9]{1,24});")
_ESCAPE = re.compile(rb"\\ud8[0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|\\u[0-9a-f]{4}")
_ENCODED = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


def spelled_out(words: Iterable[str]) -> list[bytes]:
    """Patterns of which one stands wherever a letter or digit of these folded words is not written plainly."""
    together = " ".join(words)
    wanted = set(together)
    codes = [code for code in _PLAIN if chr(code).lower() in wanted]
    decimal, hexadecimal = ([form % code for code in codes] for form in (b"%d", b"%x"))
    return [
        *(form % number for number in decimal for form in (b"&#%b;", b"&#0%b;")),
        *(form % number for number in hexadecimal for form in (b"&#x%b;", b"&#x0%b;")),
        rb"&#00+(?:" + b"|".join(decimal) + rb");",
        rb"&#x00+(?:" + b"|".join(hexadecimal) + rb");",
        *(rb"\\u%04x" % code for code in codes),
        *(re.escape(char.encode()) for char, plain in _compatible().items() if plain in together),
        *_BLOCKS,
        *_NUMBERED_BLOCKS,
    ]


def plainly_spelled(lowered: bytes) -> bytes:
    """The bytes with every letter and digit that is spelled in another way written plainly."""
    plain = _NUMBER.sub(_number, lowered)
    plain = _ESCAPE.sub(_escape, plain)
    return _ENCODED.sub(_encoded, plain)


@lru_cache(maxsize=20_000)
def bare_words(piece: bytes) -> tuple[bytes, ...]:
    """The words of a few bytes in lower case, in UTF-8 or windows-1252, as folded letters and digits."""
    if piece.isalnum():  # true of ASCII letters and digits only
        return (piece,)
    piece = _ESCAPE.sub(_escape, piece)
    try:
        text = piece.decode()
    except UnicodeDecodeError:
        text = piece.decode("cp1252", "ignore")
    return tuple(RUNS.findall(folded_text(text).encode("ascii", "ignore")))


@lru_cache(maxsize=1024)
def letter_pattern(letter: str) -> bytes:
    """A letter of a title as it may stand in bytes; its accent may be missing, combining, or in an entity."""
    if letter.isascii():
        return re.escape(letter.encode())
    forms = {re.escape(folded_text(letter).encode()) + ANY_SOFT + b"?"}
    for variant in (letter, letter.upper() if len(letter.upper()) == 1 else letter):  # "ß" is "SS"
        code = ord(variant)
        forms |= {re.escape(variant.encode(charset, "ignore").lower()) for charset in ("utf-8", "cp1252")}
        forms |= {rb"&#0*%d;?" % code, rb"&#x0*%x;?" % code, rb"\\u%04x" % code}
        if code in codepoint2name:
            forms.add(b"&" + codepoint2name[code].lower().encode() + b";?")
    return b"(?:" + b"|".join(sorted(forms - {b""}, reverse=True)) + b")"


@cache
def _compatible() -> dict[str, str]:
    readings = {chr(code): folded_text(chr(code)) for block in _COMPATIBLE for code in block}
    return {char: plain for char, plain in readings.items() if _is_plain(plain)}


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isalnum()


def _number(found: re.Match[bytes]) -> bytes:
    number = found[1]
    code = int(number[1:], 16) if number.startswith(b"x") else int(number)
    return _plain(chr(code), found.group()) if code < 0x110000 else found.group()


def _escape(found: re.Match[bytes]) -> bytes:
    units = bytes.fromhex(found.group().replace(rb"\u", b"").decode())
    return _plain(units.decode("utf-16-be", "ignore"), found.group())


def _encoded(found: re.Match[bytes]) -> bytes:
    return _plain(found.group().decode("utf-8", "ignore"), found.group())


def _plain(char: str, otherwise: bytes) -> bytes:
    plain = folded_text(char)
    return plain.encode() if _is_plain(plain) else otherwise
