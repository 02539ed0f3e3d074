"""What the daemon does at its ticks and `run --once` does once: a round, due digests, deliveries, pruning."""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from alerts.bookkeeping import Ended
from alerts.delivering import Delivered, Policy, Post, always, deliver_due, recover
from alerts.digests import Desk, render_delivery
from alerts.keys import signing_key
from alerts.leaving import PLACE
from alerts.message import parse_address
from alerts.pace import Pace
from alerts.sharing import Shared
from alerts.tokens import Purpose, Tokens
from crawler.archives.keeping import expired
from crawler.child import RoundReport, run_round
from crawler.conversation import Event
from crawler.outlets import Outlet
from crawler.rhythm import longest_waits
from scheduler.clock import utc_now
from scheduler.config import Configuration
from scheduler.feeds import write_feed
from scheduler.health import Ward, examine, plan_notice
from scheduler.holds import tell_holds
from scheduler.orders import desk_of, round_of, transport_of
from scheduler.planning import Agenda, Planner, Reader
from scheduler.terminal import counted
from storage import deliveries, digests, epoch, health, kept, pruning, revisits, rounds, sources, subscribers
from storage.database import Database
from storage.errors import StorageError
from storage.model import Delivery, Run
from storage.portions import portions

logger = logging.getLogger(__name__)

BATCH = 200  # mails that are rendered in one transaction, before they go out


def no_event(event: Event) -> None:
    """For rounds that nobody watches."""


@dataclass(frozen=True, slots=True)
class Jobs:
    """The daemon's work on one configuration and one database; `now` is the clock.

    `life` tells it from an earlier one of the same host and process number, as containers have them at each start.
    """

    configuration: Configuration
    database: Database
    now: Callable[[], datetime] = utc_now
    saved: str | None = None
    fixed_now: datetime | None = None
    unwritten: list[Ended] = field(default_factory=list)
    pace: Pace = field(default_factory=Pace)
    agenda: Agenda = field(default_factory=Agenda)
    life: str = field(default_factory=lambda: secrets.token_hex(4))

    @property
    def desk(self) -> Desk:
        return desk_of(self.configuration)

    @property
    def signing_desk(self) -> Desk:
        """The desk with its keys, for mails that go out. Raises AlertsError when a key cannot be used."""
        ways, tokens = self.configuration.outward, self.tokens
        seal = None
        if ways.dkim is not None:
            from alerts.sealing import sealed_by

            seal = sealed_by(ways.dkim)
        return replace(self.desk, leaving=partial(ways.exits.of, tokens), seal=seal)

    @property
    def tokens(self) -> Tokens:
        """The signer of links, with a key that is made when there is none yet."""
        return Tokens(signing_key(self.configuration.outward.key_file, os.environ))

    def register_subscribers(self) -> Sequence[Reader]:
        """The configuration's subscribers with their rows; new ones begin to be told from now on."""
        wanted = self.configuration.subscribers
        with self.database.write() as connection:
            stored = subscribers.register_all(connection, [each.email for each in wanted], self.now())
        self.agenda.readers = [Reader(*each) for each in zip(wanted, stored, strict=True)]
        return self.agenda.readers

    def has_work(self) -> bool:
        """Whether some source is to be asked or some article to be visited again."""
        now, outlets = self.now(), [each.id for each in self.configuration.outlets if each.treatment == "pages"]
        with self.database.read() as connection:
            known = sources.in_catalogue(sources.all_sources(connection), set(self.desk.watched))
            is_visiting = bool(self.configuration.revisit) and self.saved is None
            visits = is_visiting and revisits.is_due(connection, outlets, now)
        longest = longest_waits(self.configuration.outlets, self.configuration.rhythm, now)
        return visits or len(known) < len(self.desk.watched) or bool(sources.due(known, now, longest=longest))

    async def crawl(
        self,
        on_event: Callable[[Event], None] = no_event,
        *,
        outlets: Sequence[Outlet] | None = None,
        forced: bool = False,
    ) -> RoundReport:
        """One crawl round in a child process, on record from its beginning to its end, however it ends."""
        chosen = outlets or self.configuration.outlets
        job = round_of(
            self.configuration, chosen, self.now(), saved=self.saved, forced=forced, fixed_now=self.fixed_now
        )
        with self.database.write() as connection:
            round_id = rounds.begin(connection, self.now())
        report = RoundReport("died", detail="the daemon was stopped")
        try:
            report = await run_round(job, on_event)
        finally:
            self._close_round(round_id, report)
        self.examine()
        self.write_feed()
        if report.outcome == "done" and report.detail:
            logger.warning("round %s complained: %s", round_id, report.detail[-2000:])
        if report.outcome != "done":
            logger.error("round %s: %s: %s", round_id, report.outcome, report.detail)
        return report

    def _close_round(self, round_id: int, report: RoundReport) -> None:
        counts = report.counts
        with self.database.write() as connection:
            rounds.finish(
                connection,
                round_id,
                outcome=report.outcome,
                now=self.now(),
                sources_ok=counts.get("sources ok", 0),
                sources_failed=counts.get("sources failed", 0),
                pages=counts.get("pages", 0),
                mentions=counts.get("new", 0) + counts.get("duplicate", 0),
                detail=report.detail[-1000:] or None,
            )

    def examine(self) -> None:
        """Puts on record which sources fell silent or poor, and which are well again; saved pages tell neither."""
        if self.saved is None:
            trusted = {
                url for outlet in self.configuration.outlets for _, url in outlet.sources if not outlet.doubt(url)
            }
            ward = Ward(trusted, self.configuration.patience)
            with self.database.write() as connection:
                examine(connection, ward, self.now())

    def write_feed(self) -> None:
        """Writes the Atom file of new mentions."""
        write_feed(self.configuration.feed, self.database, self.desk, self.now())

    def plan_due(self, go_on: Callable[[], bool] = always, *, at_once: bool = False) -> list[Run]:
        """Plans every subscriber's due digest and alert, until `go_on` says no between some readers.

        With `at_once`, everything pending is planned now, whatever the schedule, and what waits is due. What could not
        be sent in its time is given up first, so that it comes with this digest.
        """
        recover(self.post, self.unwritten)
        if at_once:
            with self.database.write() as connection:
                deliveries.hasten(connection, self.now())
        readers = self._readers()
        wants = {each.stored.id: each.wants for each in readers}
        planned = Planner(self.database, self.now, self.agenda).plan(readers, go_on, at_once=at_once)
        for run in planned:
            reader = wants[run.subscriber_id]
            logger.info("%s of slot %s planned for %s", run.kind, reader.slot(run.slot), reader.email)
        self._plan_notice()
        return planned

    def _plan_notice(self) -> None:
        operator = self.configuration.operator
        if operator is not None:
            with self.database.write() as connection:
                if plan_notice(connection, self.signing_desk, operator, self.now()):
                    logger.info("a notice about the health of sources is planned for %s", operator.email)

    def _readers(self) -> Sequence[Reader]:
        """The registered subscribers; what still waits for somebody who left is withdrawn."""
        emails = [each.email for each in self.configuration.subscribers]
        if self.configuration.operator is not None:
            emails.append(self.configuration.operator.email)
        with self.database.write() as connection:
            for each in deliveries.withdraw(connection, emails, self.now()):
                logger.warning("delivery %s is withdrawn: %s is no subscriber any more", each.id, each.recipient)
                if not each.doubt_resends:
                    digests.release(connection, each.run_id)
                    health.release(connection, each.run_id)
        return self.agenda.readers or self.register_subscribers()

    async def deliver(self, go_on: Callable[[], bool] = always) -> list[Delivered]:
        """Renders what is planned and sends what is due, until `go_on` says no between two mails."""
        delivered = list[Delivered]()
        for number, batch in enumerate(await asyncio.to_thread(self._unrendered)):
            if number and not go_on():
                break
            await asyncio.to_thread(self._render, batch)
            delivered += await deliver_due(self.post, go_on, self.unwritten)
        tell_holds(self.database, self.now())
        return delivered

    def _unrendered(self) -> list[Sequence[Delivery]]:
        """What is to be rendered, in batches: one at least, for what was rendered before."""
        with self.database.read() as connection:
            waiting = deliveries.due(connection, self.now(), limit=None, is_rendered=False)
        return list(portions(waiting, BATCH)) or [[]]

    @property
    def post(self) -> Post:
        file = epoch.file_of(self.database, self.configuration.outward.key_file.parent)
        return Post(self.database, partial(transport_of, self.configuration), self.policy, self.now, self.pace, file)

    @property
    def policy(self) -> Policy:
        return Policy(
            sender=parse_address(self.configuration.sender.address)[1],
            owner=f"{socket.gethostname()}:{os.getpid()}:{self.life}",
            resend_after_doubt=self.configuration.resend_after_doubt,
            resend_to=self.configuration.resend_to,
            is_alone=self.database.file is not None,
            connections=self.configuration.connections,
            rate=self.configuration.rate,
            return_path=self._return_path(),
        )

    def _return_path(self) -> Callable[[Delivery], str] | None:
        """Where each delivery's bounces go, if the configuration gives a place."""
        place = self.configuration.outward.bounces
        if place is None:
            return None
        tokens = self.tokens
        return lambda due: place.replace(PLACE, tokens.make(Purpose.BOUNCE, due.id, due.recipient))

    def _render(self, waiting: Sequence[Delivery]) -> None:
        """Renders these in one transaction; what they have in common, once."""
        if not waiting:
            return
        readers = {each.email: each.reader for each in self.configuration.subscribers}
        desk = replace(self.signing_desk, shared=Shared())
        with self.database.write() as connection:
            for each in waiting:
                try:
                    render_delivery(connection, desk, readers[each.recipient], each, self.now())
                except (StorageError, SQLAlchemyError):
                    raise
                except Exception:  # a bug that one digest meets must not keep the others' mails back
                    logger.exception("delivery %s to %s cannot be rendered", each.id, each.recipient)

    def prune(self) -> None:
        """Forgets what is too old to matter; nothing that was told, and no page's key, so nothing comes back as new."""
        self._prune_archive()
        with self.database.write() as connection:
            removed = pruning.prune(connection, self.now() - self.configuration.keep_pages, self.now())
        if told := ", ".join(f"{count} {what}" for what, count in removed.items() if count):
            logger.info("pruned %s", told)

    def _prune_archive(self) -> None:
        """Removes old files of the archive, after the database has forgotten what they hold."""
        folder = Path(self.configuration.archive.folder)
        old = expired(folder, self.now() - self.configuration.keep_archive)
        if not old:
            return
        with self.database.write() as connection:
            kept.forget(connection, [file.name for file in old])
        for file in old:
            file.unlink()
        logger.info("pruned %s of %s", counted(len(old), "file", "files"), folder)
