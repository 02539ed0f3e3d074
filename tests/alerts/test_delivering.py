"""Deliveries through a real server and a real database: each mail once, and what is in doubt at most twice, alike."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.smtp import SmtpTransport
from alerts.transport import Result
from alerts.verdicts import retry_delay
from storage import addresses, subscribers, untold
from storage.model import AddressEvent, DeliveryState, EventKind
from tests.support.desks import PATIENCE, READERS, START, Desks
from tests.support.mail_server import DROP, Act, Phase, ScriptedServer, says, says_and_hangs_up
from tests.support.newsroom import TOPIC


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
