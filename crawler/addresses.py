"""Addresses: one key for every spelling of a page's address, and which addresses may be fetched at all."""

import ipaddress
import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from w3lib.url import safe_url_string

from crawler.errors import RefusedAddress

# Marks that say where a reader came from, whatever their value; what is not listed may name the article.
_TRACKING = re.compile(
    r"(?:utm_\w+|fbclid|gclid|gbraid|wbraid|dclid|msclkid|xtor|xtref|at_\w+|mc_[ce]id|igshid|cmpid|echobox|ref_src"
    r"|xtmc|xtcr|twclid|yclid|ttclid|_ga|_gl|wt_mc|ns_\w+|ito|s_cid)",
    re.IGNORECASE,
)
# These may hold an article's number as well; only with a channel's name in them are they marks.
_AMBIGUOUS = re.compile(r"ref|source|src|origine?|amp|outputtype", re.IGNORECASE)
_CHANNELS = re.compile(
    r"|0|1|true|false|amp|rss\d?|flux[-_]?rss|feed|atom|sitemap|home(?:page)?|accueil|hp|une|newsletters?|nl|e?mail|push"
    r"|app(?:li)?|mobile|web|social|share|sharing|partage|fb|facebook|tw|twitter|x|insta(?:gram)?|linkedin|whatsapp"
    r"|telegram|bluesky|mastodon|google(?:news|discover)?|gnews|discover|bing|yahoo|msn|apple(?:news)?|flipboard",
    re.IGNORECASE,
)
_ESCAPE = re.compile("%([0-9a-fA-F]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9~._-]")
_OWN_PREFIXES = ("www.", "m.", "mobile.", "amp.")
_STANDARD_PORTS = (None, 80, 443)
LONGEST_ADDRESS = 2000


def absolute(base: str, link: str) -> str | None:
    """The address that a link on the page `base` leads to, escaped as browsers do, without its fragment.

    None when the link is no address ("http://[", a port beyond 65535).
    """
    try:
        joined = urljoin(base, link.strip())
        return urlunsplit(urlsplit(safe_url_string(joined))._replace(fragment=""))
    except ValueError:
        return None


def address_key(url: str) -> str:
    """The key under which a page is known: the same for http and https, www and mobile hosts, AMP, tracking marks.

    Escapes are written in one way (RFC 3986 section 6.2.2): %c3%a9 is %C3%A9, %7E is ~.
    """
    parts = urlsplit(url)
    host = bare_host(parts.hostname or "")
    port = f":{parts.port}" if parts.port not in _STANDARD_PORTS else ""
    path = re.sub(r"/{2,}", "/", _one_escape(parts.path))
    path = re.sub(r"\.amp(?=\.html?$)", "", path)
    path = re.sub(r"(?:/amp|\.amp)?(?:/index\.html?)?/*$", "", path) or "/"
    path = re.sub(r"^/amp/", "/", path)
    pairs = parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape")
    kept = sorted((name, value) for name, value in pairs if not _is_mark(name, value))
    query = f"?{urlencode(kept, errors='surrogateescape')}" if kept else ""
    return f"{host}{port}{path}{query}"


def _one_escape(path: str) -> str:
    return quote(_ESCAPE.sub(_unescaped, path), safe="/%:@!$&()*+,;=~-._")


def _unescaped(escape: re.Match[str]) -> str:
    letter = chr(int(escape[1], 16))
    return letter if _UNRESERVED.fullmatch(letter) else escape[0].upper()


def _is_mark(name: str, value: str) -> bool:
    """Whether a parameter only says how the reader came to the page."""
    if _AMBIGUOUS.fullmatch(name):
        return bool(_CHANNELS.fullmatch(value))
    return bool(_TRACKING.fullmatch(name))


def bare_host(host: str) -> str:
    """The host without www, m, mobile or amp in front, in lower case."""
    host = host.lower().rstrip(".")
    for prefix in _OWN_PREFIXES:
        if host.startswith(prefix) and host.count(".") >= 2:
            return host.removeprefix(prefix)
    return host


def same_site(one: str, other: str) -> bool:
    """Whether two hosts are the same but for www, m or amp."""
    return bare_host(one) == bare_host(other)


def origin(url: str) -> str:
    """Scheme, host and port of an address, for what holds for all of them (RFC 6454)."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def check_address(url: str, hosts: Iterable[str]) -> None:
    """Raises RefusedAddress unless `url` is http(s), without credentials, on one of `hosts` or below it.

    A host may name its port ("journal.example:8080", "[fd00::1]:81"); without one only the standard ports are allowed.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise RefusedAddress(f"{url!r} is no address: {error}") from error
    if parts.scheme not in ("http", "https"):
        raise RefusedAddress(f"{url!r}: only http and https are fetched")
    if parts.username is not None or parts.password is not None:
        raise RefusedAddress(f"{parts.hostname}: an address with a name and a password is not fetched")
    if len(url) > LONGEST_ADDRESS:
        raise RefusedAddress(f"{url[:80]}…: longer than {LONGEST_ADDRESS} characters")
    host = (parts.hostname or "").removesuffix(".")
    if not all(host.split(".")):
        raise RefusedAddress(f"{url!r}: {parts.hostname or ''!r} is no name of a host")
    if not any(_covers(allowed, host, port) for allowed in hosts):
        raise RefusedAddress(f"{url!r} is not on a host of its outlet")


def on_host_of(url: str, hosts: Iterable[str]) -> bool:
    """Whether `url` may be fetched from one of `hosts`, as check_address says."""
    try:
        check_address(url, hosts)
    except RefusedAddress:
        return False
    return True


def _covers(allowed: str, host: str, port: int | None) -> bool:
    named = _named(allowed)
    name = named.hostname or ""
    if host != name and not (host.endswith("." + name) and not _is_ip(name)):
        return False
    return port == named.port or (port in _STANDARD_PORTS and named.port is None)


@lru_cache(maxsize=4096)
def _named(allowed: str) -> SplitResult:
    return urlsplit(f"//{allowed}")


def _is_ip(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
