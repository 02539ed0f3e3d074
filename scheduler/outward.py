"""What the configuration says of the ways out and back: pages to leave by, bounces, DKIM, channels, the Atom file."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from alerts.errors import AlertsError
from alerts.extras import require_apprise, require_dkim
from alerts.keys import read_secret
from alerts.leaving import PLACE, Exits
from alerts.message import parse_address
from alerts.model import DkimOrder
from alerts.services import Channel, flaw
from alerts.tokens import LENGTH
from scheduler.environment import CHANNEL_VARIABLE
from scheduler.errors import ConfigurationError

_PUBLIC = re.compile(r"https://[!-;=?-~]{1,300}")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+", re.I)


def _public_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        fits = (
            _PUBLIC.fullmatch(value) and parts.hostname and not parts.query and not parts.fragment and parts.port != 0
        )
    except ValueError:
        fits = None
    if not fits or "@" in parts.netloc:
        raise ValueError(f'{value!r} is no address for readers: write "https://host" or "https://host/path" (RFC 8058)')
    return value.rstrip("/")


def _bounces(value: str) -> str:
    if value.count(PLACE) != 1 or PLACE not in value.partition("@")[0]:
        raise ValueError(f'{value!r}: write an address with {PLACE} before the @: "veilleur+b-{PLACE}@example.org"')
    try:
        parse_address(value.replace(PLACE, "a" * LENGTH))
    except AlertsError as error:
        raise ValueError(f"{error} ({PLACE} stands for {LENGTH} characters, and 64 may stand before the @)") from error
    return value


def _domain(value: str) -> str:
    if not _DOMAIN.fullmatch(value):
        raise ValueError(f'{value!r} is no domain: write one such as "example.org"')
    return value.lower()


def _selector(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?", value):
        raise ValueError(f'{value!r} is no selector: write one such as "veilleur"')
    return value


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class WebSection(_Section):
    """[web]"""

    public_url: Annotated[str, AfterValidator(_public_url)] | None = None
    bind: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8025, ge=1, le=65535)


class DkimSection(_Section):
    """[mail.dkim]"""

    domain: Annotated[str, AfterValidator(_domain)]
    selector: Annotated[str, AfterValidator(_selector)]
    key_file: str = Field(min_length=1)


BouncesAddress = Annotated[str, AfterValidator(_bounces)]
ChannelId = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$")]


@dataclass(frozen=True, slots=True)
class Web:
    """Where the pages are served, and what readers call them."""

    public_url: str
    bind: str
    port: int

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names by which requests may ask for the pages."""
        name = urlsplit(self.public_url).hostname or ""
        return (name, "localhost", "127.0.0.1", "[::1]", self.bind)


@dataclass(frozen=True, slots=True)
class Outward:
    """The ways out and back, checked."""

    exits: Exits
    key_file: Path
    bounces: str | None
    dkim: DkimOrder | None
    web: Web | None


@dataclass(frozen=True, slots=True)
class FeedOrder:
    """Where the feed is written, how many entries it holds, and the language of its words."""

    file: Path
    entries: int
    language: str


def outward(
    sender: str, unsubscribe: str | None, key_file: str, bounces: str | None, dkim: DkimSection | None, web: WebSection
) -> Outward:
    """What the sections come to; raises ConfigurationError for an extra that is not installed."""
    mailto = f"mailto:{parse_address(sender)[1]}?subject=unsubscribe%20{PLACE}"
    order = DkimOrder(dkim.domain, dkim.selector, Path(dkim.key_file)) if dkim else None
    if order is not None:
        _require(require_dkim)
    return Outward(
        exits=Exits(unsubscribe or mailto, mailto, web.public_url),
        key_file=Path(key_file),
        bounces=bounces,
        dkim=order,
        web=Web(web.public_url, web.bind, web.port) if web.public_url else None,
    )


def channel(channel_id: str, url_file: str | None, environ: Mapping[str, str], name: str) -> Channel:
    """The channel with its address, from $VEILLEUR_CHANNEL_ID or its file; raises ConfigurationError."""
    _require(require_apprise)
    variable = CHANNEL_VARIABLE + channel_id.upper().replace("-", "_")
    place = f"{name}: channel {channel_id!r}"
    url = environ.get(variable, "")
    if not url and url_file is not None:
        try:
            url = read_secret(Path(url_file)).decode("utf-8", "replace").strip()
        except AlertsError as error:
            raise ConfigurationError(f"{place}: {error}") from error
    if not url:
        raise ConfigurationError(f"{place} has no address: put Apprise's into ${variable}, or name its url_file")
    if wrong := flaw(url):
        raise ConfigurationError(f"{place}: {wrong}")
    return Channel(channel_id, url)


def _require(check: Callable[[], None]) -> None:
    try:
        check()
    except AlertsError as error:
        raise ConfigurationError(str(error)) from error
