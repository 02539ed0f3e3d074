"""What a refusal means: for its recipient, for its mail, for the server; and what it never means."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alerts import verdicts
from storage import mailing, subscribers
from storage.model import DeliveryState
from tests.support.desks import READERS, Desks
from tests.support.mail_server import Phase, ScriptedServer, says, says_and_hangs_up
from tests.support.newsroom import newsroom

SENT, FAILED, DEFERRED, HELD = DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.DEFERRED, DeliveryState.HELD
PENDING = DeliveryState.PENDING
ANNE = READERS[0]


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Desks]:
    with ScriptedServer() as server, newsroom(tmp_path) as database:
        yield Desks(database, server)


def reason(post: Desks) -> str | None:
    """Why nothing is sent to the first reader."""
    with post.database.read() as connection:
        return subscribers.suppressed(connection, ANNE)


def holds(post: Desks) -> list[tuple[str, str]]:
    with post.database.read() as connection:
        return [(each.kind, each.route) for each in mailing.holds(connection)]


@pytest.mark.parametrize(
    ("phase", "reply", "state"),
    [
        (Phase.MAIL, "550 5.1.8 bad sender", DEFERRED),
        (Phase.RCPT, "450 4.1.1 unknown for now", DEFERRED),
        (Phase.RCPT, "451 5.1.1 contradicts itself", DEFERRED),
        (Phase.RCPT, "550 5.1.8 bad sender", FAILED),
        (Phase.RCPT, "554 5.7.1 relay access denied", FAILED),
        (Phase.RCPT, "550 5.2.2 mailbox full", FAILED),
        (Phase.DATA, "554 5.1.1 no valid recipients", DEFERRED),
        (Phase.DOT, "550 5.1.1 found out late", DEFERRED),
        (Phase.DOT, "552 5.2.1 disabled", DEFERRED),
    ],
)
def test_no_refusal_but_of_a_wrong_address_when_the_recipient_is_named_suppresses(
    post: Desks, phase: Phase, reply: str, state: DeliveryState
) -> None:
    [mail] = post.plan(ANNE)
    post.server.will(phase, says(reply))
    post.deliver()
    assert (post.found(mail).state, reason(post)) == (state, None)


def test_a_disabled_mailbox_is_believed_the_second_time_in_a_row(post: Desks) -> None:
    post.server.will(Phase.RCPT, says("550 5.2.1 disabled"), says("250 ok"), *[says("550 5.2.1 disabled")] * 2)
    for state, suppressed in ((FAILED, False), (SENT, False), (FAILED, False), (FAILED, True)):
        [mail] = post.plan(ANNE)
        post.deliver()
        assert (post.found(mail).state, reason(post) is not None) == (state, suppressed)
        post.clock.forward(days=1)


@pytest.mark.parametrize("phase", [Phase.MAIL, Phase.DATA, Phase.DOT])
def test_three_mails_in_a_row_that_are_rejected_hold_the_route_until_it_is_resumed(post: Desks, phase: Phase) -> None:
    post.server.will(phase, *[says("554 5.6.0 not that")] * 3)
    mails = post.plan(*READERS, "d@distributeur.example")
    assert [each.state for each in post.deliver()] == [DEFERRED] * 3
    assert holds(post) == [("rejected", "mail")]
    post.clock.forward(days=1)
    assert post.deliver() == []
    with post.database.write() as connection:
        assert "554 5.6.0 not that" in mailing.lift(connection, post.clock())[0].reason
    post.deliver()
    assert [post.found(each).state for each in mails] == [SENT] * 4


def test_mails_that_are_rejected_among_others_that_are_taken_hold_nothing(post: Desks) -> None:
    taken, rejected = says("250 ok"), says("554 5.6.0 not that")
    post.server.will(Phase.DOT, rejected, rejected, taken, rejected, rejected, taken)
    post.plan(*(f"{name}@distributeur.example" for name in "abcdef"))
    assert [each.state for each in post.deliver()] == [DEFERRED, DEFERRED, SENT] * 2
    assert holds(post) == []


def test_one_mail_that_is_rejected_again_and_again_is_held_alone(post: Desks) -> None:
    post.server.will(Phase.DOT, *[says("554 5.6.0 not that")] * 3)
    [mail] = post.plan(ANNE)
    for _ in range(3):
        post.deliver()
        post.clock.forward(hours=2)
    assert (post.found(mail).state, post.found(mail).held_why, holds(post)) == (HELD, "rejected", [])


def test_after_a_fault_one_mail_tries_the_server_and_the_others_wait_for_it(post: Desks) -> None:
    post.policy = replace(post.policy, connections=3)
    mails = post.plan(*READERS)
    post.server.will(Phase.GREETING, *[says_and_hangs_up("421 4.3.2 busy")] * 4)
    post.deliver()
    assert post.server.connections == 3
    post.clock.forward(minutes=4)
    assert post.deliver() == []
    post.clock.forward(minutes=2)
    assert len(post.deliver()) == 1
    assert post.server.connections == 4
    post.clock.forward(minutes=11)
    post.deliver()
    assert [post.found(each).state for each in mails] == [SENT] * 3


def test_a_reply_in_any_bytes_is_an_outcome_like_any_other(post: Desks) -> None:
    post.server.will(Phase.DOT, says("250 2.0.0 accept\udce9 \0"), says("554 5.6.0 refus\udce9"))
    taken, rejected, _ = post.plan(*READERS)
    post.deliver()
    assert [post.found(each).state for each in (taken, rejected)] == [SENT, DEFERRED]
    assert post.found(taken).last_text == "2.0.0 accept? "


def test_a_relay_that_denies_everybody_holds_the_rest(post: Desks) -> None:
    post.server.will(Phase.RCPT, *[says("554 5.7.1 relay access denied")] * 3)
    mails = post.plan(*(f"{name}@distributeur.example" for name in "abcdef"))
    post.deliver()
    assert holds(post) == [("rejected", "mail")]
    assert [post.found(each).state for each in mails[3:]] == [PENDING] * 3


def test_a_server_at_fault_makes_no_mail_a_rejected_one(post: Desks) -> None:
    [mail] = post.plan(ANNE)
    post.server.will(Phase.RCPT, says("451 4.7.1 later"))
    post.deliver()
    post.clock.forward(hours=2)
    post.server.will(Phase.GREETING, says_and_hangs_up("554 5.3.2 not now"))
    post.deliver()
    assert verdicts.was_rejected(post.found(mail)) is False
