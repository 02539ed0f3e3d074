"""`veilleur digest`."""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from alerts.brief import Brief, brief
from alerts.digests import Desk, digest_of_run, pending_digest
from alerts.message import build_message, new_message_id
from alerts.model import Digest
from alerts.outbox import page
from alerts.render import render
from scheduler.choices import Format
from scheduler.commands.opened import opened_database
from scheduler.config import Configuration
from scheduler.errors import ConfigurationError
from scheduler.jobs import Jobs
from scheduler.planning import LOOK_BACK, REMEMBERED
from scheduler.streams import Subscriber
from scheduler.terminal import err
from storage import changes, deliveries, digests, rounds, subscribers
from storage.mailing import CHANNEL
from storage.model import Run, StoredSubscriber

PREVIEW = Path("var/preview.html")
A_SECOND = timedelta(seconds=1)
A_MINUTE = timedelta(minutes=1)
NAMED = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose digest, of which slot (None: what would go out now), in what form and where to."""

    subscriber: str | None = None
    preview: bool = False
    slot: str | None = None
    form: Format | None = None
    output: Path | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A digest with the bytes of the mail that told it, where one went out and they are kept."""

    digest: Digest
    kept: bytes | None = None


def digest(configuration: Configuration, asked: Asked) -> int:
    """Shows a digest that went out, would have gone out or would go out now; records nothing.

    Raises ConfigurationError for a subscriber, a slot or a form that there is not, with those that there are.
    """
    subscriber = _chosen(configuration, asked.subscriber)
    if subscriber.email.startswith(CHANNEL) and asked.form in ("html", "eml"):
        raise ConfigurationError(f"--format {asked.form}: {subscriber.email} is a channel and shows plain text only")
    with opened_database(configuration) as database:
        jobs = Jobs(configuration, database)
        with database.read() as connection:
            now = jobs.now()
            stored = subscribers.would_be(connection, subscriber.email, now)
            shown = _shown(connection, jobs.desk, subscriber, stored, asked.slot, now)
            before = changes.newest_before(connection, now - REMEMBERED)
            has_changes = changes.is_reason(connection, stored, subscriber.topics, before)
    if not shown.digest.stories and not (has_changes if asked.slot is None else shown.digest.changes):
        err.print("Nothing new: no mail would go out now." if asked.slot is None else "Nothing new in this slot.")
    if asked.form is None and not subscriber.email.startswith(CHANNEL):
        _write(_made(configuration, subscriber, shown, "text"), asked.output)
        if asked.preview:
            PREVIEW.parent.mkdir(parents=True, exist_ok=True)
            PREVIEW.write_bytes(_made(configuration, subscriber, shown, "html"))
            err.print(f"The page is {PREVIEW.absolute()}")
        return 0
    _write(_made(configuration, subscriber, shown, asked.form or "text"), asked.output)
    return 0


def _shown(
    connection: Connection,
    desk: Desk,
    subscriber: Subscriber,
    stored: StoredSubscriber,
    slot: str | None,
    now: datetime,
) -> Shown:
    week_in = subscriber.timezone if subscriber.reader.weekly else None
    moment = now
    if slot is not None:
        moment = _moment(slot, subscriber)
        run = digests.run_at(connection, stored.id, moment) or _run_of_minute(
            connection, slot, moment, subscriber, stored
        )
        if run is not None and run.state == "planned":
            made = digest_of_run(connection, desk, run.id, week_in, wanted=subscriber.wanted)
            return Shown(made, deliveries.bytes_of_run(connection, run.id))
        if run is None:
            _check_slot(connection, slot, moment, subscriber, stored, now)
    topics, wanted = subscriber.topics, subscriber.wanted
    return Shown(pending_digest(connection, desk, stored, topics, moment, week_in, wanted=wanted))


def _run_of_minute(
    connection: Connection, written: str, moment: datetime, subscriber: Subscriber, stored: StoredSubscriber
) -> Run | None:
    """The only run in a minute, which is all that is shown of a slot elsewhere; ConfigurationError for several."""
    if moment.second or moment.microsecond:
        return None
    slots = digests.slots_within(connection, stored.id, moment, moment + A_MINUTE)
    if len(slots) > 1:
        named = ", ".join(each.astimezone(subscriber.timezone).isoformat() for each in slots)
        raise ConfigurationError(f"--slot {written}: {stored.email} has several in this minute: write one of {named}")
    return digests.run_at(connection, stored.id, slots[0]) if slots else None


def _moment(written: str, subscriber: Subscriber) -> datetime:
    """A time without an offset is in the subscriber's zone."""
    try:
        read = datetime.fromisoformat(written)
    except ValueError as error:
        raise ConfigurationError(f'--slot {written}: this is no time: write one such as "2026-02-25T08:00"') from error
    return (read if read.tzinfo else read.replace(tzinfo=subscriber.timezone)).astimezone(UTC)


def _check_slot(
    connection: Connection,
    written: str,
    moment: datetime,
    subscriber: Subscriber,
    stored: StoredSubscriber,
    now: datetime,
) -> None:
    """Raises ConfigurationError unless the schedule has this slot, it is past, and something is on record of then."""
    slots, since = subscriber.calendar.slots_between, rounds.on_record_since(connection)
    if moment <= now and slots(moment - A_SECOND, moment):
        if since is not None and since <= moment:
            return
        known = f"only since {_minute(since, subscriber)}" if since else "nor of any other time yet"
        raise ConfigurationError(f"--slot {written}: nothing is on record of then, {known}")
    near = min(moment, now)
    there = {
        *slots(near - LOOK_BACK, min(near + LOOK_BACK, now)),
        *digests.planned_slots(connection, stored.id, near - LOOK_BACK),
    }
    shown = [each for each in there if since is not None and since <= each]
    closest = sorted(sorted(shown, key=lambda each: abs(each - moment))[:NAMED])
    named = ", ".join(dict.fromkeys(_minute(each, subscriber) for each in closest)) or "none yet"
    what = "lies ahead" if moment > now else "is none"
    raise ConfigurationError(
        f"--slot {written}: this {what} of {subscriber.email}, by the clock of {subscriber.timezone}: the nearest are"
        f" {named}; without --slot, what would go out now"
    )


def _minute(slot: datetime, subscriber: Subscriber) -> str:
    return slot.astimezone(subscriber.timezone).isoformat(timespec="minutes")


def _made(configuration: Configuration, subscriber: Subscriber, shown: Shown, form: Format) -> bytes:
    reader, sender = subscriber.reader, configuration.sender
    if subscriber.email.startswith(CHANNEL):
        limit = next(each.limit for each in configuration.channels if CHANNEL + each.id == subscriber.email)
        return _lines(brief(shown.digest, reader, limit))
    if form == "eml" and shown.kept is not None:
        return shown.kept
    rendered = render(shown.digest, reader, unsubscribe=sender.unsubscribe)
    if form == "html":
        return page(rendered.html, rendered.pictures).encode()
    if form == "text":
        return rendered.text.encode()
    return build_message(
        rendered,
        sender=sender,
        recipient=subscriber.email,
        message_id=new_message_id(sender),
        date=shown.digest.slot.astimezone(reader.timezone),
        language=reader.language,
    )


def _lines(told: Brief) -> bytes:
    return f"{told.title}\n\n{told.body}\n".encode()


def _write(content: bytes, output: Path | None) -> None:
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(content)
        err.print(f"Written to {output.absolute()}", soft_wrap=True)
        return
    sys.stdout.write(content.decode("utf-8", errors="replace"))


def _chosen(configuration: Configuration, name: str | None) -> Subscriber:
    """The subscriber of this address, or the channel of this id; the first one by default."""
    if name is None:
        return configuration.subscribers[0]
    for each in configuration.subscribers:
        if name.lower() in (each.email.lower(), each.email.removeprefix(CHANNEL).lower()):
            return each
    known = ", ".join(each.email for each in configuration.subscribers)
    raise ConfigurationError(f"--subscriber {name}: no such subscriber; there are {known}")
