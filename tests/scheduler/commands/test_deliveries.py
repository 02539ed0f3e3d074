"""`veilleur deliveries` shows what was mailed and how it went, and acts on it."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scheduler import config
from scheduler.jobs import Jobs
from scheduler.terminal import local
from storage import mailing, subscribers, tries
from storage.database import Database
from tests.scheduler.commands.conftest import Veilleur
from tests.support.mail_server import DROP, Phase, ScriptedServer, says
from tests.support.newsroom import publish
from tests.support.terminal import on_a_terminal

READERS = ("anne@distributeur.example", "bernard.de-la-tour@un-tres-long-nom-de-journal.example")


@pytest.fixture
def post(home: Path, stored: Database) -> Callable[..., ScriptedServer]:
    """A server in a house where two readers have a digest due."""

    def prepared(server: ScriptedServer, more: str = "") -> ScriptedServer:
        readers = "".join(f'[[subscribers]]\nemail = "{each}"\ndigest = "immediate"\n' for each in READERS)
        mail = f'[mail]\ntransport = "smtp"\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n'
        mail += f"connections = 1\n{more}"
        (home / "veilleur.toml").write_text(mail + readers)
        publish(stored, 1, datetime.now(UTC))
        return server

    return prepared


def tick(database: Database) -> None:
    """What the daemon does at a tick."""
    jobs = Jobs(config.load("veilleur.toml", {}), database)
    jobs.plan_due()
    asyncio.run(jobs.deliver())


def records(veilleur: Veilleur, *words: str) -> list[dict[str, Any]]:
    return list(map(json.loads, veilleur("deliveries", *words, "--json").out.splitlines()))


def states(veilleur: Veilleur) -> dict[str, str]:
    return {each["recipient"]: each["state"] for each in records(veilleur) if each["kind"] == "delivery"}


def test_a_refused_reader_is_shown_and_his_digest_is_sent_when_he_is_back(
    veilleur: Veilleur, stored: Database, post: Callable[..., ScriptedServer]
) -> None:
    with ScriptedServer() as server:
        post(server).refused[READERS[1]] = says("550 5.1.1 no such user")
        tick(stored)
        assert states(veilleur) == {READERS[0]: "sent", READERS[1]: "failed"}
        [failed] = records(veilleur, "--state", "failed")
        assert (failed["items"], failed["code"], failed["tries"]) == (1, 550, 1)
        number = str(failed["id"])
        told = veilleur("deliveries", "retry", number)
        assert told.status == 1
        assert "nothing is sent to its address (550 5.1.1 no such user)" in told.err
        assert veilleur("subscribers", "resume", READERS[1]).status == 0
        assert veilleur("deliveries", "retry", number).out == f"Delivery {number} will be tried now\n"
        server.refused.clear()
        tick(stored)
        assert [each.recipient for each in server.mails] == list(READERS)
    shown = records(veilleur, "show", number)[0]
    assert [each["outcome"] for each in shown["attempts"]] == ["failed", "sent"]
    assert [each["action"] for each in shown["actions"]] == ["retry"]


def test_the_very_same_mail_goes_out_again_when_that_is_asked(
    veilleur: Veilleur, stored: Database, post: Callable[..., ScriptedServer]
) -> None:
    with ScriptedServer() as server:
        post(server)
        tick(stored)
        number = str(records(veilleur, "--recipient", "anne")[-1]["id"])
        assert veilleur("deliveries", "resend", number, number).status == 0
        tick(stored)
        tick(stored)
        first, again = [each.data for each in server.mails if each.recipient == READERS[0]]
        assert first == again
        subject = message_from_bytes(first, policy=default)["Subject"]
    [told] = records(veilleur, "--recipient", "anne")
    assert told["subject"].split() == subject.split()
    assert f"subject {' '.join(subject.split())}" in " ".join(veilleur("deliveries", "show", number).out.split())
    refused = veilleur("deliveries", "resend", "77")
    assert (refused.status, refused.out) == (1, "")
    assert "delivery 77: there is no such delivery" in refused.err


def test_a_mail_that_is_rejected_and_tried_again_has_one_name_in_the_log_and_in_every_list(
    veilleur: Veilleur, stored: Database, post: Callable[..., ScriptedServer], caplog: pytest.LogCaptureFixture
) -> None:
    with ScriptedServer() as server:
        post(server)
        server.will(Phase.DOT, says("554 5.6.0 not that"))
        tick(stored)
    assert "delivery 1 to anne@distributeur.example: rejected (deferred) 5.6.0 not that" in caplog.text
    assert "rejected (deferred) till" in veilleur("deliveries").out
    assert "the try before" not in veilleur("deliveries").out
    assert "rejected (deferred) 554 5.6.0 not that" in veilleur("deliveries", "show", "1").out
    with stored.write() as connection:
        assert tries.claim(connection, [1], "another process", datetime.now(UTC) + timedelta(days=1))
    assert "attempting\nthe try before: 554 5.6.0 not that" in veilleur("deliveries", "show", "1").out


def test_mailing_is_held_and_goes_on_when_it_is_resumed(
    veilleur: Veilleur, stored: Database, post: Callable[..., ScriptedServer]
) -> None:
    with ScriptedServer() as server:
        post(server)
        assert veilleur("deliveries", "hold", "--all").status == 0
        tick(stored)
        assert server.mails == []
        told = veilleur("deliveries").out
        assert "Mailing is on hold" in told
        assert told.count("held (pending)") == 2
        assert [each["on_hold"] for each in records(veilleur)[1:]] == [True, True]
        assert "`veilleur deliveries resume`" in told
        assert records(veilleur)[0]["kind"] == "hold"
        assert "wrong  mailing  is on hold" in veilleur("check").out
        number = str(records(veilleur)[-1]["id"])
        for words in (["retry", number], ["retry", "--all"]):
            told = veilleur("deliveries", *words).out
            assert "will be tried when mailing is on hold no more\nMailing is on hold since" in told
            assert told.endswith("\n`veilleur deliveries resume` lets it go on.\n")
        held = veilleur("deliveries", "hold", number).out
        assert held == f"Delivery {number} will wait for `veilleur deliveries resume`\n"
        assert "when mailing is on hold no more" in veilleur("deliveries", "resume", number).out
        assert "mailing" not in veilleur("deliveries", "resume").err + veilleur("check").out
        tick(stored)
        assert len(server.mails) == 2
    assert veilleur("deliveries", "resume").out == "Nothing was on hold\n"
    assert veilleur("deliveries").out.count(": resume, ") == 1


def test_one_mail_is_held_while_the_others_go(
    veilleur: Veilleur, stored: Database, post: Callable[..., ScriptedServer]
) -> None:
    with ScriptedServer() as server:
        post(server)
        server.will(Phase.GREETING, says("421 4.3.2 later"))
        tick(stored)
        told = veilleur("deliveries").out
        assert "mail rests until" in told
        assert "421 4.3.2 later" in told
        waiting = str(records(veilleur, "--recipient", "anne")[-1]["id"])
        veilleur("deliveries", "hold", waiting)
        assert veilleur("deliveries", "retry", "--all").out == "1 delivery will be tried now\n"
        tick(stored)
        assert [each.recipient for each in server.mails] == [READERS[1]]
        veilleur("deliveries", "resume", waiting)
        tick(stored)
        assert [each.recipient for each in server.mails] == [READERS[1], READERS[0]]


def test_an_old_backup_is_told_before_the_daemon_runs_and_resumed(
    veilleur: Veilleur, home: Path, stored: Database, post: Callable[..., ScriptedServer]
) -> None:
    with ScriptedServer() as server:
        post(server)
        tick(stored)
        with stored.write() as connection:
            connection.exec_driver_sql("update mail_epoch set epoch = 1")
        assert "wrong  mailing  is on hold" in veilleur("check").out
        retried = veilleur("deliveries", "resend", "1").out
        assert "\nMailing is on hold since" in retried
        assert "old backup" in retried
        assert "Mailing is on hold" in veilleur("deliveries").out
        assert "goes on; it was on hold: the database is an old backup" in veilleur("deliveries", "resume").out
        publish(stored, 2, datetime.now(UTC))
        tick(stored)
        assert len(server.mails) == 5  # two for each reader, and the repeat


def test_a_slot_is_on_its_readers_clock_and_can_be_asked_for_as_it_is_shown(
    veilleur: Veilleur, home: Path, stored: Database, caplog: pytest.LogCaptureFixture
) -> None:
    readers = (("anne@fil.example", "Europe/Paris"), ("ben@fil.example", "Pacific/Kiritimati"))
    tables = [f'[[subscribers]]\nemail = "{email}"\ntimezone = "{zone}"\n' for email, zone in readers]
    (home / "veilleur.toml").write_text("".join(f'{each}digest = "immediate"\n' for each in tables))
    publish(stored, 1, datetime.now(UTC))
    with caplog.at_level("INFO"):
        tick(stored)
    told = veilleur("deliveries").out
    assert "Times are those of Europe/Paris" in told
    for email, zone in readers:
        [slot] = {datetime.fromisoformat(each["slot"]) for each in records(veilleur, "--recipient", email)}
        theirs = slot.astimezone(ZoneInfo(zone))
        shown = f"{theirs:%Y-%m-%d %H:%M}" + ("+14:00" if zone.startswith("Pacific") else "")
        assert f"{shown} {email} sent" in " ".join(told.split())
        assert f"digest of slot {theirs:%Y-%m-%d %H:%M} {zone} planned for {email}" in caplog.text
        for written in (shown, f"{theirs:%Y-%m-%dT%H:%M}"):
            assert "nouvelle 1" in veilleur("digest", "--subscriber", email, "--slot", written).out
    ahead = veilleur("digest", "--subscriber", "ben@fil.example", "--slot", "2100-01-01T08:00").err
    assert "by the clock of Pacific/Kiritimati: the nearest are" in " ".join(ahead.split())
    assert "+14:00; without" in " ".join(ahead.split())


@pytest.mark.parametrize("words", [["retry"], ["hold"], ["retry", "--all", "1"], ["--state", "lost"], ["--since", "x"]])
def test_words_that_say_nothing_clear_are_refused(veilleur: Veilleur, stored: Database, words: list[str]) -> None:
    ran = veilleur("deliveries", *words)
    assert ran.status == 2
    assert ran.err.startswith("veilleur: ")


def test_deliveries_read_well_on_a_narrow_terminal(
    veilleur: Veilleur, stored: Database, post: Callable[..., ScriptedServer]
) -> None:
    with ScriptedServer() as server:
        post(server, 'on_doubt = "hold"\n')
        server.will(Phase.DOT, DROP)
        server.refused[READERS[1]] = says("550 5.7.1 [red]your[/] \x1b[31mpolicy forbids this, see https://x.example")
        tick(stored)
        with stored.write() as connection:
            mailing.hold(connection, "operator", "held by anne", datetime.now(UTC))
            subscribers.suppress(connection, READERS[1], "550", datetime.now(UTC))
    lines = on_a_terminal(80, "deliveries")
    assert max(map(len, lines)) <= 80
    text = " ".join(" ".join(lines).split())
    for words in ("it may have arrived", "[red]your[/]", "1 failed, 1 held", "held by anne", "bernard.de-la-"):
        assert words in text
    lines = on_a_terminal(80, "deliveries", "show", "1")
    assert max(map(len, lines)) <= 80
    assert any("Message-ID" in line for line in lines)
    began = datetime.fromisoformat(records(veilleur, "show", "1")[0]["attempts"][0]["started_at"])
    assert f"{local(began):%H:%M:%S}" in " ".join(lines).split()
