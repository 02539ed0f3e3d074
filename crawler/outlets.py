"""The catalogue of outlets: who is watched, by which sources, and how."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from typing import Any, Literal
from urllib.parse import urlsplit

from crawler import entries as fields
from crawler.addresses import bare_host, on_host_of
from crawler.errors import CatalogueError
from matching.tables import Table
from storage.kinds import SourceKind

Treatment = Literal["pages", "feed-only"]
Reservation = Literal["honour", "ignore"]
TREATMENTS: tuple[Treatment, ...] = ("pages", "feed-only")
RESERVATIONS: tuple[Reservation, ...] = ("honour", "ignore")
USUAL_ZONE = "Europe/Paris"
ZONES = {"BE": "Europe/Brussels", "CA": "America/Toronto", "CH": "Europe/Zurich", "LU": "Europe/Luxembourg"}
DEFAULT_DELAY = timedelta(seconds=2)
LONGEST_ID = 80
_ID = re.compile(rf"[a-z0-9][a-z0-9-]{{0,{LONGEST_ID - 1}}}")
_TEXT_LISTS = ("hosts", "category", "body", "exclude")


@dataclass(frozen=True, slots=True)
class Listing:
    """A web page that links to articles; `article` is a pattern of their addresses, None where any will do.

    `example` is an address that the pattern finds, for whoever mends it.
    """

    url: str
    article: str | None = None
    example: str = ""


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet as its entry describes it; `interval` None means the configured one, `tdm` too.

    `disputed` says why its sources are tried rather than trusted, `doubts` the same of single sources (address,
    reason). With `unwrap` its links lead to other outlets, as those of an alert service do.
    """

    id: str
    name: str
    domain: str
    hosts: tuple[str, ...] = ()
    country: str = "FR"
    category: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    news_sitemaps: tuple[str, ...] = ()
    listings: tuple[Listing, ...] = ()
    treatment: Treatment = "pages"
    interval: timedelta | None = None
    delay: timedelta = DEFAULT_DELAY
    body: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    grade: str | None = None
    checked: date | None = None
    note: str = ""
    basis: str | None = None
    lists: int | None = None
    disputed: str = ""
    doubts: tuple[tuple[str, str], ...] = ()
    unwrap: bool = False
    tdm: Reservation | None = None

    @property
    def zone(self) -> str:
        """The time zone of dates that its pages write without one."""
        return ZONES.get(self.country, USUAL_ZONE)

    @property
    def sources(self) -> tuple[tuple[SourceKind, str], ...]:
        """The sources of the outlet with their kinds."""
        return (
            *(("feed", url) for url in self.feeds),
            *(("news_sitemap", url) for url in self.news_sitemaps),
            *(("listing", listing.url) for listing in self.listings),
        )

    @property
    def own_hosts(self) -> tuple[str, ...]:
        """The hosts that may be asked for the outlet's sources and pages."""
        named = (_host_and_port(url) for _, url in self.sources)
        return tuple(dict.fromkeys((self.domain, *self.hosts, *named)))

    def article_pattern(self, url: str) -> str | None:
        """The pattern of articles' addresses in the listing at `url`, None where any will do."""
        return next((listing.article for listing in self.listings if listing.url == url), None)

    def doubt(self, url: str) -> str:
        """Why the source at `url` is tried and reported rather than trusted; empty when it is trusted."""
        return dict(self.doubts).get(url, self.disputed)


def bundled_catalogue() -> tuple[Outlet, ...]:
    """The outlets that come with Veilleur."""
    source = resources.files("crawler").joinpath("outlets.toml").read_text(encoding="utf-8")
    return parse_catalogue(source, "outlets.toml")


def parse_catalogue(source: str, name: str) -> tuple[Outlet, ...]:
    """Reads `[[outlets]]` from TOML called `name` in errors; raises CatalogueError."""
    try:
        table = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{name}: this is not TOML: {error}") from error
    return parse_outlets(table.get("outlets", []), name)


def parse_outlets(entries: Any, name: str) -> tuple[Outlet, ...]:
    """Reads outlet entries found in the file `name`; raises CatalogueError, a line for each mistake."""
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise CatalogueError(f"{name}: outlets = {entries!r}: write one table [[outlets]] an outlet")
    outlets, flaws = dict[str, Outlet](), list[str]()
    for number, entry in enumerate(entries):
        try:
            outlet = _outlet(entry, f"{name}: outlets[{number}]")
        except CatalogueError as error:
            flaws.append(str(error))
            continue
        if outlet.id in outlets:
            flaws.append(f"{name}: outlets: the id {outlet.id!r} stands twice; ids are unique")
        outlets[outlet.id] = outlet
    if flaws:
        raise CatalogueError("\n".join(flaws))
    return tuple(outlets.values())


def merged(catalogue: Iterable[Outlet], own: Iterable[Outlet]) -> tuple[Outlet, ...]:
    """The catalogue with the configuration's own outlets added; the same id replaces an entry."""
    return tuple({outlet.id: outlet for outlet in (*catalogue, *own)}.values())


def check_sources(outlets: Iterable[Outlet], name: str) -> None:
    """Raises CatalogueError when two outlets, or one twice, have the same source: it would belong to both by turns."""
    owners: dict[str, str] = {}
    for outlet in outlets:
        for _, url in outlet.sources:
            if url in owners:
                raise CatalogueError(
                    f"{name}: outlets: {outlet.id}: {url!r} is a source of {owners[url]!r} already: leave it out, or"
                    f" write id = {owners[url]!r} to replace that entry"
                )
            owners[url] = outlet.id


def owner_of(url: str, outlets: Iterable[Outlet]) -> Outlet | None:
    """The outlet on whose domain or hosts an address is; the longest domain wins."""
    owners = [outlet for outlet in outlets if on_host_of(url, (outlet.domain, *outlet.hosts))]
    return max(owners, key=lambda outlet: len(outlet.domain), default=None)


def stranger(url: str) -> Outlet:
    """The host of an address as an outlet by itself, for what no entry describes; its id is the host's name, of a very
    long one the end."""
    try:
        host = _host_and_port(url)
    except ValueError:
        host = ""
    bare = bare_host(host)
    name = bare[-LONGEST_ID:].lstrip("-.") or url[:LONGEST_ID]
    return Outlet(name, name, bare)


def entry_of(outlet: Outlet) -> dict[str, Any]:
    """The outlet as an entry that parse_outlets reads back to the same outlet; what is usual is left out."""
    entry: dict[str, Any] = {"id": outlet.id, "name": outlet.name, "domain": outlet.domain, "country": outlet.country}
    for key in _TEXT_LISTS:
        entry[key] = list(getattr(outlet, key))
    for key in ("feeds", "news_sitemaps"):
        entry[key] = [_source_entry(outlet, url) for url in getattr(outlet, key)]
    entry["listings"] = [_listing_entry(each) for each in outlet.listings]
    entry |= {"treatment": outlet.treatment, "delay": _written(outlet.delay)}
    entry |= {key: value for key in ("note", "disputed", "unwrap", "tdm") if (value := getattr(outlet, key))}
    if outlet.interval is not None:
        entry["interval"] = _written(outlet.interval)
    evidence = {"grade": outlet.grade, "basis": outlet.basis, "lists": outlet.lists, "date": outlet.checked}
    entry["evidence"] = {key: str(value) if key == "date" else value for key, value in evidence.items() if value}
    return {key: value for key, value in entry.items() if value not in ([], {})}


def _source_entry(outlet: Outlet, url: str) -> str | dict[str, str]:
    doubt = dict(outlet.doubts).get(url)
    return {"url": url, "disputed": doubt} if doubt else url


def _listing_entry(listing: Listing) -> dict[str, str]:
    written = {"url": listing.url, "article": listing.article, "example": listing.example}
    return {key: value for key, value in written.items() if value}


def _written(duration: timedelta) -> str:
    seconds = duration.total_seconds()
    return f"{seconds / 86400:.6f}d" if seconds > 86400 else f"{seconds}s" if seconds else "0s"


def _outlet(entry: Mapping[str, Any], place: str) -> Outlet:
    """Reads an entry key by key; CatalogueError with every one that is wrong."""
    place = f"{place} ({entry['id']})" if isinstance(entry.get("id"), str) else place
    table = Table(entry, place, CatalogueError)
    read, flaws = dict[str, Any](), table.unknown_keys(_READERS)
    for key, reader in _READERS.items():
        try:
            read[key] = reader(table)
        except CatalogueError as error:
            flaws.append(str(error))
    if flaws:
        raise CatalogueError("\n".join(flaws))
    grade, basis, lists, checked = read.pop("evidence")
    doubts = tuple((url, doubt) for key in ("feeds", "news_sitemaps") for url, doubt in read[key] if doubt)
    read |= {key: tuple(url for url, _ in read[key]) for key in ("feeds", "news_sitemaps")}
    return Outlet(**read, grade=grade, basis=basis, lists=lists, checked=checked, doubts=doubts)


def _id(table: Table) -> str:
    written = table.text("id")
    if not _ID.fullmatch(written):
        raise table.refusal("id", "use lower-case letters, digits and hyphens")
    return written


def _delay(table: Table) -> timedelta:
    written = fields.duration(table, "delay")
    return DEFAULT_DELAY if written is None else written


def _listings(table: Table) -> Iterator[Listing]:
    listings = table.values.get("listings", [])
    if not isinstance(listings, list):
        raise table.refusal("listings", "write a list of addresses or of { url, article, example }")
    for each in listings:
        entry = {"url": each} if isinstance(each, str) else each
        if not isinstance(entry, dict) or set(entry) - {"url", "article", "example"} or "url" not in entry:
            raise CatalogueError(
                f"{table.place}: listings: {each!r}: write an address or {{ url = ..., article = ... }}"
            )
        listing = Table(entry, f"{table.place}: listings", CatalogueError)
        example = listing.optional_text("example")
        yield Listing(
            fields.address(listing.text("url"), "listings", table.place),
            fields.pattern(entry.get("article"), example, table.place),
            fields.address(example, "listings: example", table.place) if example else "",
        )


def _host_and_port(url: str) -> str:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else str(parts.hostname)
    return f"{host}:{parts.port}" if parts.port not in (None, 80, 443) else host


_READERS: Mapping[str, Callable[[Table], Any]] = {
    "id": _id,
    "name": lambda table: table.text("name"),
    "domain": lambda table: fields.host(table.text("domain"), "domain", table.place),
    "hosts": lambda table: tuple(fields.host(each, "hosts", table.place) for each in table.texts("hosts")),
    "country": fields.country,
    "category": lambda table: tuple(table.texts("category")),
    "feeds": lambda table: tuple(fields.addresses(table, "feeds")),
    "news_sitemaps": lambda table: tuple(fields.addresses(table, "news_sitemaps")),
    "listings": lambda table: tuple(_listings(table)),
    "treatment": lambda table: table.choice("treatment", TREATMENTS, "pages"),
    "interval": lambda table: fields.duration(table, "interval") or None,
    "delay": _delay,
    "body": lambda table: tuple(fields.selector(each, "body", table.place) for each in table.texts("body")),
    "exclude": lambda table: tuple(fields.selector(each, "exclude", table.place) for each in table.texts("exclude")),
    "evidence": fields.evidence,
    "note": lambda table: table.optional_text("note"),
    "disputed": lambda table: table.optional_text("disputed"),
    "unwrap": lambda table: table.flag("unwrap"),
    "tdm": lambda table: table.choice("tdm", RESERVATIONS, "honour") if "tdm" in table.values else None,
}
