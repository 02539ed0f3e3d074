"""Threads: what continues a story answers the mail that first told the recipient of it."""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import update

from alerts.digests import render_delivery
from alerts.message import build_message
from alerts.model import Reader, Rendered, Sender
from storage import deliveries, digests, stories, subscribers, threads
from storage.database import Database
from storage.model import DeliveryState
from storage.schema import article_change, delivery
from tests.alerts.builders import FRENCH, SLOT
from tests.alerts.test_digests import A_DAY, DESK, START
from tests.support.newsroom import TOPIC, newsroom, publish


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with newsroom(tmp_path) as opened:
        yield opened


def mailed(database: Database, day: int, reader: Reader = FRENCH) -> EmailMessage:
    """The mail that a subscriber gets in the slot of that day, at which the clock stands."""
    slot = START + day * A_DAY
    with database.write() as connection:
        stored = subscribers.register(connection, reader.email, START - A_DAY)
        run = digests.plan(connection, stored, slot=slot, topics=[TOPIC], now=slot, expires_at=slot + 2 * A_DAY)
        assert run is not None
        (due,) = [each for each in deliveries.due(connection, slot) if each.run_id == run.id]
        render_delivery(connection, DESK, reader, due, slot)
        mime = deliveries.bytes_of(connection, due.id)
        connection.execute(update(delivery).where(delivery.c.id == due.id).values(state=DeliveryState.SENT))
    assert mime is not None
    message = message_from_bytes(mime, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def found(database: Database, number: int, day: int, *, of_story: int | None = None) -> int:
    """Article `number` is found an hour before that day's slot, in a story of its own or in that one; its story."""
    mention_id = publish(database, number, START + day * A_DAY - timedelta(hours=1))
    with database.write() as connection:
        story = stories.of_mention(connection, mention_id)
        assert story is not None
        if of_story is not None:
            stories.merge(connection, of_story, [story])
    return of_story or story


def change(database: Database, article_id: int) -> None:
    with database.write() as connection:
        connection.execute(
            article_change.insert().values(article_id=article_id, kind="gone", seen_at=START, before="", after="")
        )


def ids(*mails: EmailMessage) -> list[str]:
    return [str(each["Message-ID"]) for each in mails]


def references(mail: EmailMessage) -> list[str]:
    return str(mail.get("References", "")).split()


def test_news_begin_a_thread_and_a_follow_up_answers_under_a_subject_of_its_own(database: Database) -> None:
    story = found(database, 1, 0)
    first = mailed(database, 0)
    found(database, 2, 1, of_story=story)
    second = mailed(database, 1)
    found(database, 3, 2, of_story=story)
    third = mailed(database, 2)
    assert (first["In-Reply-To"], first["References"]) == (None, None)
    assert [str(second["In-Reply-To"])] == references(second) == references(third) == ids(first)
    assert [str(each["Subject"])[-10:] for each in (first, second, third)] == [f"nouvelle {day}" for day in (1, 2, 3)]
    for mail in (second, third):
        text = " ".join(mail.get_body(("plain",)).get_content().split())  # type: ignore[union-attr]
        assert re.search(r"Suite d’un sujet signalé le samedi 2 mars à \S+ : « [^»]*nouvelle 1 »", text)


def test_a_digest_of_several_follow_ups_names_all_and_answers_the_weightiest(database: Database) -> None:
    older = found(database, 1, 0)
    mails = [mailed(database, 0)]
    newer = found(database, 2, 1)
    mails.append(mailed(database, 1))
    found(database, 3, 2, of_story=newer)
    found(database, 4, 2, of_story=older)
    third = mailed(database, 2)
    # Two stories of one weight: that whose article was found first comes first.
    assert references(third) == [*ids(mails[0]), *ids(mails[1])]
    assert str(third["In-Reply-To"]) == ids(mails[1])[0]
    assert str(third["Subject"]).startswith("Code 8\u00a0: 2\u00a0actualités – ")
    assert str(third["Subject"]).endswith("nouvelle 3")


def test_a_digest_that_is_about_something_else_threads_and_says_what(database: Database) -> None:
    story = found(database, 1, 0)
    first = mailed(database, 0)
    found(database, 2, 1)
    found(database, 3, 1, of_story=story)
    second = mailed(database, 1)
    assert references(second) == ids(first)
    assert str(second["Subject"]).endswith("nouvelle 2")


def test_a_change_of_an_article_answers_the_mail_that_told_of_it(database: Database) -> None:
    found(database, 1, 0)
    first = mailed(database, 0)
    change(database, 1)
    found(database, 2, 1)
    second = mailed(database, 1)
    assert references(second) == ids(first)
    assert str(second["Subject"]).endswith("nouvelle 2")


def test_a_thread_is_the_recipients_own(database: Database) -> None:
    other, new = (Reader(f"{name}@distributeur.example", "fr", FRENCH.timezone) for name in ("autre", "nouveau"))
    story = found(database, 1, 0)
    mailed(database, 0)
    theirs = mailed(database, 0, other)
    found(database, 2, 1, of_story=story)
    assert references(mailed(database, 1, other)) == ids(theirs)
    assert references(mailed(database, 1, new)) == []


def test_a_mail_of_a_later_slot_is_not_answered_though_it_went_out_before(database: Database) -> None:
    story = found(database, 1, 0)
    mailed(database, 0)
    found(database, 2, 1, of_story=story)
    with database.write() as connection:
        connection.execute(update(delivery).values(state=DeliveryState.EXPIRED))
        stored = subscribers.register(connection, FRENCH.email, START)
        slot = START + A_DAY
        run = digests.plan(connection, stored, slot=slot, topics=[TOPIC], now=slot, expires_at=slot + A_DAY)
        assert run is not None
    found(database, 3, 2, of_story=story)
    mailed(database, 2)
    with database.read() as connection:
        (due,) = [each for each in deliveries.due(connection, START + A_DAY) if each.run_id == run.id]
        assert threads.first_mails(connection, due, [story]) == {}


@pytest.mark.parametrize(("state", "expected"), [("unknown", 1), ("held", 1), ("failed", 0), ("expired", 0)])
def test_a_mail_that_was_given_up_is_not_answered(database: Database, state: str, expected: int) -> None:
    story = found(database, 1, 0)
    mailed(database, 0)
    with database.write() as connection:
        connection.execute(update(delivery).values(state=state))
    found(database, 2, 1, of_story=story)
    assert len(references(mailed(database, 1))) == expected


def test_however_many_mails_are_continued_the_header_is_bounded_and_its_lines_are(database: Database) -> None:
    told = [(found(database, number, number), mailed(database, number)) for number in range(12)]
    for number, (story, _) in enumerate(told):
        found(database, 100 + number, 12, of_story=story)
    last = mailed(database, 12)
    assert len(references(last)) == 10
    assert str(last["In-Reply-To"]) == references(last)[-1] == ids(told[0][1])[0]


def test_references_of_long_domains_are_folded_between_message_ids() -> None:
    given = [f"<{number}-{'a' * 60}@{'.'.join(['b' * 60] * 4)}.example>" for number in range(10)]
    mime = built(given)
    assert max(map(len, mime.split(b"\r\n"))) <= 998
    assert str(message_from_bytes(mime, policy=default)["References"]).split() == given
    assert b"=?" not in mime.partition(b"\r\n\r\n")[0]


def built(references: Sequence[str]) -> bytes:
    return build_message(
        Rendered("Sujet", "<p>", "Texte"),
        sender=Sender("v@fil.example", "mailto:v@fil.example"),
        recipient=FRENCH.email,
        message_id="<1@fil.example>",
        date=SLOT,
        language="fr",
        references=references,
    )
