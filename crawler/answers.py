"""What a server's answer says besides its body: headers, how long it stays fresh, whether all of it came."""

import re
from datetime import timedelta

from scrapy.http import Response

from crawler.walls import what_is

_DIRECTIVE = re.compile(r"\s*([A-Za-z-]+)\s*(?:=\s*\"?([0-9]+)\"?)?\s*(?:,|$)")


def header(response: Response | None, name: str) -> str | None:
    value = response.headers.get(name) if response is not None else None
    return value.decode("latin-1") if value else None


def headers_of(response: Response) -> tuple[tuple[str, str], ...]:
    """All headers, one that came several times so often."""
    named = response.headers.items()
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, values in named for value in values)


def freshness(response: Response | None) -> timedelta:
    """How long the answer says that it need not be asked for again; nothing for none."""
    return max_age(header(response, "Cache-Control"), header(response, "Age"))


def max_age(cache_control: str | None, age: str | None) -> timedelta:
    """How long an answer stays fresh (RFC 9111 sections 4.2 and 5.2.2): max-age without what it spent in caches."""
    said = {name.lower(): value for name, value in _DIRECTIVE.findall(cache_control or "")}
    if {"no-cache", "no-store"} & said.keys() or not said.get("max-age"):
        return timedelta(0)
    spent = int(age[:9]) if age and age.isdecimal() else 0
    return timedelta(seconds=max(0, int(said["max-age"][:9]) - spent))


def broke_off(response: Response) -> bool:
    """Whether less came than the server had announced."""
    return "dataloss" in response.flags


def instead_of_a_source(response: Response, otherwise: str = "unreadable") -> str:
    """What an answer is that is no source, or names nothing: a kind of wall, "empty", or else `otherwise`."""
    if not response.body.strip():
        return "empty"
    kind = what_is(response.body)
    html = b"<html" in response.body[:2000].lower()
    return kind if html and kind not in ("article", "empty") else otherwise
