"""Bookkeeping: one writer for all connections, so that what they put on record at the same time shares a commit.

The line of doubt is durable before DATA because `cross` returns only after the commit. The outcome of one mail is
written at the latest with the line of doubt of the next: when it cannot be written, nothing more is sent.
"""

import asyncio
import json
import logging
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from storage import digests, health, mailing, subscribers, tries
from storage.database import Database
from storage.errors import DatabaseUnavailable
from storage.model import Delivery, DeliveryState, Ending

logger = logging.getLogger(__name__)

WRITE_AGAIN = (0.2, 1.0, 5.0)  # seconds between tries to write the outcomes of mails
GATHERING = 0.002  # seconds that claims and outcomes wait for a line of doubt, which is what somebody waits for
Besides = Callable[[Connection], object]


class OnHold(Exception):
    """Mailing was put on hold meanwhile: nothing may be claimed."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that was taken for a try; or, with a reason, one that may not be sent and is settled."""

    delivery: Delivery
    suppressed: str | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a try ended, and what follows from it for its server or its reader."""

    ending: Ending
    besides: Besides | None = None


@dataclass(slots=True)
class _Batch:
    claims: list[tuple[int, str, asyncio.Future[Claimed | None]]] = field(default_factory=list)
    crossings: list[tuple[Delivery, asyncio.Future[bool]]] = field(default_factory=list)
    endings: list[Ended] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.claims or self.crossings or self.endings)


@dataclass(slots=True)
class _Written:
    claimed: dict[int, Claimed] = field(default_factory=dict)
    crossed: set[int] = field(default_factory=set)
    held: set[str] = field(default_factory=set)


class Bookkeeper:
    """Writes down the steps of every delivery under way. Outcomes that cannot be written go to standard error and into
    `unwritten`, to be written later."""

    def __init__(self, database: Database, owner: str, now: Callable[[], datetime], unwritten: list[Ended]) -> None:
        self._database = database
        self._owner = owner
        self._now = now
        self._unwritten = unwritten
        self._waiting = _Batch()
        self._is_urgent = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "ledger")
        self._writing: asyncio.Task[None] | None = None
        self._broken: DatabaseUnavailable | None = None

    async def claim(self, delivery_id: int, route: str) -> Claimed | None:
        """Takes a delivery for one try; None when another has it. Raises OnHold and DatabaseUnavailable."""
        answer: asyncio.Future[Claimed | None] = asyncio.get_running_loop().create_future()
        self._waiting.claims.append((delivery_id, route, answer))
        self._begin()
        return await answer

    async def cross(self, claimed: Delivery) -> bool:
        """Crosses the line of doubt; when it says yes, that is on disk. Raises DatabaseUnavailable."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.crossings.append((claimed, answer))
        self._is_urgent.set()
        self._begin()
        return await answer

    def note(self, ending: Ending, besides: Besides | None = None) -> None:
        """Puts down how a try ended, and in the same commit what follows from it."""
        self._waiting.endings.append(Ended(ending, besides))
        self._begin()

    def leave(self, ending: Ending) -> None:
        """Keeps an ending for later: the database cannot be written now."""
        self._unwritten.append(Ended(ending))

    async def close(self) -> None:
        """Returns when everything is written. Raises DatabaseUnavailable when something could not be."""
        if self._writing is not None:
            await asyncio.shield(self._writing)
        self._thread.shutdown()
        if self._broken is not None:
            raise self._broken

    def _begin(self) -> None:
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            await self._gather()
            batch, self._waiting = self._waiting, _Batch()
            try:
                if self._broken is not None and not batch.endings:
                    raise self._broken
                written = await loop.run_in_executor(self._thread, self._commit, batch)
            except DatabaseUnavailable as error:
                self._refuse(batch, error)
                await loop.run_in_executor(self._thread, self._insist, batch, error)
            except Exception as error:  # a bug, here or in what a try's end brings: nobody waits for ever
                logger.exception("the ledger could not be written")
                self._give_up(batch, DatabaseUnavailable(f"the ledger could not be written: {error!r}"))
            else:
                _answer(batch, written)

    async def _gather(self) -> None:
        """A mail is claimed while another is under way, so a claim has time until somebody is at the line of doubt."""
        if self._waiting.crossings:
            await asyncio.sleep(0)
        else:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_urgent.wait(), GATHERING)
        self._is_urgent.clear()

    def _commit(self, batch: _Batch) -> _Written:
        with self._database.write() as connection:
            written = _Written()
            _settle(connection, batch.endings)
            fences = {each.id: each.fence for each, _ in batch.crossings}
            written.crossed = tries.enter_data(connection, fences) if fences else set()
            if batch.claims:
                self._claim(connection, batch, written)
            return written

    def _claim(self, connection: Connection, batch: _Batch, written: _Written) -> None:
        standing = mailing.holds(connection)
        written.held = {route for _, route, _ in batch.claims if mailing.is_held(route, standing)}
        ids = [each for each, route, _ in batch.claims if route not in written.held]
        now = self._now()
        taken = tries.claim(connection, ids, self._owner, now)
        reasons = subscribers.suppressed_among(connection, [each.recipient for each in taken])
        refused = []
        for each in taken:
            reason = reasons.get(each.recipient.lower())
            written.claimed[each.id] = Claimed(each, reason)
            if reason is not None:
                refused.append(Ending(each.id, each.fence, DeliveryState.FAILED, now, text=reason))
                if not each.doubt_resends:
                    digests.release(connection, each.run_id)  # he may come back
                    health.release(connection, each.run_id)
        tries.settle(connection, refused)

    def _refuse(self, batch: _Batch, error: DatabaseUnavailable) -> None:
        """Nobody goes on: neither to DATA nor to another mail."""
        self._broken = error
        for claim in (each for _, _, each in batch.claims if not each.done()):
            claim.set_exception(error)
        for crossing in (each for _, each in batch.crossings if not each.done()):
            crossing.set_exception(error)

    def _insist(self, batch: _Batch, error: DatabaseUnavailable) -> None:
        """Tries to write the outcomes again, for a while."""
        outcomes = _Batch(endings=batch.endings)
        for patience in (*WRITE_AGAIN, None):
            if not outcomes:
                return
            logger.error("outcomes cannot be written (mails: %s): %s", len(outcomes.endings), error)
            if patience is None:
                break
            time.sleep(patience)
            try:
                self._commit(outcomes)
            except DatabaseUnavailable as again:
                error = again
            except Exception:  # they are kept, whatever it is
                logger.exception("the ledger could not be written")
                break
            else:
                self._broken = None
                return
        self._keep(outcomes)

    def _give_up(self, batch: _Batch, error: DatabaseUnavailable) -> None:
        self._refuse(batch, error)
        self._keep(batch)

    def _keep(self, batch: _Batch) -> None:
        """The outcomes, to be written by the next pass."""
        self._unwritten.extend(batch.endings)
        for each in batch.endings:
            spool(each.ending)


def spool(ending: Ending) -> None:
    """The outcome on standard error, as one line of JSON: it is on record nowhere else."""
    told = {
        "unwritten_outcome_of_delivery": ending.delivery_id,
        "state": ending.state.value,
        "at": ending.at.isoformat(),
        "code": ending.code,
        "text": ending.text,
    }
    with suppress(OSError):  # it may be a file on the same full disk
        print(json.dumps(told, ensure_ascii=False), file=sys.stderr, flush=True)


def write_unwritten(database: Database, unwritten: list[Ended]) -> None:
    """Writes the outcomes that could not be written before, each by itself. Raises DatabaseUnavailable."""
    while unwritten:
        _write_outcome(database, unwritten[0])
        del unwritten[0]


def _write_outcome(database: Database, ended: Ended) -> None:
    try:
        with database.write() as connection:
            _settle(connection, [ended])
    except DatabaseUnavailable:
        raise
    except Exception:  # a bug in what follows from an outcome must not keep all mails back for ever
        logger.exception("what follows from the outcome of delivery %s is lost", ended.ending.delivery_id)
        with database.write() as connection:
            _settle(connection, [Ended(ended.ending)])
    logger.info("the outcome of delivery %s is written now", ended.ending.delivery_id)


def _settle(connection: Connection, endings: Sequence[Ended]) -> None:
    tries.settle(connection, [each.ending for each in endings])
    for each in endings:
        if each.besides is not None:
            each.besides(connection)


def _answer(batch: _Batch, written: _Written) -> None:
    for claimed, crossing in batch.crossings:
        if not crossing.done():
            crossing.set_result(claimed.id in written.crossed)
    for delivery_id, route, claim in batch.claims:
        if claim.done():
            continue
        if route in written.held:
            claim.set_exception(OnHold(route))
        else:
            claim.set_result(written.claimed.get(delivery_id))
