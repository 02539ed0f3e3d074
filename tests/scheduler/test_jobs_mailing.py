"""What becomes of planned digests at a mail server: each reader has his own, once, and no other's trouble is his."""

import asyncio
import logging
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from sqlalchemy import text

from alerts.model import Digest, Reader, Rendered
from alerts.render import render
from scheduler.holds import tell_holds
from storage import deliveries, mailing, revisits
from storage.database import Database
from storage.model import DeliveryState
from tests.scheduler.conftest import JobsOf
from tests.scheduler.ticks import articles_of, text_of, tick
from tests.support.clock import Clock
from tests.support.mail_server import DROP, Phase, ScriptedServer, says, says_and_hangs_up
from tests.support.newsroom import publish

TWO_READERS = """
[mail]
transport = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
username = "veilleur"
sender = "Veilleur <veilleur@fil.example>"
[[subscribers]]
email = "anne@fil.example"
digest = "{digest}"
[[subscribers]]
email = "ben@fil.example"
digest = "{digest}"
language = "en"
timezone = "America/Montreal"
"""
SECRET = {"VEILLEUR_SMTP_PASSWORD": "canari-5127"}


@pytest.mark.parametrize(
    ("phase", "reply", "sent"),
    [(Phase.AUTH, "535 5.7.8 no", True), (Phase.RCPT, "451 4.7.1 later", True), (Phase.DOT, "250-", False)],
)
def test_what_waits_is_tried_now_when_that_is_asked_but_a_doubt_keeps_its_time(
    jobs_of: JobsOf, database: Database, clock: Clock, phase: Phase, reply: str, sent: bool
) -> None:
    with ScriptedServer(password="canari-5127") as server:
        one_reader = TWO_READERS[: TWO_READERS.rindex("[[subscribers]]")]
        jobs = jobs_of(text=one_reader.format(port=server.port, digest="weekly mon 08:00"), environ=SECRET)
        jobs.register_subscribers()
        publish(database, 1, clock())
        server.will(phase, says_and_hangs_up(reply))
        for _ in range(2):
            jobs.plan_due(at_once=True)
            delivered = asyncio.run(jobs.deliver())
            clock.forward(seconds=20)
    assert [each.state for each in delivered] == ([DeliveryState.SENT] if sent else [])


def test_each_reader_gets_his_own_mail_in_his_own_language(jobs_of: JobsOf, database: Database, clock: Clock) -> None:
    with ScriptedServer(password="canari-5127") as server:
        jobs = jobs_of(text=TWO_READERS.format(port=server.port, digest="immediate"), environ=SECRET)
        tick(jobs)
        publish(database, 1, clock())
        tick(jobs)
    mails = {mail.recipient: message_from_bytes(mail.data, policy=default) for mail in server.accepted}
    assert {reader: (mail["To"], mail["Content-Language"]) for reader, mail in mails.items()} == {
        "anne@fil.example": ("anne@fil.example", "fr"),
        "ben@fil.example": ("ben@fil.example", "en"),
    }
    assert len({mail["Message-ID"] for mail in mails.values()}) == 2


@pytest.mark.parametrize(("digest", "hours"), [("hourly", 1), ("daily 08:00", 12)])
def test_news_that_no_server_took_in_time_comes_with_the_next_digest(
    jobs_of: JobsOf, database: Database, clock: Clock, digest: str, hours: int
) -> None:
    with ScriptedServer(password="canari-5127") as server:
        jobs = jobs_of(text=TWO_READERS.format(port=server.port, digest=digest), environ=SECRET)
        tick(jobs)
        publish(database, 1, clock())
        server.will(Phase.GREETING, *[says("421 4.3.2 maintenance")] * 20)
        for _ in range(4):
            clock.forward(hours=hours)
            tick(jobs)
        assert not server.mails
        server.script.clear()
        publish(database, 2, clock())
        for _ in range(4):
            clock.forward(hours=hours)
            tick(jobs)
    told: dict[str, list[int]] = {"anne@fil.example": [], "ben@fil.example": []}
    for mail in server.accepted:
        told[mail.recipient] += articles_of(mail.data)
        if mail.recipient == "anne@fil.example":
            is_told = "dont 1 qu’un envoi précédent n’a pas pu" in " ".join(text_of(mail.data).split())
            assert is_told == (1 in articles_of(mail.data))
    assert {reader: sorted(numbers) for reader, numbers in told.items()} == {reader: [1, 2] for reader in told}


def test_the_operator_is_told_once_of_mails_that_did_not_go_out(
    jobs_of: JobsOf, database: Database, clock: Clock
) -> None:
    with ScriptedServer(password="canari-5127") as server:
        text = TWO_READERS.format(port=server.port, digest="daily 08:00").replace(
            "[mail]", '[mail]\noperator = "ops@fil.example"'
        )
        jobs = jobs_of(text=text, environ=SECRET)
        tick(jobs)
        server.refused = {
            "anne@fil.example": says("550 5.1.1 no such user"),
            "ben@fil.example": says("451 4.7.1 greylisted"),
        }
        publish(database, 1, clock())
        for _ in range(30):
            clock.forward(hours=2)
            tick(jobs)
    told = [" ".join(text_of(mail.data).split()) for mail in server.mails if mail.recipient == "ops@fil.example"]
    assert [each.count("anne@fil.example – destinataire refusé") for each in told] == [1, 0, 0]
    assert [each.count("ben@fil.example – abandonné, aucun serveur ne l’a pris à temps") for each in told] == [0, 1, 1]


def test_news_that_a_reader_may_have_got_are_not_told_again(jobs_of: JobsOf, database: Database, clock: Clock) -> None:
    with ScriptedServer(password="canari-5127") as server:
        one_reader = TWO_READERS[: TWO_READERS.rindex("[[subscribers]]")]
        jobs = jobs_of(text=one_reader.format(port=server.port, digest="daily 08:00"), environ=SECRET)
        tick(jobs)
        publish(database, 1, clock())
        server.will(Phase.DOT, DROP)
        clock.forward(hours=1)
        tick(jobs)
        server.will(Phase.GREETING, *[says("421 4.3.2 maintenance")] * 20)
        for _ in range(4):
            clock.forward(hours=6)
            tick(jobs)
        server.script.clear()
        publish(database, 2, clock())
        for _ in range(4):
            clock.forward(hours=6)
            tick(jobs)
    assert [articles_of(mail.data) for mail in server.mails] == [{1}, {2}]


def test_a_digest_whose_bytes_are_refused_does_not_spoil_the_next(
    jobs_of: JobsOf, database: Database, clock: Clock
) -> None:
    with ScriptedServer(password="canari-5127") as server:
        jobs = jobs_of(text=TWO_READERS.format(port=server.port, digest="daily 08:00"), environ=SECRET)
        tick(jobs)
        publish(database, 1, clock())
        server.will(Phase.DOT, *[says("554 5.7.1 spam")] * 200)
        for _ in range(5):
            clock.forward(hours=6)
            tick(jobs)
        server.script.clear()
        publish(database, 2, clock())
        clock.forward(days=1)
        tick(jobs)
    assert {mail.recipient: articles_of(mail.data) for mail in server.accepted}["anne@fil.example"] == {2}


def test_a_reader_who_left_is_written_to_no_more(jobs_of: JobsOf, database: Database, clock: Clock) -> None:
    with ScriptedServer(password="canari-5127") as server:
        text = TWO_READERS.format(port=server.port, digest="immediate")
        jobs = jobs_of(text=text, environ=SECRET)
        tick(jobs)
        publish(database, 1, clock())
        server.will(Phase.RCPT, says("451 4.7.1 later"), says("451 4.7.1 later"))
        tick(jobs)
        without_ben = text[: text.rindex("[[subscribers]]")]
        clock.forward(hours=1)
        jobs = jobs_of(text=without_ben, environ=SECRET)
        tick(jobs)
        assert [mail.recipient for mail in server.accepted] == ["anne@fil.example"]
        clock.forward(hours=1)
        tick(jobs_of(text=text, environ=SECRET))
    assert [mail.recipient for mail in server.accepted] == ["anne@fil.example", "ben@fil.example"]


def test_a_digest_that_cannot_be_rendered_keeps_no_other_back(
    jobs_of: JobsOf,
    database: Database,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def poisoned(told: Digest, reader: Reader, **words: Any) -> Rendered:
        if reader.language == "fr":
            raise ZeroDivisionError("a bug")
        return render(told, reader, **words)

    with ScriptedServer(password="canari-5127") as server:
        jobs = jobs_of(text=TWO_READERS.format(port=server.port, digest="immediate"), environ=SECRET)
        tick(jobs)
        publish(database, 1, clock())
        monkeypatch.setattr("alerts.sharing.render", poisoned)
        tick(jobs)
        assert [mail.recipient for mail in server.accepted] == ["ben@fil.example"]
        assert "anne@fil.example cannot be rendered" in caplog.text
        monkeypatch.undo()
        tick(jobs)
    assert [mail.recipient for mail in server.accepted] == ["ben@fil.example", "anne@fil.example"]


def test_an_article_that_cannot_be_rendered_is_told_by_its_address_and_keeps_no_other_back(
    jobs_of: JobsOf, database: Database, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with ScriptedServer(password="canari-5127") as server:
        jobs = jobs_of(text=TWO_READERS.format(port=server.port, digest="immediate"), environ=SECRET)
        tick(jobs)
        _, poisoned, _ = [publish(database, number, clock()) for number in (1, 2, 3)]
        with database.write() as connection:
            connection.execute(text("update mention set novelty = 'beaucoup' where id = :id"), {"id": poisoned})
        tick(jobs)
        publish(database, 4, clock.forward(minutes=1))
        tick(jobs)
    first, later = server.accepted[:2], server.accepted[2:]
    readers = {"anne@fil.example", "ben@fil.example"}
    for mails, articles, is_told in ((first, {1, 3}, True), (later, {4}, False)):
        assert {mail.recipient for mail in mails} == readers
        assert len(mails) == len(readers)
        assert all(articles_of(mail.data) == articles for mail in mails)
        assert all(("https://clap2.example/articles/2" in text_of(mail.data)) is is_told for mail in mails)
    assert f"mention {poisoned} cannot be rendered and is left out" in caplog.text


def test_what_became_of_an_article_that_cannot_be_rendered_is_told_by_its_address(
    jobs_of: JobsOf, database: Database, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with ScriptedServer(password="canari-5127") as server:
        jobs = jobs_of(text=TWO_READERS.format(port=server.port, digest="immediate"), environ=SECRET)
        tick(jobs)
        for number in (1, 2):
            publish(database, number, clock())
        tick(jobs)
        with database.write() as connection:
            for number in (1, 2):
                revisits.log(connection, number, "retitled", clock.forward(minutes=1), before="Avant", after="Après")
            connection.execute(text("update article_change set before = x'c328' where article_id = 1"))
        tick(jobs)
    _, _, *later = server.accepted
    assert {mail.recipient for mail in later} == {"anne@fil.example", "ben@fil.example"}
    for mail in later:
        assert "https://clap1.example/articles/1" in text_of(mail.data)
        assert "Avant" in text_of(mail.data)
    assert "change 1 cannot be rendered and is left out" in caplog.text


def test_a_mail_is_rendered_once_and_keeps_its_bytes(jobs_of: JobsOf, database: Database, clock: Clock) -> None:
    with ScriptedServer(password="canari-5127") as server:
        jobs = jobs_of(text=TWO_READERS.format(port=server.port, digest="immediate"), environ=SECRET)
        tick(jobs)
        publish(database, 1, clock())
        server.will(Phase.DOT, says("451 4.3.0 later"), says("451 4.3.0 later"))
        tick(jobs)
        clock.forward(hours=1)
        tick(jobs)
    by_reader: dict[str, set[bytes]] = {}
    for mail in server.mails:
        by_reader.setdefault(mail.recipient, set()).add(mail.data)
    assert len(server.mails) == 4
    assert [len(each) for each in by_reader.values()] == [1, 1]


def test_the_password_is_in_no_log_and_no_row(
    jobs_of: JobsOf, database: Database, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with ScriptedServer(password="another") as server:
        jobs = jobs_of(text=TWO_READERS.format(port=server.port, digest="immediate"), environ=SECRET)
        tick(jobs)
        publish(database, 1, clock())
        delivered = tick(jobs)
    assert "535 5.7.8" in delivered[0].outcome.text
    with database.read() as connection:
        rows = repr(deliveries.all_deliveries(connection))
    assert database.file
    stored = b"".join(file.read_bytes() for file in database.file.parent.glob("veilleur.db*"))
    assert "canari-5127" not in caplog.text + rows + repr(jobs)
    assert b"canari-5127" not in stored


def test_what_an_operator_holds_is_no_error_and_what_the_house_holds_is(
    database: Database, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for kind in ("operator", "restored"):
        with database.write() as connection:
            mailing.hold(connection, kind, "for a test", clock())
        tell_holds(database, clock())
    assert [each.levelname for each in caplog.records] == ["WARNING", "ERROR"]
