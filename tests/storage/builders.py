"""Invented rows: the least that a query needs."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, TypeVar

from sqlalchemy import Connection, select

from matching.model import Article, Comparison, Judgement, Known, KnownId, Occurrence, Verdict
from storage import articles, decisions, deliveries, digests, pages, sources, stories, subscribers
from storage.database import Database
from storage.model import Delivery, Page, Run, Source, StoredSubscriber
from storage.schema import delivery, mention

T = TypeVar("T")
NOON = datetime(2024, 3, 1, 12, 0, tzinfo=UTC)
TOPIC = "film"
EMAIL = "presse@distributeur.example"


def after(**time: float) -> datetime:
    return NOON + timedelta(**time)


def at_once(workers: int, work: Callable[[int], T]) -> list[T]:
    """What the workers give, each in a thread of its own, begun at the same moment."""
    together = Barrier(workers)

    def begin(number: int) -> T:
        together.wait(30)
        return work(number)

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(begin, range(workers)))


def a_source(connection: Connection, url: str = "https://journal.example/rss", outlet: str = "journal") -> Source:
    return sources.register(connection, outlet, "feed", url)


def source_now(connection: Connection, source: Source) -> Source:
    return next(each for each in sources.all_sources(connection) if each.id == source.id)


def a_page(connection: Connection, path: str = "/1", outlet: str = "journal") -> Page:
    (page,) = pages.discover(
        connection, outlet, None, [(f"https://journal.example{path}", f"journal.example{path}")], NOON
    )
    return page


def an_article(number: int = 1, **fields: Any) -> Article:
    given: dict[str, Any] = {
        "url": f"https://journal.example/{number}",
        "title": f"Article {number}",
        "text": f"Le texte de l’article {number}.",
        "published": NOON,
    }
    return Article(**(given | fields))


def a_mention(
    connection: Connection,
    number: int = 1,
    *,
    verdict: Verdict = Verdict.NEW,
    topic: str = TOPIC,
    copy_of: KnownId | None = None,
    fingerprints: Iterable[int] = (),
    found_at: datetime = NOON,
    score: float = 0.9,
    announce: str = "digest",
    story: bool = True,
    page_id: int | None = None,
    **fields: Any,
) -> int:
    """A mention in a story of its own, in an article of its own."""
    article = an_article(number, **fields)
    article_id, revision_id = articles.add(
        connection, article, outlet="journal", url_key=f"journal.example/{number}", page_id=page_id, now=found_at
    )
    story_id = stories.open_story(connection, topic, found_at) if story and verdict is Verdict.NEW else None
    return decisions.add(
        connection,
        article_id=article_id,
        revision_id=revision_id,
        judgement=judged(verdict, topic, copy_of, tuple(fingerprints), score),
        story_id=story_id,
        now=found_at,
        announce=announce,
    )


def for_another_topic(connection: Connection, mention_id: int, topic: str, verdict: Verdict = Verdict.NEW) -> int:
    """The same article's mention for a further topic."""
    row = connection.execute(select(mention).where(mention.c.id == mention_id)).one()
    return decisions.add(
        connection,
        article_id=row.article_id,
        revision_id=row.revision_id,
        judgement=judged(verdict, topic, None, ()),
        story_id=None,
        now=row.found_at,
    )


def judged(
    verdict: Verdict, topic: str, copy_of: KnownId | None, fingerprints: tuple[int, ...], score: float = 0.9
) -> Judgement:
    found = (Occurrence("Hublot", "body", "film", 0, 6, score, ()),)
    known = Known("mention", copy_of.id, copy_of.title, None, "") if copy_of else None
    return Judgement(
        verdict,
        topic,
        score,
        mentions=() if verdict is Verdict.IRRELEVANT else found,
        refused=found if verdict is Verdict.IRRELEVANT else (),
        closest=Comparison(known, 0.9, 0.9, 0.1, (), ()) if known else None,
        duplicate_of=copy_of,
        fingerprints=fingerprints,
    )


def a_subscriber(connection: Connection, email: str = EMAIL, now: datetime = NOON) -> StoredSubscriber:
    return subscribers.register(connection, email, now)


def plan(
    connection: Connection,
    subscriber: StoredSubscriber,
    slot: datetime = NOON,
    *,
    topics: tuple[str, ...] = (TOPIC,),
    now: datetime | None = None,
    reports_nothing: bool = False,
    changed_after: int | None = None,
) -> Run | None:
    moment = now or slot
    return digests.plan(
        connection,
        subscriber,
        slot=slot,
        topics=topics,
        now=moment,
        expires_at=moment + timedelta(hours=48),
        reports_nothing=reports_nothing,
        changed_after=changed_after,
    )


def a_delivery(database: Database, number: int = 1, email: str = EMAIL) -> int:
    """A planned and rendered delivery that is due at noon."""
    with database.write() as connection:
        a_mention(connection, number)
        run = plan(connection, a_subscriber(connection, email), after(minutes=-number))
        assert run is not None
        found = connection.execute(select(delivery.c.id).where(delivery.c.run_id == run.id)).scalar_one()
        deliveries.keep_rendered(connection, found, f"<{number}@veilleur.example>", b"mail %d" % number)
        return int(found)


def delivery_now(database: Database, delivery_id: int) -> Delivery:
    with database.read() as connection:
        return deliveries.find(connection, delivery_id)
