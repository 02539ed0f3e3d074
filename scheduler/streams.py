"""Digest streams: what each subscriber and each channel asked to be told, and when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from alerts.message import parse_address
from alerts.model import Reader
from scheduler.errors import ConfigurationError
from scheduler.sections import ChannelSection, StreamSection, SubscriberSection
from scheduler.slots import Schedule, parse_schedule
from scheduler.windows import Calendar, DigestWindowSection, calendar, check_overlaps
from storage.mailing import CHANNEL
from storage.model import EVERYTHING, Filter

NEAR = 0.75  # how alike two ids are, of 1, when one may be the other with a slip


@dataclass(frozen=True, slots=True)
class Subscriber:
    """`wanted` is what its digests tell, `urgent` what is told at once besides (None: nothing); `reports_nothing` when
    a digest without news is sent too; `resends` says whether a mail in doubt is sent again (None: as to all)."""

    email: str
    topics: tuple[str, ...]
    calendar: Calendar
    language: str
    wanted: Filter = EVERYTHING
    urgent: Filter | None = None
    reports_nothing: bool = False
    counts_copies: bool = False
    resends: bool | None = None

    @property
    def schedule(self) -> Schedule:
        return self.calendar.usual

    @property
    def timezone(self) -> ZoneInfo:
        return self.calendar.zone

    def slot(self, instant: datetime) -> str:
        """A slot as this reader knows it: by the minute, on the clock of the zone that is named."""
        return f"{instant.astimezone(self.timezone):%Y-%m-%d %H:%M} {self.timezone}"

    @property
    def reader(self) -> Reader:
        weekly = self.schedule.is_weekly
        copies = self.counts_copies
        return Reader(self.email, self.language, self.timezone, weekly=weekly, counts_copies=copies, wanted=self.wanted)


@dataclass(frozen=True, slots=True)
class Known:
    """What a stream may name, and the file that is read."""

    topics: Collection[str]
    outlets: Collection[str]
    file: str


def streams(
    subscribers: Sequence[SubscriberSection],
    channels: Sequence[ChannelSection],
    windows: Sequence[DigestWindowSection],
    known: Known,
) -> tuple[Subscriber, ...]:
    """The streams of the file; raises ConfigurationError for a name that nobody knows, or that stands twice."""
    check_overlaps(windows, f"{known.file}: windows")
    addresses = [parse_address(each.email)[1] for each in subscribers]
    _check_once(
        "subscribers", "email", [each.email for each in subscribers], [each.lower() for each in addresses], known
    )
    _check_once("channels", "id", [each.id for each in channels], [each.id for each in channels], known)
    sections = [*_placed(subscribers, "subscribers", known), *_placed(channels, "channels", known)]
    recipients = [
        *addresses,
        *(CHANNEL + each.id for each in channels),
    ]  # a channel's address in the ledger is its route
    return tuple(
        _stream(recipient, section, windows, known, place)
        for recipient, (place, section) in zip(recipients, sections, strict=True)
    )


def check_outlets(ids: Sequence[str], known: Collection[str], place: str) -> None:
    """Raises ConfigurationError for ids that no outlet has, each with those that it may have meant."""
    if unknown := [_no_outlet(each, known, place) for each in dict.fromkeys(ids) if each not in known]:
        raise ConfigurationError("\n".join(unknown))


def _no_outlet(written: str, known: Collection[str], place: str) -> str:
    close = [each for each in known if written.lower() in each or each in written.lower()]
    close = close or get_close_matches(written.lower(), known, cutoff=NEAR)
    hint = f"; did you mean {', '.join(close[:3])}?" if close else ""
    return f"{place}: no outlet has the id {written!r}{hint} (`veilleur outlets list` shows all)"


def _placed(sections: Sequence[StreamSection], table: str, known: Known) -> list[tuple[str, StreamSection]]:
    return [(f"{known.file}: {table}[{number}]", each) for number, each in enumerate(sections)]


def _check_once(table: str, key: str, written: Sequence[str], names: Sequence[str], known: Known) -> None:
    seen = set[str]()
    for number, name in enumerate(names):
        if name in seen:
            place = f"{known.file}: {table}[{number}].{key} = {written[number]!r}"
            raise ConfigurationError(f"{place} stands twice: write one table for each {key}")
        seen.add(name)


def _stream(
    recipient: str, section: StreamSection, windows: Sequence[DigestWindowSection], known: Known, place: str
) -> Subscriber:
    _check(section, known, place)
    only = None if section.outlets is None else frozenset(section.outlets)
    excepted = frozenset(section.except_outlets)
    zone = ZoneInfo(section.timezone)
    return Subscriber(
        recipient,
        tuple(section.topics),
        calendar(parse_schedule(section.digest), zone, [*section.windows, *windows]),
        section.language,
        wanted=Filter(only, excepted, section.prominence),
        urgent=None if section.alerts == "none" else Filter(only, excepted, section.alerts),
        reports_nothing=section.when_empty == "send",
        counts_copies=section.copies == "counted",
        resends=None if section.on_doubt is None else section.on_doubt == "resend",
    )


def _check(section: StreamSection, known: Known, place: str) -> None:
    for topic in section.topics:
        if topic not in known.topics:
            raise ConfigurationError(f"{place}.topics: no topic {topic!r}: there are {', '.join(sorted(known.topics))}")
    for key, named in (("outlets", section.outlets or []), ("except_outlets", section.except_outlets)):
        check_outlets(named, known.outlets, f"{place}.{key}")
    if section.outlets is not None and set(section.outlets) <= set(section.except_outlets):
        raise ConfigurationError(f"{place}.except_outlets: every outlet of outlets is excepted, so nothing is left")
    check_overlaps(section.windows, f"{place}.windows")
