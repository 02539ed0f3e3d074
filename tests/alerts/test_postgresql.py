"""A PostgreSQL server that breaks off in the middle of mailing: each mail once, and what is in doubt at most twice."""

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import IntegrityError

from storage import deliveries, subscribers
from storage.database import Database
from storage.errors import DatabaseUnavailable
from storage.model import DeliveryState
from tests.support import postgresql
from tests.support.cutting import Cutter
from tests.support.desks import READERS, Desks
from tests.support.mail_server import ScriptedServer
from tests.support.newsroom import publish

LONG = 120


@pytest.fixture(scope="module")
def own() -> Iterator[postgresql.Server]:
    with postgresql.own_server() as server:
        if server is None:
            pytest.skip("no PostgreSQL is installed")
        yield server


def check_all_told(post: Desks) -> None:
    """Each reader has his mail; a second copy is alike, and a doubt is on record."""
    with post.database.read() as connection:
        told = deliveries.all_deliveries(connection)
    assert {each.state for each in told} == {DeliveryState.SENT}
    for each in told:
        copies = [mail.data for mail in post.server.accepted if mail.recipient == each.recipient]
        doubts = [outcome for _, outcome in post.tries(each.id)].count("unknown")
        assert 1 <= len(copies) <= 1 + doubts
        assert len(set(copies)) == 1


def test_a_server_that_is_restarted_while_mails_go_out_loses_none_and_repeats_only_doubts(
    own: postgresql.Server,
) -> None:
    readers = [f"lectrice{number}@distributeur.example" for number in range(24)]

    def restarting() -> None:
        for count in (2, 8, 14):
            server.wait_for_mails(count)
            own.restart()

    with postgresql.newsroom(own.url) as database, ScriptedServer() as server:
        post = Desks(database, server)
        assert len(post.plan(*readers)) == len(readers)
        restarts = Thread(target=restarting)
        restarts.start()
        end = time.monotonic() + LONG
        while restarts.is_alive() or not_sent(post):
            assert time.monotonic() < end
            try:
                post.deliver()
                post.clock.forward(minutes=1)
            except DatabaseUnavailable:
                time.sleep(0.05)
        restarts.join()
        check_all_told(post)


def not_sent(post: Desks) -> bool:
    try:
        with post.database.read() as connection:
            return any(each.state is not DeliveryState.SENT for each in deliveries.all_deliveries(connection))
    except DatabaseUnavailable:
        return True


def planned(database: Database) -> set[str]:
    with database.read() as connection:
        return {each.recipient for each in deliveries.all_deliveries(connection)}


def test_a_commit_whose_reply_is_lost_is_neither_lost_nor_done_twice(own: postgresql.Server) -> None:
    cuts = 0
    with TemporaryDirectory(dir="/tmp") as folder, Cutter(own.folder, Path(folder)) as cutter:
        while cutter.commits >= cutter.cut_at:
            cuts += 1
            cutter.commits, cutter.cut_at = 0, 0
            with postgresql.newsroom(own.url) as database, ScriptedServer() as server:
                address = make_url(database.url).update_query_dict({"host": folder})
                post = Desks(Database(address.render_as_string()), server)
                with (
                    database.write() as connection
                ):  # known before, so that whoever is planned late is told all the same
                    for reader in READERS[:2]:
                        subscribers.register(connection, reader, post.clock())
                publish(database, 1, post.clock())
                cutter.commits, cutter.cut_at = 0, cuts
                for _ in range(4):
                    try:
                        for reader in {*READERS[:2]} - planned(database):
                            post.plan_one(reader)
                        post.deliver()
                    except (DatabaseUnavailable, IntegrityError):  # the second: a COMMIT that came through late, and
                        assert cutter.commits >= cutter.cut_at  # what is planned already is refused by the constraint
                    post.clock.forward(minutes=16)
                post.database.close()
                post.database = database
                check_all_told(post)
                assert sorted(mail.recipient for mail in server.mails) == [*READERS[:2]]
    assert cuts > 6
