"""Mentions: finding what resembles an article, listing what was found."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, case, exists, func, select

from matching.model import Article, Known, KnownId
from matching.text import folded_text
from storage.model import StoredMention
from storage.portions import portions
from storage.schema import article, article_revision, digest_item, fingerprint, mention, page

CANDIDATES = 8
SHORT_TEXT = 8  # fingerprints: a longer text that is copied shares more than one
AT_A_TIME = 200  # rows in memory while a search reads articles

_SHARING = (  # built once: it is asked for every article that names a watched film
    select(fingerprint.c.mention_id)
    .join(mention, mention.c.id == fingerprint.c.mention_id)
    .where(mention.c.topic == bindparam("topic"))
    .where(fingerprint.c.hash.in_(bindparam("marks", expanding=True)))
    .group_by(fingerprint.c.mention_id)
    .having(func.count() >= bindparam("least"))
    .order_by(func.count().desc(), fingerprint.c.mention_id)
)
_MOST_SHARING = _SHARING.limit(CANDIDATES)


def topics_of(connection: Connection, article_id: int) -> set[str]:
    """The topics of which the article is a mention; not those for which it was refused."""
    query = select(mention.c.topic).where(mention.c.article_id == article_id, mention.c.verdict != "irrelevant")
    return set(connection.execute(query).scalars())


def untold(connection: Connection, article_id: int, topic: str) -> StoredMention | None:
    """The article's mention of the topic, where no digest has told anybody of it yet."""
    told = select(digest_item.c.id).where(digest_item.c.mention_id == mention.c.id).exists()
    query = _mentions().where(mention.c.article_id == article_id, mention.c.topic == topic, ~told)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _stored(row)


def resembling(
    connection: Connection,
    topic: str,
    fingerprints: Sequence[int],
    wanted: Callable[[StoredMention], bool] | None = None,
) -> list[Known]:
    """The stored mentions that share most fingerprints with an article, of all or of those `wanted`, best first; at
    most CANDIDATES."""
    if not fingerprints:
        return []
    asked = {"topic": topic, "marks": list(set(fingerprints)), "least": 1 if len(fingerprints) < SHORT_TEXT else 2}
    ids = connection.execute(_MOST_SHARING if wanted is None else _SHARING, asked).scalars().all()
    if wanted is not None:
        ids = list(islice(_wanted(connection, ids, wanted), CANDIDATES))
    if not ids:
        return []
    query = (
        select(mention.c.id, mention.c.reference_id, mention.c.original_id, article.c.url, article_revision)
        .join(article, article.c.id == mention.c.article_id)
        .join(article_revision, article_revision.c.id == mention.c.revision_id)
        .where(mention.c.id.in_(ids))
    )
    rows = sorted(connection.execute(query).mappings(), key=lambda row: ids.index(row["id"]))
    return [_known(connection, row) for row in rows]


def _wanted(connection: Connection, ids: Sequence[int], wanted: Callable[[StoredMention], bool]) -> Iterator[int]:
    """Those of the mentions that are wanted, in their order."""
    for some in portions(ids, AT_A_TIME):
        stored = {each.id: each for each in by_ids(connection, some)}
        yield from (each for each in some if wanted(stored[each]))


def search(
    connection: Connection,
    *,
    topics: Iterable[str] = (),
    verdicts: Iterable[str] = (),
    outlets: Iterable[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    words: Iterable[str] = (),
    limit: int | None = None,
    undated: bool | None = None,
) -> list[StoredMention]:
    """Stored mentions, newest first. Dates are of publication, or of finding where the page gave none; `undated` wants
    only the latter, or only the others.

    An article holds a word when its folded text does: "ete" and "ÉTÉ" find "été", in every database alike.
    """
    moment = func.coalesce(article_revision.c.published, mention.c.found_at)
    query = _mentions().order_by(moment.desc(), mention.c.id.desc())
    for column, wanted in ((mention.c.topic, topics), (mention.c.verdict, verdicts), (article.c.outlet, outlets)):
        if chosen := list(wanted):
            query = query.where(column.in_(chosen))
    if undated is not None:
        published = article_revision.c.published
        query = query.where(published.is_(None) if undated else published.is_not(None))
    if since is not None:
        query = query.where(moment >= since)
    if until is not None:
        query = query.where(moment < until)
    if wanted := [folded_text(word) for word in words]:
        return [_stored(row) for row in islice(_holding(connection, query, wanted), limit)]
    return [_stored(row) for row in connection.execute(query.limit(limit)).mappings()]


def _holding(connection: Connection, query: Select[Any], wanted: list[str]) -> Iterator[RowMapping]:
    """The rows whose article holds all the folded words."""
    rows = connection.execution_options(yield_per=AT_A_TIME).execute(query.add_columns(article_revision.c.text))
    with rows:
        for row in rows.mappings():
            parts = [folded_text(row[column]) for column in ("title", "lead", "text")]
            if all(any(word in part for part in parts) for word in wanted):
                yield row


def found_since(
    connection: Connection, began: datetime, verdicts: Iterable[str], announce: str = "digest"
) -> list[StoredMention]:
    """What was found from a moment on, newest publication first: what digests tell of, or with "baseline" what was old
    already when its source was first read."""
    moment = func.coalesce(article_revision.c.published, mention.c.found_at)
    query = (
        _mentions()
        .where(mention.c.found_at >= began, mention.c.verdict.in_(list(verdicts)))
        .where(mention.c.announce == announce)
        .order_by(moment.desc(), mention.c.id.desc())
    )
    return [_stored(row) for row in connection.execute(query).mappings()]


def announced(connection: Connection, topics: Iterable[str], limit: int) -> list[list[StoredMention]]:
    """The news of these topics that are told as soon as they are found, by article: a mention for each topic, the first
    found first. Articles are at most `limit`, the latest found first."""
    of_topics = list(topics)
    news = (mention.c.topic.in_(of_topics), mention.c.verdict == "new", mention.c.announce == "digest")
    latest = (
        select(mention.c.article_id)
        .where(*news)
        .order_by(mention.c.found_at.desc(), mention.c.id.desc())
        .limit(limit * len(of_topics))  # an article has one mention of a topic
    )
    chosen = islice(dict.fromkeys(connection.execute(latest).scalars()), limit)
    found: dict[int, list[StoredMention]] = {each: [] for each in chosen}
    query = _mentions().where(*news, mention.c.article_id.in_(list(found))).order_by(mention.c.id)
    for row in connection.execute(query).mappings():
        found[row["article_id"]].append(_stored(row))
    return list(found.values())


def of_page(connection: Connection, url_keys: Iterable[str]) -> list[StoredMention]:
    """What was decided on the article at one of these canonical addresses, for every topic; the oldest first."""
    query = _mentions().where(article.c.url_key.in_(list(url_keys))).order_by(mention.c.id)
    return [_stored(row) for row in connection.execute(query).mappings()]


def by_ids(connection: Connection, ids: Iterable[int]) -> list[StoredMention]:
    return [_stored(row) for row in connection.execute(_BY_IDS, {"ids": list(ids)}).mappings()]


class Shelf:
    """Keeps the mentions that one transaction read: each is read once, however many readers are told of it."""

    def __init__(self) -> None:
        self._read: dict[int, StoredMention] = {}

    def by_ids(self, connection: Connection, ids: Iterable[int]) -> list[StoredMention]:
        wanted = sorted(ids)
        if unread := [each for each in wanted if each not in self._read]:
            self._read |= {each.id: each for each in by_ids(connection, unread)}
        return [self._read[each] for each in wanted]


def near_misses(
    connection: Connection,
    topics: Iterable[str],
    since: datetime,
    until: datetime,
    limit: int = 3,
    wanted: Callable[[StoredMention], bool] = lambda _: True,
) -> list[StoredMention]:
    """Articles found in that time that carried a title's words and were refused for each of these topics, of those
    `wanted` the closest calls first; each once. As with mentions, none that came as a backfill or was old when its
    source was first read."""
    other, of_topics = mention.alias(), list(topics)
    taken = exists().where(
        other.c.article_id == mention.c.article_id, other.c.topic.in_(of_topics), other.c.verdict != "irrelevant"
    )
    query = (
        _mentions()
        .where(mention.c.verdict == "irrelevant", mention.c.topic.in_(of_topics), ~taken)
        .where(mention.c.found_at.between(since, until), mention.c.announce == "digest")
        .order_by(mention.c.score.desc(), mention.c.id)
    )
    found: dict[int, StoredMention] = {}
    for row in connection.execute(query).mappings():
        if len(found) == limit:
            break
        if wanted(refused := _stored(row)):
            found.setdefault(refused.article_id, refused)
    return list(found.values())


def _mentions() -> Select[Any]:
    revision = article_revision.c
    return (
        select(
            mention,
            article.c.outlet,
            article.c.url,
            revision.title,
            revision.lead,
            revision.published,
            revision.authors,
            case((revision.text == "", page.c.error)).label("unread"),
            page.c.status,
        )
        .join(article, article.c.id == mention.c.article_id)
        .join(article_revision, revision.id == mention.c.revision_id)
        .outerjoin(page, page.c.id == article.c.page_id)
    )


_BY_IDS = _mentions().where(mention.c.id.in_(bindparam("ids", expanding=True))).order_by(mention.c.id)


def _known(connection: Connection, row: RowMapping) -> Known:
    root = None
    if row["reference_id"]:
        root = KnownId("reference", row["reference_id"], "", None)
    elif row["original_id"] is not None:
        original = by_ids(connection, [row["original_id"]])[0]
        root = KnownId("mention", str(original.id), original.title, original.url)
    text = Article(row["url"], row["title"], row["text"], lead=row["lead"]).compared
    return Known("mention", str(row["id"]), row["title"], row["url"], text, root)


def _stored(row: RowMapping) -> StoredMention:
    return StoredMention(
        id=row["id"],
        article_id=row["article_id"],
        topic=row["topic"],
        verdict=row["verdict"],
        found_at=row["found_at"],
        score=row["score"],
        outlet=row["outlet"],
        url=row["url"],
        title=row["title"],
        lead=row["lead"],
        published=row["published"],
        authors=tuple(row["authors"]),
        occurrences=tuple(row["occurrences"]),
        passages=tuple(row["passages"]),
        resemblance=row["resemblance"],
        containment=row["containment"],
        novelty=row["novelty"],
        added=tuple(row["added"]),
        reference_id=row["reference_id"],
        original_id=row["original_id"],
        story_id=row["story_id"],
        unread=row["unread"],
        status=row["status"],
    )
