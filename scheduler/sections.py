"""The sections of the configuration file: every key, its default, and what is allowed in it."""

import ipaddress
import re
import socket
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from alerts.errors import UnknownLanguage
from alerts.message import parse_address
from alerts.name_servers import name_server_flaw
from alerts.spoken import check_language
from crawler.archives.order import Keep
from crawler.durations import parse_duration
from crawler.outlets import Reservation
from scheduler.outward import BouncesAddress, ChannelId, DkimSection, WebSection
from scheduler.rhythm import WindowSection
from scheduler.slots import checked_schedule
from scheduler.windows import DigestWindowSection
from storage.model import Least

_RATE = re.compile(r"([1-9][0-9]{0,5})/([smh])")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
DATABASES = ("sqlite", "postgresql")
_LINK = re.compile(r"(?:mailto:|https://)[!-;=?-~]{1,900}")


def _duration(value: str) -> str:
    parse_duration(value)
    return value


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f'{value!r} is no time zone: write one such as "Europe/Paris" or "America/Montreal"')
    return value


def _network(value: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError as error:
        raise ValueError(f'{value!r} is no network: write one such as "127.0.0.0/8" or "10.1.0.0/16"') from error
    return value


def _address(value: str) -> str:
    parse_address(value)
    return value


def _database(value: str) -> str:
    try:
        address = make_url(value)
        if address.get_backend_name() not in DATABASES or (address.database or "").startswith("file:"):
            raise ArgumentError("another database, or an SQLite file: address")
    except ArgumentError as error:
        raise ValueError(
            'only SQLite and PostgreSQL are supported: write "sqlite:///var/veilleur.db" or "postgresql+psycopg://..."'
        ) from error
    return value


def _unsubscribe(value: str) -> str:
    if not _LINK.fullmatch(value):
        raise ValueError(f'{value!r} is no address that a header can carry: write "mailto:..." or "https://..."')
    return value


def _contact(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError(f'{value!r} cannot go into a header: write one line, such as "mailto:presse@example.org"')
    return value


def _name_server(value: str) -> str:
    if flaw := name_server_flaw(value):
        raise ValueError(flaw)
    return value


def _language(value: str) -> str:
    try:
        check_language(value)
    except UnknownLanguage as error:
        raise ValueError(str(error)) from error
    return value


def mails_a_second(written: str) -> float:
    """The rate; raises ValueError with what is allowed."""
    found = _RATE.fullmatch(written)
    if found is None:
        raise ValueError(
            f'{written!r} is no rate: write mails a second, minute or hour, such as "2/s", "60/m", "500/h"'
        )
    return int(found.group(1)) / _SECONDS[found.group(2)]


def _rate(value: str) -> str:
    mails_a_second(value)
    return value


OnDoubt = Literal["resend", "hold"]
Duration = Annotated[str, AfterValidator(_duration)]
Digest = Annotated[str | list[str], BeforeValidator(checked_schedule)]
MailAddress = Annotated[str, AfterValidator(_address)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class DatabaseSection(_Section):
    url: Annotated[str, AfterValidator(_database)] = "sqlite:///var/veilleur.db"


class CrawlSection(_Section):
    interval: Duration | None = None
    longest_interval: Duration | None = None
    windows: list[WindowSection] = []
    deadline: Duration | None = None
    patience: Duration = "1d"
    revisit: list[Duration] = ["1h", "1d", "7d"]
    baseline_age: Duration = "7d"
    contact: Annotated[str, AfterValidator(_contact)] = Field(
        default_factory=lambda: f"mailto:veilleur@{socket.getfqdn()}"
    )
    outlets: Literal["all"] | list[str] = "all"
    tdm: Reservation = "honour"
    allow_networks: list[Annotated[str, AfterValidator(_network)]] = []


class MailSection(_Section):
    transport: Literal["outbox", "smtp"] = "outbox"
    outbox: str = "var/outbox"
    sender: MailAddress = "Veilleur <veilleur@localhost>"
    host: str = Field(default="localhost", min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["tls", "starttls", "none"] = "starttls"
    username: str | None = None
    unsubscribe: Annotated[str, AfterValidator(_unsubscribe)] | None = None
    connections: int = Field(default=2, ge=1, le=20)
    mails_per_connection: int = Field(default=100, ge=1, le=10_000)
    rate: Annotated[str, AfterValidator(_rate)] | None = None
    on_doubt: OnDoubt = "resend"
    operator: MailAddress | None = None
    name_server: Annotated[str, AfterValidator(_name_server)] | None = None
    key_file: str = Field(default="var/veilleur.key", min_length=1)
    bounces: BouncesAddress | None = None
    dkim: DkimSection | None = None


class StreamSection(_Section):
    topics: list[str] = Field(default=["code8"], min_length=1)
    digest: Digest = "daily 08:00"
    timezone: Annotated[str, AfterValidator(_zone)] = "Europe/Paris"
    language: Annotated[str, AfterValidator(_language)] = "fr"
    outlets: list[str] | None = Field(default=None, min_length=1)
    except_outlets: list[str] = []
    prominence: Least = "any"
    copies: Literal["shown", "counted"] = "shown"
    alerts: Literal["none", "headline", "subject", "list", "passing", "any"] = "none"
    when_empty: Literal["nothing", "send"] = "nothing"
    on_doubt: OnDoubt | None = None
    windows: list[DigestWindowSection] = []


class SubscriberSection(StreamSection):
    email: MailAddress


class ChannelSection(StreamSection):
    id: ChannelId
    url_file: str | None = Field(default=None, min_length=1)


class ArchiveSection(_Section):
    keep: Keep = "mentions"
    folder: str = Field(default="var/archive", min_length=1)
    file_mb: int = Field(default=256, ge=1, le=1_000_000)
    keep_for: Duration = "730d"


class FeedSection(_Section):
    file: str = Field(default="var/veilleur.atom", min_length=1)
    entries: int = Field(default=100, ge=1, le=1000)
    language: Annotated[str, AfterValidator(_language)] = "fr"


class DaemonSection(_Section):
    tick: Duration = "30s"
    keep_pages: Duration = "365d"


class File(_Section):
    database: DatabaseSection = DatabaseSection()
    crawl: CrawlSection = Field(default_factory=CrawlSection)
    outlets: list[dict[str, Any]] = []
    topics: list[str] = []
    mail: MailSection = MailSection()
    archive: ArchiveSection = ArchiveSection()
    feed: FeedSection = FeedSection()
    daemon: DaemonSection = DaemonSection()
    web: WebSection = WebSection()
    channels: list[ChannelSection] = []
    windows: list[DigestWindowSection] = []
    subscribers: list[SubscriberSection] = [SubscriberSection(email="veilleur@localhost")]
