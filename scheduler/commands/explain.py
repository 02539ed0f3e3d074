"""`veilleur explain`."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from crawler.addresses import address_key
from crawler.errors import CrawlerError
from crawler.extraction.extractor import Extractor
from crawler.fetch import fetch
from crawler.saved import SavedPage
from matching.judge import Judge
from matching.model import Article, Judgement, Known
from matching.topic import Topic, watched_titles
from scheduler.commands.kept import kept_page
from scheduler.commands.opened import has_database
from scheduler.commands.pages import PAGELESS, ReadPage, fetch_job, or_a_wall, read_page, read_pages
from scheduler.commands.replay import judged_pages
from scheduler.config import Configuration
from scheduler.reasoning import KEPT, READ_NOW, print_reasoning, print_stored, print_unread
from scheduler.reports import best_judgement, explained_page, unreadable_page
from scheduler.terminal import counted, moment, out, plain, print_json
from storage import kept, mentions, pages, recording
from storage.database import Database
from storage.migrate import check_schema
from storage.model import StoredMention, Told, Unread

NO_DATABASE = "there is no database here: it was compared with the references only"
BESIDE_STORED = "compared with the references and with what is stored"
BESIDE_EACH_OTHER = (
    "compared with the references and the earlier published pages of this folder, not with what is stored"
    " (`veilleur explain` of this file alone does that)"
)
Lookup = Callable[[Sequence[int]], list[Known]]


def explain(configuration: Configuration, page: str, *, as_json: bool, archived: bool = False) -> int:
    """Explains the verdict on a saved or live page, for each topic that it may concern, or those on a folder's.

    With `archived`, on the page as it was kept.
    """
    if archived:
        return _explain_one(configuration, kept_page(configuration, page), as_json=as_json, address=page, read=KEPT)
    if page.startswith(("http://", "https://")):
        return _explain_one(configuration, _fetched(configuration, page), as_json=as_json, address=page)
    pages = list(islice(read_pages(configuration, [page]), 2))
    if not pages:
        raise CrawlerError(f"{page}: {PAGELESS}")
    if len(pages) == 1:
        return _explain_one(configuration, or_a_wall(pages[0]), as_json=as_json)
    return _explain_folder(configuration, page, as_json=as_json)


def _explain_one(
    configuration: Configuration, page: ReadPage, *, as_json: bool, address: str | None = None, read: str = READ_NOW
) -> int:
    """One page, beside what is stored; CrawlerError when it cannot be read, or is a wall and nothing can be explained,
    after what was decided on it before."""
    addresses = [each for each in (address, page.article and page.article.canonical, page.saved.url) if each]
    with _memory(configuration, addresses) as memory:
        earlier = memory.earlier()
        judged = _judged(configuration, memory, page.article) if page.article else []
        says_nothing = not any(judgement.mentions or judgement.refused for _, judgement in judged)
        if page.article is None or (page.error and says_nothing):
            if not as_json:
                _explain_unread(configuration, memory, earlier)
            elsewhere = (
                f"; `veilleur explain {address or page.saved.url} --archived` shows it as it was kept"
                if memory.keeps()
                else ""
            )
            raise CrawlerError(f"{address or page.saved.file}: {page.error}{elsewhere if read != KEPT else ''}")
        cited = memory.cited([judgement for _, judgement in judged], earlier)
    by_topic = {each.topic: each for each in earlier}
    chosen = [each for each in judged if each[1].topic is not None] or judged[:1]
    if as_json:
        best, _ = best_judgement([(judgement, None) for _, judgement in chosen])
        stored = by_topic.get(best.topic or "") or (earlier[-1] if earlier else None)
        print_json({**explained_page(page.article, best, None), "stored": _record(stored)})
        return 0
    compared = BESIDE_STORED if has_database(configuration) else NO_DATABASE
    for topic, judgement in chosen:
        topics = [topic] if judgement.topic else configuration.topics
        stored = by_topic.get(topic.id) or (earlier[-1] if earlier and not judgement.topic else None)
        if len(chosen) > 1:
            out.print(f"[bold]Topic[/]    {plain(topic.id)}")
        print_reasoning(page.article, judgement, topics, stored, compared=compared, cited=cited, read=read)
    return 0


def _judged(configuration: Configuration, memory: "_Memory", article: Article) -> list[tuple[Topic, Judgement]]:
    return [(topic, Judge(topic).judge(article, memory.lookup(topic.id))) for topic in configuration.topics]


def _explain_unread(configuration: Configuration, memory: "_Memory", earlier: Sequence[StoredMention]) -> None:
    """What is stored of a page that cannot be read."""
    if earlier:
        print_stored(earlier[-1], memory.cited([], earlier), None)
    found = memory.unread()
    if found is None:
        return
    told = found.page.told
    if told is None and earlier and earlier[-1].unread is not None:
        told = Told(earlier[-1].title, earlier[-1].lead)
    article = Article(found.page.url, told.title, "", lead=told.summary) if told else None
    names = article is not None and any(Judge(topic).concerns(article) for topic in configuration.topics)
    print_unread(found, told, names_the_film=names)


def _explain_folder(configuration: Configuration, folder: str, *, as_json: bool) -> int:
    """Each page of a folder as `replay` judges them: the earlier published are known to the later ones."""
    counts: Counter[str] = Counter()
    for page, judgement, story in judged_pages(configuration, folder):
        if page.article is None or judgement is None:
            counts["unreadable"] += 1
            if as_json:
                print_json(unreadable_page(page.saved.url, page.outlet, page.error))
            else:
                out.print(f"[red]unreadable[/]  {plain(page.saved.file)}: {plain(page.error)}\n")
            continue
        if as_json:
            print_json({**explained_page(page.article, judgement, story), "stored": None})
        else:
            out.print("\n" * (counts.total() > counts["unreadable"]) + f"[dim]{plain(page.saved.file)}[/]")
            print_reasoning(page.article, judgement, configuration.topics, compared=BESIDE_EACH_OTHER)
        counts["near miss" if judgement.refused and not judgement.mentions else judgement.verdict.value] += 1
    if not as_json:
        shown = ", ".join(_told(name, count) for name, count in counts.items())
        out.print(f"\n[bold]{counted(counts.total(), 'page', 'pages')}[/]: {shown}")
    return 0 if counts.total() > counts["unreadable"] else 1


def _told(name: str, count: int) -> str:
    several = {"near miss": "near misses", "duplicate": "duplicates"}
    return counted(count, name, several.get(name, name))


def _fetched(configuration: Configuration, url: str) -> ReadPage:
    with tempfile.TemporaryDirectory() as folder:
        fetched = fetch(fetch_job(configuration, [url], folder))[0]
        if fetched.file is None:
            return ReadPage(SavedPage(Path(), None, url), None, fetched.error)
        host, *rest = fetched.file.relative_to(folder).parts
        saved, titles = SavedPage(fetched.file, host, "/".join(rest), url), watched_titles(configuration.topics)
        with Extractor() as extractor:
            return or_a_wall(read_page(extractor, saved, configuration.outlets, titles))


class _Memory:
    """What the database holds of a page and of what was found before it; nothing where there is no database."""

    def __init__(self, database: Database | None, addresses: Sequence[str]) -> None:
        self._database = database
        self._keys = [address_key(each) for each in addresses]

    def earlier(self) -> list[StoredMention]:
        """What was decided on the page before, the oldest first."""
        if self._database is None:
            return []
        with self._database.read() as connection:
            return mentions.of_page(connection, self._keys)

    def unread(self) -> Unread | None:
        """The page as it waits in the frontier, or why it is not read."""
        if self._database is None:
            return None
        with self._database.read() as connection:
            return pages.unread(connection, self._keys)

    def keeps(self) -> bool:
        """Whether the archive kept the page."""
        if self._database is None:
            return False
        with self._database.read() as connection:
            return any(kept.of_article(connection, key) for key in self._keys)

    def lookup(self, topic: str) -> Lookup:
        """The stored articles that resemble one and were known before the page; the page itself is not asked."""
        own = next((each for each in reversed(self.earlier()) if each.topic == topic), None)

        def resembling(marks: Sequence[int]) -> list[Known]:
            if self._database is None:
                return []
            with self._database.read() as connection:
                return recording.known_before(connection, topic, own, marks, self._is_itself)

        return resembling

    def _is_itself(self, stored: StoredMention) -> bool:
        return address_key(stored.url) in self._keys

    def cited(self, judgements: Sequence[Judgement], earlier: Sequence[StoredMention]) -> dict[str, StoredMention]:
        """The stored mentions that verdicts name, by their numbers."""
        if self._database is None:
            return {}
        known = [each for one in judgements for each in (one.duplicate_of, one.closest and one.closest.known) if each]
        numbers = {int(each.id) for each in known if each.kind == "mention"}
        numbers |= {each.original_id for each in earlier if each.original_id is not None}
        with self._database.read() as connection:
            return {str(each.id): each for each in mentions.by_ids(connection, numbers)}


@contextmanager
def _memory(configuration: Configuration, addresses: Sequence[str]) -> Iterator[_Memory]:
    if not has_database(configuration):
        yield _Memory(None, ())
        return
    database = Database(configuration.database)
    check_schema(database)
    try:
        yield _Memory(database, addresses)
    finally:
        database.close()


def _record(stored: StoredMention | None) -> dict[str, Any] | None:
    if stored is None:
        return None
    return {
        "verdict": stored.verdict,
        "topic": stored.topic,
        "score": stored.score,
        "found": moment(stored.found_at),
        "duplicate_of": stored.reference_id or stored.original_id,
    }
