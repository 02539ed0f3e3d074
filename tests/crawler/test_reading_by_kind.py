"""What an address turns out to be, and the feeds that a page declares."""

import gzip
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from crawler.outlets import Listing, Outlet
from crawler.reading.sources import declared_feeds, kind_of, read_source
from tests.support.press import article, atom, listing, news_sitemap, rss, sitemap_index

PAGE = "https://journal.example/une/"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (rss([]).encode(), "feed"),
        (atom([]).encode(), "feed"),
        (b'<?xml version="1.0"?><rdf:RDF xmlns:rdf="x"></rdf:RDF>', "feed"),
        (news_sitemap([]).encode(), "news_sitemap"),
        (sitemap_index([]).encode(), "news_sitemap"),
        (gzip.compress(news_sitemap([]).encode()), "news_sitemap"),
        (article("Hublot").encode(), "page"),
        (b"", "page"),
    ],
)
def test_a_body_is_known_by_its_first_element(body: bytes, kind: str) -> None:
    assert kind_of(body) == kind


def test_a_source_is_read_as_its_outlets_entry_says() -> None:
    here = Outlet("ici", "Ici", "ici.example", country="CA", listings=(Listing(PAGE, "/actu/"),))
    sitemap = news_sitemap([("/a", "x", "2024-07-01")]).encode()
    (link,) = read_source(here, "news_sitemap", PAGE, sitemap, PAGE).links
    assert link.published == datetime(2024, 7, 1, tzinfo=ZoneInfo("America/Toronto"))
    page = listing([("/actu/1", "Hublot"), ("/un-article-qui-en-est-un", "Rien")]).encode()
    assert [link.title for link in read_source(here, "listing", PAGE, page, f"{PAGE}?1").links] == ["Hublot"]
    assert [link.title for link in read_source(here, "listing", f"{PAGE}2", page, PAGE).links] == ["Rien"]


def test_a_pages_declared_feeds_are_found_once_and_absolute() -> None:
    head = (
        '<link rel="alternate" type="application/rss+xml" href="/rss.xml">'
        "<LINK HREF='atom.xml' TYPE='application/atom+xml; charset=utf-8' REL='home alternate' />"
        '<link rel="alternate" type="application/rss+xml" href="/rss.xml">'
        '<link rel="alternate" type="application/rss+xml" href="file:///etc/passwd">'
        '<link rel="alternate" hreflang="en" href="/en/"><link rel="stylesheet" href="/x.css">'
        '<link rel="alternate" type="application/rss+xml"><link rel="alternate" type="application/rss+xml" href="http://[">'
    )
    found = declared_feeds(article("Hublot", head=head).encode(), PAGE)
    assert found == ["https://journal.example/rss.xml", "https://journal.example/une/atom.xml"]


def test_a_page_of_a_hundred_thousand_links_does_not_take_long() -> None:
    body = b"<html><head>" + b'<link rel="alternate" type="application/rss+xml" href="/x">' * 100_000
    begun = time.process_time()
    assert declared_feeds(body, PAGE) == ["https://journal.example/x"]
    assert declared_feeds(b"<link " * 300_000, PAGE) == []
    assert time.process_time() - begun < 10
