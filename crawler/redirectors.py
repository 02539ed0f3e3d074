"""Links that lead through a redirector: the address that they carry in a parameter, without asking the redirector."""

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qsl, urlsplit

from crawler.addresses import absolute, bare_host
from crawler.errors import RefusedAddress

MOST_LAYERS = 3
# Redirectors of search engines and social networks, by host: the path and the parameters that hold the address.
_KNOWN: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "bing.com": ("/news/apiclick.aspx", ("url",)),
    "duckduckgo.com": ("/l/", ("uddg",)),
    "facebook.com": ("/l.php", ("u",)),
    "google": ("/url", ("url", "q")),
    "linkedin.com": ("/redir/redirect", ("url",)),
    "out.reddit.com": ("/", ("url",)),
    "safelinks.protection.outlook.com": ("/", ("url",)),
    "slack-redir.net": ("/link", ("url",)),
    "t.umblr.com": ("/redirect", ("z",)),
    "vk.com": ("/away.php", ("to",)),
    "youtube.com": ("/redirect", ("q",)),
}
_GOOGLE = re.compile(r"(?:[a-z]+\.)?google\.(?:[a-z]{2,3}|com?\.[a-z]{2})")
_USUAL = ("url", "u", "q")


def unwrapped(url: str, own_hosts: tuple[str, ...] = ()) -> str:
    """The address behind the redirectors that a link goes through, layer by layer.

    Those of search engines and social networks are known; on `own_hosts`, an alert service's, any link with an
    address of the web in `url`, `u` or `q` is taken for one. Raises RefusedAddress when a known one holds no address.
    """
    for _ in range(MOST_LAYERS):
        inner = _inner(url, own_hosts)
        if inner is None:
            return url
        url = inner
    return url


def _inner(url: str, own_hosts: tuple[str, ...]) -> str | None:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    names = _parameters(host, parts)
    if names is None and not _is_below(host, own_hosts):
        return None
    given = dict(parse_qsl(parts.query))
    for name in names or _USUAL:
        if (inner := _address(given.get(name, ""))) is not None:
            return inner
    if names is not None:
        raise RefusedAddress(f"{url[:200]!r}: a redirector that names no address of the web")
    return None


def _parameters(host: str, parts: SplitResult) -> tuple[str, ...] | None:
    """The parameters in which a known redirector holds an address; None when this is none."""
    known = "google" if _GOOGLE.fullmatch(bare_host(host)) else _name(host)
    if known is None:
        return None
    path, names = _KNOWN[known]
    return names if parts.path == path or path == "/" else None


def _name(host: str) -> str | None:
    return next((each for each in _KNOWN if host == each or host.endswith("." + each)), None)


def _is_below(host: str, hosts: tuple[str, ...]) -> bool:
    names = [str(urlsplit(f"//{each}").hostname) for each in hosts]
    return any(host == each or host.endswith("." + each) for each in names)


def _address(written: str) -> str | None:
    """A parameter's value where it is an absolute address of the web."""
    if not written.lower().startswith(("http://", "https://")):
        return None
    return absolute(written, written)
