"""Sources that fall silent or poor, at a real site: on record, told once to the operator, and told when it is over."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from alerts.delivering import Delivered
from scheduler import config
from scheduler.jobs import Jobs
from storage import deliveries, health, mentions, sources
from storage.database import Database
from storage.model import DeliveryState
from tests.support.clock import Clock
from tests.support.http_server import HTML, Answer, Site, content
from tests.support.newsroom import publish
from tests.support.press import ABOUT_SOMETHING_ELSE, RSS, article, feed_of, listing

CONFIGURATION = """
[database]
url = "{database.url}"
[crawl]
outlets = ["gazette"]
allow_networks = ["127.0.0.0/8"]
[mail]
outbox = "{folder}/outbox"
sender = "Veilleur <veilleur@fil.example>"
operator = "exploitation@fil.example"
[feed]
file = "{folder}/veilleur.atom"
[[subscribers]]
email = "anne@fil.example"
language = "fr"
[[outlets]]
id = "gazette"
name = "Gazette du Septième"
domain = "{site.domain}"
feeds = ["http://{site.domain}/rss", "http://{site.domain}/cinema"]
listings = ["http://{site.domain}/actu"]
delay = "0s"
"""
WALL = (
    "<html><head><title>Gazette</title></head><body><p>Nos 812 partenaires et nous utilisons des cookies et demandons "
    "votre consentement pour mesurer l’audience de ce site et de ses articles.</p></body></html>"
)
FILM_IN_THE_BODY = f"{ABOUT_SOMETHING_ELSE} Le film de science-fiction « Code 8 » de Jeff Chan y sera montré. " * 2


@pytest.fixture
def site() -> Iterator[Site]:
    with Site.open() as opened:
        yield opened


@pytest.fixture
def jobs(tmp_path: Path, site: Site, database: Database, clock: Clock) -> Jobs:
    file = tmp_path / "veilleur.toml"
    file.write_text(CONFIGURATION.format(folder=tmp_path, site=site, database=database), encoding="utf-8")
    return Jobs(config.load(str(file), {}), database, now=clock)


def crawl(jobs: Jobs) -> None:
    report = asyncio.run(replace(jobs, fixed_now=jobs.now()).crawl(forced=True))
    assert report.outcome == "done", report.detail


def mail(jobs: Jobs) -> list[Delivered]:
    jobs.plan_due()
    return asyncio.run(jobs.deliver())


def publishes(site: Site, *paths: str, page: Answer | None = None) -> None:
    for path in paths:
        site[path] = page or content(article(f"La fanfare {path}", ABOUT_SOMETHING_ELSE * 2))
    site["/rss"] = site["/cinema"] = content(feed_of(site, *paths), RSS)
    site["/actu"] = content(listing([(path, "Une fanfare") for path in paths]))


def ills(database: Database) -> dict[str, tuple[str, str]]:
    with database.read() as connection:
        return {
            each.url.rpartition("/")[2]: (each.ailment.state, each.ailment.hindrance)
            for each in health.open_incidents(connection)
        }


def notices(folder: Path) -> list[str]:
    """Subject and text of the operator's mails, oldest first."""
    files = sorted(folder.glob("outbox/exploitation*.eml"), key=lambda file: file.stat().st_mtime_ns)
    return [_told(message_from_bytes(file.read_bytes(), policy=default)) for file in files]


def _told(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return " ".join(f"{mail['Subject']} {part.get_content()}".split())


ARTICLES = ("/un-article-de-la-fanfare", "/deux-articles-de-la-fanfare")


def test_a_site_that_flips_after_a_good_run_is_told_once_and_when_it_is_back(
    site: Site, database: Database, clock: Clock, jobs: Jobs, tmp_path: Path
) -> None:
    publishes(site, *ARTICLES)
    publish(database, 1, clock())
    crawl(jobs)
    assert ills(database) == {}
    good = dict(site.answers)
    site.answers |= {"/rss": content(WALL, HTML), "/cinema": content("", RSS), "/actu": content(listing([]))}
    clock.forward(hours=1)
    crawl(jobs)
    flipped = {"rss": ("degraded", "consent"), "cinema": ("degraded", "empty"), "actu": ("degraded", "no_items")}
    assert ills(database) == flipped
    mail(jobs)
    assert notices(tmp_path) == []
    for _ in range(3):
        clock.forward(hours=1)
        mail(jobs)
    [told] = notices(tmp_path)
    assert told.startswith("3 sources ne donnent plus")
    assert f"Gazette du Septième ({site.url('/rss')})" in told
    assert "page de consentement" in told
    site.answers = good
    crawl(jobs)
    for _ in range(3):
        mail(jobs)
        clock.forward(hours=1)
    assert ills(database) == {}
    assert [each[:12] for each in notices(tmp_path)] == ["3 sources ne", "3 sources so"]
    with database.read() as connection:
        assert len(mentions.search(connection)) == 1


def test_a_site_whose_pages_are_a_wall_is_degraded_and_its_pages_are_read_when_it_is_gone(
    site: Site, database: Database, clock: Clock, jobs: Jobs, caplog: pytest.LogCaptureFixture
) -> None:
    """Few as they are, and though its sources answer as ever."""
    paths = [f"/{each}-article-du-mur" for each in ("un", "deux", "trois")]
    publishes(site, *paths, page=content(WALL))
    for _ in range(2):
        crawl(jobs)
        clock.forward(hours=1)
    assert ills(database) == {"rss": ("degraded", "consent")}
    assert caplog.text.count("is degraded: consent") == 1
    publishes(site, *paths, page=content(article("La reine du lavoir", FILM_IN_THE_BODY)))
    crawl(jobs)
    assert ills(database) == {}
    with database.read() as connection:
        assert len(mentions.search(connection)) == 3


def fails(jobs: Jobs, *paths: str, hindrance: str = "http") -> None:
    """The sources of these paths fail once more, now."""
    with jobs.database.write() as connection:
        for url in (url for outlet in jobs.configuration.outlets for _, url in outlet.sources):
            if url.endswith(paths):
                source = sources.register(connection, "gazette", "feed", url)
                sources.fail(connection, source, error="x", now=jobs.now(), hindrance=hindrance, status=503)
    jobs.examine()


def test_a_source_that_fails_beyond_patience_is_silent_and_two_are_one_mail(
    database: Database, clock: Clock, jobs: Jobs, tmp_path: Path
) -> None:
    fails(jobs, "/rss", "/actu")
    clock.forward(hours=23)
    fails(jobs, "/rss", "/actu")
    assert ills(database) == {}
    clock.forward(hours=1)
    fails(jobs, "/rss", "/actu")
    assert ills(database) == {"rss": ("silent", "http"), "actu": ("silent", "http")}
    for _ in range(50):
        clock.forward(hours=1)
        fails(jobs, "/rss", "/actu")
        mail(jobs)
    [told] = notices(tmp_path)
    assert "HTTP 503" in told.replace("\u00a0", " ")


def test_a_source_that_is_watched_no_more_ends_its_incident_without_a_mail(
    database: Database, clock: Clock, jobs: Jobs, tmp_path: Path
) -> None:
    fails(jobs, "/rss", hindrance="login")
    clock.forward(hours=1)
    mail(jobs)
    assert len(notices(tmp_path)) == 1
    [outlet] = jobs.configuration.outlets
    jobs = replace(jobs, configuration=replace(jobs.configuration, outlets=(replace(outlet, feeds=()),)))
    jobs.examine()
    mail(jobs)
    assert ills(database) == {}
    assert len(notices(tmp_path)) == 1


def test_a_notice_that_could_not_be_sent_in_its_time_is_told_anew(clock: Clock, jobs: Jobs, tmp_path: Path) -> None:
    fails(jobs, "/rss", hindrance="login")
    clock.forward(hours=1)
    jobs.plan_due()
    clock.forward(hours=49)
    assert [each.state for each in mail(jobs)] == [DeliveryState.SENT]
    assert len(notices(tmp_path)) == 1


def test_a_notice_that_waits_is_not_withdrawn_for_want_of_a_subscriber(
    clock: Clock, jobs: Jobs, tmp_path: Path
) -> None:
    fails(jobs, "/rss", hindrance="login")
    clock.forward(hours=1)
    jobs.plan_due()
    assert [each.state for each in mail(jobs)] == [DeliveryState.SENT]
    with jobs.database.read() as connection:
        assert len(deliveries.all_deliveries(connection)) == len(notices(tmp_path)) == 1


def test_without_an_operator_incidents_are_on_record_all_the_same(database: Database, clock: Clock, jobs: Jobs) -> None:
    jobs = replace(jobs, configuration=replace(jobs.configuration, operator=None))
    fails(jobs, "/rss", hindrance="login")
    clock.forward(hours=1)
    assert mail(jobs) == []
    assert ills(database) == {"rss": ("degraded", "login")}


def test_saved_pages_tell_nothing_of_a_sources_health(database: Database, jobs: Jobs) -> None:
    fails(replace(jobs, saved="pages"), "/rss", hindrance="login")
    assert ills(database) == {}
