"""What the keys of an outlet's entry may hold: each function reads one kind, and refuses with the remedy."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from lxml import etree
from lxml.cssselect import CSSSelector

from crawler.durations import parse_duration
from crawler.errors import CatalogueError
from matching.tables import Table

GRADES = ("strong", "weak", "disputed", "blocked")
BASES = ("checked", "fetched", "listed", "derived")
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?)+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?")


def addresses(table: Table, key: str) -> Iterator[tuple[str, str]]:
    """The addresses at `key`, each with the reason why it is disputed, or an empty one."""
    written = table.values.get(key, [])
    if not isinstance(written, list):
        raise table.refusal(key, 'write a list of addresses or of { url = "https://...", disputed = "why" }')
    for each in written:
        entry = {"url": each} if isinstance(each, str) else each
        if not isinstance(entry, dict) or set(entry) - {"url", "disputed"}:
            raise CatalogueError(f"{table.place}: {key}: {each!r}: write an address or {{ url = ..., disputed = ... }}")
        source = Table(entry, f"{table.place}: {key}", CatalogueError)
        yield address(source.text("url"), key, table.place), source.optional_text("disputed")


def address(value: str, key: str, place: str) -> str:
    """An absolute address of the web, without name and password."""
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


def host(value: str, key: str, place: str) -> str:
    """A host's name, with a port where it is not a usual one, which addresses do not name either."""
    try:
        sound = _HOST.fullmatch(value) and urlsplit(f"//{value}").port != 0
    except ValueError:
        sound = False
    if not sound:
        raise CatalogueError(f'{place}: {key} = {value!r}: write a host name alone, such as "journal.example"')
    return re.sub(r":0*(?:80|443)$", "", value.lower())


def pattern(value: Any, example: str, place: str) -> str | None:
    """A regular expression that is searched in addresses, and finds itself in its example where there is one."""
    try:
        compiled = re.compile(value or "")
    except (re.error, TypeError) as error:
        raise CatalogueError(f"{place}: listings: article = {value!r}: no pattern: {error}") from error
    if example and not compiled.search(example):
        raise CatalogueError(f"{place}: listings: article = {value!r} does not match its example {example!r}")
    return str(value) if value else None


def country(table: Table) -> str:
    """A country's code of two letters (ISO 3166-1); France when the key is not there."""
    written = table.optional_text("country") or "FR"
    if not re.fullmatch("[A-Z]{2}", written):
        raise table.refusal("country", 'write the two capital letters of a country, such as "FR", "BE", "CH" or "CA"')
    return written


def selector(value: str, key: str, place: str) -> str:
    """An XPath when it begins with "/", else a CSS selector."""
    try:
        etree.XPath(value) if value.startswith("/") else CSSSelector(value, translator="html")
    except (etree.XPathError, SyntaxError) as error:
        raise CatalogueError(f"{place}: {key}: {value!r} is neither XPath nor CSS: {error}") from error
    return value


def duration(table: Table, key: str) -> timedelta | None:
    """How long, zero included; None when the key is not there."""
    if key not in table.values:
        return None
    if table.values[key] == "0s":
        return timedelta(0)
    try:
        return parse_duration(str(table.values[key]))
    except ValueError as error:
        raise CatalogueError(f"{table.place}: {key}: {error}") from error


def evidence(table: Table) -> tuple[str | None, str | None, int | None, date | None]:
    """How far the sources can be trusted, and since when: grade, basis, number of lists, day."""
    written: Any = table.values.get("evidence", {})
    if not isinstance(written, Mapping):
        raise table.refusal("evidence", 'write { grade = "weak", basis = "listed", date = "2026-10-07" }')
    inner = Table(written, f"{table.place}: evidence", CatalogueError)
    inner.check_keys(("grade", "basis", "lists", "date"))
    lists = written.get("lists")
    if lists is not None and (isinstance(lists, bool) or not isinstance(lists, int) or lists < 1):
        raise inner.refusal("lists", "write the number of independent lists that name it, 1 or more")
    return _word(inner, "grade", GRADES), _word(inner, "basis", BASES), lists, _day(inner)


def _word(table: Table, key: str, allowed: tuple[str, ...]) -> str | None:
    value = table.values.get(key)
    if value is not None and value not in allowed:
        raise table.refusal(key, f"allowed are {', '.join(allowed)}")
    return value


def _day(table: Table) -> date | None:
    written = table.values.get("date")
    try:
        return date.fromisoformat(str(written)) if written is not None else None
    except ValueError as error:
        raise table.refusal("date", 'write a day such as "2026-10-07"') from error
