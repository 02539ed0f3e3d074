"""The plain path: a page read in one pass over its characters, without a tree.

For pages on which a parser or what walks its tree fails: however deep, wide or broken, each character is looked at a
bounded number of times, and memory does not grow with the number of elements. Class names are not looked at, so more
furniture stays than on the usual path.
"""

import html
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo

from crawler.extraction.abridged import Abridged
from crawler.extraction.dates import PARIS, parse_date
from crawler.extraction.decoding import decode, is_wide
from crawler.extraction.flow import BLOCKS
from crawler.extraction.linked import linked_data
from crawler.extraction.metadata import Metadata, composed, one_line, own_address
from crawler.extraction.visible import LONGEST_HEAD, said_date

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*+)([^<>]*+)>|<[!?/][^<>]*+>")
_ATTRIBUTE = re.compile(r"([a-zA-Z][\w:.-]*+)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))")
_SWALLOWING = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style", "template", "textarea")}
_SWALLOWING["!"] = re.compile("-->")
_AROUND = frozenset("nav aside footer form button noscript select dialog".split())
_BREAKS = BLOCKS | _AROUND | frozenset("title body head tbody option".split())
_TELLING = frozenset("meta link time script html".split())
BLOCK_SIZE = 8 * 1024 * 1024
LONGEST_ATTRIBUTES = 5_000
LONGEST_SCRIPT = 2_000_000
LONGEST_RUN = 65_536
MOST_TOLD = 500
SHORTEST_PARAGRAPH = 25
MOSTLY_LINKS = 0.5


def read_plainly(
    raw: bytes, url: str, *, content_type: str | None = None, titles: Sequence[str] = (), zone: tzinfo = PARIS
) -> tuple[Metadata, list[str]]:
    """What the page says of itself, and its paragraphs; empty where nothing can be read."""
    scan = _Scan(titles)
    for block in _blocks(raw):
        scan.feed(decode(block, content_type))
    scan.close()
    canonical = own_address(scan.canonical, url) if scan.canonical else None
    said = composed(linked_data(scan.scripts), scan.meta, _PlainlySeen(scan, zone), scan.language, canonical, zone)
    return said, (scan.article if scan.article.length else scan.around).paragraphs


def _blocks(raw: bytes) -> Iterator[bytes]:
    """The page in blocks that end before a tag, so that a large one is never held decoded as a whole."""
    if is_wide(raw):
        yield raw[:BLOCK_SIZE]
        return
    start = 0
    while len(raw) - start > BLOCK_SIZE:
        ends = (raw.rfind(sign, start + BLOCK_SIZE // 2, start + BLOCK_SIZE) for sign in (b"<", b" "))
        end = next((end for end in ends if end >= 0), start + BLOCK_SIZE)
        yield raw[start:end]
        start = end
    yield raw[start:]


class _Scan:
    """The state of the one pass: what was gathered, and what is open right now."""

    def __init__(self, titles: Sequence[str]) -> None:
        self.article, self.around = Abridged(titles), Abridged(titles)
        self.meta: dict[str, str] = {}
        self.scripts: list[str] = []
        self.times: list[str] = []
        self.canonical = self.headline = self.page_title = ""
        self.language: str | None = None
        self._swallowed_by = self._role = ""
        self._is_linked_data = self._in_link = False
        self._depth_around = self._length = self._in_links = 0
        self._run: list[str] = []

    def feed(self, text: str) -> None:
        place = 0
        while place < len(text):
            if self._swallowed_by:
                place = self._swallow(text, place)
                continue
            opening = text.find("<", place)
            self._text(text[place:] if opening < 0 else text[place:opening])
            if opening < 0:
                return
            place = self._markup(text, opening)

    def close(self) -> None:
        """Ends the last paragraph, also where the page breaks off in a script or a comment."""
        self._break()

    def _swallow(self, text: str, start: int) -> int:
        """Goes on to the end of a script or a comment, as browsers do to the end of the page if there is none."""
        found = _SWALLOWING[self._swallowed_by].search(text, start)
        if self._is_linked_data and len(self.scripts) < MOST_TOLD:
            self.scripts.append(text[start : found.start() if found else start][:LONGEST_SCRIPT])
        self._is_linked_data = False
        if found is None:
            return len(text)
        place = found.end() if self._swallowed_by == "!" else found.start()
        self._swallowed_by = ""
        return place

    def _markup(self, text: str, opening: int) -> int:
        if text.startswith("<!--", opening):
            self._swallowed_by = "!"
            return opening + 2
        found = _TAG.match(text, opening)
        if found is None:
            self._text("<")
            return opening + 1
        if found.group(2):
            self._tag(found.group(2).lower(), found.group(3), closing=bool(found.group(1)))
        return found.end()

    def _tag(self, name: str, attributes: str, *, closing: bool) -> None:
        if name in _BREAKS and not (name == "br" and self._role):
            role = "" if closing else self._role_in(name)
            self._break()
            self._role = role
        if name in _AROUND:
            self._depth_around = max(0, self._depth_around + (-1 if closing else 1))
        elif name == "a":
            self._in_link = not closing
        elif name == "br":
            self._text("\n")
        if not closing and name in _TELLING:
            self._told(name, _attributes(attributes))
        if not closing and name in _SWALLOWING and not attributes.endswith("/"):
            self._swallowed_by = name

    def _role_in(self, name: str) -> str:
        """What the text in an element that begins is: a block with which a headline begins is in it."""
        if name in ("title", "h1"):
            return name
        begins_headline = name not in _AROUND and not "".join(self._run).strip()
        return self._role if begins_headline else ""

    def _told(self, name: str, said: dict[str, str]) -> None:
        if name == "meta" and len(self.meta) < MOST_TOLD:
            self.meta.setdefault((said.get("property") or said.get("name") or "").lower(), said.get("content", ""))
        elif name == "link" and "canonical" in said.get("rel", "").lower().split():
            self.canonical = self.canonical or said.get("href", "")
        elif name == "time" and said.get("datetime") and not self._depth_around and len(self.times) < MOST_TOLD:
            self.times.append(said["datetime"])
        elif name == "html":
            self.language = self.language or said.get("lang")
        elif name == "script":
            self._is_linked_data = "ld+json" in said.get("type", "").lower()

    def _text(self, text: str) -> None:
        for start in range(0, len(text), LONGEST_RUN):
            piece = text[start : start + LONGEST_RUN]
            self._run.append(piece)
            self._length += len(piece)
            self._in_links += len(piece) if self._in_link else 0
            if self._length >= LONGEST_RUN:
                self._break(cut=True)

    def _break(self, *, cut: bool = False) -> None:
        """Ends a paragraph; one that is `cut` for its length is cut between words."""
        written = "".join(self._run)
        end = max(written.rfind(". ") + 1, 0) or max(written.rfind(" "), 0) or len(written) if cut else len(written)
        kept = self.around if self._depth_around else self.article
        text = one_line(html.unescape(written[:end]))
        is_links = self._in_links > MOSTLY_LINKS * self._length
        self._run, self._length, self._in_links = [written[end:]], len(written) - end, 0
        if self._role == "title":
            self.page_title = self.page_title or text
        elif self._role == "h1" and not self.headline:
            self.headline = text
        elif len(text) >= SHORTEST_PARAGRAPH and not is_links:
            kept.add(text)


class _PlainlySeen:
    """What the pass saw in the head of the article."""

    def __init__(self, scan: _Scan, zone: tzinfo) -> None:
        self._scan = scan
        self._zone = zone

    def headline(self) -> str:
        return self._scan.headline

    def page_title(self) -> str:
        return self._scan.page_title

    def standfirst(self) -> str:
        return ""

    def property(self, name: str) -> str:
        return ""

    def bylines(self) -> list[str]:
        return []

    def date(self) -> datetime | None:
        for written in self._scan.times[:20]:
            if (moment := parse_date(written, self._zone)) is not None:
                return moment
        head = "\n".join(self._scan.article.paragraphs[:10])[:LONGEST_HEAD]
        dated = said_date(head, self._zone, in_prose=True)
        return dated[0] if dated else None


def _attributes(written: str) -> dict[str, str]:
    """The attributes, the first of each name, their entities resolved."""
    found: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(written[:LONGEST_ATTRIBUTES]):
        found.setdefault(name.lower(), one_line(html.unescape(next(filter(None, values), ""))))
    return found
