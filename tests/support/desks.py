"""The post of a test: a database, a clock, a real server that fails as it is told, and the daemon's tick."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from alerts.delivering import Delivered, Policy, Post, deliver_due, recover
from alerts.digests import Desk, render_delivery
from alerts.entries import Names
from alerts.model import MailServer, Reader, Sender
from alerts.smtp import Patience, SmtpTransport
from alerts.transport import Transport
from storage import deliveries, digests, subscribers
from storage.database import Database
from storage.model import Delivery
from storage.schema import delivery_attempt
from tests.support.clock import Clock
from tests.support.mail_server import ScriptedServer
from tests.support.newsroom import TOPIC, publish

START = datetime(2024, 3, 2, 7, 30, tzinfo=UTC)
DESK = Desk(Sender("Veilleur <veilleur@fil.example>", "mailto:veilleur@fil.example"), Names({}, {}, {}), {}, ())
PATIENCE = Patience(reply=5.0, after_dot=0.5)
READERS = ("a@distributeur.example", "b@distributeur.example", "c@distributeur.example")


@dataclass
class Desks:
    """One process's view of the post: a database, a clock, a server, and how doubts are settled."""

    database: Database
    server: ScriptedServer
    clock: Clock = field(default_factory=lambda: Clock(START))
    policy: Policy = field(default_factory=lambda: Policy("veilleur@fil.example", "machine:1"))
    published: int = 0

    def plan(self, *readers: str) -> list[int]:
        """One article for each of these readers, in a digest of his own; the deliveries' ids."""
        self.published += 1
        publish(self.database, self.published, self.clock())
        return [planned for reader in readers if (planned := self.plan_one(reader)) is not None]

    def plan_one(self, reader: str) -> int | None:
        """A digest of what the reader was not told; None when there is nothing."""
        now = self.clock()
        with self.database.write() as connection:
            stored = subscribers.register(connection, reader, now)
            run = digests.plan(
                connection, stored, slot=now, topics=[TOPIC], now=now, expires_at=now + timedelta(hours=48)
            )
            if run is None or run.state == "empty":
                return None
            [due] = [each for each in deliveries.due(connection, now) if each.run_id == run.id]
            render_delivery(connection, DESK, Reader(reader, "fr", ZoneInfo("Europe/Paris")), due, now)
        return due.id

    @property
    def access(self) -> MailServer:
        secret = ("veilleur", self.server.password) if self.server.password else (None, None)
        return MailServer("127.0.0.1", self.server.port, "none", *secret)

    def deliver(self, transport: Transport | None = None) -> list[Delivered]:
        """What the daemon does at a tick."""
        post = self.post(transport)
        recover(post)
        return asyncio.run(deliver_due(post))

    def post(self, transport: Transport | None = None) -> Post:
        """Where mails come from; all go out by one transport, when it is given."""
        return Post(self.database, lambda _: transport or SmtpTransport(self.access, PATIENCE), self.policy, self.clock)

    def found(self, delivery_id: int) -> Delivery:
        with self.database.read() as connection:
            return deliveries.find(connection, delivery_id)

    def tries(self, delivery_id: int) -> list[tuple[str, str]]:
        """Phase and outcome of every try."""
        query = select(delivery_attempt).where(delivery_attempt.c.delivery_id == delivery_id)
        with self.database.read() as connection:
            return [(row.phase, row.outcome) for row in connection.execute(query.order_by(delivery_attempt.c.fence))]
