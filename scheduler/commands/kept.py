"""Pages as they were kept in the archive: the evidence for a mention after its outlet changed or deleted it."""

from dataclasses import replace
from pathlib import Path

from crawler.addresses import address_key
from crawler.archives.records import ArchivedPage, page_at
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
from scheduler.terminal import err, moment, plain
from storage import kept
from storage.model import KeptPage


def kept_page(configuration: Configuration, url: str) -> ReadPage:
    """The latest kept page of the article at that address; SchedulerError where none is kept or left."""
    found = _places(configuration, url)
    if not found:
        raise SchedulerError(f"{url}: no page of it is kept (`archive.keep` says which pages are)")
    for each in found:
        file = Path(configuration.archive.folder) / each.place.file
        page = _at(file, each)
        if page is not None:
            err.print(f"[dim]as it was on {moment(each.seen_at)}: {plain(file)}, byte {each.place.offset}[/]")
            return _read(configuration, page, each)
    places = ", ".join(str(Path(configuration.archive.folder) / each.place.file) for each in found)
    raise SchedulerError(f"{url}: the archive that kept it is gone or was changed: {places}")


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


def _read(configuration: Configuration, page: ArchivedPage, place: KeptPage) -> ReadPage:
    outlet = owner_of(page.url, configuration.outlets)
    order = order_for(outlet, page.body, page.url, page.content_type, titles=watched_titles(configuration.topics))
    if outlet is None:
        order = replace(order, outlet=place.outlet)
    saved = SavedPage(Path(place.place.file), None, page.url)
    try:
        with Extractor() as extractor:
            return ReadPage(saved, extractor.read(order).article)
    except UnreadablePage as error:
        return ReadPage(saved, None, str(error), order.outlet)
