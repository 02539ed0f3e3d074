"""Invented documents of the press about Hublot, an invented film: articles, feeds, news sitemaps and listings."""

from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from html import escape

from tests.support.http_server import Site

RSS = "application/rss+xml; charset=utf-8"
ATOM = "application/atom+xml; charset=utf-8"
XML = "application/xml; charset=utf-8"

ABOUT_THE_FILM = (
    "Cinq jours après sa mise en ligne, Hublot occupe la première place du classement, et les trois sous-mariniers "
    "amateurs qui l’ont tourné dans une cuve de laiterie se disent surpris par cet accueil."
)
ABOUT_SOMETHING_ELSE = (
    "La fanfare du village répétera désormais dans l’ancienne laiterie, que la commune vient de racheter. Les travaux "
    "dureront jusqu’au printemps, et les voisins ont obtenu que les cymbales se taisent après vingt heures."
)


def article(title: str, text: str = ABOUT_THE_FILM, head: str = "") -> str:
    """An article's page."""
    return (
        f'<!DOCTYPE html><html lang="fr"><head><title>{escape(title)}</title>{head}</head>'
        f"<body><article><h1>{escape(title)}</h1><p>{text}</p></article></body></html>"
    )


def rss(items: Iterable[tuple[str, str, str]], published: datetime | None = None) -> str:
    """A feed of (address, headline, summary)."""
    date = f"<pubDate>{format_datetime(published)}</pubDate>" if published else ""
    entries = "".join(
        f"<item><link>{escape(link)}</link><title>{escape(title)}</title>"
        f"<description>{escape(summary)}</description>{date}</item>"
        for link, title, summary in items
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Fil</title>{entries}</channel></rss>'


def feed_of(site: Site, *paths: str) -> str:
    """A feed that names these pages of the site, with nothing about the film in it."""
    return rss((site.url(path), f"Article {path}", "") for path in paths)


def atom(items: Iterable[tuple[str, str]]) -> str:
    """An Atom feed of (address, headline)."""
    entries = "".join(
        f'<entry><id>{escape(link)}</id><link href="{escape(link)}"/><title>{escape(title)}</title>'
        f"<updated>2024-03-01T08:00:00Z</updated></entry>"
        for link, title in items
    )
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Fil</title>{entries}</feed>'


def news_sitemap(items: Iterable[tuple[str, str, str]]) -> str:
    """A news sitemap of (address, headline, date of publication)."""
    entries = "".join(
        f"<url><loc>{escape(link)}</loc><news:news><news:publication_date>{date}</news:publication_date>"
        f"<news:title>{escape(title)}</news:title></news:news></url>"
        for link, title, date in items
    )
    names = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset {names}>{entries}</urlset>'


def sitemap_index(items: Iterable[tuple[str, str]]) -> str:
    """An index of sitemaps: (address, day of change)."""
    entries = "".join(f"<sitemap><loc>{escape(loc)}</loc><lastmod>{day}</lastmod></sitemap>" for loc, day in items)
    name = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    return f'<?xml version="1.0" encoding="UTF-8"?><sitemapindex {name}>{entries}</sitemapindex>'


def listing(links: Iterable[tuple[str, str]]) -> str:
    """A web page with links: (address, text)."""
    anchors = "".join(f'<li><a href="{escape(href)}">{escape(text)}</a></li>' for href, text in links)
    return f"<!DOCTYPE html><html><body><nav><a href='/'>Accueil</a></nav><ul>{anchors}</ul></body></html>"
