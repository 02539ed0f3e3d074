"""Secrets are looked for in everything that is written: what commands say, logs, database, mails, files."""

import asyncio
import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler import config, logs
from scheduler.jobs import Jobs
from storage.database import Database
from tests.scheduler.commands.conftest import Veilleur
from tests.support.mail_server import Phase, ScriptedServer, says, says_and_hangs_up
from tests.support.newsroom import publish
from tests.support.zone import serving

PASSWORD, KEY, CHANNEL = "canari-smtp-5127", "canari-de-la-clef-5127-et-plus-long", "canari-du-canal-5127"
TEXT = """
[crawl]
outlets = ["own"]
allow_networks = ["127.0.0.0/8"]
[[outlets]]
id = "own"
name = "Mon Journal"
domain = "127.0.0.1"
feeds = ["http://127.0.0.1/rss.xml"]
[mail]
transport = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
username = "veilleur"
sender = "Veilleur <veilleur@fil.example>"
connections = 1
name_server = "{name_server}"
[[channels]]
id = "salle"
digest = "immediate"
language = "fr"
[[subscribers]]
email = "anne@fil.example"
digest = "immediate"
"""
COMMANDS = (
    ["check"],
    ["deliveries"],
    ["deliveries", "--json"],
    ["digest", "--preview"],
    ["subscribers"],
)


def spelled(secret: str) -> list[bytes]:
    """The secret as it may be written: as it is, in JSON, and as a log-in has it in base64."""
    log_in = base64.b64encode(f"\0veilleur\0{secret}".encode())
    return [secret.encode(), json.dumps(secret).encode(), base64.b64encode(secret.encode()), log_in]


def mailed(database: Database, capsys: pytest.CaptureFixture[str]) -> str:
    """What the log of a daemon says of a tick."""
    logs.configure(verbose=True, log_format="text", quiet=False)
    jobs = Jobs(config.load("veilleur.toml"), database)
    jobs.plan_due()
    asyncio.run(jobs.deliver())
    return capsys.readouterr().err


@pytest.mark.parametrize("is_taken", [False, True], ids=["log-in refused", "mail taken"])
def test_no_secret_is_in_anything_that_is_written(
    is_taken: bool,
    veilleur: Veilleur,
    home: Path,
    stored: Database,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("VEILLEUR_SMTP_PASSWORD", PASSWORD)
    monkeypatch.setenv("VEILLEUR_KEY", KEY)
    monkeypatch.setenv("VEILLEUR_CHANNEL_SALLE", f"json://127.0.0.1:1/{CHANNEL}")
    publish(stored, 1, datetime.now(UTC))
    with ScriptedServer(password=PASSWORD) as server, serving("") as name_server:
        (home / "veilleur.toml").write_text(TEXT.format(port=server.port, name_server=name_server), encoding="utf-8")
        if is_taken:
            server.will(Phase.DOT, says(f"250 2.0.0 queued for {PASSWORD}"))
        else:
            server.will(Phase.AUTH, *[says_and_hangs_up(f"535 5.7.8 {PASSWORD} is wrong")] * 9)
        said = mailed(stored, capsys)
        for words in COMMANDS:
            ran = veilleur("--verbose", *words)
            said += ran.out + ran.err
        assert bool(server.accepted) == is_taken
        shown = " ".join(veilleur("deliveries").out.split())
        assert ("mail rests until" in shown and "the server refuses the log-in: 535" in shown) != is_taken
    assert ("to anne@fil.example: sent" in said) == is_taken, "something was written"
    assert ("535 5.7.8" in said) != is_taken
    mails = [mail.data for mail in server.mails]
    files = [file.read_bytes() for file in home.rglob("*") if file.is_file()]
    for written in (said.encode(), *mails, *files):
        for secret in (PASSWORD, KEY, CHANNEL):
            assert not [each for each in spelled(secret) if each in written]
