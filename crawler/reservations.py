"""Who reserves text and data mining, as TDMRep says: a file at the origin, a header, or a page's own metadata.

TDM Reservation Protocol, final report of the W3C community group of 10 May 2024
(https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/). What a page says of itself outweighs its
header, and that the file, whose first rule that matches holds; a value other than 0 and 1 says nothing.
robots directives such as `noai` are no reservation: they are in no standard, and speak of other uses; robots.txt itself
binds by RFC 9309 (middlewares/robots.py).
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import unquote, urlsplit

import lxml.html
from lxml import etree

RESERVED = "text and data mining is reserved"
FILE = "/.well-known/tdmrep.json"
MOST_RULES = 1000
LONGEST_PATTERN = 500
HEAD = 256 * 1024
MOST_TAGS = 20
LONGEST_TAG = 1000
WORDS = b"tdm-reservation"
_META = re.compile(WORDS, re.IGNORECASE)
_VALUES = {"0": False, "1": True}


@dataclass(frozen=True, slots=True)
class Rule:
    """Paths beneath a pattern ("*" any run, "$" the end), and whether text and data mining is reserved there."""

    pieces: tuple[str, ...]
    to_the_end: bool
    reserved: bool

    def covers(self, path: str) -> bool:
        """Whether the path begins as the pattern says; in linear time, whatever the pattern."""
        first, *rest = self.pieces
        if not path.startswith(first):
            return False
        place = len(first)
        if not self.to_the_end:
            return _found(path, rest, place) is not None
        if not rest:
            return path == first
        *middle, last = rest
        reached = _found(path, middle, place)
        return reached is not None and path.endswith(last) and len(path) - len(last) >= reached


def _found(path: str, pieces: Iterable[str], place: int) -> int | None:
    for piece in pieces:
        at = path.find(piece, place)
        if at < 0:
            return None
        place = at + len(piece)
    return place


def read_file(body: bytes) -> tuple[Rule, ...]:
    """The rules of a tdmrep.json; what is none is left out, and a body that is no such file holds none."""
    try:
        written = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(written, list):
        return ()
    rules = (_rule(each) for each in written[:MOST_RULES])
    return tuple(rule for rule in rules if rule is not None)


def _rule(written: Any) -> Rule | None:
    if not isinstance(written, dict):
        return None
    location, value = written.get("location"), _VALUES.get(str(written.get("tdm-reservation")).strip())
    if not isinstance(location, str) or not location or len(location) > LONGEST_PATTERN or value is None:
        return None
    ends = location.endswith("$")
    return Rule(tuple(map(_plain, location.removesuffix("$").split("*"))), ends, value)


def reserved_by_file(rules: Iterable[Rule], url: str) -> bool:
    """Whether the origin's file reserves the page at `url`: the first rule that covers it says."""
    parts = urlsplit(url)
    path = _plain(parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return next((rule.reserved for rule in rules if rule.covers(path)), False)


def _plain(path: str) -> str:
    """The path with what needs no escape unescaped; "*" and "$" stay as they are written."""
    kept = path.replace("%24", "%2524").replace("%2A", "%252A").replace("%2a", "%252A")
    return unquote(kept, errors="surrogateescape")


def reserved_by_header(value: str | None) -> bool | None:
    """What a tdm-reservation header says; None when it says nothing."""
    return _VALUES.get(value.strip()) if value is not None else None


def reserved_by_page(body: bytes) -> bool | None:
    """What <meta name="tdm-reservation"> says in a page; None when nothing does.

    Only the tags that hold these words are parsed: a page made to choke a parser chokes nothing here.
    """
    head = body[:HEAD].partition(b"</head")[0]
    if WORDS not in head.lower():  # ten times faster than a search that minds no case
        return None
    said = (_said_by(head, found.start()) for found in islice(_META.finditer(head), MOST_TAGS))
    return next((value for value in said if value is not None), None)


def _said_by(head: bytes, place: int) -> bool | None:
    """What the meta tag around `place` says, unless it stands in a comment."""
    begin, end = head.rfind(b"<", max(0, place - LONGEST_TAG), place), head.find(b">", place, place + LONGEST_TAG)
    written = head[begin : end + 1]
    if written[:5].lower() != b"<meta" or head.rfind(b"<!--", 0, begin + 1) > head.rfind(b"-->", 0, begin + 1):
        return None
    try:
        tag = lxml.html.fragment_fromstring(written.decode("latin-1"))
    except etree.ParserError:
        return None
    named = tag.tag == "meta" and (tag.get("name") or "").strip().lower() == "tdm-reservation"
    return _VALUES.get((tag.get("content") or "").strip()) if named else None
