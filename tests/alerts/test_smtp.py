"""What a try to hand a mail to a real server comes to, for every way in which the server can fail."""

import asyncio
import logging
import re
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from alerts.model import MailServer
from alerts.smtp import Patience, SmtpTransport
from alerts.transport import Letter, Outcome, Result
from tests.alerts.conftest import server_side
from tests.support.mail_server import (
    DROP,
    SILENCE,
    Act,
    Phase,
    ScriptedServer,
    says,
    says_and_hangs_up,
    well_behaved_server,
)
from tests.support.ports import closed_port

MIME = b"From: veilleur@fil.example\r\nSubject: Code 8\r\n\r\nBonjour\r\n.point en t\xc3\xaate\r\n"
PASSWORD = "p\u00e9nultieme-Secret-0f4c"
PATIENT = Patience(reply=5.0, after_dot=5.0)
EVERY_PHASE = tuple(Phase)
BEFORE_DATA = EVERY_PHASE[: EVERY_PHASE.index(Phase.DATA)]


@dataclass
class Line:
    """The line of doubt: counts who crosses it, and may forbid it."""

    open: bool = True
    crossed: int = 0

    async def cross(self) -> bool:
        self.crossed += 1
        return self.open


def letter(
    recipient: str = "presse@distributeur.example", enter_data: Callable[[], Awaitable[bool]] | None = None
) -> Letter:
    return Letter("veilleur@fil.example", recipient, "<1@fil.example>", MIME, enter_data or Line().cross)


def access(server: ScriptedServer, **fields: object) -> MailServer:
    plain = MailServer("localhost", server.port, "starttls" if server.tls else "none", None, None)
    if server.password is not None:
        plain = replace(plain, username="veilleur", password=server.password)
    return replace(plain, **fields)  # type: ignore[arg-type]


def send(to: MailServer, *letters: Letter, patience: Patience = PATIENT) -> list[Outcome]:
    async def sent() -> list[Outcome]:
        transport = SmtpTransport(to, patience)
        try:
            return [await transport.send(each) for each in letters or (letter(),)]
        finally:
            await transport.close()

    return asyncio.run(sent())


@pytest.mark.parametrize("phase", EVERY_PHASE)
def test_a_server_that_closes_its_service_is_at_fault_itself(phase: Phase, trusted: ssl.SSLContext) -> None:
    with ScriptedServer(tls=trusted, password=PASSWORD) as server:
        server.will(phase, *[says_and_hangs_up("421 4.3.2 maintenance")] * 3)
        [outcome] = send(access(server))
    assert outcome.result is Result.SERVER
    assert "maintenance" in outcome.text
    assert not server.accepted


@pytest.mark.parametrize("phase", BEFORE_DATA)
def test_a_connection_lost_before_data_leaves_the_mail_certainly_unsent(phase: Phase, trusted: ssl.SSLContext) -> None:
    line = Line()
    with ScriptedServer(tls=trusted, password=PASSWORD) as server:
        server.will(phase, DROP)
        [outcome] = send(access(server), letter(enter_data=line.cross))
    assert outcome.result is Result.SERVER
    assert line.crossed == 0
    assert not server.mails


@pytest.mark.parametrize("act", [DROP, SILENCE, says("what was that?"), says("299 go on, somehow")])
def test_a_server_that_never_asked_for_the_mail_has_nothing_of_it(act: Act) -> None:
    with ScriptedServer() as server:
        server.will(Phase.DATA, act)
        [outcome] = send(access(server), patience=Patience(reply=0.3))
        assert not server.mails
    assert (outcome.result, outcome.phase) == (Result.SERVER, "data")


@pytest.mark.parametrize("act", [DROP, SILENCE, says("what was that?"), says("299 kept, somehow")])
def test_a_mail_without_a_clear_answer_after_its_last_byte_is_in_doubt(act: Act) -> None:
    line = Line()
    with ScriptedServer() as server:
        server.will(Phase.DOT, act)
        [outcome] = send(access(server), letter(enter_data=line.cross), patience=Patience(5.0, after_dot=0.3))
        assert len(server.mails) == 1
    assert outcome.result is Result.DOUBT
    assert line.crossed == 1


@pytest.mark.parametrize("phase", [Phase.GREETING, Phase.MAIL, Phase.RCPT])
@pytest.mark.parametrize("act", [SILENCE, says("what was that?")])
def test_a_server_that_is_silent_or_babbles_before_data_is_at_fault_itself(phase: Phase, act: Act) -> None:
    with ScriptedServer() as server:
        server.will(phase, act)
        [outcome] = send(access(server), patience=Patience(reply=0.3))
        assert not server.mails
    assert outcome.result is Result.SERVER


@pytest.mark.parametrize(
    ("phase", "reply", "result"),
    [
        (Phase.MAIL, "451 4.7.1 try later", Result.DEFERRED),
        (Phase.MAIL, "550 5.7.1 not this sender", Result.REJECTED),
        (Phase.RCPT, "451 4.7.1 greylisted", Result.DEFERRED),
        (Phase.RCPT, "452 4.2.2 mailbox full", Result.DEFERRED),
        (Phase.RCPT, "550 5.1.1 no such user", Result.REFUSED),
        (Phase.DATA, "451 4.3.0 try later", Result.DEFERRED),
        (Phase.DATA, "554 5.7.1 not you", Result.REJECTED),
        (Phase.DOT, "451 4.3.0 disk busy", Result.DEFERRED),
        (Phase.DOT, "552 5.3.4 too big", Result.REJECTED),
        (Phase.DOT, "554 5.6.0 not that", Result.REJECTED),
    ],
)
def test_a_refusal_says_whose_it_is_and_for_how_long(phase: Phase, reply: str, result: Result) -> None:
    with ScriptedServer() as server:
        server.will(phase, says(reply))
        refused, taken = send(access(server), letter(), letter("autre@distributeur.example"))
    assert (refused.result, refused.code, refused.text) == (result, int(reply[:3]), reply[4:])
    assert taken.result is Result.SENT
    assert [mail.recipient for mail in server.accepted] == ["autre@distributeur.example"]


def test_a_mail_that_is_larger_than_the_server_takes_is_not_handed_over_and_harms_no_other() -> None:
    line = Line()
    with ScriptedServer(size=1000) as server:
        large = replace(letter(enter_data=line.cross), mime=MIME + b"x" * 1000)
        refused, taken = send(access(server), large, letter())
    assert (refused.result, refused.code) == (Result.REJECTED, 552)
    assert f"{len(large.mime)} bytes, the server takes 1000" in refused.text
    assert line.crossed == 0
    assert taken.result is Result.SENT
    assert [mail.data for mail in server.mails] == [MIME]


def test_each_recipient_gets_a_transaction_of_his_own_with_the_very_bytes() -> None:
    recipients = ["a@distributeur.example", "b@distributeur.example"]
    with ScriptedServer() as server:
        outcomes = send(access(server), *map(letter, recipients))
    assert [each.result for each in outcomes] == [Result.SENT, Result.SENT]
    assert [(mail.sender, mail.recipient, mail.data) for mail in server.mails] == [
        ("veilleur@fil.example", recipient, MIME) for recipient in recipients
    ]
    assert server.connections == 1


def test_dots_and_ends_of_lines_of_any_kind_arrive_as_the_protocol_wants_them() -> None:
    written = b".Subject: Code 8\n\n.un\r..deux\r\n.\r\n\r\r\ntrois."
    with ScriptedServer() as server:
        send(access(server), replace(letter(), mime=written))
    assert [mail.data for mail in server.mails] == [
        b"..Subject: Code 8\r\n\r\n.un\r\n..deux\r\n.\r\n\r\n\r\ntrois.\r\n"
    ]


def test_a_mail_that_was_accepted_is_sent_whatever_the_server_does_next() -> None:
    with ScriptedServer() as server:
        server.will(Phase.DOT, says_and_hangs_up("250 2.0.0 queued"))
        first, second = send(access(server), letter("a@distributeur.example"), letter("b@distributeur.example"))
    assert first == Outcome(Result.SENT, 250, "2.0.0 queued")
    assert second.result is Result.SENT
    assert [mail.recipient for mail in server.accepted] == ["a@distributeur.example", "b@distributeur.example"]


def test_a_server_that_takes_one_mail_a_connection_gets_a_connection_a_mail() -> None:
    with ScriptedServer() as server:
        server.will(Phase.MAIL, says("250 ok"), says_and_hangs_up("421 4.7.0 too many messages"))
        outcomes = send(access(server), letter("a@distributeur.example"), letter("b@distributeur.example"))
    assert [each.result for each in outcomes] == [Result.SENT, Result.SENT]
    assert server.connections == 2


def test_a_connection_carries_as_many_mails_as_it_may_and_then_says_good_bye() -> None:
    with ScriptedServer() as server:
        outcomes = send(replace(access(server), mails_per_connection=3), *[letter()] * 7)
    assert [each.result for each in outcomes] == [Result.SENT] * 7
    assert (server.connections, server.commands.count("QUIT")) == (3, 3)


def test_a_lost_lease_sends_nothing() -> None:
    with ScriptedServer() as server:
        [outcome] = send(access(server), letter(enter_data=Line(open=False).cross))
    assert outcome.result is Result.LOST_LEASE
    assert "DATA" not in server.commands


def test_an_old_server_that_knows_no_ehlo_is_greeted_again() -> None:
    with ScriptedServer() as server:
        server.will(Phase.EHLO, says("502 5.5.1 what?"))
        [outcome] = send(access(server))
    assert outcome.result is Result.SENT


def test_nothing_goes_in_clear_when_the_server_offers_no_starttls() -> None:
    with ScriptedServer(password=PASSWORD) as server:
        [outcome] = send(access(server, security="starttls"))
    assert outcome.result is Result.SERVER
    assert "STARTTLS" in outcome.text
    assert {line.split()[0] for line in server.said_in_clear if line} <= {b"EHLO", b"QUIT"}


def test_a_server_that_speaks_only_tls_takes_a_mail(trusted: ssl.SSLContext) -> None:
    with ScriptedServer(tls=trusted, implicit=True, password=PASSWORD) as server:
        [outcome] = send(access(server, security="tls"))
    assert outcome.result is Result.SENT
    assert [mail.data for mail in server.accepted] == [MIME]


def test_nothing_goes_in_clear_when_the_server_speaks_no_tls() -> None:
    with ScriptedServer(password=PASSWORD) as server:
        [outcome] = send(access(server, security="tls"))
    assert outcome.result is Result.SERVER
    assert not [line for line in server.said_in_clear if re.search(rb"EHLO|AUTH|MAIL", line)]


def test_nothing_goes_in_clear_when_starttls_is_refused(trusted: ssl.SSLContext) -> None:
    with ScriptedServer(tls=trusted, password=PASSWORD) as server:
        server.will(Phase.STARTTLS, says("454 4.7.0 no TLS today"))
        [outcome] = send(access(server))
    assert outcome.result is Result.SERVER
    assert {line.split()[0] for line in server.said_in_clear if line} <= {b"EHLO", b"STARTTLS", b"QUIT"}


def test_a_certificate_from_nobody_known_is_refused(untrusted: ssl.SSLContext) -> None:
    with ScriptedServer(tls=untrusted, password=PASSWORD) as server:
        [outcome] = send(access(server))
    assert outcome.result is Result.SERVER
    assert "certificate" in outcome.text
    assert "AUTH" not in " ".join(server.commands)


def test_a_certificate_of_another_name_is_refused(authority: trustme.CA, trusted: ssl.SSLContext) -> None:
    with ScriptedServer(tls=server_side(authority, "other.example"), password=PASSWORD) as server:
        [outcome] = send(access(server))
    assert outcome.result is Result.SERVER
    assert "certificate" in outcome.text
    assert "AUTH" not in " ".join(server.commands)


def test_a_wrong_password_is_told_and_never_shown(trusted: ssl.SSLContext, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with ScriptedServer(tls=trusted, password=PASSWORD) as server:
        to = access(server, password="fausse-clef-77")
        server.will(Phase.AUTH, says_and_hangs_up("535 5.7.8 fausse-clef-77 is wrong"))
        [outcome] = send(to)
    assert outcome.result is Result.SERVER
    assert (outcome.code, "log-in" in outcome.text) == (535, True)
    assert "fausse-clef-77" not in outcome.text + caplog.text + repr(to)
    assert not server.mails


def test_a_wrong_password_is_tried_once_so_that_no_account_is_locked(trusted: ssl.SSLContext) -> None:
    with ScriptedServer(tls=trusted, password=PASSWORD) as server:
        send(access(server, password="fausse-clef-77"))
    assert [line.split()[1] for line in server.commands if line.startswith("AUTH")] == ["PLAIN"]


def test_a_log_in_that_the_server_does_not_offer_sends_nothing() -> None:
    with ScriptedServer() as server:
        [outcome] = send(access(server, username="veilleur", password=PASSWORD))
    assert outcome.result is Result.SERVER
    assert "log-in" in outcome.text
    assert {line.split()[0] for line in server.commands} == {"EHLO", "QUIT"}


def test_a_standard_server_takes_a_mail_over_starttls_with_a_log_in(trusted: ssl.SSLContext) -> None:
    with well_behaved_server(tls=trusted, login=("veilleur", PASSWORD)) as (postbox, port):
        outcomes = send(MailServer("localhost", port, "starttls", "veilleur", PASSWORD), letter(), letter())
        [refused] = send(MailServer("localhost", port, "starttls", "veilleur", "autre"))
    assert [each.result for each in outcomes] == [Result.SENT, Result.SENT]
    assert refused.result is Result.SERVER
    assert postbox.contents == [MIME, MIME]


def test_a_server_that_is_not_there_is_at_fault_itself() -> None:
    with closed_port() as port:
        [outcome] = send(access(ScriptedServer(port=port)))
    assert outcome.result is Result.SERVER
    assert str(port) in outcome.text


def test_what_a_server_tells_before_it_is_given_anything(trusted: ssl.SSLContext, authority: trustme.CA) -> None:
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    authority.issue_cert("localhost", not_after=soon).configure_cert(trusted)
    with ScriptedServer(tls=trusted, size=40_000) as server:
        told = asyncio.run(SmtpTransport(access(server), PATIENT).greeting())
    assert told.trouble == ""
    assert told.secured_by.startswith("TLSv1.")
    assert told.certified_until == soon
    assert told.largest_mail == 40_000
    assert not server.mails
