"""OPML 2.0 (https://opml.org/spec2.opml), in which readers exchange lists of feeds: outlets in and out.

Of an outlet OPML itself holds name, site, group and feeds; news sitemaps and listings travel as links, and what else an
entry says in an attribute of a namespace of our own, as the specification's section on extensions allows.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from crawler import entries as fields
from crawler.addresses import bare_host
from crawler.errors import CatalogueError
from crawler.grouping import Group
from crawler.outlets import LONGEST_ID, Outlet, entry_of, parse_outlets
from matching.text import words

OURS = "https://veilleur.example/opml"
LARGEST = 5 * 1024 * 1024
MOST_OUTLINES = 20_000
MOST_LEVELS = 100
NO_FEED = "it names no feed (xmlUrl)"
_ENTRY = f"{{{OURS}}}entry"
_DOCTYPE = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
_GUESSES = {"country": "  # a guess", "category": "  # a guess: the groups of the list"}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file holds: outlets, and what was left out, (what, why).

    `guessed` are the ids of those whose country and category the file does not say: France, and the groups around them.
    """

    outlets: tuple[Outlet, ...]
    refused: tuple[tuple[str, str], ...]
    guessed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Feed:
    """An outline that names a feed, or only a `link`; `groups` are the texts of the outlines around it."""

    url: str
    name: str
    site: str
    groups: tuple[str, ...]
    entry: str | None
    link: str = ""


def read_opml(body: bytes, known: Iterable[Outlet] = (), there: Iterable[Outlet] = (), place: str = "") -> Imported:
    """The outlets of an OPML file, feeds of one site together; what is known by its feeds already is left out.

    `there` are the outlets that stand in the file `place` already.

    Raises CatalogueError when it is none. Entities are never resolved, so no file and no address is read through it.
    """
    known, there = list(known), list(there)
    taken = {url: f"{outlet.id!r} has it already" for outlet in known for _, url in outlet.sources}
    taken |= {url: f"it stands in {place} already" for outlet in there for _, url in outlet.sources}
    ids = {outlet.id for outlet in (*known, *there)}
    refused: list[tuple[str, str]] = []
    by_site: dict[str, list[_Feed]] = {}
    outlets: list[Outlet] = []
    carried: set[str] = set()
    for feed in _feeds(_parsed(body)):
        whole = _whole(feed)
        urls = {url for _, url in whole.sources} if whole else {feed.url} - {""}
        if whole is None and (feed.url or feed.link) in carried:
            continue
        carried |= urls if whole else set()
        if why := _refusal(feed, urls, taken):
            refused.append((feed.url or feed.name or feed.link, why))
        elif whole is not None:
            outlets.append(_with_free_id(whole, ids))
        else:
            by_site.setdefault(_site(feed), []).append(feed)
        for url in urls:
            taken.setdefault(url, "it stands there twice")
    guessed = [_with_free_id(_outlet(site, feeds), ids) for site, feeds in by_site.items()]
    return Imported((*outlets, *guessed), tuple(refused), frozenset(each.id for each in guessed))


def write_opml(outlets: Iterable[Outlet], group: Group = "country") -> bytes:
    """An OPML file of the outlets, one group a country or a first category, as valid XML in UTF-8."""
    root = etree.Element("opml", {"version": "2.0"}, nsmap={"veilleur": OURS})
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "Veilleur"
    body = etree.SubElement(root, "body")
    groups: dict[str, etree._Element] = {}
    for outlet in outlets:
        name = outlet.country if group == "country" else next(iter(outlet.category), "–")
        if name not in groups:
            groups[name] = etree.SubElement(body, "outline", {"text": _clean(name)})
        _write(groups[name], outlet)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _write(group: etree._Element, outlet: Outlet) -> None:
    """One outline a source; the first carries what OPML has no word for."""
    entry = entry_of(outlet)
    shared = {"text": outlet.name, "title": outlet.name, "htmlUrl": _site_of(outlet), "language": "fr"}
    if outlet.category:
        shared["category"] = ",".join(f"/{each}" for each in outlet.category)
    if outlet.note:
        shared["description"] = outlet.note
    for number, (kind, url) in enumerate(outlet.sources):
        place = {"type": "rss", "xmlUrl": url} if kind == "feed" else {"type": "link", "url": url}
        own = {_ENTRY: json.dumps(entry, ensure_ascii=False)} if number == 0 else {}
        attributes = {**shared, **place, **own}
        etree.SubElement(group, "outline", {name: _clean(value) for name, value in attributes.items()})


def _site_of(outlet: Outlet) -> str:
    """The site's address: by http where all that is known of the outlet is."""
    is_plain = bool(outlet.sources) and all(url.startswith("http:") for _, url in outlet.sources)
    return f"{'http' if is_plain else 'https'}://{outlet.domain}/"


def _parsed(body: bytes) -> etree._Element:
    if len(body) > LARGEST:
        raise CatalogueError(f"the file is larger than {LARGEST >> 20} MiB: split it")
    if _DOCTYPE.search(body.replace(b"\0", b"")):  # libxml2 expands entities in attributes whatever it is told
        raise CatalogueError("this OPML declares a document type, which may hide anything: take its DOCTYPE out")
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        said = getattr(error, "msg", None) or error  # lxml adds a name of its own for the file
        raise CatalogueError(f"this is no OPML: {said}") from error
    if root.tag != "opml":
        raise CatalogueError(f"this is no OPML: its root element is <{root.tag}>")
    return root


def _feeds(root: etree._Element) -> Iterator[_Feed]:
    """The outlines that name a feed, or should, in the file's order, each with the groups it is in."""
    body = root.find("body")
    top = () if body is None else tuple(reversed(body))
    waiting: list[tuple[etree._Element, tuple[str, ...]]] = [(each, ()) for each in top]
    seen = 0
    while waiting:
        element, groups = waiting.pop()
        if element.tag != "outline":
            continue
        seen += 1
        if seen > MOST_OUTLINES or len(groups) > MOST_LEVELS:
            raise CatalogueError(
                f"this OPML holds more than {MOST_OUTLINES} outlines or {MOST_LEVELS} levels: split it"
            )
        name = " ".join((element.get("title") or element.get("text") or "").split())
        if feed := _feed(element, name, groups):
            yield feed
        waiting.extend((child, (*groups, name)) for child in reversed(element))


def _feed(element: etree._Element, name: str, groups: tuple[str, ...]) -> _Feed | None:
    url = (element.get("xmlUrl") or element.get("xmlurl") or "").strip()
    entry = element.get(_ENTRY)
    if not url and entry is None and len(element):
        return None
    link = (element.get("url") or "").strip()
    return _Feed(url, name, (element.get("htmlUrl") or "").strip(), groups, entry, link)


def _whole(feed: _Feed) -> Outlet | None:
    """The outlet that the feed's outline carries with it, where Veilleur wrote the file."""
    if feed.entry is None:
        return None
    try:
        (outlet,) = parse_outlets([json.loads(feed.entry)], "OPML")
        json.dumps(entry_of(outlet), ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return outlet


def _refusal(feed: _Feed, urls: set[str], taken: Mapping[str, str]) -> str:
    """Why an outline is left out; `taken` says who has an address already."""
    if not feed.url and feed.entry is None:
        return NO_FEED
    if feed.url and not _sound(feed.url):
        return "no address of the web"
    if feed.url and not _site(feed) and _whole(feed) is None:
        return "no outlet can have its host's name"
    if not feed.url and feed.entry is not None and _whole(feed) is None:
        return "its entry cannot be read"
    return taken[min(urls)] if urls and urls <= taken.keys() else ""


def _sound(url: str) -> bool:
    try:
        parse_outlets([{"id": "x", "name": "x", "domain": "x.example", "feeds": [url]}], "OPML")
    except CatalogueError:
        return False
    return True


def _site(feed: _Feed) -> str:
    """The host of the site where the outline names one that an entry can, else the feed's; "" where no entry can."""
    hosts = (_host(url) for url in (feed.site, feed.url) if _sound(url))
    return next((host for host in hosts if host), "")


def _host(url: str) -> str:
    """The host of an address as an entry writes it, in ASCII (IDNA); "" where it cannot."""
    parts = urlsplit(url)
    name = bare_host(parts.hostname or "")
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    try:
        written = f"[{name}]" if ":" in name else name if name.isascii() else name.encode("idna").decode("ascii")
        return fields.host(written + port, "domain", "OPML")
    except (UnicodeError, CatalogueError):
        return ""


def _outlet(site: str, feeds: list[_Feed]) -> Outlet:
    first = feeds[0]
    category = tuple(dict.fromkeys(group.lower() for group in first.groups if group))
    return Outlet(_slug(site), first.name or site, site, category=category, feeds=tuple(each.url for each in feeds))


def _slug(site: str) -> str:
    with suppress(UnicodeError):
        site = site.encode().decode("idna")
    name = "-".join(words(site.partition(":")[0].rpartition(".")[0] or site))
    return re.sub(r"[^a-z0-9-]", "", name).strip("-")[:60] or "outlet"


def _with_free_id(outlet: Outlet, taken: set[str]) -> Outlet:
    """The outlet under an id that no other has; remembers it."""
    number, found = 2, outlet.id
    while found in taken:
        suffix = f"-{number}"
        number, found = number + 1, outlet.id[: LONGEST_ID - len(suffix)] + suffix
    taken.add(found)
    return replace(outlet, id=found)


def _clean(text: str) -> str:
    """Text that XML can hold."""
    return _NOT_XML.sub("", text)


def toml_of(outlet: Outlet, *, guessed: bool = False) -> str:
    """The outlet as an entry [[outlets]] of a catalogue; of one that is `guessed`, what is a guess is marked."""
    entry: dict[str, Any] = entry_of(outlet)
    notes = _GUESSES if guessed else {}
    lines = [
        f"{key} = {_toml(value)}{notes.get(key, '')}"
        for key, value in entry.items()
        if key != "delay" or value != "2.0s"
    ]
    return "\n".join(["[[outlets]]", *lines]) + "\n"


def _toml(value: Any) -> str:
    """A value as TOML writes it (https://toml.io/en/v1.0.0); JSON's text is TOML's, but for DEL."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
