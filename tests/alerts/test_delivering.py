"""Deliveries through a real server and a real database: each mail once, and what is in doubt at most twice, alike."""

import asyncio
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from pathlib import Path
from threading import Timer

import pytest
from sqlalchemy import Connection

from alerts.bookkeeping import Ended, write_unwritten
from alerts.delivering import Delivered, deliver_due, recover
from alerts.model import MailServer
from alerts.smtp import SmtpTransport
from alerts.transport import Letter, Outcome, Result
from alerts.verdicts import retry_delay
from storage import addresses, subscribers, tries, untold
from storage.database import Database
from storage.errors import DatabaseUnavailable
from storage.model import AddressEvent, DeliveryState, Ending, EventKind
from tests.support.desks import PATIENCE, READERS, START, Desks
from tests.support.full_disk import room_for
from tests.support.mail_server import DROP, SILENCE, Act, Phase, ScriptedServer, says, says_and_hangs_up
from tests.support.newsroom import TOPIC
from tests.support.postgresql import any_newsroom


@pytest.fixture(params=["sqlite", "postgresql"])
def post(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desks]:
    with ScriptedServer() as server, any_newsroom(request, tmp_path) as database:
        yield Desks(database, server)


on_this_disk = pytest.mark.parametrize("post", ["sqlite"], indirect=True)


def test_a_mail_that_was_accepted_is_never_sent_again(post: Desks) -> None:
    [mail] = post.plan(READERS[0])
    written = post.found(mail).mime
    [delivered] = post.deliver()
    assert (delivered.recipient, delivered.state) == (READERS[0], DeliveryState.SENT)
    for _ in range(3):
        post.clock.forward(days=1)
        assert post.deliver() == []
    [sent] = post.server.mails
    assert sent.data == written
    settled = post.found(mail)
    assert (settled.state, settled.attempts, settled.last_code) == (DeliveryState.SENT, 1, 250)
    assert post.tries(mail) == [("data", "sent")]


def test_a_mail_that_was_accepted_is_sent_even_when_the_connection_breaks_then(post: Desks) -> None:
    first, second = post.plan(*READERS[:2])
    post.server.will(Phase.DOT, says_and_hangs_up("250 2.0.0 queued"))
    post.deliver()
    assert [post.found(each).state for each in (first, second)] == [DeliveryState.SENT] * 2
    assert [mail.recipient for mail in post.server.mails] == [*READERS[:2]]


@pytest.mark.parametrize(
    ("reply", "suppressed"),
    [
        ("550 5.1.1 no such user", True),
        ("550 5.1.10 null mx", True),
        ("550 5.7.1 blocked by policy", False),
        ("550 no such user", False),
        ("552 5.2.2 mailbox full", False),
    ],
)
def test_a_refused_recipient_fails_alone_and_is_written_off_only_when_the_address_is_wrong(
    post: Desks, reply: str, suppressed: bool
) -> None:
    refused, *taken = post.plan(*READERS)
    post.server.refused[READERS[0]] = says(reply)
    post.deliver()
    assert post.found(refused).state is DeliveryState.FAILED
    assert [post.found(each).state for each in taken] == [DeliveryState.SENT] * 2

    post.clock.forward(days=1)
    del post.server.refused[READERS[0]]
    post.plan(*READERS)
    told = [each.recipient for each in post.deliver() if each.state is DeliveryState.SENT]
    assert told == [*READERS[suppressed:]]
    assert [mail.recipient for mail in post.server.mails].count(READERS[0]) == (0 if suppressed else 1)


def test_who_unsubscribes_between_planning_and_sending_gets_no_mail_and_loses_nothing(post: Desks) -> None:
    left, stayed = post.plan(*READERS[:2])
    with post.database.write() as connection:
        addresses.unsubscribe(connection, AddressEvent(READERS[0], EventKind.UNSUBSCRIBED, START, "page"))
    post.deliver()
    assert [post.found(each).state for each in (left, stayed)] == [DeliveryState.FAILED, DeliveryState.SENT]
    assert [mail.recipient for mail in post.server.mails] == [READERS[1]]
    with post.database.write() as connection:
        addresses.resume(connection, AddressEvent(READERS[0], EventKind.RESUMED, START, "page"))
        reader = subscribers.register(connection, READERS[0], START)
        assert len(untold.pending(connection, reader, [TOPIC])) == 1


def test_each_mail_has_an_envelope_sender_of_its_own_where_that_is_asked(post: Desks) -> None:
    post.policy = replace(post.policy, return_path=lambda due: f"veilleur+b-{due.id}@fil.example")
    first, second = post.plan(*READERS[:2])
    post.deliver()
    assert [mail.sender for mail in post.server.mails] == [f"veilleur+b-{each}@fil.example" for each in (first, second)]


def test_a_greylisted_mail_is_sent_once_after_a_while(post: Desks) -> None:
    [mail] = post.plan(READERS[0])
    post.server.will(Phase.RCPT, says("451 4.7.1 greylisted"), says("451 4.7.1 greylisted"))
    [deferred] = post.deliver()
    assert (deferred.state, deferred.outcome.code) == (DeliveryState.DEFERRED, 451)
    post.clock.forward(minutes=3, seconds=59)
    assert post.deliver() == []
    post.clock.forward(minutes=2, seconds=2)
    assert [each.state for each in post.deliver()] == [DeliveryState.DEFERRED]
    post.clock.forward(minutes=12)
    assert [each.state for each in post.deliver()] == [DeliveryState.SENT]
    assert len(post.server.mails) == 1
    assert (post.found(mail).attempts, post.tries(mail)[-1]) == (3, ("data", "sent"))


def test_retries_come_ever_more_rarely_but_within_the_hour_and_a_half() -> None:
    delays = [[retry_delay(attempts) for _ in range(50)] for attempts in (0, 1, 2, 10, 100)]
    assert all(timedelta(minutes=4) <= each <= timedelta(minutes=6) for each in delays[0])
    assert min(delays[1]) >= timedelta(minutes=8)
    assert all(timedelta(seconds=3200) <= each <= timedelta(seconds=4800) for each in delays[3] + delays[4])
    assert len(set(delays[0])) > 1


@pytest.mark.parametrize(
    ("phase", "act"),
    [(phase, says_and_hangs_up("421 4.3.2 busy")) for phase in Phase if phase is not Phase.STARTTLS]
    + [(phase, DROP) for phase in (Phase.GREETING, Phase.EHLO, Phase.AUTH, Phase.MAIL, Phase.RCPT)],
)
def test_a_servers_own_fault_blames_no_mail_and_ends_the_pass(post: Desks, phase: Phase, act: Act) -> None:
    post.server.password = "secret"
    mails = post.plan(*READERS)
    post.server.will(phase, act)
    [delivered] = post.deliver()
    assert delivered.outcome.result is Result.SERVER
    assert [(post.found(each).state, post.found(each).attempts) for each in mails] == [(DeliveryState.PENDING, 0)] * 3
    assert post.server.connections == 1

    post.clock.forward(minutes=6)
    assert len(post.deliver()) == 3
    assert [post.found(each).state for each in mails] == [DeliveryState.SENT] * 3
    assert sorted(mail.recipient for mail in post.server.accepted) == [*READERS]


def test_a_server_that_was_away_gets_every_mail_once_when_it_is_back(post: Desks) -> None:
    mails = post.plan(*READERS)
    with ScriptedServer() as gone:
        away = replace(post.access, port=gone.port)
    for _ in range(4):
        assert [each.state for each in post.deliver(SmtpTransport(away, PATIENCE))] == [DeliveryState.PENDING]
        post.clock.forward(hours=1)
    assert [each.state for each in post.deliver()] == [DeliveryState.SENT] * 3
    post.clock.forward(hours=1)
    assert post.deliver() == []
    assert sorted(mail.recipient for mail in post.server.mails) == [*READERS]
    assert {post.found(each).attempts for each in mails} == {1}


def test_a_wrong_password_stops_everything_and_is_told_without_the_password(
    post: Desks, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    mails = post.plan(*READERS)
    access = post.access
    post.server.password = "the-right-one"
    wrong = replace(access, username="veilleur", password="fausse-clef-77")
    [delivered] = post.deliver(SmtpTransport(wrong, PATIENCE))
    assert "refuses the log-in: 535" in delivered.outcome.text
    assert "refuses the log-in: 535" in caplog.text
    assert "fausse-clef-77" not in caplog.text + repr(delivered) + repr([post.found(each) for each in mails])
    assert not post.server.mails
    assert {post.found(each).state for each in mails} == {DeliveryState.PENDING}


def test_a_wrong_password_is_tried_once_a_pause_however_many_mails_wait(post: Desks) -> None:
    post.server.password = "secret"
    wrong = replace(post.access, password="another")
    post.plan(*READERS)
    for _ in range(20):
        post.deliver(SmtpTransport(wrong, PATIENCE))
        post.clock.forward(seconds=30)
    assert sum(line.startswith("AUTH") for line in post.server.commands) == 2


@pytest.mark.parametrize("act", [DROP, SILENCE])
def test_a_mail_in_doubt_is_repeated_once_alike_and_then_held(post: Desks, act: Act) -> None:
    [mail] = post.plan(READERS[0])
    post.server.will(Phase.DOT, act, DROP, DROP)
    assert [each.state for each in post.deliver()] == [DeliveryState.UNKNOWN]
    post.clock.forward(minutes=14, seconds=59)
    assert post.deliver() == []
    post.clock.forward(seconds=1)
    post.deliver()
    for _ in range(5):
        post.clock.forward(days=1)
        assert post.deliver() == []
    first, second = post.server.mails
    assert first.data == second.data
    assert post.found(mail).state is DeliveryState.HELD
    assert post.tries(mail) == [("data", "unknown"), ("data", "held")]


def test_a_repeat_after_a_doubt_that_is_accepted_settles_it(post: Desks) -> None:
    [mail] = post.plan(READERS[0])
    post.server.will(Phase.DOT, DROP)
    post.deliver()
    post.clock.forward(minutes=16)
    post.deliver()
    post.clock.forward(days=1)
    post.deliver()
    assert len({sent.data for sent in post.server.mails}) == 1
    assert (len(post.server.mails), post.found(mail).state) == (2, DeliveryState.SENT)


def test_a_mail_in_doubt_is_held_at_once_where_that_is_asked(post: Desks) -> None:
    post.policy = replace(post.policy, resend_after_doubt=False)
    [mail] = post.plan(READERS[0])
    post.server.will(Phase.DOT, DROP)
    for _ in range(3):
        post.deliver()
        post.clock.forward(days=1)
    assert (len(post.server.mails), post.found(mail).state) == (1, DeliveryState.HELD)


def test_each_recipient_may_have_another_rule_for_mails_in_doubt(post: Desks) -> None:
    held, repeated = READERS[:2]
    post.policy = replace(post.policy, resend_to={held: False})
    mails = post.plan(held, repeated)
    post.server.will(Phase.DOT, DROP, DROP)
    post.deliver()
    assert [post.found(each).state for each in mails] == [DeliveryState.HELD, DeliveryState.UNKNOWN]
    post.policy = replace(post.policy, resend_after_doubt=False, resend_to={repeated: True})
    post.clock.forward(minutes=16)
    post.server.will(Phase.DOT, DROP)
    assert [(each.recipient, each.state) for each in post.deliver()] == [(repeated, DeliveryState.HELD)]
    assert [mail.recipient for mail in post.server.mails].count(held) == 1


def test_a_doubt_is_told_to_whoever_reads_the_log(post: Desks, caplog: pytest.LogCaptureFixture) -> None:
    post.plan(READERS[0])
    post.server.will(Phase.DOT, DROP)
    post.deliver()
    assert [record.levelname for record in caplog.records if "doubt" in record.getMessage()] == ["WARNING"]


def test_a_server_whose_replies_are_lost_puts_no_more_than_a_few_mails_in_doubt(post: Desks) -> None:
    readers = [f"lectrice{number}@distributeur.example" for number in range(8)]
    post.plan(*readers)
    post.server.will(Phase.DOT, *[DROP] * 4)
    post.deliver()
    assert (len(post.server.mails), len(post.deliver())) == (3, 0)
    post.clock.forward(minutes=6)
    assert [each.state for each in post.deliver()] == [DeliveryState.UNKNOWN]
    for _ in range(3):
        post.clock.forward(minutes=16)
        post.deliver()
    assert sorted(each.recipient for each in post.server.accepted) == readers
    assert len(post.server.mails) == 8 + 4


def test_a_worker_that_died_before_data_sent_nothing_and_its_mail_goes_at_once(post: Desks) -> None:
    [mail] = post.plan(READERS[0])
    with post.database.write() as connection:
        assert tries.claim(connection, [mail], "machine:dead", post.clock())
    assert [each.state for each in post.deliver()] == [DeliveryState.SENT]
    assert len(post.server.mails) == 1
    assert (post.found(mail).attempts, post.tries(mail)) == (1, [("connect", "pending"), ("data", "sent")])


def test_a_try_of_another_process_is_left_to_it_where_no_lock_says_that_it_is_dead(post: Desks) -> None:
    post.policy = replace(post.policy, is_alone=False)
    [mail] = post.plan(READERS[0])
    with post.database.write() as connection:
        assert tries.claim(connection, [mail], "machine:other", post.clock())
    assert post.deliver() == []
    assert post.found(mail).state is DeliveryState.ATTEMPTING
    post.clock.forward(minutes=15, seconds=1)
    assert [each.state for each in post.deliver()] == [DeliveryState.SENT]
    assert len(post.server.mails) == 1


def test_a_worker_that_died_after_data_leaves_a_doubt(post: Desks) -> None:
    [mail] = post.plan(READERS[0])
    with post.database.write() as connection:
        [claimed] = tries.claim(connection, [mail], "machine:dead", post.clock())
        assert tries.enter_data(connection, {mail: claimed.fence})
    assert post.deliver() == []
    assert post.found(mail).state is DeliveryState.UNKNOWN
    post.clock.forward(minutes=15)
    assert [each.state for each in post.deliver()] == [DeliveryState.SENT]


def test_a_late_workers_outcome_changes_nothing(post: Desks) -> None:
    [mail] = post.plan(READERS[0])

    class Overtaken(SmtpTransport):
        async def send(self, letter: Letter) -> Outcome:
            post.clock.forward(minutes=16)
            recover(post.post())
            return await super().send(letter)

    post.deliver(Overtaken(post.access, PATIENCE))
    assert not post.server.mails
    assert post.found(mail).state is DeliveryState.PENDING
    post.deliver()
    assert len(post.server.mails) == 1


def test_a_late_worker_takes_nothing_from_the_one_that_has_the_mail_now(post: Desks) -> None:
    [mail] = post.plan(READERS[0])

    class Overtaken(SmtpTransport):
        async def send(self, letter: Letter) -> Outcome:
            post.clock.forward(minutes=16)
            recover(post.post())
            with post.database.write() as connection:
                assert tries.claim(connection, [mail], "machine:2", post.clock())
            return await super().send(letter)

    [late] = post.deliver(Overtaken(post.access, PATIENCE))
    assert late.outcome.result is Result.LOST_LEASE
    assert not post.server.mails
    assert (post.found(mail).state, post.found(mail).fence) == (DeliveryState.ATTEMPTING, 2)


def test_two_workers_at_once_send_each_mail_once(post: Desks) -> None:
    readers = [f"lectrice{number}@distributeur.example" for number in range(12)]
    post.plan(*readers)

    def work(owner: str) -> list[Delivered]:
        policy = replace(post.policy, owner=owner)
        return asyncio.run(deliver_due(replace(post.post(), policy=policy)))

    with ThreadPoolExecutor(2) as workers:
        done = list(chain.from_iterable(workers.map(work, ["machine:1", "machine:2"])))
    assert sorted(each.recipient for each in done) == sorted(readers)
    assert sorted(mail.recipient for mail in post.server.mails) == sorted(readers)


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
