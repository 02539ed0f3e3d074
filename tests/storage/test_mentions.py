"""Mentions: stored whole, found again by what they share, listed as a reader asks for them."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from matching.model import KnownId, Verdict
from storage import articles, decisions, mentions, pages, stories
from storage.database import Database
from storage.mentions import CANDIDATES
from storage.model import PageState, Unread
from storage.schema import article, mention
from tests.storage.builders import NOON, TOPIC, a_mention, a_page, after, an_article, for_another_topic


def test_a_mention_comes_back_as_it_was_stored(database: Database) -> None:
    with database.write() as connection:
        mention_id = a_mention(connection, 1, lead="Un chapô", authors=("Ondine Kerval", "Basile Trémoy"))
        (found,) = mentions.by_ids(connection, [mention_id])
    assert (found.title, found.lead, found.authors) == ("Article 1", "Un chapô", ("Ondine Kerval", "Basile Trémoy"))
    assert (found.topic, found.verdict, found.outlet, found.url) == (
        TOPIC,
        "new",
        "journal",
        "https://journal.example/1",
    )
    assert (found.published, found.found_at) == (NOON, NOON)
    assert [each["text"] for each in found.occurrences] == ["Hublot"]


def test_why_a_page_was_not_read_is_told_of_what_is_known_from_its_source_alone(database: Database) -> None:
    with database.write() as connection:
        failed, read, fresh = (a_page(connection, f"/{number}") for number in (1, 2, 5))
        ids = [
            a_mention(connection, 1, text="", page_id=failed.id),
            a_mention(connection, 2, text="", page_id=read.id),
            a_mention(connection, 3, page_id=failed.id),
            a_mention(connection, 4, text=""),
        ]
        pages.settle(connection, failed, PageState.GONE, now=NOON, status=404, error="HTTP 404")
        pages.settle(connection, read, PageState.MENTION, now=NOON, status=200)
        found = [(each.unread, each.status) for each in mentions.by_ids(connection, ids)]
        waits, gone, well = (pages.unread(connection, [f"journal.example/{number}"]) for number in (5, 1, 2))
    assert found == [("HTTP 404", 404), (None, 200), (None, 404), (None, None)]
    assert well is None
    assert gone == Unread(replace(failed, attempts=1), PageState.GONE, 1, "HTTP 404", None)
    assert waits == Unread(fresh, PageState.DISCOVERED, 0, None, None)


def test_an_irrelevant_article_keeps_what_was_refused_and_resembles_nothing(database: Database) -> None:
    with database.write() as connection:
        mention_id = a_mention(connection, 1, verdict=Verdict.IRRELEVANT, fingerprints=[1, 2])
        assert mentions.by_ids(connection, [mention_id])[0].occurrences
        assert mentions.resembling(connection, TOPIC, [1, 2]) == []


def test_what_shares_most_comes_first_and_not_too_much_comes(database: Database) -> None:
    marks = list(range(-20, 20))
    with database.write() as connection:
        ids = [a_mention(connection, number, fingerprints=marks[: number + 2]) for number in range(CANDIDATES + 4)]
        found = mentions.resembling(connection, TOPIC, marks)
        assert [int(each.id) for each in found] == ids[::-1][:CANDIDATES]
        assert mentions.resembling(connection, TOPIC, [999, 998]) == []
        assert mentions.resembling(connection, TOPIC, []) == []


def test_fingerprints_are_of_the_whole_range_of_64_bits(database: Database) -> None:
    marks = [-(2**63), 2**63 - 1]
    with database.write() as connection:
        mention_id = a_mention(connection, 1, fingerprints=marks)
        assert [int(each.id) for each in mentions.resembling(connection, TOPIC, marks)] == [mention_id]


def test_a_very_long_article_is_compared_too(database: Database) -> None:
    marks = list(range(9_000))
    with database.write() as connection:
        mention_id = a_mention(connection, 1, fingerprints=marks)
        assert [int(each.id) for each in mentions.resembling(connection, TOPIC, marks)] == [mention_id]


def test_mentions_of_another_topic_crowd_nothing_out(database: Database) -> None:
    marks = list(range(30))
    with database.write() as connection:
        for number in range(CANDIDATES + 1):
            a_mention(connection, number, topic="autre", fingerprints=marks)
        mine = a_mention(connection, 99, fingerprints=marks[:5])
        assert [int(each.id) for each in mentions.resembling(connection, TOPIC, marks)] == [mine]


def test_a_stored_copy_is_known_under_what_it_copies(database: Database) -> None:
    reference = KnownId("reference", "seed-1", "La référence", None)
    with database.write() as connection:
        first = a_mention(connection, 1, fingerprints=[1, 2, 3])
        original = KnownId("mention", str(first), "", None)
        a_mention(connection, 2, verdict=Verdict.DUPLICATE, copy_of=original, fingerprints=[1, 2, 3])
        a_mention(connection, 3, verdict=Verdict.DUPLICATE, copy_of=reference, fingerprints=[1, 2, 3])
        roots = [each.root for each in mentions.resembling(connection, TOPIC, [1, 2, 3])]
    assert [root and (root.kind, root.id) for root in roots] == [
        None,
        ("mention", str(first)),
        ("reference", "seed-1"),
    ]


def test_a_search_is_narrowed_by_topic_verdict_outlet_date_and_words(database: Database) -> None:
    with database.write() as connection:
        one = a_mention(connection, 1, title="Hublot à l’affiche", published=after(days=-2))
        two = a_mention(connection, 2, verdict=Verdict.DUPLICATE, text="100 % laiterie", published=None)
        three = a_mention(connection, 3, topic="autre", published=after(days=1))

        def ids(**asked: object) -> list[int]:
            return [each.id for each in mentions.search(connection, **asked)]  # type: ignore[arg-type]

        assert ids() == [three, two, one], "newest first, by publication or else by finding"
        assert ids(topics=[TOPIC]) == [two, one]
        assert ids(verdicts=["duplicate"]) == [two]
        assert ids(outlets=["autre"]) == []
        assert ids(since=NOON) == [three, two]
        assert ids(until=NOON) == [one]
        assert ids(words=["affiche"]) == [one]
        assert ids(words=["AFFICHE", "hublot"]) == [one]
        assert ids(words=["affiche", "laiterie"]) == []
        assert ids(words=["0 %"]) == [two], "what means something in SQL means itself"
        assert ids(words=["_"]) == []
        assert ids(limit=1) == [three]


def test_a_search_minds_neither_accents_nor_capitals_nor_typography(database: Database) -> None:
    with database.write() as connection:
        one = a_mention(connection, 1, title="ÉTÉ à l’Œuvre", text="Le cinéma d’ARLÈS")
        a_mention(connection, 2)

        def ids(*words: str) -> list[int]:
            return [each.id for each in mentions.search(connection, words=words)]

        for words in (["été"], ["ete"], ["Été", "oeuvre"], ["l'œuvre"], ["arlès"], ["d'arles"]):
            assert ids(*words) == [one], words
        assert ids("été", "hiver") == []


def test_what_was_found_since_a_moment_and_what_was_decided_on_a_page(database: Database) -> None:
    with database.write() as connection:
        a_mention(connection, 1, found_at=after(hours=-1))
        two = a_mention(connection, 2, found_at=after(hours=1))
        a_mention(connection, 3, found_at=after(hours=2), verdict=Verdict.IRRELEVANT)
        assert [each.id for each in mentions.found_since(connection, NOON, ["new", "duplicate"])] == [two]
        key = connection.execute(select(article.c.url_key).join(mention).where(mention.c.id == two)).scalar_one()
        assert [each.id for each in mentions.of_page(connection, [key, "journal.example/none"])] == [two]
        assert mentions.of_page(connection, []) == []


def test_near_misses_are_the_closest_calls(database: Database) -> None:
    with database.write() as connection:
        ids = [
            a_mention(connection, number, verdict=Verdict.IRRELEVANT, score=number / 10, found_at=after(hours=number))
            for number in range(5)
        ]
        a_mention(connection, 9)
        untold = ("backfill", "baseline")
        for number, announce in enumerate(untold, 10):
            a_mention(connection, number, verdict=Verdict.IRRELEVANT, announce=announce, found_at=after(hours=3))
        day = after(hours=24)
        found = mentions.near_misses(connection, [TOPIC], after(hours=1), day, limit=3)
        assert [each.id for each in found] == [ids[4], ids[3], ids[2]]
        assert [each.id for each in mentions.near_misses(connection, [TOPIC], after(hours=4), day)] == [ids[4]]
        earlier = mentions.near_misses(connection, [TOPIC], NOON, after(hours=1))
        assert [each.id for each in earlier] == [ids[1], ids[0]]
        again = for_another_topic(connection, ids[4], "autre", Verdict.IRRELEVANT)
        both, others = (TOPIC, "autre"), ids[:4]
        assert [each.id for each in mentions.near_misses(connection, both, NOON, day, 2)] == [again, ids[3]]
        chosen = mentions.near_misses(connection, both, NOON, day, 2, lambda each: each.id in others)
        assert [each.id for each in chosen] == [ids[3], ids[2]]
        for_another_topic(connection, ids[3], "autre")
        assert [each.id for each in mentions.near_misses(connection, both, NOON, day, 2)] == [again, ids[2]]
        assert [each.id for each in mentions.near_misses(connection, [TOPIC], NOON, day, 2)] == [ids[4], ids[3]]
        asked_for = articles.find(connection, "journal", "journal.example/10")
        assert asked_for is not None
        decisions.tell_of_backfill(connection, asked_for.id, day)
        assert [each.article_id for each in mentions.near_misses(connection, [TOPIC], day, day)] == [asked_for.id]


def test_an_article_that_changed_is_kept_in_each_of_its_forms_once(database: Database) -> None:
    with database.write() as connection:
        first = an_article(1, text="Avant")
        article_id, _ = articles.add(
            connection, first, outlet="journal", url_key="journal.example/1", page_id=None, now=NOON
        )
        assert articles.revise(connection, article_id, first, after(hours=1)) is None
        assert articles.revise(connection, article_id, an_article(1, text="Après"), after(hours=2)) is not None
        found = articles.find(connection, "journal", "journal.example/1")
        assert found is not None
        assert articles.said(connection, found.id).text == "Après"
        assert articles.find(connection, "autre", "journal.example/1") is None


def test_stories_that_turn_out_to_be_one_are_merged_with_their_span(database: Database) -> None:
    with database.write() as connection:
        a_mention(connection, 1, found_at=NOON)
        a_mention(connection, 2, found_at=after(days=2))
        first, second = stories.members_between(connection, TOPIC, NOON, after(days=9))
        stories.merge(connection, first.story_id, [second.story_id])
        members = stories.members_between(connection, TOPIC, after(days=1), after(days=9))
        assert {each.story_id for each in members} == {first.story_id}
        assert len(members) == 2, "the story reaches to its last article"


def test_only_stories_that_touch_the_time_asked_for_are_looked_at(database: Database) -> None:
    with database.write() as connection:
        a_mention(connection, 1, found_at=NOON)
        a_mention(connection, 2, verdict=Verdict.DUPLICATE, found_at=NOON)
        a_mention(connection, 3, topic="autre", found_at=NOON)
        hour = timedelta(hours=1)
        assert len(stories.members_between(connection, TOPIC, NOON - hour, NOON + hour)) == 1
        assert stories.members_between(connection, TOPIC, NOON + hour, NOON + 2 * hour) == []
        assert stories.members_between(connection, TOPIC, NOON - 2 * hour, NOON - hour) == []
