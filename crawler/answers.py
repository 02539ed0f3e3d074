"""What a server's answer says besides its body: headers, how long it stays fresh, whether all of it came."""

from datetime import timedelta

from scrapy.http import Response

from crawler.rhythm import max_age
from crawler.walls import what_is


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
