"""`veilleur run`."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from textwrap import shorten

from alerts.delivering import Delivered
from crawler.child import RoundReport
from crawler.conversation import Event
from scheduler.clock import utc_now
from scheduler.commands.crawl import print_round, watched_round
from scheduler.commands.opened import opened_database, with_saved
from scheduler.config import Configuration
from scheduler.daemon import Daemon
from scheduler.errors import ConfigurationError
from scheduler.holds import print_holds
from scheduler.jobs import Jobs
from scheduler.leader import leadership
from scheduler.terminal import err, moment, out, plain, table
from storage import deliveries, mailing, mentions
from storage.database import Database
from storage.model import Delivery, DeliveryState, Hold, Route, StoredMention

LONGEST_TITLE = 60
_STATES = {
    DeliveryState.SENT: "[green]sent[/]",
    DeliveryState.DEFERRED: "[yellow]will be tried again[/]",
    DeliveryState.PENDING: "[yellow]waits for the mail server[/]",
    DeliveryState.UNKNOWN: "[yellow]may have been sent[/]",
    DeliveryState.FAILED: "[red]refused for good[/]",
}


def run_daemon(configuration: Configuration) -> None:
    """Watches until stopped."""
    with opened_database(configuration) as database, leadership(database):
        jobs = Jobs(configuration, database)
        _ = jobs.signing_desk  # a key that cannot be used is told now, not when the first mail waits
        asyncio.run(Daemon(jobs).run())


def run_once(configuration: Configuration, saved: str | None) -> int:
    """One round, then every pending mention is mailed; 1 when every source failed, when a mail was not sent, or when a
    mail still waits."""
    configuration = with_saved(configuration, saved)
    if not any(outlet.sources for outlet in configuration.outlets):
        raise ConfigurationError("nothing is watched: crawl.outlets and [[outlets]] name no outlet with a source")
    with opened_database(configuration) as database, leadership(database):
        jobs = Jobs(configuration, database, saved=saved)
        began = utc_now()
        report, events, delivered, planned = asyncio.run(_once(jobs))
        with database.read() as connection:
            waiting, standing = deliveries.waiting(connection), mailing.holds(connection)
            routes = mailing.routes(connection)
        _print_once(configuration, database, began, (report, events), (delivered, planned or bool(waiting)))
        for each in waiting:
            err.print(f"[yellow]A digest to {plain(each.recipient)} waits{_till(each, standing, routes)}.[/]")
        print_holds(err, standing)
    unsent = bool(waiting) or any(each.state is not DeliveryState.SENT for each in delivered)
    return 1 if report.outcome == "died" or report.every_source_failed or unsent else 0


def _till(waiting: Delivery, standing: Sequence[Hold], routes: Mapping[str, Route]) -> str:
    name = mailing.route_of(waiting.recipient)
    if mailing.is_held(name, standing):
        return ", for mailing is on hold"
    rests_until = routes[name].closed_until if name in routes else None
    return f"; next try {moment(max(waiting.next_at, rests_until or waiting.next_at))}"


async def _once(jobs: Jobs) -> tuple[RoundReport, list[Event], list[Delivered], int]:
    jobs.register_subscribers()
    report, events = await watched_round(jobs)
    planned = len(jobs.plan_due(at_once=True))
    return report, events, await jobs.deliver(), planned


def _print_once(
    configuration: Configuration,
    database: Database,
    began: datetime,
    crawled: tuple[RoundReport, list[Event]],
    mailed: tuple[list[Delivered], int],
) -> None:
    print_round(configuration, *crawled)
    with database.read() as connection:
        found = mentions.found_since(connection, began, ["new", "duplicate"])
        old = mentions.found_since(connection, began, ["new", "duplicate"], "baseline")
    if found:
        _print_found(configuration, database, found)
    if old:
        out.print("\nOlder than crawl.baseline_age when their source was first read: stored, not told.")
        _print_found(configuration, database, old, "Old ")
    delivered, planned = mailed
    if not delivered and not planned:
        out.print("\nNothing to tell: no mail." if old else "\nNothing new: no mail.")
    for each in delivered:
        state = _STATES.get(each.state, each.state.value)
        out.print(f"\n[bold]Digest[/] to {plain(each.recipient)}: {state}\n  {plain(each.outcome.text)}")
        if each.outcome.text.endswith(".eml"):
            out.print(f"  {plain(each.outcome.text.removesuffix('.eml'))}.html")


def _print_found(configuration: Configuration, database: Database, found: list[StoredMention], kind: str = "") -> None:
    names = configuration.outlet_names()
    fresh = [each for each in found if each.verdict == "new"]
    copies = [each for each in found if each.verdict == "duplicate"]
    for heading, chosen in ((f"{kind or 'New '}mentions", fresh), (f"{kind}copies".capitalize(), copies)):
        if not chosen:
            continue
        out.print(f"\n[bold]{heading}[/]")
        shown = table("outlet", "headline", *(["copy of"] if chosen is copies else []))
        for each in chosen:
            origin = [plain(_origin(configuration, database, each))] if chosen is copies else []
            shown.add_row(plain(names.get(each.outlet, each.outlet)), plain(each.title), *origin)
        out.print(shown)


def _origin(configuration: Configuration, database: Database, copied: StoredMention) -> str:
    """What a copy repeats: a reference by its title, or the outlet of the original."""
    if copied.reference_id is not None:
        references = [each for topic in configuration.topics if topic.id == copied.topic for each in topic.references]
        titles = {each.id: f"“{shorten(each.title, LONGEST_TITLE, placeholder='…')}”" for each in references}
        return titles.get(copied.reference_id, copied.reference_id)
    with database.read() as connection:
        original = mentions.by_ids(connection, [copied.original_id or 0])
    return configuration.outlet_names().get(original[0].outlet, original[0].outlet) if original else "?"
