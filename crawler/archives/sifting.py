"""Sifting a stretch of a web archive: which of its pages may hold a mention, and what those say.

A page that the gate refuses costs no decoding and no parsing. This is the part of a replay that several processes do;
it remembers nothing from one stretch to the next, so that the result does not depend on who did what.
"""

import logging
import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from crawler.archives.places import layout_of, next_place
from crawler.archives.records import ArchivedPage, ArchiveReader
from crawler.errors import UnreadablePage
from crawler.extraction.page import Selectors, extract
from crawler.job import TopicSource
from crawler.outlets import Outlet, owner_of
from matching.gate import Gate
from matching.model import Article

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of an archive: the records that begin from `start` on and before `end`.

    With `is_guess` no record may begin at `start`: the first place after it that looks like one is taken.
    """

    file: Path
    start: int
    end: int
    is_guess: bool = False


@dataclass(frozen=True, slots=True)
class SiftedPage:
    """A page of an archive. `article` is what it says; None when the gate refused it, or when `error` says why."""

    offset: int
    url: str
    outlet: str | None
    date: datetime | None
    article: Article | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Sifted:
    """A stretch's pages in their order. `first` is where its first record begins, None when none does in there;
    `following` is where the first one behind it begins, None at the end of the file."""

    stretch: Stretch
    first: int | None
    following: int | None
    pages: tuple[SiftedPage, ...] = ()
    counts: Counter[str] = field(default_factory=Counter)


class Sieve:
    """Sifts stretches for some topics; made once in each process."""

    def __init__(self, topics: tuple[TopicSource, ...], outlets: tuple[Outlet, ...]) -> None:
        self._gate = Gate([topic.parse() for topic in topics])
        self._outlets = _ByHost(outlets)

    def sift(self, stretch: Stretch) -> Sifted:
        """Reads the stretch; raises UnreadableArchive, and OSError where the file cannot be read."""
        first = _guessed(stretch) if stretch.is_guess else stretch.start
        if first is None:
            return Sifted(stretch, None, None)
        reader = ArchiveReader(stretch.file, first, stretch.end)
        pages = tuple(map(self._page, reader.pages()))
        reader.counts["pages"] += len(pages)
        return Sifted(stretch, first, reader.following, pages, reader.counts)

    def _page(self, page: ArchivedPage) -> SiftedPage:
        outlet = self._outlets.of(page.url)
        known = outlet.id if outlet else None
        if not self._gate.passes(page.body):
            return SiftedPage(page.offset, page.url, known, page.date)
        try:
            article = _read(page, outlet)
        except UnreadablePage as error:
            return SiftedPage(page.offset, page.url, known, page.date, error=str(error))
        except Exception as error:  # a page that breaks the extraction is told of, and the replay goes on
            logger.exception("page %s breaks the extraction", page.url)
            return SiftedPage(page.offset, page.url, known, page.date, error=f"extraction failed: {error!r}"[:300])
        return SiftedPage(page.offset, page.url, known, page.date, article)


def _read(page: ArchivedPage, outlet: Outlet | None) -> Article:
    selectors = Selectors(outlet.body, outlet.exclude) if outlet else Selectors()
    return extract(
        page.body,
        page.url,
        content_type=page.content_type,
        outlet=outlet.id if outlet else None,
        selectors=selectors,
    )


def _guessed(stretch: Stretch) -> int | None:
    fd = os.open(stretch.file, os.O_RDONLY)
    try:
        return next_place(fd, layout_of(fd, str(stretch.file)), stretch.start, stretch.end)
    finally:
        os.close(fd)


class _ByHost:
    """The outlet on whose host a page is, asked once a host."""

    def __init__(self, outlets: tuple[Outlet, ...]) -> None:
        self._outlets = outlets
        self._known: dict[str, Outlet | None] = {}

    def of(self, url: str) -> Outlet | None:
        try:
            host = urlsplit(url).netloc
        except ValueError:
            return None
        if host not in self._known:
            if len(self._known) > 100_000:  # an archive of the whole web has no end of hosts
                self._known.clear()
            self._known[host] = owner_of(f"https://{host}/", self._outlets)
        return self._known[host]
