"""An article is judged and stored in one transaction."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import cache
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event, func, select

from matching.judge import Judge
from matching.model import Article, Judgement, KnownId, Verdict
from storage import articles, decisions, filters, kept, mentions, originals, recording, stories, untold
from storage.database import Database
from storage.mentions import CANDIDATES
from storage.model import StoredMention
from storage.recording import Recorded
from storage.schema import article as article_table
from storage.schema import story
from tests.storage.builders import NOON, a_mention, a_page, a_subscriber, after, an_article, plan
from tests.support.rounds import HUBLOT

TEXT = (
    "Hublot, tourné par trois sous-mariniers dans une cuve de laiterie, sort enfin en salles. Le film suit un équipage "
    "qui remonte sans cesse le même fleuve, et dont le cuisinier finit par tracer la carte. À la première, le maire du "
    "village a offert du beurre aux figurants, qui avaient prêté leurs bottes pour les scènes d’inondation."
)

OTHER_TEXT = (
    "Hublot, le film, a trouvé son public : la salle du port l’a montré six fois dimanche, et la buvette a manqué de "
    "cidre. Le projectionniste, ancien éclusier, a remis lui-même la bobine de la scène où la cuve déborde."
)
LAST_TEXT = (
    "Le tournage a pris onze jours et autant de nuits, sans une goutte d’eau de mer. Une suite est déjà écrite, où "
    "l’équipage hérite d’un phare ; le cuisinier y tiendra la barre, et le mécanicien apprendra enfin à nager."
)


PASSING = "La fanfare joue sur le pont, et le hublot de la cuisine reste fermé pendant toute la durée du concert. "


@cache
def judge() -> Judge:
    return Judge(HUBLOT.parse())


def record(database: Database, article: Article, **given: Any) -> Recorded:
    with database.write() as connection:
        return recording.record(
            connection,
            article,
            [judge()],
            **({"outlet": "journal", "url_key": article.url, "page_id": None, "now": NOON} | given),
        )


def test_a_mention_is_stored_and_its_copy_is_known_as_one(database: Database) -> None:
    assert record(database, an_article(1, text=TEXT)) == Recorded(("new",))
    assert record(database, an_article(2, text=TEXT, published=after(hours=1))) == Recorded(("duplicate",))
    with database.read() as connection:
        copy, original = mentions.search(connection)
    assert (copy.verdict, copy.original_id, copy.story_id) == ("duplicate", original.id, original.story_id)
    assert original.story_id is not None


def test_what_was_published_first_is_the_original_whatever_was_found_first(database: Database) -> None:
    record(database, an_article(1, text=TEXT, published=after(hours=1)))
    record(database, an_article(2, text=TEXT, published=NOON), now=after(hours=2))
    with database.read() as connection:
        verdicts = {each.title: each.verdict for each in mentions.search(connection)}
    assert verdicts == {"Article 1": "duplicate", "Article 2": "new"}


def test_a_backfill_that_is_announced_later_is_told_to_those_who_have_come_since(database: Database) -> None:
    topic = judge().topic.id
    record(database, an_article(1, text=TEXT), announce="backfill")
    with database.write() as connection:
        reader = a_subscriber(connection, now=after(days=40))
    for tells, expected in ((False, 0), (True, 1)):
        with database.read() as connection:
            mark = untold.news_mark(connection)
        record(database, an_article(1, text=TEXT), now=after(days=41), announce="digest", tells_of_backfill=tells)
        with database.read() as connection:
            assert len(untold.pending(connection, reader, [topic])) == expected
            assert (untold.news_mark(connection) != mark) == tells  # else a daemon would not look


def test_an_articles_own_copies_crowd_out_nothing_that_was_known_before_it(database: Database) -> None:
    marks = list(range(30))
    with database.write() as connection:
        first = a_mention(connection, 1, fingerprints=marks[:5])
        mine = a_mention(connection, 2, fingerprints=marks)
        original = KnownId("mention", str(mine), "", None)
        for number in range(3, CANDIDATES + 3):
            a_mention(connection, number, verdict=Verdict.DUPLICATE, copy_of=original, fingerprints=marks)
        [own] = mentions.by_ids(connection, [mine])
        found = recording.known_before(connection, own.topic, own, marks)
        others = recording.known_before(connection, own.topic, None, marks, lambda each: each.id != first)
    assert [int(each.id) for each in found] == [int(each.id) for each in others] == [first]


def test_an_article_about_something_else_is_not_stored(database: Database) -> None:
    recorded = record(database, an_article(1, text="La fanfare déménage."))
    assert recorded == Recorded(())
    assert not recorded.mentioned
    with database.read() as connection:
        assert articles.find(connection, "journal", "https://journal.example/1") is None


def test_an_article_that_is_known_gets_a_revision_and_no_second_mention(database: Database) -> None:
    record(database, an_article(1, text=TEXT))
    again = record(database, an_article(1, text=TEXT + " Mise à jour."), now=after(hours=1))
    assert again == Recorded((), revised=True)
    assert again.mentioned
    with database.read() as connection:
        assert len(mentions.search(connection)) == 1


def test_an_article_that_was_refused_and_names_the_film_now_is_a_mention(database: Database) -> None:
    assert record(database, an_article(1, text=PASSING)) == Recorded(("irrelevant",))
    assert not record(database, an_article(1, text=PASSING + "Rien d’autre.")).mentioned
    again = record(database, an_article(1, text=PASSING + TEXT), now=after(hours=1), next_visit=after(hours=2))
    assert again == Recorded(("new",))
    with database.read() as connection:
        [found] = mentions.search(connection)
        assert (found.verdict, found.found_at) == ("new", after(hours=1))
        assert connection.execute(select(article_table.c.next_visit)).scalar_one() == after(hours=2)


def test_what_a_source_says_takes_the_place_of_no_text_that_was_read(database: Database) -> None:
    record(database, an_article(1, text=TEXT))
    assert record(database, an_article(1, text=""), now=after(hours=1)) == Recorded((), revised=True)
    with database.read() as connection:
        assert articles.said(connection, 1).text == TEXT


def test_a_text_that_two_workers_find_on_twenty_sites_is_one_story_with_one_original(database: Database) -> None:
    sites = [replace(an_article(number, text=TEXT), outlet=f"site{number}") for number in range(20)]
    together = Barrier(2)

    def work(mine: list[Article]) -> None:
        own = Database(database.url)
        for article in mine:
            together.wait(60)
            record(own, article, outlet=article.outlet)
        own.close()

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(work, [sites[::2], sites[1::2]]))
    with database.read() as connection:
        found = mentions.search(connection)
    assert len(found) == 20
    assert len({each.story_id for each in found}) == 1
    assert sorted(each.verdict for each in found) == ["duplicate"] * 19 + ["new"]


def test_what_breaks_in_the_middle_leaves_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(*_: Any, **__: Any) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(decisions, "add", break_off)
    with pytest.raises(ZeroDivisionError):
        record(database, an_article(1, text=TEXT))
    monkeypatch.undo()
    with database.read() as connection:
        assert articles.find(connection, "journal", "https://journal.example/1") is None
    assert record(database, an_article(1, text=TEXT)) == Recorded(("new",))


def test_characters_that_no_database_holds_do_not_lose_the_article(database: Database) -> None:
    odd = an_article(1, title="Hublot\x00 refait \ud83d surface", text=TEXT + " \udc00\x00", authors=("A\x00",))
    assert record(database, odd) == Recorded(("new",))
    with database.read() as connection:
        (found,) = mentions.search(connection)
    assert (found.title, found.authors) == ("Hublot refait \ufffd surface", ("A",))


def test_halves_that_belong_together_are_joined() -> None:
    whole = articles.storable(an_article(1, title="\ud83d\ude00"))
    assert whole.title == "\N{GRINNING FACE}"
    assert articles.storable(whole) == whole


class _Undone(Exception):
    """Ends a transaction that is to leave nothing behind."""


def test_what_was_prepared_takes_little_time_in_the_writing_transaction(database: Database) -> None:
    with database.write() as connection:
        for number in range(60):
            words = " ".join(f"mot{number}x{each}" for each in range(600))
            story_id = stories.open_story(connection, HUBLOT.parse().id, NOON)
            article_id, revision_id = articles.add(
                connection,
                an_article(number, text=words),
                outlet="journal",
                url_key=str(number),
                page_id=None,
                now=NOON,
            )
            known = Judgement(Verdict.NEW, HUBLOT.parse().id, 1.0)
            decisions.add(
                connection, article_id=article_id, revision_id=revision_id, judgement=known, story_id=story_id, now=NOON
            )

    def seconds(*, prepared: bool) -> float:
        judge, article = Judge(HUBLOT.parse()), an_article(99, text=TEXT)
        if prepared:
            with database.read() as connection:
                recording.prepare(connection, article, [judge], NOON)
        with suppress(_Undone), database.write() as connection:
            began = time.process_time()
            recording.record(connection, article, [judge], outlet="j", url_key="99", page_id=None, now=NOON)
            took = time.process_time() - began
            raise _Undone  # so that both find the same
        return took

    assert seconds(prepared=True) < seconds(prepared=False) / 2


def told_by_its_source(database: Database, **words: Any) -> dict[str, Any]:
    """An article of which only the words of its source are known; what tells its page from others."""
    with database.write() as connection:
        own = {"page_id": a_page(connection).id}
    record(database, an_article(1, title="Hublot, le film, sort enfin", text="", **words), **own)
    return own


def stored(database: Database) -> list[StoredMention]:
    """In the order in which they were found."""
    with database.read() as connection:
        return sorted(mentions.search(connection), key=lambda each: each.id)


def test_an_article_that_is_read_after_its_sources_words_is_told_as_what_it_is(database: Database) -> None:
    own = told_by_its_source(database)
    record(database, an_article(2, text=TEXT))
    assert [each.verdict for each in stored(database)] == ["new", "new"]
    with database.read() as connection:
        mark = untold.news_mark(connection)
    read_page = an_article(1, text=TEXT, published=after(hours=1))
    assert record(database, read_page, now=after(hours=2), **own) == Recorded((), revised=True)
    read, original = stored(database)
    assert (read.title, read.verdict, read.original_id) == ("Article 1", "duplicate", original.id)
    assert read.found_at == NOON
    with database.read() as connection:
        assert untold.news_mark(connection) != mark, "else a daemon would not look"
        marks = judge().judge(an_article(4, text=TEXT), lambda _: []).fingerprints
        assert {each.id for each in mentions.resembling(connection, judge().topic.id, marks)} == {
            str(read.id),
            str(original.id),
        }
        assert connection.execute(select(func.count()).where(story.c.merged_into.is_(None))).scalar() == 1


def test_an_article_that_is_read_is_no_copy_of_its_own_words_nor_of_what_copies_them(database: Database) -> None:
    own = told_by_its_source(database, lead=TEXT)
    record(database, an_article(2, text=TEXT))
    before = stored(database)
    assert [(each.verdict, each.original_id) for each in before] == [("new", None), ("duplicate", before[0].id)]
    record(database, an_article(1, text=f"{TEXT} Il reste un fleuve à remonter."), now=after(hours=2), **own)
    assert [(each.verdict, each.original_id, each.story_id) for each in stored(database)] == [
        (each.verdict, each.original_id, each.story_id) for each in before
    ]


def test_what_copies_the_words_of_a_source_copies_the_original_of_the_page(database: Database) -> None:
    own = told_by_its_source(database, lead=f"{TEXT[:150]}.")
    record(database, an_article(2, title="Hublot", text=f"{TEXT[:150]}."))
    record(database, an_article(3, text=OTHER_TEXT))
    words, copied, original = stored(database)
    assert (copied.original_id, original.verdict) == (words.id, "new")
    record(database, an_article(1, text=OTHER_TEXT, published=after(hours=1)), now=after(hours=2), **own)
    read, copied, _ = stored(database)
    assert (read.original_id, copied.original_id, copied.story_id) == (original.id, original.id, original.story_id)


def test_an_article_that_was_told_by_its_sources_words_stays_as_it_was_told(database: Database) -> None:
    own = told_by_its_source(database)
    with database.write() as connection:
        assert plan(connection, a_subscriber(connection), topics=(judge().topic.id,)) is not None
    record(database, an_article(2, text=TEXT))
    record(database, an_article(1, text=TEXT, published=after(hours=1)), now=after(hours=2), **own)
    assert [each.verdict for each in stored(database)] == ["new", "new"]


def test_what_copies_the_page_of_an_article_that_was_told_by_words_is_its_copy(database: Database) -> None:
    own = told_by_its_source(database)
    with database.write() as connection:
        assert plan(connection, a_subscriber(connection), topics=(judge().topic.id,)) is not None
    record(database, an_article(1, text=TEXT), now=after(hours=1), **own)
    record(database, an_article(2, text=TEXT, published=after(hours=2)), now=after(hours=2))
    told, copy = stored(database)
    assert (told.verdict, told.found_at) == ("new", NOON)
    assert (copy.verdict, copy.original_id) == ("duplicate", told.id)


def test_an_article_whose_page_names_no_film_stays_what_its_source_said(database: Database) -> None:
    own = told_by_its_source(database)
    passing = an_article(1, text=PASSING)
    assert record(database, replace(passing, url="https://journal.example/2")) == Recorded(("irrelevant",))
    record(database, passing, now=after(hours=2), **own)
    assert [(each.title, each.verdict) for each in stored(database)] == [
        ("Hublot, le film, sort enfin", "new"),
        ("Article 1", "irrelevant"),
    ]


def test_an_article_that_is_read_after_its_sources_words_stays_in_its_story(database: Database) -> None:
    own = told_by_its_source(database)
    (words,) = stored(database)
    record(database, an_article(1, text=OTHER_TEXT), now=after(hours=2), **own)
    assert [(each.title, each.verdict, each.story_id) for each in stored(database)] == [
        ("Article 1", "new", words.story_id)
    ]


def test_an_article_that_is_read_after_its_sources_words_is_the_original_of_what_came_later(database: Database) -> None:
    own = told_by_its_source(database)
    record(database, an_article(2, text=TEXT, published=after(hours=1)), now=after(hours=1))
    record(database, an_article(1, text=TEXT), now=after(hours=2), **own)
    assert [(each.title, each.verdict) for each in stored(database)] == [
        ("Article 1", "new"),
        ("Article 2", "duplicate"),
    ]


def test_what_is_asked_of_each_article_that_comes_again_or_is_a_copy_reads_no_whole_table(sqlite: Database) -> None:
    """Else a replay of many would be quadratic."""
    for number in (1, 2):
        record(sqlite, an_article(number, text=TEXT, published=after(hours=number)))
    _, copy = stored(sqlite)
    asked: list[tuple[str, Any]] = []
    with sqlite.write() as connection:
        event.listen(connection, "before_cursor_execute", lambda *each: asked.append((each[2], each[3])))
        assert mentions.of_page(connection, ["https://journal.example/1"])
        assert kept.of_article(connection, "https://journal.example/1") == []
        assert mentions.untold(connection, 1, judge().topic.id) is not None
        assert originals.put_first(connection, copy.id, an_article(2, text=TEXT), judge())
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {each}", given).all() for each, given in list(asked)]
    steps = [step.detail for plan in plans for step in plan]
    assert len(asked) > 8
    assert [each for each in steps if each.startswith("SCAN")] == []


def test_what_was_published_before_an_article_and_its_copy_is_the_original_of_both(database: Database) -> None:
    for number, hours in ((1, 1), (2, 2), (3, 0)):
        record(database, an_article(number, text=TEXT, published=after(hours=hours)), now=after(hours=number))
    one, other, original = stored(database)
    assert (original.verdict, original.original_id) == ("new", None)
    assert [(each.verdict, each.original_id) for each in (one, other)] == [("duplicate", original.id)] * 2


@pytest.mark.parametrize("what", ["told", "backfill"])
def test_what_was_told_or_is_not_to_be_told_gives_no_way_to_what_was_published_before(
    database: Database, what: str
) -> None:
    announce = "backfill" if what == "backfill" else "digest"
    record(database, an_article(1, text=TEXT, published=after(hours=1)), announce=announce)
    if what == "told":
        with database.write() as connection:
            assert plan(connection, a_subscriber(connection), topics=(judge().topic.id,)) is not None
    record(database, an_article(2, text=TEXT), now=after(hours=2))
    assert [each.verdict for each in stored(database)] == ["new", "duplicate"]


def test_a_longer_article_that_was_published_first_is_the_original_and_says_what_it_adds(database: Database) -> None:
    """And the copy what it has itself: neither what the other has."""
    record(database, an_article(1, text=f"{TEXT} Nous y reviendrons dans nos colonnes.", published=after(hours=1)))
    record(database, an_article(2, text=f"{TEXT} {LAST_TEXT}"), now=after(hours=2))
    copy, original = stored(database)
    assert (copy.verdict, copy.original_id, copy.reference_id) == ("duplicate", original.id, None)
    assert (original.verdict, original.original_id, original.added) == ("new", None, ())
    assert copy.added == ("Nous y reviendrons dans nos colonnes.",)
    assert copy.resemblance < 0.6


def test_a_short_article_that_was_published_first_is_not_the_original_of_a_long_one(database: Database) -> None:
    record(database, an_article(1, text=f"{TEXT} {OTHER_TEXT} {OTHER_TEXT.upper()}", published=after(hours=1)))
    record(database, an_article(2, text=TEXT), now=after(hours=2))
    assert [each.verdict for each in stored(database)] == ["new", "duplicate"]


def test_what_copies_two_articles_is_not_the_original_of_the_later_one(database: Database) -> None:
    first, *_ = LAST_TEXT.split(". ")
    record(database, an_article(1, text=f"{TEXT} {OTHER_TEXT}"))
    record(database, an_article(2, text=f"{OTHER_TEXT} {LAST_TEXT}", published=after(hours=2)))
    record(database, an_article(3, text=f"{OTHER_TEXT} {first}.", published=after(hours=1)), now=after(hours=3))
    oldest, later, copy = stored(database)
    assert [each.verdict for each in (oldest, later, copy)] == ["new", "new", "duplicate"]
    assert copy.original_id == later.id


def test_words_of_a_source_are_no_article_beside_one_that_was_read_under_their_address(database: Database) -> None:
    with database.write() as connection:
        own = {"page_id": a_page(connection).id}
    record(database, an_article(1, text=TEXT))
    for headline in ("Hublot, le film, sort", "Hublot, le film, sort enfin", "Enfin Hublot, le film"):
        assert record(database, an_article(1, title=headline, text="", lead=OTHER_TEXT), **own).revised
    assert [each.title for each in stored(database)] == ["Article 1"]


def test_a_filter_may_take_an_article_by_its_page_that_it_did_not_take_by_its_sources_words(
    database: Database,
) -> None:
    own = told_by_its_source(database)
    with database.write() as connection:
        reader = a_subscriber(connection)
        filters.leave_out(connection, reader.id, mentions.search(connection), NOON)
        assert untold.pending(connection, reader, [judge().topic.id]) == []
    record(database, an_article(1, text=TEXT), now=after(hours=1), **own)
    with database.read() as connection:
        assert len(untold.pending(connection, reader, [judge().topic.id])) == 1
