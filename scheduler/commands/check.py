"""`veilleur check`."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError

from alerts.errors import SecretError
from alerts.message import parse_address
from alerts.outbox import write_file
from alerts.records import Records
from alerts.smtp import Greeting, Patience, SmtpTransport
from alerts.standing import Finding, Identity, standing
from crawler.job import bundled_topic
from scheduler.clock import utc_now
from scheduler.config import PASSWORD_VARIABLE, Configuration
from scheduler.terminal import counted, out, plain
from storage import epoch, mailing
from storage.database import Database, redacted
from storage.errors import StorageError
from storage.migrate import check_schema, migrate

PATIENCE = 15.0
LARGEST_MAIL = 1_000_000  # what a digest with its picture never reaches
SOON = timedelta(days=14)


def check(configuration: Configuration) -> int:
    """Looks at everything that can be looked at without sending or crawling; 1 when something is wrong."""
    findings = [finding for look in _LOOKS for finding in look(configuration)]
    for each in findings:
        mark = "[green]ok[/]" if not each.problem else "[red]wrong[/]" if each.fatal else "[yellow]note[/]"
        out.print(f"{mark:>14}  [bold]{each.subject}[/]  {plain(each.state)}")
        if each.problem:
            out.print(f"         {plain(each.problem)}")
    return 1 if any(each.problem and each.fatal for each in findings) else 0


def _configuration(configuration: Configuration) -> Iterator[Finding]:
    readers = ", ".join(each.email for each in configuration.subscribers)
    topics = ", ".join(each.id for each in configuration.topics)
    replacing = bundled_topic() not in configuration.topic_sources
    remedy = "a file of `topics` replaces the topic code8 that comes with Veilleur: give it another id to watch both"
    yield Finding("configuration", f"topics: {topics}; subscribers: {readers}", remedy * replacing, fatal=False)
    told = {topic for each in configuration.subscribers for topic in each.topics}
    for topic in configuration.topics:
        if topic.id not in told:
            remedy = f'nobody is told of it: name it in a subscriber\'s topics, such as topics = ["{topic.id}"]'
            yield Finding("topic", topic.id, remedy, fatal=False)
    if "@" not in configuration.contact and "://" not in configuration.contact:
        remedy = 'crawl.contact should be an address by which an outlet can reach you: "mailto:..." or "https://..."'
        yield Finding("contact", configuration.contact, remedy, fatal=False)


def _database(configuration: Configuration) -> Iterator[Finding]:
    shown = redacted(configuration.database)
    try:
        database = Database(configuration.database)
        if database.file is not None:
            migrate(database)
        check_schema(database)
        database.look_for_damage()
        with database.write():
            pass
        database.close()
    except StorageError as error:
        yield Finding("database", shown, str(error))
    else:
        yield Finding("database", f"{shown} can be read and written")


def _mailing(configuration: Configuration) -> Iterator[Finding]:
    """What holds mailing, and whether the database is an old backup."""
    try:
        database = Database(configuration.database)
        doubt = epoch.suspicion(database, epoch.file_of(database, configuration.outward.key_file.parent))
        with database.read() as connection:
            reasons = [each.reason for each in mailing.holds(connection)]
        database.close()
    except (StorageError, SQLAlchemyError):
        return  # a database that cannot be used is told as such
    if doubt and doubt not in reasons:
        reasons.append(doubt)
    if reasons:
        remedy = "look at `veilleur deliveries`, then write `veilleur deliveries resume`"
        yield Finding("mailing", "is on hold", f"{'; '.join(reasons)}: {remedy}")


def _files(configuration: Configuration) -> Iterator[Finding]:
    """Whether mails, kept pages and the feed can be written where the configuration says."""
    archive, feed = configuration.archive, configuration.feed.file
    if configuration.outbox is not None:
        yield _written("outbox", configuration.outbox, configuration.outbox, "folder in mail.outbox")
    if archive.keep != "none":
        yield _written("archive", Path(archive.folder), Path(archive.folder), "folder in archive.folder")
    yield _written("feed", feed, feed.parent, "file in feed.file")


def _written(subject: str, shown: Path, folder: Path, other: str) -> Finding:
    probe = folder / ".veilleur-check"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_file(probe, b"")
        probe.unlink()
    except OSError as error:
        remedy = f"cannot be written: {error.strerror}: let this user write there, or name another {other}"
        return Finding(subject, str(shown), remedy)
    return Finding(subject, f"{shown} can be written")


def _pages(configuration: Configuration) -> Iterator[Finding]:
    """Whether the pages to leave by can be served, or may be so already."""
    web = configuration.outward.web
    if web is None:
        return
    from alerts.serving import AlreadyServed, CannotServe, listen

    try:
        listen(web.bind, web.port).close()
    except CannotServe as error:
        yield Finding("web", web.public_url, str(error), fatal=not isinstance(error, AlreadyServed))
    else:
        yield Finding("web", f"{web.public_url} can be served at {web.bind} port {web.port}")


def _mail_server(configuration: Configuration) -> Iterator[Finding]:
    server = configuration.server
    if server is None:
        return
    place = f"{server.host}:{server.port} ({server.security})"
    if server.username and not server.password:
        remedy = f"mail.username is set and ${PASSWORD_VARIABLE} is not: put the password into the environment"
        yield Finding("mail server", place, remedy)
        return
    greeting = asyncio.run(SmtpTransport(server, Patience(reply=PATIENCE)).greeting())
    if greeting.trouble:
        remedy = greeting.trouble
        if "mail.security" not in remedy:
            remedy = f"{remedy}; see mail.host, mail.port, mail.security, mail.username"
        yield Finding("mail server", place, remedy)
        return
    works = ", log-in works" if server.username else ""
    protected = f", {greeting.secured_by}" if greeting.secured_by else ""
    yield Finding("mail server", f"{place} answers{protected}{works}")
    yield from _limits(greeting)


def _limits(greeting: Greeting) -> Iterator[Finding]:
    """What may soon keep mails from going out."""
    largest, until = greeting.largest_mail, greeting.certified_until
    if largest is not None and largest < LARGEST_MAIL:
        remedy = f"a digest can have {LARGEST_MAIL:,} bytes: ask for a higher limit; larger ones are cut until they fit"
        yield Finding("mail size", f"the server takes {largest:,} bytes", remedy, fatal=False)
    elif largest is not None:
        yield Finding("mail size", f"the server takes {largest:,} bytes")
    if until is not None and until - utc_now() < SOON:
        yield Finding("certificate", f"ends on {until:%Y-%m-%d}", "the server's certificate ends soon", fatal=False)


def _sender(configuration: Configuration) -> Iterator[Finding]:
    """What the names say under which mails go out."""
    if configuration.server is None:
        return
    ways = configuration.outward
    author = parse_address(configuration.sender.address)[1].rpartition("@")[2].lower()
    envelope = (ways.bounces or author).rpartition("@")[2].lower()
    identity = Identity(author, envelope, ways.dkim, one_click=ways.web is not None)
    try:
        yield from standing(identity, Records(configuration.name_server))
    except SecretError as error:
        yield Finding("DKIM", "", str(error))


def _sources(configuration: Configuration) -> Iterator[Finding]:
    outlets = configuration.outlets
    count = sum(len(outlet.sources) for outlet in outlets)
    without = [outlet.id for outlet in outlets if not outlet.sources]
    problem = f"no source: {', '.join(without)}: give feeds, news_sitemaps or listings" if without else ""
    watched = f"{counted(len(outlets), 'outlet', 'outlets')}, {counted(count, 'source', 'sources')}"
    yield Finding("sources", watched, problem)
    try:
        socket.getaddrinfo(urlsplit(f"//{outlets[0].domain}").hostname, None)
    except (OSError, IndexError):
        name = outlets[0].domain if outlets else "no outlet"
        yield Finding(
            "network",
            name,
            "the name cannot be resolved: is this machine on the network, and does its name server answer?",
            fatal=False,
        )


_LOOKS: tuple[Callable[[Configuration], Iterator[Finding]], ...] = (
    _configuration,
    _database,
    _mailing,
    _files,
    _mail_server,
    _sender,
    _pages,
    _sources,
)
