"""What became of articles is told once to whoever was told of them."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from storage import articles, changes, digests, pages, revisits
from storage.database import Database
from storage.model import PageState, Revisit
from storage.schema import digest_change, mention
from tests.storage.builders import NOON, TOPIC, a_mention, a_page, a_subscriber, after, an_article, plan

AGES = (timedelta(hours=1), timedelta(days=1), timedelta(days=7))


@pytest.mark.parametrize(
    ("hours", "following"),
    [(0, 1), (0.5, 1), (1, 24), (23, 24), (30, 168), (167, 168), (168, None), (9999, None)],
)
def test_an_article_is_visited_at_the_next_of_its_ages(hours: float, following: float | None) -> None:
    moment = revisits.next_visit(NOON, after(hours=hours), AGES)
    assert moment == (after(hours=following) if following else None)
    assert revisits.next_visit(NOON, NOON, ()) is None


def test_a_change_is_told_once_to_each_who_was_told_of_its_article(database: Database) -> None:
    with database.write() as connection:
        first = a_mention(connection, 1)
        one, other = a_subscriber(connection), a_subscriber(connection, "autre@fil.example")
        plan(connection, one, NOON)
        article_id = connection.execute(select(mention.c.article_id).where(mention.c.id == first)).scalar_one()
        revisits.log(connection, article_id, "retitled", after(hours=1), before="Avant", after="Après")
        assert changes.pending(connection, other, [TOPIC]) == []
        assert changes.pending(connection, one, ["other"]) == []
        [pending] = changes.pending(connection, one, [TOPIC])
        assert (pending.kind, pending.before, pending.after, pending.outlet) == (
            "retitled",
            "Avant",
            "Après",
            "journal",
        )
        assert plan(connection, one, after(hours=2)).state == "empty"  # type: ignore[union-attr]
        a_mention(connection, 2)
        second, third = plan(connection, one, after(hours=3)), plan(connection, one, after(hours=4))
        assert second is not None
        assert third is not None
        assert changes.of_run(connection, second.id) == [pending]
        assert changes.of_run(connection, third.id) == changes.pending(connection, one, [TOPIC]) == []


def test_what_changed_in_a_text_is_known_until_it_says_again_what_it_said_before(database: Database) -> None:
    texts = {name: f"La salle est pleine. Un {name}." for name in ("tuba", "cor", "fifre")}

    def became(connection: Connection, name: str, hours: int) -> list[tuple[str, ...]]:
        revisits.log(connection, 1, "corrected", after(hours=hours))
        revisits.log(connection, 1, "moved", after(hours=hours))
        revisits.keep(connection, 1, an_article(1, text=texts[name]), after(hours=hours))
        found = changes.pending(connection, reader, [TOPIC])
        return [each.removed + each.added for each in changes.rewritings(connection, found).values()]

    with database.write() as connection:
        a_mention(connection, 1, text=texts["tuba"])
        a_mention(connection, 2, text=texts["tuba"])
        reader = a_subscriber(connection)
        plan(connection, reader, NOON)
        articles.revise(connection, 2, an_article(2, text=texts["cor"]), NOON)
        revisits.log(connection, 2, "corrected", after(hours=1))
        assert became(connection, "cor", 1) == [("Un tuba.", "Un cor.")]
        assert became(connection, "fifre", 2) == [("Un tuba.", "Un cor."), ("Un cor.", "Un fifre.")]
        assert became(connection, "cor", 3) == [("Un fifre.", "Un cor.")]
        assert became(connection, "fifre", 4) == [("Un cor.", "Un fifre.")]


def test_what_a_lost_mail_told_of_an_article_told_before_is_pending_again(database: Database) -> None:
    with database.write() as connection:
        first = a_mention(connection, 1)
        reader = a_subscriber(connection)
        plan(connection, reader, NOON)
        article_id = connection.execute(select(mention.c.article_id).where(mention.c.id == first)).scalar_one()
        revisits.log(connection, article_id, "gone", after(hours=1), before="Avant")
        a_mention(connection, 2)
        run = plan(connection, reader, after(hours=2))
        assert run is not None
        digests.release(connection, run.id)
        assert [each.kind for each in changes.pending(connection, reader, [TOPIC])] == ["gone"]


def test_a_lost_mail_that_goes_out_after_all_tells_its_changes_and_nobody_tells_them_again(database: Database) -> None:
    with database.write() as connection:
        first = a_mention(connection, 1)
        reader = a_subscriber(connection)
        plan(connection, reader, NOON)
        article_id = connection.execute(select(mention.c.article_id).where(mention.c.id == first)).scalar_one()
        revisits.log(connection, article_id, "gone", after(hours=1), before="Avant")
        a_mention(connection, 2)
        lost = plan(connection, reader, after(hours=2))
        assert lost is not None
        for _ in range(2):  # given up, taken up again, and once more
            digests.release(connection, lost.id)
            assert digests.reclaim(connection, lost.id)
        assert [each.kind for each in changes.of_run(connection, lost.id)] == ["gone"]
        assert changes.pending(connection, reader, [TOPIC]) == []


def test_a_lost_mail_is_not_taken_up_again_when_another_told_its_changes(database: Database) -> None:
    with database.write() as connection:
        first = a_mention(connection, 1)
        reader = a_subscriber(connection)
        plan(connection, reader, NOON)
        article_id = connection.execute(select(mention.c.article_id).where(mention.c.id == first)).scalar_one()
        revisits.log(connection, article_id, "gone", after(hours=1), before="Avant")
        lost = plan(connection, reader, after(hours=2), reports_nothing=True)
        assert lost is not None
        digests.release(connection, lost.id)
        assert plan(connection, reader, after(hours=3), reports_nothing=True) is not None
        assert not digests.reclaim(connection, lost.id)
        assert changes.of_run(connection, lost.id) == []


def test_a_change_told_twice_to_one_is_refused_by_the_database(database: Database) -> None:
    with database.write() as connection:
        first = a_mention(connection, 1)
        reader = a_subscriber(connection)
        run = plan(connection, reader, NOON)
        assert run is not None
        article_id = connection.execute(select(mention.c.article_id).where(mention.c.id == first)).scalar_one()
        revisits.log(connection, article_id, "gone", after(hours=1))
        pending = changes.pending(connection, reader, [TOPIC])
        changes.freeze(connection, run.id, reader, pending)
        assert len(connection.execute(select(digest_change)).all()) == 1
    with pytest.raises(IntegrityError), database.write() as connection:
        changes.freeze(connection, run.id, reader, pending)


def visited(database: Database) -> Revisit:
    with database.write() as connection:
        page = a_page(connection)
        pages.settle(connection, page, PageState.MENTION, now=NOON, etag='"un"')
        said = an_article()
        article_id, _ = articles.add(
            connection, said, outlet="journal", url_key="k", page_id=page.id, now=NOON, next_visit=after(hours=1)
        )
        [revisit] = revisits.due(connection, ["journal"], after(hours=1), 10)
        assert (revisit.article_id, revisit.page.id, revisit.etag) == (article_id, page.id, '"un"')
        return revisit


def test_a_visit_is_due_at_its_time_in_its_outlet_and_can_be_put_off(database: Database) -> None:
    revisit = visited(database)
    with database.write() as connection:
        assert not revisits.is_due(connection, ["journal"], after(minutes=59))
        assert not revisits.is_due(connection, ["other"], after(hours=1))
        revisits.put_off(connection, [revisit.article_id], after(hours=2))
        assert not revisits.is_due(connection, ["journal"], after(hours=1))
        assert revisits.is_due(connection, ["journal"], after(hours=2))
        revisits.plan(connection, revisit, None)
        assert not revisits.is_due(connection, ["journal"], after(days=99))


def test_an_article_that_says_again_what_it_said_first_is_known_to_say_so(database: Database) -> None:
    revisit = visited(database)
    with database.write() as connection:
        for hours, title in ((1, "Autre titre"), (2, "Article 1")):
            revisits.keep(connection, revisit.article_id, an_article(title=title), after(hours=hours))
            assert articles.said(connection, revisit.article_id).title == title


def test_where_an_article_stands_is_the_latest_that_was_said_of_it(database: Database) -> None:
    revisit = visited(database)
    with database.write() as connection:
        assert revisits.state(connection, revisit.article_id) is None
        for kind in ("gone", "restored", "retitled"):
            revisits.log(connection, revisit.article_id, kind, NOON)
        revisits.log(connection, revisit.article_id, "moved", NOON, after="https://journal.example/neuf")
        assert revisits.state(connection, revisit.article_id) == "restored"
        assert revisits.last_address(connection, revisit.article_id) == "https://journal.example/neuf"
