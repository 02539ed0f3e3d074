"""A round's ledger by itself, without a network: an outlet, its sources that are due, and what they name."""

from typing import Any

from crawler.items import FetchedPage
from crawler.ledger import Ledger
from crawler.outlets import Outlet
from crawler.reading.links import Link
from storage.model import Page, Source

JOURNAL = Outlet("journal", "Le Journal", "journal.example", feeds=("https://journal.example/rss",))
NO_VALIDATORS: dict[str, Any] = {"etag": None, "last_modified": None}
VALIDATORS: dict[str, Any] = {"etag": '"un"', "last_modified": "Fri, 01 Mar 2024 10:00:00 GMT"}


def due(ledger: Ledger) -> dict[str, Source]:
    return {source.url: source for _, source in ledger.due_sources(("feed", "news_sitemap", "listing"))}


def links(*paths: str, host: str = "journal.example") -> list[Link]:
    return [Link(f"https://{host}{path}", f"Hublot {path}") for path in paths]


def fetched(page: Page) -> FetchedPage:
    return FetchedPage(page, page.url, 200, b"")


def left_over(ledger: Ledger) -> list[Page]:
    """What earlier rounds left, as far as the round takes it up."""
    left = []
    for outlet in ledger.left_over(due(ledger).values()):
        while (page := ledger.next_page(outlet)) is not None:
            left.append(page)
    return left
