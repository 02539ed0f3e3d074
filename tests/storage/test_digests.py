"""Digest runs: each slot is planned once, and nothing is told twice."""

from sqlalchemy import update

from matching.model import Verdict
from storage import deliveries, digests, filters, mentions, untold
from storage.database import Database
from storage.model import EVERYTHING, DeliveryState, Filter, FirstTelling
from storage.schema import delivery, mention
from tests.storage.builders import NOON, TOPIC, a_mention, a_subscriber, after, for_another_topic, plan


def test_a_slot_is_planned_once(database: Database) -> None:
    with database.write() as connection:
        a_mention(connection)
        subscriber = a_subscriber(connection)
        run = plan(connection, subscriber)
        assert run is not None
        assert (run.state, run.topics, run.slot) == ("planned", (TOPIC,), NOON)
        assert digests.run(connection, run.id) == run
        a_mention(connection, 2)
        assert plan(connection, subscriber) is None
        assert len(untold.pending(connection, subscriber, [TOPIC])) == 1


def test_a_digest_is_due_as_a_delivery_to_its_subscriber(database: Database) -> None:
    with database.write() as connection:
        a_mention(connection)
        plan(connection, a_subscriber(connection))
        (delivery,) = deliveries.due(connection, NOON)
    assert (delivery.recipient, delivery.state, delivery.next_at) == (
        "presse@distributeur.example",
        DeliveryState.PENDING,
        NOON,
    )
    assert delivery.sha256 is None


def test_nothing_is_told_twice_to_a_subscriber(database: Database) -> None:
    with database.write() as connection:
        subscriber = a_subscriber(connection)
        told = []
        for number in range(4):
            a_mention(connection, number)
            run = plan(connection, subscriber, after(hours=number))
            assert run is not None
            told += [each.id for each in digests.items(connection, run.id)]
        assert len(told) == len(set(told)) == 4
        empty = plan(connection, subscriber, after(hours=9))
        assert empty is not None
        assert (empty.state, digests.items(connection, empty.id)) == ("empty", [])


def test_each_subscriber_is_told_everything(database: Database) -> None:
    with database.write() as connection:
        a_mention(connection)
        for email in ("a@x.example", "b@x.example"):
            run = plan(connection, a_subscriber(connection, email))
            assert run is not None
            assert run.state == "planned"


def test_a_mention_found_late_is_told_however_old_its_id_and_its_hour(database: Database) -> None:
    """What is pending is what no run carried, not a window of time."""
    with database.write() as connection:
        subscriber = a_subscriber(connection)
        a_mention(connection, 1, found_at=NOON)
        plan(connection, subscriber, after(hours=1))
        late = a_mention(connection, 2, found_at=after(days=-2))
        run = plan(connection, subscriber, after(hours=2))
        assert run is not None
        assert [each.id for each in digests.items(connection, run.id)] == [late]


def test_a_copy_alone_makes_no_mail_and_comes_with_the_next_digest(database: Database) -> None:
    with database.write() as connection:
        subscriber = a_subscriber(connection)
        copy = a_mention(connection, 1, verdict=Verdict.DUPLICATE)
        run = plan(connection, subscriber, NOON)
        assert run is not None
        assert run.state == "empty"
        assert deliveries.all_deliveries(connection) == []
        news = a_mention(connection, 2)
        run = plan(connection, subscriber, after(hours=1))
        assert run is not None
        assert [each.id for each in digests.items(connection, run.id)] == [copy, news]


def test_what_is_irrelevant_baseline_too_old_or_of_another_topic_is_not_told(database: Database) -> None:
    with database.write() as connection:
        subscriber = a_subscriber(connection)
        a_mention(connection, 1, verdict=Verdict.IRRELEVANT)
        a_mention(connection, 2, announce="baseline")
        a_mention(connection, 3, announce="backfill")
        a_mention(connection, 4, found_at=after(days=-8))
        a_mention(connection, 5, topic="autre")
        assert untold.pending(connection, subscriber, [TOPIC]) == []
        assert len(untold.pending(connection, subscriber, [TOPIC, "autre"])) == 1


def test_missed_slots_are_folded_into_a_later_one_and_not_planned_any_more(database: Database) -> None:
    with database.write() as connection:
        subscriber = a_subscriber(connection)
        a_mention(connection)
        slots = [after(days=day) for day in range(3)]
        digests.fold(connection, subscriber.id, slots[:2], after(days=2))
        assert plan(connection, subscriber, slots[0]) is None
        assert plan(connection, subscriber, slots[2]) is not None
        assert digests.planned_slots(connection, subscriber.id, slots[1]) == {*slots[1:]}


def test_folding_does_not_undo_a_slot_that_was_planned(database: Database) -> None:
    with database.write() as connection:
        subscriber = a_subscriber(connection)
        a_mention(connection)
        run = plan(connection, subscriber)
        digests.fold(connection, subscriber.id, [NOON], after(days=1))
        assert run is not None
        assert digests.run(connection, run.id).state == "planned"


def test_the_previous_run_is_the_latest_before_a_slot(database: Database) -> None:
    with database.write() as connection:
        subscriber = a_subscriber(connection)
        assert digests.previous_run(connection, subscriber.id, NOON) is None
        first = plan(connection, subscriber, NOON)
        second = plan(connection, subscriber, after(days=1))
        assert digests.previous_run(connection, subscriber.id, after(days=1)) == first
        assert digests.previous_run(connection, subscriber.id, after(days=2)) == second


def test_a_run_whose_mail_never_went_out_is_told_with_the_next(database: Database) -> None:
    with database.write() as connection:
        subscriber = a_subscriber(connection)
        mention = a_mention(connection)
        run = plan(connection, subscriber)
        assert run is not None
        digests.release(connection, run.id)
        assert [each.id for each in untold.pending(connection, subscriber, [TOPIC])] == [mention]


def test_an_article_of_two_topics_is_one_in_every_count(database: Database) -> None:
    both = (TOPIC, "autre")
    with database.write() as connection:
        subscriber = a_subscriber(connection)
        told = a_mention(connection)
        items = [told, for_another_topic(connection, told, "autre")]
        alert = digests.plan_alert(connection, subscriber, topics=both, now=NOON, expires_at=NOON, urgent=EVERYTHING)
        assert alert is not None
        assert digests.alerted(connection, subscriber.id, None, NOON) == 1
        digests.release(connection, alert.id)
        connection.execute(update(delivery).values(state="expired"))
        assert digests.missed(connection, subscriber.id, items) == 1
        assert [[each.id for each in one] for one in mentions.announced(connection, both, 5)] == [items]
        filters.leave_out(connection, subscriber.id, mentions.by_ids(connection, items), after(days=1))
        left_out = filters.articles_left_out(connection, subscriber.id, NOON, after(days=1))
        assert left_out == {each.article_id for each in mentions.by_ids(connection, items)}
        assert filters.articles_left_out(connection, subscriber.id, after(days=1), after(days=2)) == set()


def test_an_alert_tells_an_article_for_all_topics_so_that_no_digest_tells_it_again(database: Database) -> None:
    both = (TOPIC, "autre")
    with database.write() as connection:
        subscriber = a_subscriber(connection)
        urgent = a_mention(connection)
        for_another_topic(connection, urgent, "autre")
        connection.execute(update(mention).where(mention.c.id == urgent).values(occurrences=[{"where": "title"}]))
        waiting = a_mention(connection, 2)
        headlines = Filter(prominence="headline")
        alert = digests.plan_alert(connection, subscriber, topics=both, now=NOON, expires_at=NOON, urgent=headlines)
        assert alert is not None
        assert [each.id for each in untold.pending(connection, subscriber, both)] == [waiting]


def test_an_article_that_is_told_for_one_topic_is_not_left_out_by_a_filter_for_another(database: Database) -> None:
    with database.write() as connection:
        subscriber = a_subscriber(connection)
        other = for_another_topic(connection, a_mention(connection), "autre")
        filters.leave_out(connection, subscriber.id, mentions.by_ids(connection, [other]), NOON)
        assert len(filters.articles_left_out(connection, subscriber.id, after(days=-1), NOON)) == 1
        plan(connection, subscriber)
        assert filters.articles_left_out(connection, subscriber.id, after(days=-1), NOON) == set()


def test_the_feeds_articles_are_those_found_last_whatever_their_topics(database: Database) -> None:
    with database.write() as connection:
        first, second, third = (a_mention(connection, number, found_at=after(hours=number)) for number in (1, 2, 3))
        again = for_another_topic(connection, third, "autre")
        found = mentions.announced(connection, (TOPIC, "autre"), 2)
        assert [[each.id for each in one] for one in found] == [[third, again], [second]]
        assert first not in {each.id for one in found for each in one}


def test_a_story_of_which_an_earlier_run_told_is_known_to_the_subscriber_and_to_nobody_else(
    database: Database,
) -> None:
    with database.write() as connection:
        subscriber, other = a_subscriber(connection), a_subscriber(connection, "b@x.example")
        a_mention(connection)
        first = plan(connection, subscriber)
        assert first is not None
        (item,) = digests.items(connection, first.id)
        assert item.story_id is not None
        stories = [item.story_id, 999]
        first_time = {item.story_id: FirstTelling(NOON, item.title)}
        assert digests.told_before(connection, subscriber.id, after(days=1), stories) == first_time
        assert digests.told_before(connection, subscriber.id, first.slot, stories) == {}
        assert digests.told_before(connection, other.id, after(days=1), stories) == {}
