"""A real disk that fills: mailing stops before it, and goes on by itself when there is room again."""

from pathlib import Path

import pytest
from sqlalchemy import select

from storage.errors import DatabaseUnavailable
from storage.model import DeliveryState
from storage.schema import delivery_attempt
from tests.support.desks import Desks
from tests.support.full_disk import fill, small_disk
from tests.support.mail_server import ScriptedServer
from tests.support.newsroom import newsroom

READERS = tuple(f"lectrice{number}@distributeur.example" for number in range(30))


def test_a_disk_that_fills_stops_mailing_before_a_mail_and_a_freed_one_lets_it_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.bookkeeping.WRITE_AGAIN", (0.01,))
    with small_disk(tmp_path / "disk", 8) as disk, ScriptedServer() as server, newsroom(disk) as database:
        post = Desks(database, server)
        mails = post.plan(*READERS)
        filler = fill(disk)
        for _ in range(3):
            with pytest.raises(DatabaseUnavailable, match="full"):
                post.deliver()
        sent = len(server.mails)
        assert sent < len(READERS) // 2, "what the journal has room for, and no more"

        filler.unlink()
        for _ in range(3):
            post.clock.forward(minutes=16)
            post.deliver()
        assert {post.found(each).state for each in mails} == {DeliveryState.SENT}
        with database.read() as connection:
            outcomes = list(connection.execute(select(delivery_attempt.c.outcome)).scalars())
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    assert len(server.mails) - len(READERS) <= outcomes.count("unknown") <= 1
    assert {mail.recipient for mail in server.mails} == {*READERS}
