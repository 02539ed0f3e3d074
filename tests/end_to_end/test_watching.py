"""From a page on a site to a mail in a box, through real processes, a real database and a real mail server."""

import json
import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from lxml import html
from sqlalchemy import select, update

from storage.model import DeliveryState
from storage.schema import crawl_round, delivery, digest_run, subscriber
from tests.end_to_end.house import PASSWORD, House, stop, wait_until
from tests.support.mail_server import Phase, ScriptedServer, says, well_behaved_server
from tests.support.postgresql import any_newsroom
from tests.support.site import serve

SUCCESS = (
    "Le film de science-fiction Code 8, avec Robbie Amell et Stephen Amell, occupe la première place du classement de "
    "Netflix cinq jours après sa mise en ligne. Le réalisateur Jeff Chan se dit surpris par cet accueil, qu’il doit "
    "aux spectateurs qui avaient payé le court métrage de leur poche."
)
FESTIVAL = (
    "La nuit des héros fauchés projettera Code 8, avec Robbie Amell, dans la grande salle du palais des congrès. Une "
    "rencontre suivra la séance, et les places, à six euros, seront mises en vente lundi matin au guichet du cinéma."
)
BUDGET = (
    "Un budget serré, des effets sobres : un monteur raconte comment Code 8, porté par Robbie Amell, a été fini à "
    "temps dans un garage de Toronto. Les drones du film sont des jouets, que l’équipe a repeints puis filmés de près."
)
FANFARE = (
    "La fanfare du village répétera désormais dans l’ancienne laiterie, que la commune vient de racheter. Les travaux "
    "dureront jusqu’au printemps, et les voisins ont obtenu que les cymbales se taisent après vingt heures."
)
ANNE = 'email = "anne@fil.example"\ndigest = "immediate"'


@pytest.fixture(params=["sqlite"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with serve(tmp_path / "site") as site:
        if request.param == "sqlite":
            yield House(tmp_path, site)
            return
        with any_newsroom(request, tmp_path) as database:
            yield House(tmp_path, site, database.url)


def on_both(*marks: pytest.MarkDecorator) -> pytest.MarkDecorator:
    """On PostgreSQL too, there with these marks."""
    return pytest.mark.parametrize("house", ["sqlite", pytest.param("postgresql", marks=marks)], indirect=True)


def read(mime: bytes) -> EmailMessage:
    return message_from_bytes(mime, policy=default)


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content())


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_run_mails_every_new_mention_once_and_nothing_else_however_late_the_server_is_there(house: House) -> None:
    news = {
        house.publish("classement", "Code 8 en tête du classement", SUCCESS): "Code 8 en tête du classement",
        house.publish("festival", "Une nuit pour les héros fauchés", FESTIVAL): "Une nuit pour les héros fauchés",
    }
    others = [
        house.publish("fanfare", "La fanfare déménage", FANFARE),
        house.publish("laiterie", "La laiterie rouvre", FANFARE[::-1], aside="Code 8 : Partie II sur Netflix"),
        house.publish("gone", "Page perdue", SUCCESS),
    ]
    (house.folder / "site" / "gone.html").unlink()
    reader = 'email = "presse@médiathèque.example"\ndigest = "weekly mon 08:00"'
    with ScriptedServer() as gone:
        house.configure(gone.port, reader)
    waits = house.run("run", "--once")
    assert waits.returncode == 1
    assert "waits for the mail server" in waits.stdout
    assert "A digest to presse@xn--mdiathque-53af.example waits" in waits.stderr
    with well_behaved_server(login=("veilleur", PASSWORD)) as (postbox, port):
        house.configure(port, reader)
        first = house.run("run", "--once")
        assert (first.returncode, first.stderr) == (0, "")
        [envelope] = postbox.envelopes
        second = house.run("run", "--once")
        assert (second.returncode, second.stderr) == (0, "")
        assert postbox.envelopes == [envelope]
    assert "Digest to presse@xn--mdiathque-53af.example: sent" in first.stdout
    assert "Nothing new: no mail." in second.stdout

    assert (envelope.mail_from, envelope.rcpt_tos) == ("veilleur@fil.example", ["presse@xn--mdiathque-53af.example"])
    message = read(postbox.contents[0])
    assert re.fullmatch(r"<[0-9a-f-]{36}@fil\.example>", message["Message-ID"])
    leaving = r"<mailto:veilleur@fil\.example\?subject=unsubscribe%20[a-z2-7]{32}>"
    assert re.fullmatch(leaving, message["List-Unsubscribe"])
    assert abs(message["Date"].datetime - datetime.now(UTC)) < timedelta(minutes=5)
    page = html.fromstring(part(message, "html"))
    links = {each.get("href") for each in page.iter("a")}
    headlines = {" ".join(str(each.xpath("string()")).split()) for each in page.iter("h2", "h3")}
    text = part(message, "plain")
    for url, title in news.items():
        assert url in links
        assert url in text
        assert title in text
        assert title in headlines
    for url in others:
        assert url not in links
        assert url not in text
    assert house.is_sound()


@on_both(pytest.mark.soak)
def test_a_daemon_ends_in_order_and_makes_up_what_it_missed_once(house: House) -> None:
    ben = 'email = "ben@fil.example"\ntimezone = "UTC"\nlanguage = "en"\ndigest = "daily {:%H:%M}"'
    first = house.publish("classement", "Code 8 en tête du classement", SUCCESS)
    with ScriptedServer(password=PASSWORD) as server:
        server.will(Phase.DOT, says("250 2.0.0 queued", waits=2))
        house.configure(server.port, ANNE, ben.format(datetime.now(UTC) + timedelta(hours=2)), interval="2s")
        with house.daemon() as daemon:
            server.wait_for_mails(1)
            assert stop(daemon) == 0
        assert [(each.recipient, each.state) for each in house.deliveries()] == [
            ("anne@fil.example", DeliveryState.SENT)
        ]

        second = house.publish("festival", "Une nuit pour les héros fauchés", FESTIVAL)
        down_for_three_days(house)
        house.configure(server.port, ANNE, ben.format(datetime.now(UTC) - timedelta(minutes=2)), interval="2s")
        before = rounds(house)
        with house.daemon() as daemon:
            refused = house.run("run")
            assert refused.returncode == 1
            first_one = "another Veilleur watches on" if house.server else f"another Veilleur (process {daemon.pid})"
            assert first_one in refused.stderr
            wait_until(lambda: len(server.accepted) == 3 and rounds(house) >= before + 2)
            assert stop(daemon) == 0

    told = [(mail.recipient, news_of(mail.data)) for mail in server.accepted]
    assert [news for reader, news in told if reader == "anne@fil.example"] == [{first}, {second}]
    [made_up] = [news for reader, news in told if reader == "ben@fil.example"]
    assert first in made_up
    with house.database() as database, database.read() as connection:
        states = connection.execute(select(digest_run.c.state).where(digest_run.c.subscriber_id == 2)).scalars().all()
    assert sorted(states) == ["folded", "folded", "planned"]
    assert {"watching 1 outlet", "stopped"} <= {json.loads(line)["message"] for line in house.log.splitlines()}
    assert PASSWORD not in house.log
    assert house.is_sound()


def down_for_three_days(house: House) -> None:
    """As if the second reader had been registered three days ago, and nobody had watched since."""
    with house.database() as database, database.write() as connection:
        before = datetime.now(UTC) - timedelta(days=3)
        connection.execute(update(subscriber).where(subscriber.c.id == 2).values(registered_at=before))


def rounds(house: House) -> int:
    with house.database() as database, database.read() as connection:
        return len(connection.execute(select(crawl_round).where(crawl_round.c.outcome == "done")).all())


def news_of(mime: bytes) -> set[str]:
    return set(re.findall(r"http://127\.0\.0\.1:\d+/\w+\.html", part(read(mime), "plain")))


@on_both()
def test_a_daemon_killed_after_the_mail_went_out_repeats_it_once_alike(house: House) -> None:
    house.publish("budget", "Code 8, un film de garage", BUDGET)
    with ScriptedServer(password=PASSWORD) as server:
        server.will(Phase.DOT, says("250 2.0.0 queued", waits=600))
        house.configure(server.port, ANNE)
        with house.daemon() as daemon:
            server.wait_for_mails(1)
            daemon.send_signal(signal.SIGKILL)
            daemon.wait()
        [killed] = house.deliveries()
        assert killed.state is DeliveryState.ATTEMPTING
        if house.server:  # where another machine may be at it: a try is over when its lease is
            with house.database() as database, database.write() as connection:
                connection.execute(update(delivery).values(lease_until=datetime.now(UTC)))

        with house.daemon() as daemon:
            wait_until(lambda: house.deliveries()[0].state is DeliveryState.UNKNOWN)
            assert len(server.mails) == 1
            [doubtful] = house.deliveries()
            assert doubtful.next_at > datetime.now(UTC) + timedelta(minutes=13)
            with house.database() as database, database.write() as connection:
                connection.execute(update(delivery).values(next_at=datetime.now(UTC)))
            wait_until(lambda: house.deliveries()[0].state is DeliveryState.SENT)
            wait_until(lambda: "left behind" in house.log)
            assert stop(daemon) == 0

    first, second = server.mails
    assert first.data == second.data
    assert read(first.data)["Message-ID"] == killed.message_id
    assert house.is_sound()
