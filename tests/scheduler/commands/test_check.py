"""`veilleur check` says what is wrong and how to mend it, and sends nothing."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.database import Database
from tests.scheduler.commands.conftest import Veilleur
from tests.support.mail_server import ScriptedServer
from tests.support.newsroom import publish
from tests.support.zone import serving

OWN_OUTLET = """
[crawl]
outlets = ["own"]
[[outlets]]
id = "own"
name = "Mon Journal"
domain = "127.0.0.1"
feeds = ["http://127.0.0.1/rss.xml"]
"""
SMTP = """
[mail]
transport = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
username = "veilleur"
sender = "Veilleur <veilleur@veille.example>"
name_server = "{name_server}"
"""
ZONE = """
veille 60 IN MX 10 mx.veille
veille 60 IN TXT "v=spf1 mx -all"
_dmarc.veille 60 IN TXT "v=DMARC1; p=reject"
"""


@pytest.fixture
def name_server() -> Iterator[str]:
    with serving(ZONE) as address:
        yield address


def write(home: Path, text: str) -> None:
    (home / "veilleur.toml").write_text(text)


def test_all_is_well(veilleur: Veilleur, home: Path) -> None:
    write(home, OWN_OUTLET)
    ran = veilleur("check")
    assert (ran.status, ran.err) == (0, "")
    assert [line.split()[:2] for line in ran.out.splitlines()] == [
        ["ok", subject] for subject in ("configuration", "database", "outbox", "archive", "feed", "sources")
    ]
    assert ran.out.splitlines()[-1].endswith("1 outlet, 1 source")
    assert [each.name for each in (home / "var").rglob("*") if "check" in each.name] == []


@pytest.mark.parametrize("domain", ["127.0.0.1:8080", "[::1]:8080"])
def test_an_outlet_at_a_port_of_an_address_is_on_the_network(veilleur: Veilleur, home: Path, domain: str) -> None:
    write(home, OWN_OUTLET.replace('domain = "127.0.0.1"', f'domain = "{domain}"'))
    assert "network" not in veilleur("check").out


@pytest.mark.parametrize(("topic", "told"), [("code8", True), ("autre", False)])
def test_a_topic_that_replaces_the_one_of_veilleur_is_told(
    veilleur: Veilleur, home: Path, topic: str, told: bool
) -> None:
    write(home, 'topics = ["own.toml"]\n' + OWN_OUTLET)
    (home / "own.toml").write_text(f'id = "{topic}"\nname = "X"\n[[works]]\nid = "film"\ntitle = "Code 8"\n')
    ran = veilleur("check")
    assert ran.status == 0
    assert ("replaces the topic code8 that comes with Veilleur" in ran.out) is told


def test_a_mail_server_is_logged_in_to_and_given_nothing(
    veilleur: Veilleur, home: Path, name_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEILLEUR_SMTP_PASSWORD", "canari-5127")
    with ScriptedServer(password="canari-5127") as server:
        write(home, OWN_OUTLET + SMTP.format(port=server.port, name_server=name_server))
        ran = veilleur("check")
    assert ran.status == 0
    assert f"127.0.0.1:{server.port} (none) answers, log-in works" in ran.out
    assert "canari-5127" not in ran.out + ran.err
    assert {line.split()[0] for line in server.commands} == {"EHLO", "AUTH", "QUIT"}


def test_a_wrong_password_is_told(
    veilleur: Veilleur, home: Path, name_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEILLEUR_SMTP_PASSWORD", "canari-5127")
    with ScriptedServer(password="another") as server:
        write(home, OWN_OUTLET + SMTP.format(port=server.port, name_server=name_server))
        ran = veilleur("check")
    assert ran.status == 1
    assert "the server refuses the log-in: 535" in ran.out
    assert "mail.username" in ran.out
    assert "canari-5127" not in ran.out + ran.err


def test_a_missing_password_names_its_variable(veilleur: Veilleur, home: Path, name_server: str) -> None:
    write(home, OWN_OUTLET + SMTP.format(port=1, name_server=name_server))
    ran = veilleur("check")
    assert ran.status == 1
    assert "$VEILLEUR_SMTP_PASSWORD is not" in ran.out


def test_a_server_that_is_away_is_told(
    veilleur: Veilleur, home: Path, name_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEILLEUR_SMTP_PASSWORD", "canari-5127")
    with ScriptedServer() as server:
        pass
    write(home, OWN_OUTLET + SMTP.format(port=server.port, name_server=name_server))
    ran = veilleur("check")
    assert ran.status == 1
    assert "cannot be reached (connection refused): does it run" in ran.out
    assert "SMTPConnectError" not in ran.out
    assert "mail.host, mail.port" in ran.out


def test_a_server_without_starttls_is_told_with_the_key_that_mends_it(
    veilleur: Veilleur, home: Path, name_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEILLEUR_SMTP_PASSWORD", "canari-5127")
    with ScriptedServer() as server:
        starttls = SMTP.format(port=server.port, name_server=name_server).replace('"none"', '"starttls"')
        write(home, OWN_OUTLET + starttls)
        shown = " ".join(veilleur("check").out.split())
    assert 'it offers no STARTTLS, and mails do not go in clear: write mail.security = "tls"' in shown
    assert "see mail.host" not in shown


def test_a_server_that_cannot_be_spoken_to_is_told_in_words(
    veilleur: Veilleur, home: Path, name_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEILLEUR_SMTP_PASSWORD", "canari-5127")
    with ScriptedServer() as server:
        tls = SMTP.format(port=server.port, name_server=name_server).replace('"none"', '"tls"')
        write(home, OWN_OUTLET + tls)
        assert "no TLS (" in veilleur("check").out
    with socket.create_server(("127.0.0.1", 0)) as listening:
        silent = threading.Thread(target=lambda: listening.accept()[0].close(), daemon=True)
        silent.start()
        write(home, OWN_OUTLET + SMTP.format(port=listening.getsockname()[1], name_server=name_server))
        assert "it hangs up at once" in veilleur("check").out


def test_a_server_without_starttls_is_told(
    veilleur: Veilleur, home: Path, name_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEILLEUR_SMTP_PASSWORD", "canari-5127")
    with ScriptedServer(password="canari-5127") as server:
        write(home, OWN_OUTLET + SMTP.format(port=server.port, name_server=name_server).replace('"none"', '"starttls"'))
        ran = veilleur("check")
    assert ran.status == 1
    assert "STARTTLS" in ran.out
    assert "AUTH" not in " ".join(server.commands)


def test_each_place_that_cannot_be_written_is_told(veilleur: Veilleur, home: Path) -> None:
    (home / "file").write_text("no folder")
    places = '[mail]\noutbox = "file/outbox"\n[database]\nurl = "sqlite:///file/veilleur.db"\n'
    places += '[archive]\nfolder = "file/archive"\n[feed]\nfile = "file/veilleur.atom"\n'
    write(home, OWN_OUTLET + places)
    ran = veilleur("check")
    assert ran.status == 1
    assert ran.out.count("wrong") == 4
    for remedy in ("folder in mail.outbox", "folder in archive.folder", "file in feed.file", "file in database.url"):
        assert f"name another {remedy}" in ran.out
    write(home, OWN_OUTLET + places.replace("[archive]", '[archive]\nkeep = "none"'))
    assert "archive" not in veilleur("check").out


def test_pages_that_cannot_be_served_are_told(veilleur: Veilleur, home: Path) -> None:
    web = '[web]\npublic_url = "https://fil.example"\nbind = "{}"\nport = {}\n'
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        write(home, OWN_OUTLET + web.format("127.0.0.1", port))
        ran = veilleur("check")
    assert ran.status == 0
    assert "note  web  https://fil.example" in ran.out
    assert f"web.port {port}: Address already in use: unless `veilleur run` or `veilleur web` serves there" in ran.out
    assert f"https://fil.example can be served at 127.0.0.1 port {port}" in veilleur("check").out
    write(home, OWN_OUTLET + web.format("192.0.2.1", port))
    ran = veilleur("check")
    assert ran.status == 1
    assert "name an address of this machine" in ran.out


def test_a_database_with_overwritten_pages_is_told_with_the_way_back(
    veilleur: Veilleur, home: Path, stored: Database
) -> None:
    write(home, OWN_OUTLET)
    for number in range(1, 30):
        publish(stored, number, datetime.now(UTC))
    with stored.read() as connection:
        size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
        root = connection.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = 'article'").scalar_one()
    stored.close()
    with (home / "var" / "veilleur.db").open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xab" * size)
    checked, listed = veilleur("check"), veilleur("mentions")
    assert (checked.status, listed.status) == (1, 1)
    for told in (checked.out, listed.err):
        assert "the file is damaged: stop Veilleur, move the file away" in " ".join(told.split())


def test_an_outlet_without_sources_and_a_nameless_contact_are_told(veilleur: Veilleur, home: Path) -> None:
    text = OWN_OUTLET.replace('feeds = ["http://127.0.0.1/rss.xml"]', "")
    write(home, text.replace("[crawl]", '[crawl]\ncontact = "moi"'))
    ran = veilleur("check")
    assert ran.status == 1
    assert "no source: own: give feeds, news_sitemaps or listings" in ran.out
    assert "crawl.contact should be an address" in ran.out


def test_names_and_limits_of_the_mail_server_are_told(
    veilleur: Veilleur, home: Path, name_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEILLEUR_SMTP_PASSWORD", "canari-5127")
    with ScriptedServer(password="canari-5127", size=40_000) as server:
        write(home, OWN_OUTLET + SMTP.format(port=server.port, name_server=name_server))
        ran = veilleur("check")
    assert ran.status == 0
    assert "DMARC veille.example  p=reject, aligned by SPF" in ran.out
    assert "the server takes 40,000 bytes" in ran.out
    assert "ask for a higher limit" in ran.out
