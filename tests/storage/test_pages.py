"""Pages: the frontier, and when it gives up; what is forgotten and what never is."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, RowMapping, select

from storage import pages, pruning, rounds, tries
from storage.database import Database
from storage.model import DeliveryState, Ending, Page, PageState, Told, Waiting
from storage.pages import LONGEST_HOPE, MOST_ATTEMPTS, MOST_READINGS
from storage.schema import crawl_round, delivery_attempt, page
from tests.storage.builders import NOON, a_delivery, a_page, a_source, after

MONTHS_LATER = timedelta(days=200)


def row(database: Database, found: Page) -> RowMapping:
    with database.read() as connection:
        return connection.execute(select(page).where(page.c.id == found.id)).mappings().one()


def test_a_link_is_discovered_once_whatever_its_spelling(database: Database) -> None:
    with database.write() as connection:
        source = a_source(connection)
        links = [
            ("https://www.journal.example/1?utm_source=rss", "journal.example/1"),
            ("http://j/1", "journal.example/1"),
        ]
        first = pages.discover(connection, "journal", source.id, links, NOON)
        assert [(each.url, each.source_id, each.attempts) for each in first] == [(links[0][0], source.id, 0)]
        assert pages.discover(connection, "autre", None, links, NOON) == []


def test_the_frontier_is_what_was_found_and_not_settled_oldest_first(database: Database) -> None:
    with database.write() as connection:
        found = [a_page(connection, f"/{number}") for number in range(4)]
        pages.settle(connection, found[1], PageState.NO_MENTION, now=NOON)
        a_page(connection, "/ailleurs", "autre")
        assert pages.frontier(connection, ["journal"], NOON) == [found[0], *found[2:]]
        assert pages.frontier(connection, [], NOON) == []


def test_what_a_source_says_of_a_page_is_kept_without_what_no_database_holds(database: Database) -> None:
    link, told = ("https://j.example/1", "j.example/1"), Told("Hub\x00lot", "\ud83d en salles")
    with database.write() as connection:
        pages.discover(connection, "journal", None, [link], NOON, told={link[1]: told})
        [found] = pages.frontier(connection, ["journal"], NOON)
    assert found.told == Told("Hublot", "\ufffd en salles")


def test_a_page_that_fails_waits_longer_each_time_and_is_set_aside_after_four_tries(database: Database) -> None:
    waits, states = [], []
    with database.write() as connection:
        a_page(connection)
        for _ in range(MOST_ATTEMPTS):
            (found,) = pages.frontier(connection, ["journal"], NOON + MONTHS_LATER)
            states.append(pages.fail(connection, found, error="HTTP 500", now=NOON, status=500))
            waits.append(connection.execute(select(page.c.next_try)).scalar_one() - NOON)
        assert pages.frontier(connection, ["journal"], NOON + MONTHS_LATER) == []
    assert states == [PageState.DISCOVERED] * 3 + [PageState.QUARANTINED]
    assert waits[:3] == [timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4)]
    assert row(database, found)["error"] == "HTTP 500"


def test_a_page_that_is_read_again_is_tried_as_if_it_were_new(database: Database) -> None:
    with database.write() as connection:
        found, words = a_page(connection), iter("abcdefg")
        for _ in range(MOST_READINGS - 1):
            pages.settle(connection, found, PageState.NO_MENTION, now=NOON)
            [again] = pages.rediscover(connection, {found.url_key: Told(next(words))})
            [found] = pages.frontier(connection, ["journal"], NOON)
            assert again == found
        assert pages.fail(connection, found, error="HTTP 500", now=NOON) is PageState.DISCOVERED
        pages.settle(connection, found, PageState.NO_MENTION, now=NOON)
        assert pages.rediscover(connection, {found.url_key: Told(next(words))}) == []


def test_a_page_that_was_set_aside_is_tried_again_for_new_words_and_not_for_ever(database: Database) -> None:
    """Each time it was set aside counts once, however often that is said, and so does what is settled after it."""
    words = iter("abcdefg")
    with database.write() as connection:
        found = a_page(connection)
        for give_up in (_fail_for_good, _fail_for_good, _outlet_stays_away, _refuse):
            give_up(connection, found)
            again = pages.rediscover(connection, {found.url_key: Told(next(words))})
            assert bool(again) == (give_up is not _refuse)


def _fail_for_good(connection: Connection, found: Page) -> None:
    for attempts in (*range(MOST_ATTEMPTS), MOST_ATTEMPTS - 1):
        pages.fail(connection, replace(found, attempts=attempts), error="HTTP 500", now=NOON)
    pages.settle(connection, found, PageState.QUARANTINED, now=NOON)


def _outlet_stays_away(connection: Connection, found: Page) -> None:
    later = NOON + LONGEST_HOPE + timedelta(hours=1)
    pages.postpone(connection, found, error="away", now=later, until=later)


def _refuse(connection: Connection, found: Page) -> None:
    pages.settle(connection, found, PageState.REFUSED, now=NOON, error="HTTP 403")


def test_a_page_that_waits_is_known_by_the_latest_words_that_name_a_work(database: Database) -> None:
    """Its own source's, as long as no other's name one; a date stays where the new words have none."""
    with database.write() as connection:
        own, other = a_source(connection), a_source(connection, "https://journal.example/autre")
        link = ("https://j.example/1", "j.example/1")
        [found] = pages.discover(connection, "journal", own.id, [link], NOON, told={link[1]: Told("a", "", NOON)})
        for source, words, kept in (
            (other, "b", "a"),
            (own, "c", "c"),
            (other, "Hublot d", "Hublot d"),
            (own, "e", "Hublot d"),
            (own, "Hublot f", "Hublot f"),
            (other, "Hublot g", "Hublot f"),
        ):
            pages.retell(connection, source.id, {link[1]: Told(words)}, lambda told: "Hublot" in told.title)
            assert pages.told(connection, found.id) == Told(kept, "", NOON), words


def test_a_page_whose_outlet_is_away_waits_half_its_age_and_is_never_blamed(database: Database) -> None:
    waits = []
    with database.write() as connection:
        found = a_page(connection)
        for hours in (0, 1, 4, 24 * 7):
            now = NOON + timedelta(hours=hours)
            assert pages.postpone(connection, found, error="away", now=now, until=now) is PageState.DISCOVERED
            waits.append(connection.execute(select(page.c.next_try)).scalar_one() - now)
        later = NOON + LONGEST_HOPE + timedelta(hours=1)
        assert pages.postpone(connection, found, error="away", now=later, until=later) is PageState.QUARANTINED
    assert waits == [timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=24)]
    assert (row(database, found)["attempts"], row(database, found)["error"]) == (0, "away")


def test_a_page_whose_outlet_asked_for_rest_waits_as_long_as_that(database: Database) -> None:
    with database.write() as connection:
        found = a_page(connection)
        pages.postpone(connection, found, error="HTTP 503", now=NOON, until=NOON + timedelta(days=3))
        assert connection.execute(select(page.c.next_try)).scalar_one() == NOON + timedelta(days=3)


def test_what_was_set_aside_can_be_tried_again_as_if_it_were_new(database: Database) -> None:
    with database.write() as connection:
        mine, other = a_page(connection, "/1"), a_page(connection, "/2", "autre")
        for found in (mine, other):
            for attempts in range(MOST_ATTEMPTS):
                pages.fail(connection, replace(found, attempts=attempts), error="HTTP 500", now=NOON)
        assert pages.revive(connection, ["journal"]) == 1
        assert pages.frontier(connection, ["journal", "autre"], NOON) == [mine]
        assert pages.revive(connection, ["journal"]) == 0


def test_no_more_pages_of_an_outlet_are_discovered_than_there_is_room_for(database: Database) -> None:
    with database.write() as connection:
        links = [(f"https://journal.example/{number}", f"journal.example/{number}") for number in range(5)]
        assert len(pages.discover(connection, "journal", None, links, NOON, most=2)) == 2
        assert pages.count_waiting(connection, "journal") == 2
        assert pages.discover(connection, "journal", None, links, NOON, most=0) == []
        assert len(pages.discover(connection, "journal", None, links, NOON)) == 3


def test_a_page_that_failed_is_not_in_the_frontier_before_its_time(database: Database) -> None:
    with database.write() as connection:
        found = a_page(connection)
        pages.fail(connection, found, error="HTTP 500", now=NOON)
        assert pages.frontier(connection, ["journal"], after(minutes=14)) == []
        assert pages.waiting(connection, NOON) == {"journal": Waiting(1, after(minutes=15))}
        assert pages.waiting(connection, after(minutes=15)) == {"journal": Waiting(1, None)}
        assert [each.attempts for each in pages.frontier(connection, ["journal"], after(minutes=15))] == [1]


def test_a_failure_said_twice_in_a_round_is_one(database: Database) -> None:
    with database.write() as connection:
        found = a_page(connection)
        for error in ("the round ended while this was read", "the page has no content"):
            pages.fail(connection, found, error=error, now=NOON)
    assert (row(database, found)["attempts"], row(database, found)["error"]) == (1, "the page has no content")


def test_a_page_that_is_settled_after_all_is_no_failure(database: Database) -> None:
    with database.write() as connection:
        found = a_page(connection)
        pages.fail(connection, found, error="the round ended while this was read", now=NOON)
        pages.settle(connection, found, PageState.MENTION, now=NOON, status=200, etag='"un"')
    settled = row(database, found)
    assert (settled["state"], settled["error"], settled["next_try"], settled["etag"]) == ("mention", None, None, '"un"')


def test_an_outlets_activity_says_what_was_fetched_and_why_the_last_page_failed(database: Database) -> None:
    with database.write() as connection:
        old, good, bad, worse = (a_page(connection, f"/{number}") for number in range(4))
        pages.settle(connection, old, PageState.NO_MENTION, now=after(days=-9))
        pages.settle(connection, good, PageState.NO_MENTION, now=NOON)
        pages.fail(connection, bad, error="HTTP 500", now=NOON)
        pages.fail(connection, worse, error="no answer in time", now=after(minutes=1))
        a_page(connection, "/never")
        found = pages.activity(connection, after(days=-7))
        assert pages.count_fetched(connection, after(days=-7), NOON) == 1  # what failed proves no watch
        assert pages.count_fetched(connection, after(days=-10), after(days=-8)) == 1
    assert [(each.pages, each.failed, each.last_error) for each in found.values()] == [(3, 2, "no answer in time")]


def test_a_page_fetched_at_the_moment_between_two_digests_counts_in_the_first_alone(database: Database) -> None:
    with database.write() as connection:
        pages.settle(connection, a_page(connection), PageState.NO_MENTION, now=NOON)
        assert pages.count_fetched(connection, after(days=-1), NOON) == 1
        assert pages.count_fetched(connection, NOON, after(days=1)) == 0


def test_a_round_is_on_record_from_its_beginning_to_its_end(database: Database) -> None:
    with database.write() as connection:
        first, second = rounds.begin(connection, NOON), rounds.begin(connection, after(minutes=15))
        rounds.finish(connection, first, outcome="done", now=after(minutes=5), sources_ok=3, pages=40, mentions=1)
        (ended, running) = rounds.since(connection, after(minutes=-1))
        assert rounds.since(connection, NOON) == [running]
    assert (ended.outcome, ended.ended_at, ended.sources_ok, ended.pages) == ("done", after(minutes=5), 3, 40)
    assert (running.id, running.ended_at, running.outcome) == (second, None, None)


def test_pruning_forgets_details_and_keeps_every_pages_key(database: Database) -> None:
    delivery_id = a_delivery(database)
    with database.write() as connection:
        [claimed] = tries.claim(connection, [delivery_id], "worker", NOON)
        tries.settle(connection, [Ending(claimed.id, claimed.fence, DeliveryState.SENT, NOON)])
        rounds.finish(connection, rounds.begin(connection, NOON), outcome="done", now=NOON)
        found = a_page(connection)
        pages.settle(connection, found, PageState.GONE, now=NOON, error="HTTP 404", etag='"un"', last_modified="hier")
        assert set(pruning.prune(connection, NOON, NOON).values()) == {0}
        assert pruning.prune(connection, NOON + MONTHS_LATER, NOON) == {
            "rounds": 1,
            "attempts": 1,
            "details of pages": 1,
            "mails": 0,
        }
        assert set(pruning.prune(connection, NOON + MONTHS_LATER, NOON).values()) == {0}
        for table in (crawl_round, delivery_attempt):
            assert connection.execute(select(table)).all() == []
    kept = row(database, found)
    assert (kept["state"], kept["error"], kept["etag"], kept["last_modified"]) == ("gone", None, None, None)
    with database.write() as connection:
        assert pages.discover(connection, "journal", None, [(found.url, found.url_key)], NOON + MONTHS_LATER) == []


def test_pruning_leaves_a_page_that_is_still_to_be_had(database: Database) -> None:
    with database.write() as connection:
        found = a_page(connection)
        pages.fail(connection, found, error="HTTP 500", now=NOON)
        pruning.prune(connection, NOON + MONTHS_LATER, NOON)
        assert [each.id for each in pages.frontier(connection, ["journal"], NOON + MONTHS_LATER)] == [found.id]
