"""The catalogue of outlets: who is watched, by which sources, and how."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from typing import Any, Literal
from urllib.parse import urlsplit

from lxml import etree
from lxml.cssselect import CSSSelector

from crawler.durations import parse_duration
from crawler.errors import CatalogueError
from storage.model import SourceKind

Treatment = Literal["pages", "feed-only"]
GRADES = ("strong", "weak", "disputed", "blocked")
DEFAULT_DELAY = timedelta(seconds=2)
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?)+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?")
_KEYS = frozenset(
    [
        "id",
        "name",
        "domain",
        "hosts",
        "country",
        "category",
        "feeds",
        "news_sitemaps",
        "listings",
        "treatment",
        "interval",
        "delay",
        "body",
        "exclude",
        "evidence",
        "note",
    ]
)


@dataclass(frozen=True, slots=True)
class Listing:
    """A web page that links to articles; `article` is a pattern of their addresses, None where any will do."""

    url: str
    article: str | None = None


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet as its entry describes it; `interval` None means the configured one."""

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
    """Reads outlet entries found in the file `name`; raises CatalogueError."""
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise CatalogueError(f"{name}: outlets = {entries!r}: write one table [[outlets]] an outlet")
    outlets = tuple(_outlet(entry, f"{name}: outlets[{number}]") for number, entry in enumerate(entries))
    seen: set[str] = set()
    for outlet in outlets:
        if outlet.id in seen:
            raise CatalogueError(f"{name}: outlets: the id {outlet.id!r} stands twice; ids are unique")
        seen.add(outlet.id)
    return outlets


def merged(catalogue: Iterable[Outlet], own: Iterable[Outlet]) -> tuple[Outlet, ...]:
    """The catalogue with the configuration's own outlets added; the same id replaces an entry."""
    return tuple({outlet.id: outlet for outlet in (*catalogue, *own)}.values())


def entry_of(outlet: Outlet) -> dict[str, Any]:
    """The outlet as an entry that parse_outlets reads back to the same outlet."""
    entry: dict[str, Any] = {"id": outlet.id, "name": outlet.name, "domain": outlet.domain, "country": outlet.country}
    for key in ("hosts", "category", "feeds", "news_sitemaps", "body", "exclude"):
        entry[key] = list(getattr(outlet, key))
    entry["listings"] = [
        {"url": each.url, **({"article": each.article} if each.article else {})} for each in outlet.listings
    ]
    entry |= {"treatment": outlet.treatment, "delay": f"{outlet.delay.total_seconds()}s", "note": outlet.note}
    if outlet.delay == timedelta(0):
        entry["delay"] = "0s"
    if outlet.interval is not None:
        entry["interval"] = f"{outlet.interval.total_seconds()}s"
    if outlet.grade is not None:
        entry["evidence"] = {"grade": outlet.grade, **({"date": str(outlet.checked)} if outlet.checked else {})}
    return entry


def _outlet(entry: Mapping[str, Any], place: str) -> Outlet:
    place = f"{place} ({entry['id']})" if isinstance(entry.get("id"), str) else place
    for key in entry:
        if key not in _KEYS:
            raise CatalogueError(f"{place}: unknown key {key!r}: allowed are {', '.join(sorted(_KEYS))}")
    outlet_id = _text(entry, "id", place)
    if not _ID.fullmatch(outlet_id):
        raise CatalogueError(f"{place}: id = {outlet_id!r}: use lower-case letters, digits and hyphens")
    treatment = entry.get("treatment", "pages")
    if treatment not in ("pages", "feed-only"):
        raise CatalogueError(f'{place}: treatment = {treatment!r}: write "pages" or "feed-only"')
    grade, checked = _evidence(entry, place)
    return Outlet(
        id=outlet_id,
        name=_text(entry, "name", place),
        domain=_host(_text(entry, "domain", place), "domain", place),
        hosts=tuple(_host(each, "hosts", place) for each in _texts(entry, "hosts", place)),
        country=str(entry.get("country", "FR")),
        category=tuple(_texts(entry, "category", place)),
        feeds=tuple(_address(each, "feeds", place) for each in _texts(entry, "feeds", place)),
        news_sitemaps=tuple(_address(each, "news_sitemaps", place) for each in _texts(entry, "news_sitemaps", place)),
        listings=tuple(_listings(entry, place)),
        treatment=treatment,
        interval=_duration(entry, "interval", place),
        delay=_duration(entry, "delay", place) or (timedelta(0) if entry.get("delay") == "0s" else DEFAULT_DELAY),
        body=tuple(_selector(each, "body", place) for each in _texts(entry, "body", place)),
        exclude=tuple(_selector(each, "exclude", place) for each in _texts(entry, "exclude", place)),
        grade=grade,
        checked=checked,
        note=str(entry.get("note", "")),
    )


def _evidence(entry: Mapping[str, Any], place: str) -> tuple[str | None, date | None]:
    evidence = entry.get("evidence", {})
    if not isinstance(evidence, dict):
        raise CatalogueError(f'{place}: evidence = {evidence!r}: write {{ grade = "weak", date = "2026-10-07" }}')
    grade, checked = evidence.get("grade"), evidence.get("date")
    if grade is not None and grade not in GRADES:
        raise CatalogueError(f"{place}: evidence.grade = {grade!r}: allowed are {', '.join(GRADES)}")
    try:
        return grade, date.fromisoformat(str(checked)) if checked is not None else None
    except ValueError as error:
        raise CatalogueError(f'{place}: evidence.date = {checked!r}: write a day such as "2026-10-07"') from error


def _listings(entry: Mapping[str, Any], place: str) -> Iterator[Listing]:
    listings = entry.get("listings", [])
    if not isinstance(listings, list):
        raise CatalogueError(f"{place}: listings = {listings!r}: write a list of addresses or of {{ url, article }}")
    for each in listings:
        table = {"url": each} if isinstance(each, str) else each
        if not isinstance(table, dict) or set(table) - {"url", "article"} or not isinstance(table.get("url"), str):
            raise CatalogueError(f"{place}: listings: {each!r}: write an address or {{ url = ..., article = ... }}")
        try:
            re.compile(table.get("article") or "")
        except (re.error, TypeError) as error:
            raise CatalogueError(f"{place}: listings: article = {table['article']!r}: no pattern: {error}") from error
        yield Listing(_address(table["url"], "listings", place), table.get("article"))


def _address(value: str, key: str, place: str) -> str:
    try:
        parts = urlsplit(value)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.username is None and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise CatalogueError(
            f"{place}: {key}: {value!r} is no address: it must begin with https:// or http://, then a host"
        )
    return value


def _host(value: str, key: str, place: str) -> str:
    try:
        sound = _HOST.fullmatch(value) and urlsplit(f"//{value}").port != 0
    except ValueError:
        sound = False
    if not sound:
        raise CatalogueError(f'{place}: {key} = {value!r}: write a host name alone, such as "journal.example"')
    return value.lower()


def _host_and_port(url: str) -> str:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else str(parts.hostname)
    return f"{host}:{parts.port}" if parts.port not in (None, 80, 443) else host


def _selector(value: str, key: str, place: str) -> str:
    try:
        etree.XPath(value) if value.startswith("/") else CSSSelector(value, translator="html")
    except (etree.XPathError, SyntaxError) as error:
        raise CatalogueError(f"{place}: {key}: {value!r} is neither XPath nor CSS: {error}") from error
    return value


def _duration(entry: Mapping[str, Any], key: str, place: str) -> timedelta | None:
    if key not in entry or entry[key] == "0s":
        return None
    try:
        return parse_duration(str(entry[key]))
    except ValueError as error:
        raise CatalogueError(f"{place}: {key}: {error}") from error


def _text(entry: Mapping[str, Any], key: str, place: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise CatalogueError(f"{place}: {key} = {value!r}: write a text that is not empty")
    return value.strip()


def _texts(entry: Mapping[str, Any], key: str, place: str) -> list[str]:
    values = entry.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) and value.strip() for value in values):
        raise CatalogueError(f"{place}: {key} = {values!r}: write a list of texts")
    return [value.strip() for value in values]
