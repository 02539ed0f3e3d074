"""What can part the letters of a word in a page's bytes without being seen: inline tags, soft hyphens, combining marks.

All patterns are in lower case, for bytes in lower case or a scan that minds no case. Each begins with bytes of its own
wherever it can: a vectorised scan finds literals, and a pattern that begins with a choice has none.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

TAG = (
    rb"<(?:/?(?:a|abbr|b|big|em|font|i|mark|small|span|strong|sub|sup|u|wbr)(?:[\s/][^<>]*)?>"
    rb"|!--[^<>]*-->)"
)
SOFT = (
    rb"&(?:shy|zwn?j|#0*173|#0*820[3-5]|#0*8288|#0*65279|#0*7(?:6[89]|[78][0-9])"
    rb"|#x0*ad|#x0*200[b-d]|#x0*2060|#x0*feff|#x0*3[0-6][0-9a-f]);?",
    rb"\\u(?:00ad|200[b-d]|2060|feff|03[0-6][0-9a-f])",
    rb"\xc2\xad",
    rb"\xad",
    rb"\xe2\x80[\x8b-\x8d]",
    rb"\xe2\x81[\xa0-\xa4]",
    rb"\xef\xbb\xbf",
    rb"\xcc[\x80-\xbf]",
    rb"\xcd[\x80-\xaf]",
)
ANY_SOFT = rb"(?:" + rb"|".join(SOFT) + rb")"
_TEAR = rb"(?:" + TAG + rb"|" + ANY_SOFT + rb")"
_TEARS = re.compile(rb"(?<=[0-9a-z;\x80-\xff])" + _TEAR + rb"+(?=[0-9a-z&\\\x80-\xff])")
_WRITTEN = (
    rb"(?:[0-9a-z\x80-\xff]|&[a-z]{1,2}(?:acute|cedil|circ|grave|lig|ring|tilde|uml);|&#[0-9a-fx]{2,8};|\\u[0-9a-f]{4})"
)
_RUN = re.compile(_WRITTEN + rb"*", re.IGNORECASE)
_RUN_BEFORE = re.compile(_WRITTEN + rb"*\Z", re.IGNORECASE)
_LETTERS = frozenset([*range(0x30, 0x3A), *range(0x41, 0x5B), *range(0x61, 0x7B), *range(0x80, 0x100)])
_LONGEST_WORD = 48
_MOST_PLACES = 200
_MOST_SOFT_PLACES = 50
_NEAR = 600
_MOST_TAGS = 40

_LEFT = rb"[0-9a-z;\x80-\xff]"
_RIGHT = rb"[0-9a-z&\\\x80-\xff]"
TORN_BY_TAGS = (_LEFT + rb"(?:" + TAG + rb")+" + _RIGHT,)
TORN_SOFTLY = tuple(rb"[0-9a-z;>\x80-\xff]" + soft + rb"[0-9a-z&<\\\x80-\xff]" for soft in SOFT)
# What may stand between a tear and the next letter: tears again, in a looser pattern that compiles ten times faster.
_FURTHER_TEARS = rb"(?:</?[abefimsuw][^<>]*>|<!--[^<>]*-->|&[#a-z0-9]{3,8};?|\\u[0-9a-f]{4}|[\x80-\xff])*"


def torn_beginnings(word: str) -> Iterator[bytes]:
    """Patterns of which one stands wherever letters of `word` are parted: its beginning, a tear, what follows."""
    for (place, _), (_, following) in pairwise(enumerate(word)):
        beginning = re.escape(word[: place + 1].encode())
        next_bytes = following.encode() if following.isascii() else rb"a-z&\\\x80-\xff"
        for tear in (TAG, *SOFT):
            yield beginning + tear + _FURTHER_TEARS + b"[" + next_bytes + b"]"


def untorn(lowered: bytes) -> bytes:
    """The bytes with the letters of torn words side by side again."""
    return _TEARS.sub(b"", lowered)


def words_torn_by_tags(raw: bytes, ends: list[int]) -> set[bytes] | None:
    """The words that inline tags tear, whole; `ends` are the places right after the letter that follows a tear.

    None where there are too many of them, or of tags at one place, to look at one by one.
    """
    if len(ends) > _MOST_PLACES:
        return None
    found = set()
    written, right = b"", -1
    for end in sorted(ends):
        before = _before_tags(raw, end - 1)
        if before == 0:
            return None
        left = _run_before(raw, before)
        written = (written if before - len(left) == right else b"") + left
        right = end - 1
        following = _RUN.match(raw, right, right + _LONGEST_WORD)
        found.add((written + (following.group() if following else b"")).lower())
    return found


def words_torn_softly(raw: bytes, ends: list[int]) -> set[bytes] | None:
    """The words near soft tears as they read without any tear; None where there are too many to look at one by one."""
    if len(ends) > _MOST_SOFT_PLACES:
        return None
    around = (untorn(raw[max(0, end - _NEAR) : end + _NEAR].lower()) for end in ends)
    return {word for piece in around for word in _RUN.findall(piece) if word}


def _before_tags(raw: bytes, place: int) -> int:
    """The place before the tags that end at `place`, or 0 where there are very many of them."""
    for _ in range(_MOST_TAGS):
        if place == 0 or raw[place - 1] != 0x3E:  # ">"
            return place
        place = max(0, raw.rfind(b"<", 0, place))
    return 0


def _run_before(raw: bytes, place: int) -> bytes:
    start, first = place, max(0, place - _LONGEST_WORD)
    while start > first and raw[start - 1] in _LETTERS:
        start -= 1
    if raw[start - 1 : start] != b";":
        return raw[start:place]
    found = _RUN_BEFORE.search(raw, first, place)
    return found.group() if found else b""
