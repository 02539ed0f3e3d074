"""`veilleur run` and `crawl` beside a process that watches already, and on saved pages."""

import shutil
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from scheduler.leader import leadership
from scheduler.terminal import moment
from storage import mailing
from storage.database import Database
from tests.scheduler.commands.conftest import Veilleur
from tests.scheduler.commands.test_crawl import OUTLETS
from tests.support.http_server import Site, content
from tests.support.paths import WEB
from tests.support.ports import closed_port
from tests.support.press import RSS, article, rss


def test_a_second_process_is_refused_in_a_sentence(veilleur: Veilleur, stored: Database) -> None:
    with leadership(stored):
        for words in (["run"], ["run", "--once"], ["crawl"]):
            ran = veilleur(*words)
            assert (ran.status, ran.out) == (1, "")
            assert ran.err.startswith("veilleur: another Veilleur (process ")
            assert len(ran.err.splitlines()) == 1


def test_saved_pages_are_mailed_into_the_outbox_without_any_configuration(veilleur: Veilleur, home: Path) -> None:
    saved = home / "web"
    shutil.copytree(WEB / "ecran-nocturne.example", saved / "ecran-nocturne.example")
    shutil.copy(WEB / "outlets.toml", saved)
    ran = veilleur("run", "--once", "--saved", "web")
    assert "“Netflix : 24 heures après sa sortie, la suite de ce film…”" in ran.out
    assert (ran.status, ran.err) == (0, "")
    [mail] = home.glob("var/outbox/*.eml")
    assert "Digest to veilleur@localhost: sent" in ran.out
    assert f"var/outbox/{mail.name}" in ran.out
    assert mail.with_suffix(".html").is_file()
    assert b"ecran-nocturne.example" in (home / "var" / "veilleur.atom").read_bytes()
    assert "Code 8" in message_from_bytes(mail.read_bytes(), policy=default)["Subject"]


def test_what_is_too_old_to_be_told_is_said_to_be(veilleur: Veilleur, home: Path) -> None:
    with Site.open() as site:
        text = "Le film Code 8 avec Robbie Amell et Stephen Amell revient sur Netflix."
        site["/rss"] = content(rss([(site.url("/page"), "Code 8", "")], datetime(2024, 3, 1, tzinfo=UTC)), RSS)
        site["/page"] = content(article("Code 8 revient", text))
        (home / "veilleur.toml").write_text(OUTLETS.format(domain=site.domain))
        ran = veilleur("run", "--once")
    assert (ran.status, ran.err) == (0, "")
    assert "Older than crawl.baseline_age when their source was first read: stored, not told." in ran.out
    assert "Old mentions" in ran.out
    assert "New mentions" not in ran.out
    assert ran.out.endswith("\nNothing to tell: no mail.\n")


def test_what_waits_is_said_to_wait_for_a_hold_or_for_a_server_that_rests(
    veilleur: Veilleur, home: Path, stored: Database
) -> None:
    saved = home / "web"
    shutil.copytree(WEB / "ecran-nocturne.example", saved / "ecran-nocturne.example")
    shutil.copy(WEB / "outlets.toml", saved)
    with closed_port() as port:
        server = f'host = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
        (home / "veilleur.toml").write_text(f'[mail]\ntransport = "smtp"\n{server}')
        ran = veilleur("run", "--once", "--saved", "web")
    with stored.read() as connection:
        rests_until = mailing.routes(connection)[mailing.MAIL].closed_until
    assert f"A digest to veilleur@localhost waits; next try {moment(rests_until)}." in ran.err
    veilleur("deliveries", "hold", "--all")
    ran = veilleur("run", "--once", "--saved", "web")
    assert ran.status == 1
    assert "A digest to veilleur@localhost waits, for mailing is on hold." in ran.err
    assert "`veilleur deliveries resume` lets it go on." in ran.err
    assert "next try" not in ran.err
