"""From the database to a digest: what is told, and the proof that the watch was kept."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from alerts.digests import Desk, digest_of_run, pending_digest
from alerts.entries import Names
from alerts.model import Digest, Reason, Sender, Sentences, Story, Trouble
from alerts.sharing import Shared
from matching.model import Article
from storage import (
    articles,
    digests,
    filters,
    health,
    mentions,
    recording,
    revisits,
    rounds,
    sources,
    stories,
    subscribers,
)
from storage.database import Database
from storage.model import Ailment, Filter, Run, Source, SourceKind
from tests.storage.builders import a_mention, for_another_topic
from tests.support.newsroom import TOPIC, judge, newsroom, publish

START = datetime(2024, 3, 2, 7, 30, tzinfo=UTC)
A_DAY = timedelta(days=1)
NAMES = Names(
    {"clap": "Le Clap", "projo": "Projo & Cie"}, {("code8", "film"): "Code 8"}, {("code8", "seed-1"): "La référence"}
)
WATCHED = ("https://clap.example/a.xml", "https://clap.example/b.xml", "https://projo.example/a.xml")
DESK = Desk(Sender("v@fil.example", "mailto:v@fil.example"), NAMES, {TOPIC: "Code 8"}, WATCHED)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with newsroom(tmp_path) as opened:
        yield opened


def plan(connection: Connection, slot: datetime, email: str = "anne@fil.example") -> Run | None:
    stored = subscribers.register(connection, email, START - A_DAY)
    return digests.plan(connection, stored, slot=slot, topics=[TOPIC], now=slot, expires_at=slot + 2 * A_DAY)


def told(database: Database, slot: datetime) -> Digest:
    with database.write() as connection:
        run = plan(connection, slot)
        assert run is not None
        return digest_of_run(connection, DESK, run.id)


def test_a_run_tells_what_it_froze_under_peoples_names(database: Database) -> None:
    publish(database, 1, START - timedelta(hours=2))
    digest = told(database, START)
    publish(database, 2, START + timedelta(seconds=1))
    with database.read() as connection:
        again = digest_of_run(connection, DESK, 1)
    assert again == digest
    [[entry]] = [story.entries for story in digest.stories]
    assert (entry.outlet, entry.works, entry.url) == ("Le Clap", ("Code 8",), "https://clap1.example/articles/1")
    assert digest.topics == ("Code 8",)


def test_a_preview_tells_the_same_and_freezes_nothing(database: Database) -> None:
    publish(database, 1, START - timedelta(hours=2))
    with database.read() as connection:
        subscriber = subscribers.would_be(connection, "anne@fil.example", START)
        preview = pending_digest(connection, DESK, subscriber, [TOPIC], START)
    assert preview.stories == told(database, START).stories


def test_a_preview_counts_no_article_as_filtered_that_it_tells_for_another_topic(database: Database) -> None:
    told = publish(database, 1, START - timedelta(hours=2))
    publish(database, 2, START - timedelta(hours=2), headline="Robbie Amell de retour")
    with database.write() as connection:
        for_another_topic(connection, told, "marees")
        subscriber = subscribers.would_be(connection, "anne@fil.example", START)
        headlines = Filter(prominence="headline")
        preview = pending_digest(connection, DESK, subscriber, [TOPIC, "marees"], START, wanted=headlines)
    assert (preview.articles, preview.filtered) == (1, 1)


def test_an_article_that_cannot_be_rendered_for_two_topics_is_named_once(database: Database) -> None:
    told = publish(database, 1, START - timedelta(hours=2))
    with database.write() as connection:
        other = for_another_topic(connection, told, "marees")
        run = plan(connection, START)
        assert run is not None
        spoilt = {("mention", told): "x", ("mention", other): "x"}
        assert digest_of_run(connection, DESK, run.id, left_out=spoilt).left_out == ("x",)


def test_a_copy_of_an_article_told_before_hangs_under_its_title(database: Database) -> None:
    publish(database, 1, START - timedelta(hours=2))
    told(database, START)
    publish(database, 9, START + timedelta(hours=1), copy_of=1)
    publish(database, 2, START + timedelta(hours=1))
    digest = told(database, START + A_DAY)
    [group] = digest.copies
    assert (group.title, group.is_reference) == ("Code 8 : le film de Robbie Amell, nouvelle 1", False)
    assert [copy.delay_minutes for copy in group.copies] == [180]


def _goes_on(database: Database, story: int) -> Story:
    """What the next digest tells, where a further article continues the story."""
    publish(database, 30, START + timedelta(hours=1))
    with database.write() as connection:
        goes_on = max(mentions.search(connection), key=lambda each: each.id)
        assert goes_on.story_id is not None
        stories.merge(connection, story, [goes_on.story_id])
    [told_again] = told(database, START + A_DAY).stories
    return told_again


def test_what_continues_a_story_names_the_headline_that_it_bore(database: Database) -> None:
    """Not that of the article which was found first, nor of one with a date that cannot be."""
    dates = [START - timedelta(hours=2), START - timedelta(hours=5), datetime(1970, 1, 1, tzinfo=UTC)]
    with database.write() as connection:
        for number, published in enumerate(dates):
            found = START - timedelta(minutes=30 - number)
            a_mention(connection, number, topic=TOPIC, found_at=found, published=published)
        stories.merge(connection, 1, [2, 3])
    [first] = told(database, START).stories
    assert [each.title for each in first.entries] == ["Article 1", "Article 0", "Article 2"]
    assert _goes_on(database, 1).told_as == "Article 1"


def test_what_continues_a_story_told_by_a_copy_names_the_headline_that_the_copy_hung_under(database: Database) -> None:
    publish(database, 1, START - 10 * A_DAY, headline="Code 8 est là")
    publish(database, 9, START - timedelta(hours=2), copy_of=1, headline="Un autre titre pour Code 8")
    publish(database, 2, START - timedelta(hours=2))
    [group] = told(database, START).copies
    assert (group.title, _goes_on(database, 1).told_as) == ("Code 8 est là", "Code 8 est là")


def test_what_continues_a_story_told_by_news_and_a_copy_names_the_headline_of_the_news(database: Database) -> None:
    publish(database, 1, START - 10 * A_DAY)
    publish(database, 9, START - timedelta(hours=2), copy_of=1)
    publish(database, 2, START - timedelta(hours=1), headline="Code 8 est là")
    with database.write() as connection:
        stories.merge(connection, 1, [2])
    assert len(told(database, START).copies) == 1
    assert _goes_on(database, 1).told_as == "Code 8 est là"


def test_what_continues_a_story_told_by_a_copy_of_what_was_left_out_names_the_copys(database: Database) -> None:
    left_out = publish(database, 1, START - timedelta(hours=3), headline="Code 8 est là")
    with database.write() as connection:
        subscriber = subscribers.register(connection, "anne@fil.example", START - A_DAY)
        filters.leave_out(connection, subscriber.id, mentions.by_ids(connection, [left_out]), START)
    publish(database, 9, START - timedelta(hours=2), copy_of=1, headline="Un autre titre pour Code 8")
    [first] = told(database, START).stories
    assert (first.entries[0].title, _goes_on(database, 1).told_as) == ("Un autre titre pour Code 8",) * 2


def test_what_readers_of_one_slot_have_in_common_is_composed_once(database: Database) -> None:
    """Also from their second digest on, which is about the time since the first."""
    shared = replace(DESK, shared=Shared())
    for number in range(3):
        slot = START + number * A_DAY
        publish(database, number + 1, slot - timedelta(hours=2))
        with database.write() as connection:
            runs = [plan(connection, slot, email) for email in ("anne@fil.example", "ben@fil.example")]
            made = [digest_of_run(connection, shared, run.id) for run in runs if run is not None]
        assert len(made) == 2
        assert made[0] is made[1]


def test_what_became_of_an_article_told_before_comes_with_the_next_digest(database: Database) -> None:
    publish(database, 1, START - timedelta(hours=2))
    assert told(database, START).changes == ()
    with database.write() as connection:
        revisits.log(connection, 1, "retitled", START, before="Le titre d’avant", after="Le titre d’après")
        revisits.keep(connection, 1, replace(articles.said(connection, 1), title="Le titre d’après"), START)
        revisits.log(connection, 1, "moved", START, before="x", after="https://clap1.example/neuf")
        revisits.log(connection, 1, "gone", START)
    publish(database, 2, START + timedelta(hours=1))
    with database.read() as connection:
        subscriber = subscribers.would_be(connection, "anne@fil.example", START)
        preview = pending_digest(connection, DESK, subscriber, [TOPIC], START + timedelta(hours=2))
    digest = told(database, START + A_DAY)
    assert preview.changes == digest.changes
    assert [(each.kind, each.before, each.url.rpartition("/")[2]) for each in digest.changes] == [
        ("retitled", "Le titre d’avant", "1"),
        ("moved", "", "neuf"),
        ("gone", "", "1"),
    ]
    assert digest.changes[0].title == "Le titre d’après"
    assert {each.outlet for each in digest.changes} == {"Le Clap"}
    publish(database, 3, START + timedelta(hours=3))
    with database.write() as connection:
        revisits.log(connection, 1, "corrected", START + timedelta(hours=4))
        said = articles.said(connection, 1)
        said = replace(said, text=f"{said.text} Une version de Code 8 est annulée. Une autre vient.")
        revisits.keep(connection, 1, said, START + timedelta(hours=4))
    [corrected] = told(database, START + 2 * A_DAY).changes
    assert (corrected.removed, corrected.added) == (None, Sentences(2, "Une version de Code 8 est annulée."))
    publish(database, 4, START + timedelta(hours=5))
    assert told(database, START + 3 * A_DAY).changes == ()


def test_an_outlet_that_answers_poorly_is_told_with_its_reason_and_since_when(database: Database) -> None:
    with database.write() as connection:
        one, other = sourced(connection, "clap", WATCHED[0]), sourced(connection, "clap", WATCHED[1])
        for each in (one, other):
            hour = timedelta(hours=1)
            sources.close(connection, each.id, etag=None, last_modified=None, items=2, now=START, interval=hour)
        few = Ailment("degraded", "few_items", items=2, usual=30)
        health.begin(connection, other.id, few, START - A_DAY)
        health.begin(connection, sourced(connection, "gone", "https://gone.example/").id, few, START)
    publish(database, 1, START - timedelta(hours=2))
    watch = told(database, START).watch
    reason = Reason("few_items", items=2, usual=30)
    assert watch.ailing == (Trouble("Le Clap", reason, None, START - A_DAY),)
    assert watch.failed == ()


def test_the_watch_counts_since_the_last_slot(database: Database) -> None:
    with database.write() as connection:
        for hours in (30, 20, 10):
            began = rounds.begin(connection, START - timedelta(hours=hours))
            rounds.finish(connection, began, outcome="done", now=START)
        plan(connection, START - A_DAY)
    publish(database, 1, START - timedelta(hours=2))
    digest = told(database, START)
    assert (digest.watch.since, digest.watch.rounds) == (START - A_DAY, 2)


def sourced(connection: Connection, outlet: str, url: str, kind: SourceKind = "feed") -> Source:
    return sources.register(connection, outlet, kind, url)


def test_an_outlet_has_failed_when_none_of_its_sources_answered(database: Database) -> None:
    with database.write() as connection:
        one, other = sourced(connection, "clap", WATCHED[0]), sourced(connection, "clap", WATCHED[1])
        alone = sourced(connection, "projo", WATCHED[2])
        gone = sourced(connection, "gone", "https://gone.example/a.xml")  # watched no more
        interval = timedelta(minutes=15)
        for each in (one, alone):
            sources.close(
                connection, each.id, etag=None, last_modified=None, items=1, now=START - A_DAY, interval=interval
            )
        sources.fail(connection, gone, error="HTTP 410", now=START)
        sources.fail(connection, other, error="HTTP 500", now=START)
        sources.fail(connection, alone, error="HTTP 503", now=START, hindrance="http", status=503)
    publish(database, 1, START - timedelta(hours=2))
    watch = told(database, START).watch
    assert (watch.outlets, watch.outlets_ok, watch.last_success) == (2, 1, START - A_DAY)
    assert watch.failed == (Trouble("Projo & Cie", Reason("http", 503), START - A_DAY),)


def test_what_was_refused_narrowly_is_told_with_what_spoke_against_it(database: Database) -> None:
    refused = Article(
        url="https://projo.example/1",
        title="Erreur code 8 sur la console : la solution",
        text="Votre console affiche le code 8 ? Redémarrez la box, puis videz le cache de l'application.",
        published=START,
        language="fr",
        outlet="projo",
    )
    with database.write() as connection:
        recording.record(
            connection, refused, [judge()], outlet="projo", url_key=refused.url, page_id=None, now=START - A_DAY
        )
        assert [each.verdict for each in mentions.search(connection)] == ["irrelevant"]
    publish(database, 1, START - timedelta(hours=2))
    digest = told(database, START)
    with database.read() as connection:
        subscriber = subscribers.would_be(connection, "ben@fil.example", START)
        for wanted in (Filter(excepted=frozenset({"projo"})), Filter(only=frozenset({"clap"}))):
            assert digest_of_run(connection, DESK, 1, wanted=wanted).watch.near_misses == ()
            preview = pending_digest(connection, DESK, subscriber, [TOPIC], START, wanted=wanted)
            assert preview.watch.near_misses == ()
    [missed] = digest.watch.near_misses
    assert (missed.outlet, missed.url) == ("Projo & Cie", "https://projo.example/1")
    assert (missed.score > 0, missed.close) == (True, False)
    assert [each.signal for each in missed.objections] == ["everyday words in the article", "article before"]
    assert missed.objections[1].words == "le code 8"
