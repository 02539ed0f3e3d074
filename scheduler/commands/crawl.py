"""`veilleur crawl`."""

import asyncio

from crawler.child import RoundReport
from crawler.conversation import Event
from scheduler.commands.opened import opened_database, with_saved
from scheduler.config import Configuration, chosen_outlets, watched_outlets
from scheduler.jobs import Jobs
from scheduler.leader import leadership
from scheduler.terminal import advance, asking, counted, err, out, plain, progress, table
from storage import pages


def crawl(configuration: Configuration, ids: list[str], saved: str | None, *, quarantined: bool = False) -> int:
    """One round over the named outlets, all of them when none is named; 1 when every source failed.

    With `quarantined`, their pages that were set aside are tried again as if they were new.
    """
    if saved is None:
        outlets = watched_outlets(configuration, ids, "crawl")
    else:
        configuration = with_saved(configuration, saved)
        outlets = chosen_outlets(configuration.outlets, ids, "crawl") if ids else configuration.outlets
    with opened_database(configuration) as database, leadership(database):
        jobs = Jobs(configuration, database, saved=saved)
        jobs.register_subscribers()
        if quarantined:
            with database.write() as connection:
                revived = pages.revive(connection, [outlet.id for outlet in outlets])
            err.print(f"{counted(revived, 'page that was set aside is', 'pages that were set aside are')} tried again.")
        report, events = asyncio.run(watched_round(jobs, outlets=outlets))
    print_round(configuration, report, events)
    return 1 if report.outcome == "died" or report.every_source_failed else 0


async def watched_round(jobs: Jobs, *, outlets: object = None) -> tuple[RoundReport, list[Event]]:
    """A forced round with its progress shown."""
    events: list[Event] = []
    chosen = outlets if isinstance(outlets, tuple) else jobs.configuration.outlets
    with progress(asking([each.id for each in chosen])) as shown:

        def on_event(event: Event) -> None:
            events.append(event)
            advance(shown, f"{event['outlet']} {event.get('url', '')}")

        report = await jobs.crawl(on_event, outlets=chosen, forced=True)
    return report, events


def print_round(configuration: Configuration, report: RoundReport, events: list[Event]) -> None:
    """The round as a person wants to read it: sources, pages, mentions, copies, and what failed."""
    counts = report.counts
    if report.outcome == "died":
        err.print(f"[bold red]The round's process died:[/] {plain(report.detail)}")
        return
    if report.outcome == "deadline":
        err.print("[bold yellow]The round was ended at its deadline; what is left comes with the next one.[/]")
    rows = (
        ("Sources", f"{counts.get('sources ok', 0)} read", _failures(counts.get("sources failed", 0))),
        ("Pages", f"{counts.get('pages', 0)} read", _failures(counts.get("pages failed", 0))),
        ("Mentions", f"{counts.get('new', 0)} new", counted(counts.get("duplicate", 0), "copy", "copies")),
    )
    shown = table("", "", "")
    shown.show_header = False
    for name, first, second in rows:
        shown.add_row(f"[bold]{name}[/]", first, second)
    out.print(shown)
    names = configuration.outlet_names()
    for event in events:
        for key, mark in (("error", "[red]failed[/]"), ("hint", "[yellow]hint[/]  ")):
            if key in event:
                outlet = names.get(event["outlet"], event["outlet"])
                out.print(f"  {mark}  {plain(outlet)}: {plain(event['url'])}: {plain(event[key])}")


def _failures(count: int) -> str:
    return f"[red]{count} failed[/]" if count else "none failed"
