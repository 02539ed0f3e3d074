"""The page to leave by: over real HTTP, on a real database. A GET shows, a POST acts, a bad token is told nothing."""

import http.client
import logging
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts.serving import CannotServe, PageServer
from alerts.tokens import Purpose, Tokens
from alerts.web import Office, leaving_app
from storage import addresses, subscribers
from storage.database import Database
from storage.model import AddressEvent, EventKind
from tests.support.newsroom import newsroom

NOW = datetime(2024, 3, 2, 7, 30, tzinfo=UTC)
READER = "camille.presse@distributeur.example"
FORM = "application/x-www-form-urlencoded"
ONE_CLICK = b"List-Unsubscribe=One-Click"
MULTIPART = (
    b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
    "multipart/form-data; boundary=x",
)


@dataclass(frozen=True, slots=True)
class Shown:
    status: int
    text: str
    headers: dict[str, str]


@dataclass(slots=True)
class Pages:
    """The service as a browser, a mail program and a scanner see it."""

    database: Database
    port: int
    token: str

    def ask(
        self, method: str = "GET", token: str | None = None, body: bytes | None = None, kind: str = FORM, **headers: str
    ) -> Shown:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        sent = {"Content-Type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
        connection.request(method, f"/u/{self.token if token is None else token}", body, sent)
        answer = connection.getresponse()
        shown = Shown(answer.status, answer.read().decode(), {name.lower(): each for name, each in answer.getheaders()})
        connection.close()
        return shown

    @property
    def reason(self) -> str | None:
        with self.database.read() as connection:
            return subscribers.suppressed(connection, READER)

    @property
    def events(self) -> list[EventKind]:
        with self.database.read() as connection:
            return [each.kind for each in addresses.events_of(connection, READER)]


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    tokens = Tokens(b"k" * 32)
    with newsroom(tmp_path) as database:
        with database.write() as connection:
            reader = subscribers.register(connection, READER, NOW)
        office = Office(database, tokens, {READER: "en"}, lambda: NOW, hosts=("veille.example", "127.0.0.1"), guesses=3)
        server = PageServer(leaving_app(office), "127.0.0.1", 0)
        server.start()
        yield Pages(database, server.port, tokens.make(Purpose.LEAVE, reader.id, READER))
        server.stop()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_changes_nothing(pages: Pages, method: str) -> None:
    for _ in range(3):
        shown = pages.ask(method)
        assert shown.status == 200
    assert (pages.reason, pages.events) == (None, [])


@pytest.mark.parametrize(("body", "kind"), [(ONE_CLICK, FORM), MULTIPART])
def test_one_click_unsubscribes_and_again_changes_nothing(pages: Pages, body: bytes, kind: str) -> None:
    first, again = pages.ask("POST", body=body, kind=kind), pages.ask("POST", body=body, kind=kind)
    assert (first.status, again.status) == (200, 200)
    assert "You are unsubscribed." in again.text
    assert (pages.reason, pages.events) == ("unsubscribed", [EventKind.UNSUBSCRIBED])


def test_clicks_at_the_same_moment_are_one(pages: Pages) -> None:
    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(lambda _: pages.ask("POST", body=ONE_CLICK).status, range(16)))
    assert answers == [200] * 16
    assert pages.events == [EventKind.UNSUBSCRIBED]


def test_the_page_says_who_in_the_readers_language_and_leads_back(pages: Pages) -> None:
    asked = pages.ask(Accept_Language="fr")
    assert "Do you want to unsubscribe?" in asked.text
    assert "c…@distributeur.example" in asked.text
    assert READER not in asked.text
    assert 'name="List-Unsubscribe" value="One-Click"' in asked.text
    left = pages.ask("POST", body=ONE_CLICK)
    assert 'name="resume" value="yes"' in left.text
    assert "Do you want to unsubscribe?" in pages.ask("POST", body=b"resume=yes").text
    assert (pages.reason, pages.events[-1]) == (None, EventKind.RESUMED)


def test_a_bounced_address_is_not_resumed_by_the_page(pages: Pages) -> None:
    with pages.database.write() as connection:
        subscribers.suppress(connection, READER, "550 5.1.1 unknown", NOW)
    assert "Nothing is being sent to you at present." in pages.ask("POST", body=b"resume=yes").text
    assert pages.reason == "550 5.1.1 unknown"
    pages.ask("POST", body=ONE_CLICK)
    assert pages.reason == "unsubscribed"


@pytest.mark.parametrize("body", [b"", b"resume=no", b"List-Unsubscribe=Later", b"\xff\x00", b"&" * 5000])
def test_a_post_that_asks_for_nothing_changes_nothing(pages: Pages, body: bytes) -> None:
    assert pages.ask("POST", body=body).status == 400
    assert (pages.reason, pages.events) == (None, [])


def test_a_body_without_end_is_cut_off(pages: Pages) -> None:
    assert pages.ask("POST", body=ONE_CLICK + b"&x=" + b"x" * 100_000).status == 413
    assert pages.reason is None


def test_a_token_for_another_purpose_reader_or_key_opens_nothing(pages: Pages) -> None:
    with pages.database.write() as connection:
        other = subscribers.register(connection, "autre@distributeur.example", NOW)
    mine = pages.token
    forged = [
        Tokens(b"k" * 32).make(Purpose.BOUNCE, 1, READER),
        Tokens(b"z" * 32).make(Purpose.LEAVE, 1, READER),
        Tokens(b"k" * 32).make(Purpose.LEAVE, other.id, READER),
        Tokens(b"k" * 32).make(Purpose.LEAVE, 999, READER),
    ]
    for each in forged:
        assert pages.ask("POST", token=each, body=ONE_CLICK).status in (404, 429)
    assert (pages.reason, mine[:8]) == (None, forged[1][:8])


@pytest.mark.parametrize("token", ["", "x", "a" * 31, "a" * 33, "é" * 3 and "%C3%A9", "../u", "1" * 32, "a" * 9000])
def test_what_is_no_token_is_not_found(pages: Pages, token: str) -> None:
    shown = pages.ask(token=token)
    assert shown.status in (404, 400)
    assert "distributeur" not in shown.text


def test_guessing_is_slowed_down_and_stops_nobody_who_has_a_token(pages: Pages) -> None:
    answers = [pages.ask(token=f"{number:a>32}".replace("0", "b").replace("1", "c")).status for number in range(5)]
    assert answers == [404, 404, 404, 429, 429]
    assert pages.ask(token="a" * 32, X_Forwarded_For="203.0.113.7").status == 404
    assert pages.ask("POST", body=ONE_CLICK).status == 200


def test_a_token_is_read_whatever_its_case(pages: Pages) -> None:
    assert pages.ask("POST", token=pages.token.upper(), body=ONE_CLICK).status == 200
    assert pages.reason == "unsubscribed"


def test_browsers_are_told_to_keep_fetch_and_embed_nothing(pages: Pages) -> None:
    for shown in (pages.ask(), pages.ask("POST", body=ONE_CLICK), pages.ask(token="x")):
        assert "default-src 'none'" in shown.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in shown.headers["content-security-policy"]
        assert shown.headers["cache-control"] == "no-store"
        assert shown.headers["x-content-type-options"] == "nosniff"
        assert shown.headers["referrer-policy"] == "no-referrer"
        assert "server" not in shown.headers
        assert "http" not in shown.text.replace("</html>", "")


@pytest.mark.parametrize(("method", "status"), [("PUT", 405), ("DELETE", 405), ("OPTIONS", 405)])
def test_nothing_else_is_done(pages: Pages, method: str, status: int) -> None:
    assert pages.ask(method).status == status


def test_another_host_is_refused(pages: Pages) -> None:
    assert pages.ask(Host="evil.example").status == 400
    assert pages.ask(Host="veille.example").status == 200


def test_there_is_nothing_but_the_page(pages: Pages) -> None:
    for path in ("..", "../", "../subscribers", "../docs", "../openapi.json"):
        shown = pages.ask(token=path)
        assert shown.status == 404
        assert "distributeur" not in shown.text


def test_no_token_is_written_into_the_log(pages: Pages, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    pages.ask()
    pages.ask("POST", body=ONE_CLICK)
    pages.ask(token="a" * 32)
    assert "unsubscribed by the page" in caplog.text
    assert pages.token not in caplog.text
    assert "a" * 32 not in caplog.text


def test_a_database_that_is_away_is_told_as_such(pages: Pages) -> None:
    assert pages.database.file is not None
    pages.database.engine.dispose()
    pages.database.file.rename(pages.database.file.with_suffix(".away"))
    pages.database.file.mkdir()
    shown = pages.ask("POST", body=ONE_CLICK)
    assert shown.status == 503
    assert shown.headers["retry-after"] == "120"


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        app = leaving_app(Office(Database("sqlite://"), Tokens(b"k" * 32), {}, lambda: NOW))
        with pytest.raises(CannotServe, match=r"web\.port \d+: Address already in use"):
            PageServer(app, "127.0.0.1", taken.getsockname()[1]).start()


def test_an_event_of_another_reader_is_his_alone(pages: Pages) -> None:
    with pages.database.write() as connection:
        addresses.unsubscribe(connection, AddressEvent("autre@x.example", EventKind.UNSUBSCRIBED, NOW, "page"))
    assert pages.reason is None
