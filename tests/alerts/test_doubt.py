"""Mails of which nobody knows whether they arrived, and workers that died over one or come late."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain

import pytest

from alerts.delivering import Delivered, deliver_due, recover
from alerts.smtp import SmtpTransport
from alerts.transport import Letter, Outcome, Result
from storage import tries
from storage.model import DeliveryState
from tests.support.desks import PATIENCE, READERS, Desks
from tests.support.mail_server import DROP, SILENCE, Act, Phase


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
