"""Further channels: real notifications to a real server on this machine, through the same ledger as mails."""

import asyncio
import json
import logging
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerts.brief import brief, unpacked
from alerts.channels import ChannelTransport
from alerts.delivering import Delivered, Policy, Post, deliver_due, recover
from alerts.digests import Desk, render_delivery
from alerts.entries import Names
from alerts.model import Reader, Sender
from alerts.services import LIMITS, Channel, flaw
from alerts.transport import Transport
from storage import deliveries, digests, subscribers
from storage.database import Database
from storage.model import Delivery, DeliveryState
from tests.alerts.builders import ENGLISH, FRENCH, article, digest, rich
from tests.support.clock import Clock
from tests.support.http_server import Answer, Site, content, cut_short, reset, silent, status
from tests.support.newsroom import TOPIC, newsroom, publish

START = datetime(2024, 3, 2, 7, 30, tzinfo=UTC)
SECRET = "canari-8841"
RECIPIENT = "channel:redaction"


@dataclass
class Wire:
    """A channel to a server of the test's own, and the ledger that uses it."""

    database: Database
    site: Site
    clock: Clock
    url: str
    published: int = 0
    longest: float = 20.0

    @property
    def channel(self) -> Channel:
        return Channel("redaction", self.url)

    def plan(self) -> int:
        self.published += 1
        publish(self.database, self.published, self.clock())
        now = self.clock()
        channels = {RECIPIENT: self.channel}
        desk = Desk(Sender("veilleur@fil.example", "mailto:veilleur@fil.example"), Names({}, {}, {}), {}, ())
        with self.database.write() as connection:
            stored = subscribers.register(connection, RECIPIENT, now)
            expires = now + timedelta(hours=48)
            run = digests.plan(connection, stored, slot=now, topics=[TOPIC], now=now, expires_at=expires)
            assert run is not None
            [due] = [each for each in deliveries.due(connection, now) if each.run_id == run.id]
            reader = Reader(RECIPIENT, "fr", ZoneInfo("Europe/Paris"))
            desk = Desk(desk.sender, desk.names, {}, (), channels=channels)
            render_delivery(connection, desk, reader, due, now)
        return due.id

    def deliver(self) -> list[Delivered]:
        def way(route: str) -> Transport:
            assert route == RECIPIENT
            return ChannelTransport(self.channel, self.longest)

        post = Post(self.database, way, Policy("veilleur@fil.example", "machine:1"), self.clock)
        recover(post)
        return asyncio.run(deliver_due(post))

    def found(self, delivery_id: int) -> Delivery:
        with self.database.read() as connection:
            return deliveries.find(connection, delivery_id)

    @property
    def bodies(self) -> list[bytes]:
        return [each.body for each in self.site.requests]


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    with Site.open() as site, newsroom(tmp_path) as database:
        url = f"json://veilleur:{SECRET}@127.0.0.1:{site.port}/hook"
        site["/hook"] = content("{}", "application/json")
        yield Wire(database, site, Clock(START), url)


def test_a_webhook_is_told_once_in_the_readers_language(wire: Wire) -> None:
    told = wire.plan()
    [delivered] = wire.deliver()
    assert (delivered.recipient, delivered.state) == (RECIPIENT, DeliveryState.SENT)
    for _ in range(3):
        wire.clock.forward(days=1)
        assert wire.deliver() == []
    [body] = wire.bodies
    said = json.loads(body)
    assert said["title"].startswith("code8\u00a0: 1\u00a0actualité")
    assert "https://clap1.example/articles/1" in said["message"]
    assert wire.found(told).state is DeliveryState.SENT


def test_another_service_is_told_as_it_wants_to_be(wire: Wire) -> None:
    wire.url = f"ntfy://127.0.0.1:{wire.site.port}/sujet"
    wire.site["/"] = content('{"id": "1"}', "application/json")
    told = wire.plan()
    wire.deliver()
    said = json.loads(wire.bodies[0])
    assert (said["topic"], wire.found(told).state) == ("sujet", DeliveryState.SENT)
    assert "https://clap1.example/articles/1" in said["message"]


@pytest.mark.parametrize("code", [200, 201, 202, 204, 299])
def test_every_2xx_of_a_webhook_is_a_yes(wire: Wire, code: int) -> None:
    wire.site["/hook"] = content("", status=code)
    told = wire.plan()
    wire.deliver()
    assert wire.found(told).state is DeliveryState.SENT


@pytest.mark.parametrize("code", [401, 404, 429, 500, 503])
def test_a_service_that_says_no_rests_and_is_asked_again_later(wire: Wire, code: int) -> None:
    wire.site["/hook"] = status(code)
    told = wire.plan()
    [delivered] = wire.deliver()
    assert (delivered.state, delivered.outcome.text) == (DeliveryState.PENDING, f"HTTP {code}")
    assert wire.deliver() == []
    wire.site["/hook"] = content("{}")
    wire.clock.forward(minutes=6)
    assert [each.state for each in wire.deliver()] == [DeliveryState.SENT]
    assert len(wire.bodies) == 2
    assert (wire.found(told).attempts, wire.found(told).doubt_resends) == (1, 0)


def test_a_server_that_is_not_there_got_nothing_for_certain(wire: Wire) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        wire.url = f"json://127.0.0.1:{nobody.getsockname()[1]}/hook"
        told = wire.plan()
        [delivered] = wire.deliver()
    assert (delivered.state, delivered.outcome.text) == (DeliveryState.PENDING, "NewConnectionError")
    assert wire.found(told).doubt_resends == 0


def test_a_name_that_nobody_knows_got_nothing_for_certain(wire: Wire) -> None:
    wire.url = "json://nulle-part.invalid/hook"
    told = wire.plan()
    assert [each.state for each in wire.deliver()] == [DeliveryState.PENDING]
    assert wire.found(told).doubt_resends == 0


def test_a_certificate_that_is_not_valid_got_nothing_for_certain(wire: Wire) -> None:
    wire.url = wire.url.replace("json://", "jsons://")
    wire.plan()
    assert [each.state for each in wire.deliver()] == [DeliveryState.PENDING]
    assert wire.bodies == []


@pytest.mark.parametrize("answer", [silent(), reset(), cut_short("{}"), status(504)])
def test_a_request_without_an_answer_is_a_doubt_repeated_once_and_then_held(
    wire: Wire, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.services.ANSWER", 0.5)
    wire.site["/hook"] = answer
    told = wire.plan()
    assert [each.state for each in wire.deliver()] == [DeliveryState.UNKNOWN]
    wire.clock.forward(minutes=16)
    assert [each.state for each in wire.deliver()] == [DeliveryState.HELD]
    for _ in range(3):
        wire.clock.forward(days=1)
        assert wire.deliver() == []
    first, second = wire.bodies
    assert first == second
    assert (wire.found(told).state, wire.found(told).doubt_resends) == (DeliveryState.HELD, 1)


def test_a_service_that_never_ends_its_answer_is_left(wire: Wire) -> None:
    wire.longest = 0.5
    wire.site["/hook"] = silent()
    wire.plan()
    [delivered] = wire.deliver()
    assert (delivered.state, delivered.outcome.text) == (DeliveryState.UNKNOWN, "no answer within 0 s")


def test_the_address_is_written_nowhere(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = wire.plan()
    wire.site["/hook"] = status(500)
    wire.deliver()
    wire.url = f"json://127.0.0.1:9/{SECRET}"
    wire.clock.forward(hours=2)
    outcomes = wire.deliver()
    assert wire.database.file is not None
    stored = b"".join(file.read_bytes() for file in wire.database.file.parent.glob("veilleur.db*"))
    assert SECRET not in caplog.text + repr(outcomes) + repr(wire.found(told)) + repr(wire.channel)
    assert SECRET.encode() not in stored


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("json://127.0.0.1/x", ""),
        ("ntfys://ntfy.example/sujet", ""),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", ""),
        ("matrixs://jeton@matrix.example/!salon:matrix.example", ""),
        ("tgram://123456789:abcdefg_hijklmnop/12315544", ""),
        ("tgram://123456789:abcdefg_hijklmnop/12315544/99887766", "several targets"),
        ("tgram://nobody", "none that Apprise understands"),
        ("syslog://", "does not begin with one of json://"),
        ("file:///etc/passwd", "does not begin with"),
        (f"https://hooks.example/{SECRET}", "does not begin with"),
    ],
)
def test_an_address_is_checked_without_being_told(url: str, wrong: str) -> None:
    told = flaw(url)
    assert wrong in told if wrong else told == ""
    assert SECRET not in told


@pytest.mark.parametrize("limit", [600, 1500, *LIMITS.values()])
def test_a_text_keeps_a_services_limit_and_counts_what_it_leaves_out(limit: int) -> None:
    many = digest(*(article(number, title=f"Été {number} " + "très " * 20) for number in range(1, 60)))
    told = brief(many, FRENCH, limit)
    assert len(told.body.encode()) <= limit
    named = told.body.count("https://clap.example/articles/")
    assert named == 59 or f"Et {59 - named}\u00a0autre" in told.body
    assert unpacked(told.packed()) == told


def test_a_text_says_headline_outlet_date_address_and_who_else(wire: Wire) -> None:
    told = brief(rich(), ENGLISH, 30_000)
    first = told.body.split("\n\n")[0].splitlines()
    assert first[0].startswith("« Code 8 : Partie II » prend la tête")
    assert first[1].startswith("Le Clap Quotidien, Friday 1 March at")
    assert first[2] == "https://clap.example/plateformes/code-8-partie-ii-classement"
    assert first[3].startswith("Also in La Lanterne des salles, ")
    assert "97\u00a0/\u00a0100 outlets answered" in told.body
    assert "\n" not in told.title


def test_a_text_says_what_became_of_articles_told_before() -> None:
    blocks = brief(rich(), ENGLISH, 30_000).body.split("\n\n")
    withdrawn = "Article withdrawn: Code 8 : le tournage sous la neige est fini"
    assert [withdrawn, "Le Phare de l’Ouest", "https://phare.example/ecrans/8"] in [
        each.splitlines() for each in blocks
    ]


def test_a_script_as_an_address_is_not_told() -> None:
    told = brief(digest(article(1, url="javascript:alert(1)", title="<b>x</b>\u202e")), FRENCH, 3000)
    assert "javascript" not in told.body
    assert "\u202e" not in told.body + told.title


def test_a_fault_in_the_notification_is_a_doubt_at_once_and_tells_no_address(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> bool:
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr("apprise.plugins.custom_json.NotifyJSON.send", broken)
    wire.longest = 3600
    wire.plan()
    [delivered] = wire.deliver()
    assert (delivered.state, delivered.outcome.text) == (DeliveryState.UNKNOWN, "ZeroDivisionError")
    assert SECRET not in caplog.text
