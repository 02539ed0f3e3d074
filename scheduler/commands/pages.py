"""Reading saved pages for the commands that judge or show them."""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from crawler.errors import UnreadablePage
from crawler.extraction.extractor import Extractor
from crawler.extraction.order import order_for
from crawler.fetch import FetchJob
from crawler.outlets import DEFAULT_DELAY, Outlet, merged, owner_of
from crawler.saved import SavedPage, is_binary, saved_pages
from crawler.user_agent import USER_AGENT
from crawler.walls import in_words, wall_in
from matching.model import Article
from matching.topic import watched_titles
from scheduler.commands.opened import SAVED_CATALOGUE, catalogue_in
from scheduler.config import Configuration
from scheduler.errors import ConfigurationError, reading

BINARY = "binary data: a page is text, and saved as it was before compression"
PLAIN_TEXT = "no page: there is no HTML in it"
_TAG = re.compile(rb"<\0?[a-zA-Z!?/]")  # in UTF-16 too
PAGELESS = "there is no page there"


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A saved page and what it says, or why it cannot be read; `outlet` is whose it is then.

    With an article, `error` says that a wall seems to stand in its place.
    """

    saved: SavedPage
    article: Article | None
    error: str = ""
    outlet: str | None = None


def read_pages(configuration: Configuration, paths: list[str]) -> Iterator[ReadPage]:
    """The saved pages at the paths in their order, a folder's by path; ConfigurationError for a missing path."""
    check_paths(paths)
    titles = watched_titles(configuration.topics)
    with Extractor() as extractor:
        for path in map(Path, paths):
            outlets = _outlets_near(configuration, path)
            for saved in saved_pages(path):
                yield read_page(extractor, saved, outlets, titles)


def check_paths(paths: list[str]) -> None:
    """Raises ConfigurationError for a path that is empty, is not there, or may not be read."""
    for written in paths:
        if not written.strip():
            raise ConfigurationError("an empty path: name a saved page, a folder of them, or an address")
        path = Path(written)
        with reading():
            if not path.exists():
                raise ConfigurationError(f"{path}: there is no such file or folder")
            if path.is_dir():
                os.listdir(path)
            elif path.is_file():
                path.open("rb").close()


def read_page(extractor: Extractor, saved: SavedPage, outlets: tuple[Outlet, ...], titles: Sequence[str]) -> ReadPage:
    """What a saved page says; `titles` are the watched ones, which a text that is cut short keeps."""
    outlet = outlet_of(saved, outlets)
    known_as = outlet.id if outlet else None
    try:
        raw = saved.read()
        if is_binary(raw):
            return ReadPage(saved, None, f"{BINARY}; for a web archive there is `veilleur replay`", known_as)
        if raw.strip() and not _TAG.search(raw):
            return ReadPage(saved, None, PLAIN_TEXT, known_as)
        return ReadPage(saved, extractor.read(order_for(outlet, raw, saved.url, titles=titles)).article)
    except (UnreadablePage, OSError) as error:
        return ReadPage(saved, None, str(error), known_as)


def or_a_wall(page: ReadPage) -> ReadPage:
    """The page, and what stands in an article's place where it looks like that: asked where one page is looked at."""
    if page.article is None:
        return page
    kind = wall_in(page.saved.read(), len(f"{page.article.lead} {page.article.text}".split()))
    return replace(page, error=in_words(kind)) if kind else page


def outlet_of(saved: SavedPage, outlets: tuple[Outlet, ...]) -> Outlet | None:
    """The outlet on whose host the page was saved; the longest domain wins."""
    return owner_of(f"https://{saved.host}/", outlets) if saved.host is not None else None


def _outlets_near(configuration: Configuration, path: Path) -> tuple[Outlet, ...]:
    """The configuration's outlets, with those of an outlets.toml in the folder or above it."""
    for folder in (path, *path.absolute().parents):
        with suppress(OSError):
            if folder.is_dir() and (folder / SAVED_CATALOGUE).is_file() and any(map(Path.is_dir, folder.iterdir())):
                return merged(configuration.outlets, catalogue_in(folder))
    return configuration.outlets


def fetch_job(configuration: Configuration, urls: list[str], into: str) -> FetchJob:
    """The order to save live pages, at the pace of the slowest outlet that they are of."""
    owners = [owner_of(url, configuration.outlets) for url in urls]
    return FetchJob(
        urls,
        into,
        USER_AGENT.format(contact=configuration.contact),
        list(configuration.allow_networks),
        configuration.tdm,
        max(outlet.delay if outlet else DEFAULT_DELAY for outlet in owners).total_seconds(),
    )
