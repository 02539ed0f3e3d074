"""Delivering what is due: claimed, sent, settled, each step on record before the next (storage.tries)."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from alerts import verdicts
from alerts.bookkeeping import Bookkeeper, Claimed, Ended, OnHold, write_unwritten
from alerts.pace import Pace
from alerts.transport import Letter, Outcome, Result, Transport
from storage import deliveries, digests, epoch, health, mailing, subscribers, tries
from storage.database import Database
from storage.errors import DatabaseUnavailable
from storage.model import Delivery, DeliveryState, Route

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Policy:
    """How deliveries are made: the envelope's sender, this process's name, whether a mail in doubt is sent again.

    `resend_to` holds the recipients for whom it is otherwise than for all.
    `is_alone` says that a lock keeps every other process from delivering: tries which others began are surely over.
    `connections` work side by side, `rate` is how many mails a second they begin at most, together.
    """

    sender: str
    owner: str
    resend_after_doubt: bool = True
    resend_to: Mapping[str, bool] = field(default_factory=dict)
    is_alone: bool = True
    connections: int = 1
    rate: float | None = None
    batch: int = 500
    return_path: Callable[[Delivery], str] | None = None

    def resends(self, recipient: str) -> bool:
        """Whether a mail of which nobody knows whether it arrived is sent to this recipient once more."""
        return self.resend_to.get(recipient, self.resend_after_doubt)

    def envelope_sender(self, due: Delivery) -> str:
        """Where the delivery's bounces go."""
        return self.sender if self.return_path is None else self.return_path(due)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of one delivery in this pass."""

    recipient: str
    state: DeliveryState
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Post:
    """Where deliveries come from and how they go out: `transport` opens the way of a route; `pace` is kept from pass
    to pass, `epoch` is the file of the restore guard (storage.epoch)."""

    database: Database
    transport: Callable[[str], Transport]
    policy: Policy
    now: Callable[[], datetime]
    pace: Pace = field(default_factory=Pace)
    epoch: Path | None = None


def always() -> bool:
    """For passes that nobody ends early."""
    return True


async def deliver_due(
    post: Post, go_on: Callable[[], bool] = always, unwritten: list[Ended] | None = None
) -> list[Delivered]:
    """Sends every rendered delivery that is due. When `go_on` says no, the rest waits for the next pass.

    A server at fault rests (storage.mailing); then one mail tries it, before the others follow. Outcomes that cannot be
    written are left in `unwritten`: give the same list to the next pass.
    """
    left = [] if unwritten is None else unwritten
    write_unwritten(post.database, left)
    if post.epoch is not None:
        epoch.guard(post.database, post.epoch, post.now())
    with post.database.read() as connection:
        known, standing = mailing.routes(connection), mailing.holds(connection)
        routes = [known.get(name, Route(name)) for name in deliveries.due_routes(connection, post.now())]
    free = [each for each in routes if not mailing.is_held(each.name, standing)]
    books = Bookkeeper(post.database, post.policy.owner, post.now, left)
    passes = [_Pass(post, books, each, go_on) for each in free if not mailing.is_closed(each, post.now())]
    if passes and post.epoch is not None:
        epoch.advance(post.database, post.epoch)
    try:
        ended = await asyncio.gather(*(each.run() for each in passes), return_exceptions=True)
    finally:
        await books.close()
    for failure in ended:
        if isinstance(failure, BaseException):
            raise failure
    if passes and post.epoch is not None:
        epoch.advance(post.database, post.epoch)
    return [each for done in passes for each in done.done]


def recover(post: Post, unwritten: list[Ended] | None = None) -> None:
    """Settles what an earlier process left half done, and gives up what is past its time.

    What was given up comes with the reader's next digest, unless he may have it (a doubt). What a server rejected as
    such is held instead: it would refuse the next digest for what is in it.
    """
    write_unwritten(post.database, [] if unwritten is None else unwritten)
    policy, now = post.policy, post.now()
    with post.database.write() as connection:
        owner = policy.owner if policy.is_alone else None
        for each in tries.recover_abandoned(connection, now, resend=policy.resends, owner=owner):
            logger.warning("delivery %s to %s was left behind in the middle of a try", each.id, each.recipient)
        for each in deliveries.expire(connection, now):
            logger.error("delivery %s to %s is given up: %s", each.id, each.recipient, each.last_text)
            if each.state is DeliveryState.EXPIRED and not each.doubt_resends:
                digests.release(connection, each.run_id)
                health.release(connection, each.run_id)


class _Pass:
    """One pass over what is due by one route, by several workers with a connection each."""

    def __init__(self, post: Post, books: Bookkeeper, route: Route, go_on: Callable[[], bool]) -> None:
        self.done: list[Delivered] = []
        self._post, self._books = post, books
        self._name, self._route, self._go_on = route.name, route, go_on
        self._queue = self._each_due()
        self._is_over = self._has_failed = False
        self._doubts = 0

    async def run(self) -> None:
        """Sends until nothing is due, the server is at fault, or mailing is held. Raises DatabaseUnavailable."""
        count = self._post.policy.connections if self._name == mailing.MAIL else 1
        transports = [self._post.transport(self._name) for _ in range(count)]
        try:
            if self._route.fails:
                await self._probe(transports[0])
            workers = [asyncio.create_task(self._work(each)) for each in transports]
            try:
                await asyncio.gather(*workers)
            finally:
                self._is_over = True
                await asyncio.gather(*workers, return_exceptions=True)
        finally:
            for each in transports:
                await each.close()

    async def _probe(self, transport: Transport) -> None:
        """The server was at fault: one mail tries whether it still is."""
        while (claimed := await self._claim_next()) is not None:
            if await self._deliver(transport, claimed):
                return

    async def _work(self, transport: Transport) -> None:
        """The next mail is claimed while one is under way, so that its connection waits for one commit a mail."""
        following = asyncio.create_task(self._claim_next())
        try:
            while (claimed := await following) is not None:
                following = asyncio.create_task(self._claim_next())
                await self._deliver(transport, claimed)
        finally:
            await self._put_back(following)

    async def _claim_next(self) -> Claimed | None:
        while self._may_go_on() and (due := next(self._queue, None)) is not None:
            await self._post.pace.turn(self._post.policy.rate if self._name == mailing.MAIL else None, self._may_go_on)
            if not self._may_go_on():
                return None
            try:
                claimed = await self._books.claim(due.id, self._name)
            except OnHold:
                self._is_over = True
                return None
            if claimed is not None:
                return claimed
        return None

    def _may_go_on(self) -> bool:
        return not self._is_over and self._go_on()

    async def _put_back(self, following: asyncio.Task[Claimed | None]) -> None:
        if following.cancelled() or (following.done() and following.exception() is not None):
            return
        claimed = await following
        if claimed is not None and claimed.suppressed is None:
            self._books.note(tries.untried(claimed.delivery, now=self._post.now(), text="put back"))

    async def _deliver(self, transport: Transport, claimed: Claimed) -> bool:
        """Whether the server was asked."""
        due, now = claimed.delivery, self._post.now
        if claimed.suppressed is not None:
            refusal = Outcome(Result.REFUSED, text=claimed.suppressed)
            self.done.append(Delivered(due.recipient, DeliveryState.FAILED, refusal))
            return False
        if not self._may_go_on():
            self._books.note(tries.untried(due, now=now(), text="put back"))
            return False
        assert due.mime is not None
        assert due.message_id is not None
        crossing = partial(self._books.cross, due)
        try:
            outcome = await transport.send(
                Letter(self._post.policy.envelope_sender(due), due.recipient, due.message_id, due.mime, crossing)
            )
        except DatabaseUnavailable:
            self._books.leave(tries.untried(due, now=now(), text="the line of doubt could not be written"))
            raise
        self._settle(due, outcome)
        return True

    def _settle(self, due: Delivery, outcome: Outcome) -> None:
        now, policy = self._post.now(), self._post.policy
        level = logging.INFO if outcome.result is Result.SENT else logging.WARNING
        ending = verdicts.ending(due, outcome, now, resend_after_doubt=policy.resends(due.recipient))
        became = verdicts.named(outcome.result, ending.state)
        logger.log(level, "delivery %s to %s: %s %s", due.id, due.recipient, became, outcome.text)
        self.done.append(Delivered(due.recipient, ending.state, outcome))
        self._books.note(ending, self._consequence(due, outcome, now))

    def _consequence(self, due: Delivery, outcome: Outcome, now: datetime) -> Callable[[Connection], object] | None:
        """What the outcome means beyond its delivery, to be written with it."""
        route = self._name
        self._doubts = self._doubts + 1 if outcome.result is Result.DOUBT else 0
        match outcome.result:
            case Result.SENT if self._route.fails or self._route.rejected:
                self._route = Route(route)
                return lambda connection: mailing.work(connection, route)
            case Result.SERVER | Result.DOUBT if self._is_at_fault(outcome) and not self._has_failed:
                self._is_over = self._has_failed = True
                return lambda connection: mailing.fail(connection, route, now, outcome.code, outcome.text)
            case Result.REJECTED | Result.REFUSED if verdicts.is_against_the_route(due, outcome):
                self._route = replace(self._route, rejected=self._route.rejected + 1)
                self._is_over = self._is_over or self._route.rejected >= verdicts.REJECTIONS
                return lambda connection: _reject(connection, route, outcome, now)
            case Result.REFUSED:
                return lambda connection: _write_off(connection, due, outcome, now)
        return None

    def _is_at_fault(self, outcome: Outcome) -> bool:
        """One doubt may be chance; one after a fault, or several in a row, are the server's."""
        return outcome.result is Result.SERVER or bool(self._route.fails) or self._doubts >= verdicts.DOUBTS

    def _each_due(self) -> Iterator[Delivery]:
        """What is due, a batch at a time, none twice: what is due again after a try waits for the next pass."""
        seen: set[int] = set()
        while batch := [each for each in self._due() if each.id not in seen]:
            seen.update(each.id for each in batch)
            yield from batch

    def _due(self) -> list[Delivery]:
        post = self._post
        with post.database.read() as connection:
            return deliveries.due(connection, post.now(), post.policy.batch, route=self._name, is_rendered=True)


def _reject(connection: Connection, route: str, outcome: Outcome, now: datetime) -> None:
    """Several mails in a row that a server rejects are the sender's fault or the configuration's, not the readers'."""
    if mailing.reject(connection, route) < verdicts.REJECTIONS:
        return
    reason = f"{verdicts.REJECTIONS} mails in a row were rejected, the last with: {outcome.code} {outcome.text}"
    if mailing.hold(connection, "rejected", reason, now, route):
        logger.error("%s is on hold: %s; mend it, then run `veilleur deliveries resume`", route, reason)


def _write_off(connection: Connection, due: Delivery, outcome: Outcome, now: datetime) -> None:
    """Suppresses an address that is wrong, or a mailbox that was disabled the last time, too."""
    before = deliveries.previous_reply(connection, due)
    twice = verdicts.is_disabled(outcome) and verdicts.enhanced_code(before) == verdicts.DISABLED
    if twice or verdicts.is_wrong_address(outcome):
        subscribers.suppress(connection, due.recipient, f"{outcome.code} {outcome.text}", now)
