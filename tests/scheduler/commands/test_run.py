"""`veilleur run` and `crawl` beside a process that watches already, and on saved pages."""

import shutil
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from scheduler.leader import leadership
from storage.database import Database
from tests.scheduler.commands.conftest import Veilleur
from tests.support.paths import WEB


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
