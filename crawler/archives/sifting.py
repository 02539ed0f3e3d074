"""Sifting a stretch of a web archive: which of its pages may hold a mention, and what those say.

A page that the gate refuses costs no decoding and no parsing. This is the part of a replay that several processes do;
it remembers nothing from one stretch to the next, so that the result does not depend on who did what.
"""

import os
from collections import Counter, deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Self

from crawler.archives.places import layout_of, next_place
from crawler.archives.records import ArchivedPage, ArchiveReader
from crawler.errors import UnreadablePage
from crawler.extraction.extractor import Extractor
from crawler.extraction.order import PageToRead
from crawler.job import TopicSource
from crawler.outlets import Outlet, owner_of
from matching.gate import Gate
from matching.model import Article
from matching.topic import watched_titles

MOST_BEHIND = 8  # pages that wait for extraction, each with its bytes


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


@dataclass(frozen=True, slots=True)
class Sifting:
    """A stretch that is read while some of its pages are still being extracted; fields as in Sifted."""

    stretch: Stretch
    first: int | None
    following: int | None
    pages: Sequence[SiftedPage | Future[SiftedPage]] = ()
    counts: Counter[str] = field(default_factory=Counter)

    def result(self) -> Sifted:
        """The stretch once all of it is extracted."""
        pages = tuple(each.result() if isinstance(each, Future) else each for each in self.pages)
        return Sifted(self.stretch, self.first, self.following, pages, self.counts)


class Sieve:
    """Sifts stretches for some topics; made once in each process. Pages are read in a process beside it.

    With `is_ahead` an archive is unzipped by a thread of its own, which pays where cores have nothing else to do.
    """

    def __init__(self, topics: tuple[TopicSource, ...], outlets: tuple[Outlet, ...], *, is_ahead: bool = False) -> None:
        parsed = [topic.parse() for topic in topics]
        self._gate = Gate(parsed)
        self._titles = watched_titles(parsed)
        self._outlets = _ByHost(outlets)
        self._extractor = Extractor()
        self._is_ahead = is_ahead
        self._behind: deque[Future[SiftedPage]] = deque()
        self._thread = ThreadPoolExecutor(1, "extraction")  # one that lasts: the process ends with its thread

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(cancel_futures=True)
        self._extractor.close()

    def sift(self, stretch: Stretch) -> Sifted:
        """Reads the stretch; raises UnreadableArchive, ExtractionUnavailable, and OSError for a file that cannot be
        read."""
        return self.begin(stretch).result()

    def begin(self, stretch: Stretch) -> Sifting:
        """The same, without waiting until the last pages are extracted; its result raises ExtractionUnavailable."""
        first = _guessed(stretch) if stretch.is_guess else stretch.start
        if first is None:
            return Sifting(stretch, None, None)
        reader = ArchiveReader(stretch.file, first, stretch.end, is_ahead=self._is_ahead)
        pages = [self._begun(page) for page in reader.pages()]
        reader.counts["pages"] += len(pages)
        return Sifting(stretch, first, reader.following, pages, reader.counts)

    def _begun(self, page: ArchivedPage) -> SiftedPage | Future[SiftedPage]:
        """The page sifted; or to be extracted beside the reading, a few pages behind."""
        outlet = self._outlets.of(page.url)
        if not self._gate.passes(page.body):
            return SiftedPage(page.offset, page.url, outlet.id if outlet else None, page.date)
        self._behind.append(self._thread.submit(self._read, page, outlet))
        if len(self._behind) > MOST_BEHIND:
            wait([self._behind.popleft()])
        return self._behind[-1]

    def _read(self, page: ArchivedPage, outlet: Outlet | None) -> SiftedPage:
        order = PageToRead(
            page.body,
            page.url,
            content_type=page.content_type,
            outlet=outlet.id if outlet else None,
            body=outlet.body if outlet else (),
            exclude=outlet.exclude if outlet else (),
            titles=self._titles,
        )
        sifted = SiftedPage(page.offset, page.url, order.outlet, page.date)
        try:
            return replace(sifted, article=self._extractor.read(order).article)
        except UnreadablePage as error:
            return replace(sifted, error=str(error))


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
        host = url.partition("://")[2].partition("/")[0]
        if host not in self._known:
            if len(self._known) > 100_000:  # an archive of the whole web has no end of hosts
                self._known.clear()
            self._known[host] = owner_of(f"https://{host}/", self._outlets)
        return self._known[host]
