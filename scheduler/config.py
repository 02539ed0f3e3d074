"""The configuration: one TOML file, read once, checked whole, handed down as values."""

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from alerts.message import parse_address
from alerts.model import MailServer, Reader, Sender
from alerts.services import Channel
from crawler.archives.order import ArchiveOrder
from crawler.durations import parse_duration
from crawler.errors import CatalogueError
from crawler.job import TopicSource, bundled_topic
from crawler.outlets import Outlet, Reservation, bundled_catalogue, check_sources, merged, parse_outlets
from crawler.rhythm import Rhythm
from matching.errors import TopicError
from matching.topic import Topic, referenced_files
from scheduler.choices import DEFAULT_FILE
from scheduler.errors import ConfigurationError
from scheduler.mistakes import explained
from scheduler.outward import FeedOrder, Outward, channel, outward
from scheduler.rhythm import deadline, rhythm
from scheduler.sections import CrawlSection, File, MailSection, mails_a_second
from scheduler.streams import Known, Subscriber, check_outlets, streams
from scheduler.windows import check_overlaps

PASSWORD_VARIABLE = "VEILLEUR_SMTP_PASSWORD"
CONFIG_VARIABLE = "VEILLEUR_CONFIG"


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that a run needs to know, checked; `outlets` are those that are watched, `catalogue` all that are
    defined."""

    database: str
    rhythm: Rhythm
    deadline: timedelta
    patience: timedelta
    revisit: tuple[timedelta, ...]
    baseline_age: timedelta
    contact: str
    tdm: Reservation
    allow_networks: tuple[str, ...]
    catalogue: tuple[Outlet, ...]
    outlets: tuple[Outlet, ...]
    topics: tuple[Topic, ...]
    topic_sources: tuple[TopicSource, ...]
    sender: Sender
    outbox: Path | None
    server: MailServer | None
    connections: int
    rate: float | None
    resend_after_doubt: bool
    resend_to: Mapping[str, bool]
    subscribers: tuple[Subscriber, ...]
    archive: ArchiveOrder
    keep_archive: timedelta
    feed: FeedOrder
    operator: Reader | None
    name_server: str | None
    outward: Outward
    channels: tuple[Channel, ...]
    tick: timedelta
    keep_pages: timedelta

    def outlet_names(self) -> dict[str, str]:
        """Names by id, also of outlets that are not watched now: their articles are still told of."""
        return {outlet.id: outlet.name for outlet in merged(self.catalogue, self.outlets)}

    def zones(self) -> dict[str, ZoneInfo]:
        """Each subscriber's and channel's zone, by what stands as the recipient of its deliveries."""
        return {each.email: each.timezone for each in self.subscribers}


def load(path: str | None, environ: Mapping[str, str] | None = None) -> Configuration:
    """Reads the file at `path`, at $VEILLEUR_CONFIG, or veilleur.toml where it exists, else the defaults.

    Raises ConfigurationError for a file that is missing, unreadable or wrong in any key.
    """
    environ = os.environ if environ is None else environ
    named = path or environ.get(CONFIG_VARIABLE)
    file = Path(named or DEFAULT_FILE)
    if named is None and not file.exists():
        return _checked(File(), DEFAULT_FILE, Path("."), environ)
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: this is not TOML: {error}") from error
    try:
        sections = File.model_validate(table)
    except ValidationError as error:
        raise ConfigurationError(
            "\n".join([explained(error, str(file)), *_wrong_outlets(error, table, str(file))])
        ) from error
    try:
        return _checked(sections, str(file), file.parent, environ)
    except ConfigurationError as error:
        raise ConfigurationError(_with_the_rest(str(error), sections, str(file))) from error


def _wrong_outlets(others: ValidationError, table: Mapping[str, Any], name: str) -> list[str]:
    """What is wrong with the outlets of a file with other mistakes: they are read apart from the rest."""
    if "outlets" in {each["loc"][0] for each in others.errors()}:
        return []
    try:
        parse_outlets(table.get("outlets", []), name)
    except CatalogueError as error:
        return [str(error)]
    return []


def _with_the_rest(mistake: str, file: File, name: str) -> str:
    """What ended the checks, and what the others say that need nothing of it."""
    checks = (
        lambda: _check_tick(file.daemon.tick, name),
        lambda: _check_security(file.mail, name),
        lambda: _outlets(file, name),
        lambda: check_overlaps(file.windows, f"{name}: windows"),
        lambda: _pace(file.crawl, name),
    )
    told = mistake.splitlines()
    for check in checks:
        try:
            check()
        except ConfigurationError as error:
            told += str(error).splitlines()
    return "\n".join(dict.fromkeys(told))


def _checked(file: File, name: str, folder: Path, environ: Mapping[str, str]) -> Configuration:
    mail = file.mail
    sources, topics = _topics(file.topics, folder, name)
    _check_tick(file.daemon.tick, name)
    _check_security(mail, name)
    ways = outward(mail.sender, mail.unsubscribe, mail.key_file, mail.bounces, mail.dkim, file.web)
    outlets = _outlets(file, name)
    known = Known({topic.id for topic in topics}, [outlet.id for outlet in outlets], name)
    readers = streams(file.subscribers, file.channels, file.windows, known)
    pace, longest_round = _pace(file.crawl, name)
    return Configuration(
        database=file.database.url,
        rhythm=pace,
        deadline=longest_round,
        patience=parse_duration(file.crawl.patience),
        revisit=tuple(map(parse_duration, file.crawl.revisit)),
        baseline_age=parse_duration(file.crawl.baseline_age),
        contact=file.crawl.contact,
        tdm=file.crawl.tdm,
        allow_networks=tuple(file.crawl.allow_networks),
        catalogue=outlets,
        outlets=_watched(outlets, file.crawl.outlets, name),
        topics=topics,
        topic_sources=sources,
        sender=Sender(mail.sender, ways.exits.unsigned().link),
        outbox=Path(mail.outbox) if mail.transport == "outbox" else None,
        server=_server(mail, environ.get(PASSWORD_VARIABLE)) if mail.transport == "smtp" else None,
        connections=mail.connections,
        rate=mails_a_second(mail.rate) if mail.rate else None,
        resend_after_doubt=mail.on_doubt == "resend",
        resend_to={each.email: each.resends for each in readers if each.resends is not None},
        archive=ArchiveOrder(file.archive.keep, file.archive.folder, file.archive.file_mb * 1024 * 1024),
        keep_archive=parse_duration(file.archive.keep_for),
        feed=FeedOrder(Path(file.feed.file), file.feed.entries, file.feed.language),
        subscribers=readers,
        operator=_operator(mail.operator, readers),
        name_server=mail.name_server,
        outward=ways,
        channels=tuple(channel(each.id, each.url_file, environ, name) for each in file.channels),
        tick=parse_duration(file.daemon.tick),
        keep_pages=parse_duration(file.daemon.keep_pages),
    )


def _check_tick(written: str, name: str) -> None:
    if parse_duration(written).total_seconds() < 1:
        raise ConfigurationError(f'{name}: daemon.tick = {written!r}: write at least "1s"')


def _check_security(mail: MailSection, name: str) -> None:
    if mail.transport == "smtp" and mail.security == "none" and not _is_this_machine(mail.host):
        raise ConfigurationError(
            f'{name}: mail.security = "none" towards {mail.host!r}: a mail would travel in clear; write "starttls" or'
            ' "tls" ("none" is for a server on this machine)'
        )


def _pace(crawl: CrawlSection, name: str) -> tuple[Rhythm, timedelta]:
    """How often sources are asked, and how long a round may last."""
    pace = rhythm(crawl.interval, crawl.longest_interval, crawl.windows, name)
    return pace, deadline(crawl.deadline, pace, crawl.interval, name)


def _server(mail: MailSection, password: str | None) -> MailServer:
    most = mail.mails_per_connection
    return MailServer(mail.host, mail.port, mail.security, mail.username, password=password, mails_per_connection=most)


def _topics(files: list[str], folder: Path, name: str) -> tuple[tuple[TopicSource, ...], tuple[Topic, ...]]:
    try:
        sources = (bundled_topic(), *(_topic_file(folder / file, name) for file in files))
        topics = tuple(source.parse() for source in sources)
    except TopicError as error:
        raise ConfigurationError(str(error)) from error
    by_id = {topic.id: (source, topic) for source, topic in zip(sources, topics, strict=True)}
    return tuple(pair[0] for pair in by_id.values()), tuple(pair[1] for pair in by_id.values())


def _topic_file(path: Path, name: str) -> TopicSource:
    try:
        text = path.read_text(encoding="utf-8")
        files = {}
        for each in referenced_files(text, str(path)):
            files[each] = (path.parent / each).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{name}: topics: {error.filename}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{name}: topics: {path}: this is not UTF-8: {error}") from error
    return TopicSource(str(path), text, files)


def _outlets(file: File, name: str) -> tuple[Outlet, ...]:
    try:
        known = merged(bundled_catalogue(), parse_outlets(file.outlets, name))
        check_sources(known, name)
    except CatalogueError as error:
        raise ConfigurationError(str(error)) from error
    return known


def _watched(known: tuple[Outlet, ...], chosen: Literal["all"] | list[str], name: str) -> tuple[Outlet, ...]:
    return known if chosen == "all" else chosen_outlets(known, chosen, f"{name}: crawl.outlets")


def chosen_outlets(known: tuple[Outlet, ...], ids: list[str], place: str) -> tuple[Outlet, ...]:
    """The outlets of these ids, in their order; raises ConfigurationError for ids that nobody knows."""
    by_id = {outlet.id: outlet for outlet in known}
    check_outlets(ids, by_id, place)
    return tuple(by_id[each] for each in dict.fromkeys(ids))


def watched_outlets(configuration: Configuration, ids: list[str], place: str) -> tuple[Outlet, ...]:
    """The watched outlets of these ids, all of them when none is named; ConfigurationError also for one that is
    defined and not watched."""
    watched = {outlet.id for outlet in configuration.outlets}
    for each in configuration.catalogue:
        if each.id in ids and each.id not in watched:
            raise ConfigurationError(
                f"{place}: {each.id!r} is defined, but not watched: add it to crawl.outlets"
                f" (`veilleur outlets check {each.id}` tries it before)"
            )
    return chosen_outlets(configuration.outlets, ids, place) if ids else configuration.outlets


def _operator(written: str | None, readers: tuple[Subscriber, ...]) -> Reader | None:
    """Who is told of the watch's own health: in his language where he subscribes too, else in the first reader's."""
    if written is None:
        return None
    address = parse_address(written)[1]
    like = next((each for each in readers if each.email == address), readers[0] if readers else None)
    return Reader(address, like.language if like else "fr", like.timezone if like else ZoneInfo("Europe/Paris"))


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
