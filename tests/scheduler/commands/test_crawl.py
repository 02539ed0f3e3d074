"""`veilleur crawl`."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from storage import pages
from storage.database import Database
from storage.model import PageState
from storage.pages import MOST_ATTEMPTS
from storage.schema import page
from tests.scheduler.commands.conftest import Veilleur
from tests.support.http_server import Site, content
from tests.support.press import RSS, article, rss

OUTLETS = """
[crawl]
outlets = ["journal"]
allow_networks = ["127.0.0.0/8"]
[[outlets]]
id = "journal"
name = "Journal"
domain = "{domain}"
feeds = ["http://{domain}/rss"]
delay = "0s"
"""


def set_aside(database: Database, url: str) -> None:
    with database.write() as connection:
        for _ in range(MOST_ATTEMPTS):
            (found,) = pages.discover(connection, "journal", None, [(url, url)], datetime.now(UTC)) or pages.frontier(
                connection, ["journal"], datetime(2100, 1, 1, tzinfo=UTC)
            )
            pages.fail(connection, found, error="HTTP 500", now=datetime.now(UTC))


@pytest.mark.parametrize("words", [("crawl",), ("outlets", "list")])
def test_an_outlet_that_is_defined_and_not_watched_is_said_to_be(
    veilleur: Veilleur, home: Path, words: tuple[str, ...]
) -> None:
    entry = OUTLETS.format(domain="journal.example").replace('outlets = ["journal"]', 'outlets = ["premiere"]')
    (home / "veilleur.toml").write_text(entry)
    ran = veilleur(*words, "journal")
    assert ran.status == 2
    assert (
        f"{' '.join(words)}: 'journal' is defined, but not watched: add it to crawl.outlets (`veilleur outlets check"
        " journal` tries it before)" in " ".join(ran.err.split())
    )


def test_pages_that_were_set_aside_are_tried_again_when_asked_to(
    veilleur: Veilleur, home: Path, stored: Database
) -> None:
    with Site.open() as site:
        site["/rss"], site["/page"] = content(rss([]), RSS), content(article("La fanfare"))
        (home / "veilleur.toml").write_text(OUTLETS.format(domain=site.domain))
        set_aside(stored, site.url("/page"))
        ran = veilleur("crawl")
        assert (ran.status, site.asked("/page")) == (0, [])
        assert f"hint    Journal: {site.url('/rss')}: a valid feed that names nothing" in ran.out
        site["/rss"] = content(rss([("https://ailleurs.example/", "", "")]).partition("</item>")[0], RSS)
        ran = veilleur("crawl", "--quarantined", "journal")
    assert (ran.status, len(site.asked("/page"))) == (0, 1)
    assert "1 page that was set aside is tried again." in ran.err
    why = "not well-formed XML, line 1: no element found"
    assert f"hint    Journal: {site.url('/rss')}: {why}" in ran.out
    assert f"{why} ({site.url('/rss')})" in veilleur("outlets", "list", "journal").out
    with stored.read() as connection:
        assert connection.execute(select(page.c.state)).scalar_one() == PageState.NO_MENTION
