"""Pages as they were kept in the archive: the evidence for a mention after its outlet changed or deleted it, and, where
all pages are kept, for there having been none."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from crawler.addresses import address_key
from crawler.archives.keeping import latest_first
from crawler.archives.records import ArchivedPage, last_page_of, page_at
from crawler.errors import UnreadableArchive, UnreadablePage
from crawler.extraction.extractor import Extractor
from crawler.extraction.order import order_for
from crawler.outlets import owner_of
from crawler.saved import SavedPage
from matching.topic import watched_titles
from scheduler.commands.opened import has_database, opened_database
from scheduler.commands.pages import ReadPage
from scheduler.config import Configuration
from scheduler.errors import SchedulerError
from scheduler.terminal import err, moment, plain, tracked
from storage import kept
from storage.model import KeptPage


def kept_page(configuration: Configuration, url: str) -> ReadPage:
    """The latest kept page of the article at that address; SchedulerError where none is kept or left."""
    found = _places(configuration, url)
    if not found:
        return _page_of_no_article(configuration, url)
    for each in found:
        file = Path(configuration.archive.folder) / each.place.file
        page = _at(file, each)
        if page is not None:
            _print_place(each.seen_at, file, each.place.offset)
            return _read(configuration, page, each.place.file, each.outlet)
    places = ", ".join(str(Path(configuration.archive.folder) / each.place.file) for each in found)
    raise SchedulerError(f"{url}: the archive that kept it is gone or was changed: {places}")


def _page_of_no_article(configuration: Configuration, url: str) -> ReadPage:
    """The latest page at an address that no watched title ever stood at, where all pages are kept."""
    order = configuration.archive
    if order.keep != "all":
        kept_are = {"mentions": "pages that carry a mention are", "none": "none is"}[order.keep]
        raise SchedulerError(f'{url}: no page of it is kept: {kept_are} with `keep = "{order.keep}"` in [archive]')
    for file in tracked(latest_first(Path(order.folder)), "looking through the archive"):
        try:
            page = last_page_of(file, url)
        except (OSError, UnreadableArchive):  # pruned meanwhile, or spoilt
            continue
        if page is not None:
            _print_place(page.date, file, page.offset)
            return _read(configuration, page, file.name)
    raise SchedulerError(f"{url}: no page of it is kept in {order.folder}")


def _print_place(when: datetime | None, file: Path, offset: int) -> None:
    err.print(f"[dim]as it was on {moment(when)}: {plain(file)}, byte {offset}[/]")


def _places(configuration: Configuration, url: str) -> list[KeptPage]:
    if not has_database(configuration):
        return []
    with opened_database(configuration) as database, database.read() as connection:
        return kept.of_article(connection, address_key(url))


def _at(file: Path, kept_page: KeptPage) -> ArchivedPage | None:
    try:
        return page_at(file, kept_page.place.offset, kept_page.url)
    except (OSError, UnreadableArchive):
        return None


def _read(configuration: Configuration, page: ArchivedPage, file: str, known_outlet: str | None = None) -> ReadPage:
    outlet = owner_of(page.url, configuration.outlets)
    order = order_for(outlet, page.body, page.url, page.content_type, titles=watched_titles(configuration.topics))
    if outlet is None:
        order = replace(order, outlet=known_outlet)
    saved = SavedPage(Path(file), None, page.url)
    try:
        with Extractor() as extractor:
            return ReadPage(saved, extractor.read(order).article)
    except UnreadablePage as error:
        return ReadPage(saved, None, str(error), order.outlet)
