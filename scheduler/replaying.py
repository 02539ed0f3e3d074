"""Replaying web archives: read by several processes, judged by one, file by file in the order of publication.

The state is a database: the configured one with --store, the file of --resume, or one that is thrown away. What was
read is committed together with the place up to which it was read, and a page leaves the waiting list in the transaction
that stores its verdict. So a replay that was ended, however that was, goes on where it had got to.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from crawler.addresses import address_key
from crawler.archives.crew import crew
from crawler.archives.sifting import Sifted, SiftedPage
from crawler.outlets import stranger
from matching.judge import WEIGHED, Judge
from matching.memory import Memory
from matching.model import Article, Judgement, Verdict
from scheduler.config import Configuration
from scheduler.reports import best_judgement
from scheduler.terminal import ArchiveProgress
from storage import kept, recording, replays
from storage.database import Database
from storage.model import Place
from storage.replays import Replay, ReplayedPage

COMMIT_EVERY = 1.0  # seconds of reading that a kill may cost
AT_ONCE = 50
ENDS = 65536
ARCHIVE_ENDINGS = (".warc", ".warc.gz", ".warc.zst")
UNREADABLE, UNTITLED = "unreadable", "untitled"


@dataclass(frozen=True, slots=True)
class Task:
    """What a replay is to do.

    With `stores` verdicts go into the state's database, and `announce` says whether digests tell of them. With
    `keeps_all` the state remembers the pages that need no verdict too. `again` reads what was read before. `stretch`
    is what one process takes at a time, in bytes; None: by the size of the file.
    """

    files: Sequence[Path]
    processes: int = 1
    stores: bool = False
    keeps_all: bool = False
    announce: str = "backfill"
    again: bool = False
    stretch: int | None = None


@dataclass(frozen=True, slots=True)
class JudgedPage:
    """A page with its verdict; None for one that cannot be read or in which no watched title stands."""

    page: ReplayedPage
    judgement: Judgement | None = None
    story: int | None = None

    @property
    def outcome(self) -> str:
        """Its verdict; without one UNREADABLE, or UNTITLED where no watched title stands in it."""
        if self.judgement is not None:
            return self.judgement.verdict.value
        return UNREADABLE if self.page.error else UNTITLED


class Replaying:
    """One replay on a state database: iterate over `pages()`, then look at `counts`, `damaged`, `known` and `before`.

    `counts` is what came of all pages and what else the archives held, whichever run read it, and `damaged` how many
    records of each archive were; `known` are the archives that an earlier run had read, and `before` is how many pages
    an earlier run has said and this one did not.
    """

    def __init__(self, configuration: Configuration, database: Database, task: Task, now: Callable[[], datetime]):
        self.counts: Counter[str] = Counter()
        self.damaged: Counter[Path] = Counter()
        self.known: list[Replay] = []
        self.before = 0
        self._configuration, self._database, self._task, self._now = configuration, database, task, now
        self._judges = [Judge(topic) for topic in configuration.topics]

    def pages(self, memories: list[Memory]) -> Iterator[JudgedPage]:
        """Every page as its verdict is reached. Without `stores`, `memories` hold what is known."""
        begun = [(file, self._begun(file)) for file in self._task.files]
        unread = [(file, each.offset) for file, each in begun if each.offset is not None]
        self.known = [each for _, each in begun if each.offset is None]
        configuration, task = self._configuration, self._task
        if task.stores:
            self.before = sum(_said(each) for _, each in begun)
        size = sum(file.stat().st_size for file in task.files)
        left = sum(file.stat().st_size - offset for file, offset in unread)
        with (
            crew(configuration.topic_sources, configuration.outlets, task.processes, task.stretch) as sift,
            ArchiveProgress(size, size - left) as progress,
        ):
            stretches = sift(unread)
            judges = self._judges if task.stores else memories
            for file, replay in begun:
                if replay.offset is not None:
                    read = _weighed(stretches, judges) if task.processes > 1 else stretches
                    yield from self._read(file, replay, read, progress)
                yield from self._stored(replay, progress) if task.stores else self._judged(replay, memories, progress)
                self.counts += Counter(replay.counts)
                self.damaged[file] += replay.counts.get("damaged records", 0)

    def _begun(self, file: Path) -> Replay:
        told = "\x00".join(f"{each.text}{sorted(each.files.items())}" for each in self._configuration.topic_sources)
        topics = hashlib.sha256(told.encode()).hexdigest()
        with self._database.write() as connection:
            place = str(file.absolute())
            begun = replays.begin(connection, identity=_identity(file), topics=topics, path=place, now=self._now())
            if self._task.again:
                replays.restart(connection, begun.id, self._now())
                return replace(begun, offset=0, counts={})
        return begun

    def _read(
        self, file: Path, replay: Replay, stretches: Iterator[Sifted], progress: ArchiveProgress
    ) -> Iterator[JudgedPage]:
        """Reads the archive to its end; what needs no verdict is said at once."""
        batch, at = _Batch(Counter(replay.counts)), replay.offset or 0
        for sifted in stretches:
            batch.take(sifted, [self._page(each) for each in sifted.pages])
            is_last = sifted.following is None
            if is_last or time.monotonic() >= batch.due:
                waiting = [each for each in batch.pages if self._task.keeps_all or each.article is not None]
                with self._database.write() as connection:
                    offset, counts = batch.following, batch.counts
                    replays.advance(connection, replay.id, offset=offset, counts=counts, pages=waiting)
                kept_back = set(map(id, waiting))
                yield from (JudgedPage(each) for each in batch.pages if id(each) not in kept_back)
                reached = file.stat().st_size if batch.following is None else batch.following
                progress.advance(file, reached - at, len(batch.pages))
                at, batch = reached, _Batch(batch.counts)
            if is_last:
                break
        replay.counts.update(batch.counts)

    def _page(self, page: SiftedPage) -> ReplayedPage:
        published = page.article.published if page.article else None
        moment = published or _end_of_day(page.date or self._now())
        return ReplayedPage(0, page.offset, page.url, page.outlet, moment, page.article, page.error)

    def _judged(self, replay: Replay, memories: list[Memory], progress: ArchiveProgress) -> Iterator[JudgedPage]:
        page: ReplayedPage | None = None
        self._begin_judging("judging", replay, progress)
        while True:
            with self._database.read() as connection:
                waiting = replays.waiting(connection, replay.id, after=page, limit=AT_ONCE)
            for page in waiting:
                if page.article is None:
                    yield JudgedPage(page)
                else:
                    judged = [memory.judge(page.article, page.moment) for memory in memories]
                    each = JudgedPage(page, *best_judgement(judged))
                    self.counts[each.outcome] += 1
                    yield each
            progress.judged(len(waiting))
            if not waiting:
                return

    def _stored(self, replay: Replay, progress: ArchiveProgress) -> Iterator[JudgedPage]:
        """Stores the verdicts; each page is said when its verdict is durable."""
        self._begin_judging("storing verdicts", replay, progress)
        while True:
            with self._database.write() as connection:
                waiting = replays.waiting(connection, replay.id, limit=AT_ONCE)
                said = [JudgedPage(each, *self._store(connection, replay, each)) for each in waiting]
                replay.counts.update(Counter(replay.counts) + Counter(each.outcome for each in said if each.judgement))
                replays.count(connection, replay.id, replay.counts)
            yield from said
            progress.judged(len(said))
            if not waiting:
                return

    def _begin_judging(self, words: str, replay: Replay, progress: ArchiveProgress) -> None:
        with self._database.read() as connection:
            waiting = replays.waiting_count(connection, replay.id)
        progress.judge(words, done=_judged_before(replay), waiting=waiting)

    def _store(self, connection: Connection, replay: Replay, page: ReplayedPage) -> tuple[Judgement | None, int | None]:
        replays.settled(connection, page)
        if page.article is None:
            return None, None
        article = page.article
        key = address_key(article.canonical or article.url)
        outcome = recording.record(
            connection,
            article,
            self._judges,
            outlet=outlet_of(article),
            url_key=key,
            page_id=None,
            now=self._now(),
            announce=self._task.announce,
            tells_of_backfill=self._task.announce == "digest",
        )
        if outcome.revision_id is not None:
            kept.add(connection, outcome.revision_id, Place(replay.path, page.offset))
        judged = outcome.judged or recording.judged_again(connection, article, self._judges, key)
        return best_judgement(list(judged))


def _weighed(stretches: Iterator[Sifted], judges: Sequence[Judge | Memory]) -> Iterator[Sifted]:
    """The stretches of a file; the first of their articles are weighed meanwhile, while other processes read on, which
    threads of this one could not."""
    ahead = 0
    for sifted in stretches:
        for page in sifted.pages:
            if page.article is not None and ahead < WEIGHED:
                ahead += 1
                for judge in judges:
                    judge.weigh(page.article)
        yield sifted


@dataclass(slots=True)
class _Batch:
    """What was read since the last commit; `counts` since the archive's beginning."""

    counts: Counter[str]
    pages: list[ReplayedPage] = field(default_factory=list)
    following: int | None = None
    due: float = field(default_factory=lambda: time.monotonic() + COMMIT_EVERY)

    def take(self, sifted: Sifted, pages: list[ReplayedPage]) -> None:
        self.counts += sifted.counts
        self.counts.update(JudgedPage(each).outcome for each in pages if each.article is None)
        self.pages += pages
        self.following = sifted.following


def _judged_before(replay: Replay) -> int:
    return sum(replay.counts.get(verdict, 0) for verdict in Verdict)


def _said(replay: Replay) -> int:
    """How many of the archive's pages earlier runs have said to people."""
    return _judged_before(replay) + replay.counts.get(UNREADABLE, 0)


def outlet_of(article: Article) -> str:
    """The outlet that a saved article is stored under: where no entry describes it, its host and port by name."""
    return article.outlet or stranger(article.url).id


def is_archive(path: Path) -> bool:
    """Whether the path is that of a web archive, by its name."""
    return path.name.lower().endswith(ARCHIVE_ENDINGS) and path.is_file()


def _end_of_day(moment: datetime) -> datetime:
    """For pages without a date: a crawl's order within a day says nothing about who was first."""
    return moment.replace(hour=23, minute=59, second=59, microsecond=999_999)


def _identity(file: Path) -> str:
    """What tells an archive from others wherever it lies: its size, its first bytes and its last ones."""
    size = file.stat().st_size
    with file.open("rb") as opened:
        told = opened.read(ENDS)
        opened.seek(max(0, size - ENDS))
        told += opened.read(ENDS)
    return hashlib.sha256(b"%d " % size + told).hexdigest()
