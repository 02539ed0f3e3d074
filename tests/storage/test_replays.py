"""How far replays got, what waits for its verdict, and where pages are kept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage import articles, kept, replays
from storage.database import Database
from storage.model import Place
from storage.replays import Replay, ReplayedPage
from tests.storage.builders import NOON, an_article


def begun(database: Database, identity: str = "a", topics: str = "film") -> Replay:
    with database.write() as connection:
        return replays.begin(connection, identity=identity, topics=topics, path=f"/{identity}.warc.gz", now=NOON)


def read(number: int, hours: int) -> ReplayedPage:
    """A page that was published so many hours after noon."""
    article = replace(an_article(number), published=NOON + timedelta(hours=hours), authors=("Ada Lind",))
    return ReplayedPage(0, number, article.url, "journal", NOON + timedelta(hours=hours), article, "")


def advance(database: Database, replay: Replay, offset: int | None, *pages: ReplayedPage) -> None:
    with database.write() as connection:
        replays.advance(connection, replay.id, offset=offset, counts={"pages": len(pages)}, pages=pages)


def waiting(database: Database, replay: Replay, limit: int = 2) -> list[ReplayedPage]:
    """The whole waiting list, asked for in parts."""
    found: list[ReplayedPage] = []
    while True:
        with database.read() as connection:
            more = replays.waiting(connection, replay.id, after=found[-1] if found else None, limit=limit)
        if not more:
            return found
        found += more


def test_an_archive_goes_on_where_it_was_and_others_begin(database: Database) -> None:
    first = begun(database)
    assert (first.offset, first.counts) == (0, {})
    advance(database, first, 1000, read(1, 0))
    again = begun(database)
    assert (again.id, again.offset, again.counts) == (first.id, 1000, {"pages": 1})
    assert begun(database, "b").offset == 0
    assert begun(database, "a", "other film").offset == 0
    advance(database, first, None)
    assert begun(database).offset is None


def test_pages_wait_in_the_order_of_publication_as_they_were_read(database: Database) -> None:
    replay, other = begun(database), begun(database, "b")
    pages = [read(1, 5), read(2, 1), read(3, 9), read(4, 1), read(5, 0)]
    advance(database, replay, 10, *pages[:2])
    advance(database, replay, 20, *pages[2:])
    advance(database, other, 10, read(6, 2))
    found = waiting(database, replay)
    assert [each.offset for each in found] == [5, 2, 4, 1, 3]
    assert found[0].article == pages[4].article
    with database.write() as connection:
        replays.settled(connection, found[0])
    assert [each.offset for each in waiting(database, replay)] == [2, 4, 1, 3]


def test_a_replay_that_is_restarted_begins_with_nothing(database: Database) -> None:
    replay = begun(database)
    advance(database, replay, None, read(1, 0))
    with database.write() as connection:
        replays.restart(connection, replay.id, NOON)
    assert begun(database).offset == 0
    assert waiting(database, replay) == []


def test_how_far_it_got_is_undone_with_what_was_read(database: Database) -> None:
    replay = begun(database)

    def break_off() -> None:
        with database.write() as connection:
            replays.advance(connection, replay.id, offset=1000, counts={}, pages=[read(1, 0)])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert begun(database).offset == 0
    assert waiting(database, replay) == []


def test_the_latest_page_that_was_kept_of_an_article_comes_first_until_its_file_is_pruned(database: Database) -> None:
    with database.write() as connection:
        article_id, first = articles.add(
            connection, an_article(), outlet="journal", url_key="journal.example/1", page_id=None, now=NOON
        )
        kept.add(connection, first, Place("one.warc.gz", 12))
        second = articles.revise(connection, article_id, replace(an_article(), text="Revu."), NOON + timedelta(days=1))
        assert second is not None
        kept.add(connection, second, Place("two.warc.gz", 5_000_000_000))
        found = kept.of_article(connection, "journal.example/1")
        assert [(each.place, each.seen_at) for each in found] == [
            (Place("two.warc.gz", 5_000_000_000), NOON + timedelta(days=1)),
            (Place("one.warc.gz", 12), NOON),
        ]
        kept.forget(connection, ["two.warc.gz", "never.warc.gz"])
        assert [each.place.file for each in kept.of_article(connection, "journal.example/1")] == ["one.warc.gz"]
