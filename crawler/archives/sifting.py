"""Sifting a stretch of a web archive: which of its pages may hold a mention, and what those say.

A page that the gate refuses costs no decoding and no parsing. This is the part of a replay that several processes do;
it remembers nothing from one stretch to the next, so that the result does not depend on who did what.
"""

import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import BoundedSemaphore
from urllib.parse import urlsplit

from crawler.addresses import address_key
from crawler.archives.places import layout_of, next_place
from crawler.archives.records import ArchivedPage, ArchiveReader
from crawler.errors import UnreadablePage
from crawler.extraction.extractor import Extractor
from crawler.extraction.order import order_for
from crawler.outlets import Outlet, owner_of
from matching.gate import Gate
from matching.model import Article
from matching.topic import Topic

MOST_BEHIND = 8  # pages that wait for extraction, each with its bytes
MOST_HOSTS = 100_000  # whose outlets are remembered: an archive of the whole web has no end of them


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
        """The stretch once all of it is extracted; raises ExtractionUnavailable."""
        pages = tuple(each.result() if isinstance(each, Future) else each for each in self.pages)
        return Sifted(self.stretch, self.first, self.following, pages, self.counts)


class Extraction:
    """Reads pages in a process beside this one, in the order of their coming; threads that sift may share it."""

    def __init__(self, titles: Sequence[str]) -> None:
        self._titles = titles
        self._extractor = Extractor()
        self._places = BoundedSemaphore(MOST_BEHIND)
        self._thread = ThreadPoolExecutor(1, "extraction")  # one that lasts: the process ends with its thread

    def close(self) -> None:
        """Ends once the page that is being read is done; those that wait are not read."""
        self._thread.shutdown(cancel_futures=True)
        self._extractor.close()

    def begin(self, page: ArchivedPage, outlet: Outlet | None) -> Future[SiftedPage]:
        """The page to be; waits while MOST_BEHIND others do. Raises RuntimeError when this is closed."""
        self._places.acquire()
        begun = self._thread.submit(self._read, page, outlet)
        begun.add_done_callback(lambda _: self._places.release())
        return begun

    def _read(self, page: ArchivedPage, outlet: Outlet | None) -> SiftedPage:
        order = order_for(outlet, page.body, page.url, page.content_type, titles=self._titles)
        sifted = SiftedPage(page.offset, page.url, order.outlet, page.date)
        try:
            return replace(sifted, article=self._extractor.read(order).article)
        except UnreadablePage as error:
            return replace(sifted, error=str(error))


class Sieve:
    """Sifts stretches for some topics; made once in each process. Safe to share between threads."""

    def __init__(self, topics: tuple[Topic, ...], outlets: tuple[Outlet, ...], extraction: Extraction) -> None:
        self._gate = Gate(topics)
        self._outlets = _ByHost(outlets)
        self._extraction = extraction

    def sift(self, stretch: Stretch) -> Sifting:
        """Reads the stretch, and has those of its pages extracted that may hold a mention. Raises UnreadableArchive,
        and OSError for a file that cannot be read."""
        first = _guessed(stretch) if stretch.is_guess else stretch.start
        if first is None:
            return Sifting(stretch, None, None)
        reader = ArchiveReader(stretch.file, first, stretch.end)
        pages = [self._sifted(page) for page in reader.pages()]
        reader.counts["pages"] += len(pages)
        return Sifting(stretch, first, reader.following, pages, reader.counts)

    def _sifted(self, page: ArchivedPage) -> SiftedPage | Future[SiftedPage]:
        is_wanted = self._gate.passes(page.body)
        if is_wanted and not _is_address(page.url):
            return SiftedPage(page.offset, page.url, None, page.date, error="this is no address of a page")
        outlet = self._outlets.of(page.url)
        if is_wanted:
            return self._extraction.begin(page, outlet)
        return SiftedPage(page.offset, page.url, outlet.id if outlet else None, page.date)


def _is_address(url: str) -> bool:
    """Whether a page can be known by it; an archive may hold anything as an address."""
    try:
        address_key(url)
        return urlsplit(url).hostname is not None
    except ValueError:
        return False


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
        try:
            return self._known[host]
        except KeyError:
            if len(self._known) > MOST_HOSTS:
                self._known.clear()
            owner = self._known[host] = owner_of(f"https://{host}/", self._outlets)
            return owner
