"""A database that cannot be written at one place of a delivery: no mail without its line, no end without a trace."""

import asyncio
import logging
from contextlib import ExitStack
from dataclasses import replace
from threading import Timer

import pytest
from sqlalchemy import Connection

from alerts.bookkeeping import Ended, write_unwritten
from alerts.delivering import deliver_due, recover
from alerts.model import MailServer
from alerts.smtp import SmtpTransport
from alerts.transport import Letter, Outcome
from storage import subscribers
from storage.database import Database
from storage.errors import DatabaseUnavailable
from storage.model import DeliveryState, Ending
from tests.support.desks import PATIENCE, READERS, START, Desks
from tests.support.full_disk import room_for
from tests.support.mail_server import says

on_this_disk = pytest.mark.parametrize("post", ["sqlite"], indirect=True)


def read_only(database: Database) -> Database:
    if database.file is None:
        return Database(f"{database.url}&options=-c%20default_transaction_read_only%3Don")
    return Database(f"sqlite:///file:{database.file}?mode=ro&uri=true")


def test_nothing_is_mailed_when_the_database_cannot_be_written(post: Desks) -> None:
    [mail] = post.plan(READERS[0])
    writable, post.database = post.database, read_only(post.database)
    with pytest.raises(DatabaseUnavailable, match=r"read-?only"):
        asyncio.run(deliver_due(post.post()))
    post.database.close()
    assert post.server.connections == 0
    post.database = writable
    assert [each.state for each in post.deliver()] == [DeliveryState.SENT]
    assert (len(post.server.mails), post.found(mail).attempts) == (1, 1)


class FullBeforeData(SmtpTransport):
    """The disk is full when the line of doubt is to be crossed."""

    async def send(self, letter: Letter) -> Outcome:
        async def enter_data() -> bool:
            with room_for(0):
                return await letter.enter_data()

        return await super().send(replace(letter, enter_data=enter_data))


@on_this_disk
def test_a_disk_that_is_full_before_data_mails_nothing(post: Desks) -> None:
    [mail] = post.plan(READERS[0])
    with pytest.raises(DatabaseUnavailable):
        post.deliver(FullBeforeData(post.access, PATIENCE))
    assert not post.server.mails
    assert "DATA" not in post.server.commands
    post.policy = replace(post.policy, owner="machine:2")
    assert [each.state for each in post.deliver()] == [DeliveryState.SENT]
    assert (len(post.server.mails), post.found(mail).attempts) == (1, 1)


class FullAfterMail(SmtpTransport):
    """The disk is full once the mail is out, for so many seconds."""

    def __init__(self, access: MailServer, seconds: float) -> None:
        super().__init__(access, PATIENCE)
        self._full = ExitStack()
        self.freed = Timer(seconds, self._full.close)

    async def send(self, letter: Letter) -> Outcome:
        outcome = await super().send(letter)
        self._full.enter_context(room_for(0))
        self.freed.start()
        return outcome


@on_this_disk
def test_a_disk_that_is_full_after_the_mail_went_out_leaves_a_trace_and_a_doubt(
    post: Desks, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.bookkeeping.WRITE_AGAIN", (0.01,))
    caplog.set_level(logging.INFO)
    [mail, other] = post.plan(*READERS[:2])
    transport = FullAfterMail(post.access, 0.5)
    with pytest.raises(DatabaseUnavailable):
        post.deliver(transport)
    transport.freed.join()
    assert f"delivery {mail} to {READERS[0]}: sent" in caplog.text
    assert "outcomes cannot be written (mails: 1)" in caplog.text
    assert len(post.server.mails) == 1
    for _ in range(4):
        post.clock.forward(minutes=16)
        post.deliver()
    assert [sent.recipient for sent in post.server.mails].count(READERS[0]) == 2
    assert len({sent.data for sent in post.server.mails}) == 2
    assert [post.found(each).state for each in (mail, other)] == [DeliveryState.SENT] * 2


@on_this_disk
def test_what_follows_from_an_outcome_is_written_with_it_however_late(
    post: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.bookkeeping.WRITE_AGAIN", (0.01,))
    post.plan(READERS[0])
    post.server.refused[READERS[0]] = says("550 5.1.1 no such user")
    transport, unwritten = FullAfterMail(post.access, 0.5), list[Ended]()
    at_desk = replace(post.post(), transport=lambda route: transport)
    with pytest.raises(DatabaseUnavailable):
        asyncio.run(deliver_due(at_desk, unwritten=unwritten))
    transport.freed.join()
    recover(post.post(), unwritten)
    with post.database.read() as connection:
        assert subscribers.suppressed(connection, READERS[0]) == "550 5.1.1 no such user"
    assert unwritten == []


@on_this_disk
def test_a_disk_that_has_room_again_in_time_leaves_no_doubt(post: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alerts.bookkeeping.WRITE_AGAIN", (0.01, 0.5, 2.0, 5.0))
    [mail] = post.plan(READERS[0])
    assert [each.state for each in post.deliver(FullAfterMail(post.access, 0.1))] == [DeliveryState.SENT]
    assert (len(post.server.mails), post.found(mail).state) == (1, DeliveryState.SENT)


def test_a_fault_in_what_follows_from_one_outcome_costs_no_other_what_follows(post: Desks) -> None:
    followed = list[int]()

    def breaks(_: Connection) -> None:
        raise ZeroDivisionError

    left = [
        Ended(Ending(number, 1, DeliveryState.FAILED, START), besides)
        for number, besides in ((1, breaks), (2, lambda _: followed.append(2)))
    ]
    write_unwritten(post.database, left)
    assert (followed, left) == ([2], [])
