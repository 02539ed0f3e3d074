"""`veilleur outlets`."""

from datetime import timedelta
from typing import Any

from crawler.outlets import Outlet
from scheduler.commands.opened import opened_database
from scheduler.config import Configuration
from scheduler.jobs import utc_now
from scheduler.terminal import moment, out, plain, print_json, table
from storage import pages, sources
from storage.model import OutletActivity, Source

LATELY = timedelta(days=7)
_STYLES = {"ok": "green", "partly failing": "yellow", "failing": "red", "never asked": "dim"}


def list_outlets(configuration: Configuration, *, as_json: bool) -> int:
    """Every watched outlet with the state of its sources and what its pages gave in the last seven days."""
    with opened_database(configuration) as database, database.read() as connection:
        by_url = {each.url: each for each in sources.all_sources(connection)}
        activity = pages.activity(connection, utc_now() - LATELY)
    records = [_record(outlet, by_url, activity.get(outlet.id)) for outlet in configuration.outlets]
    if as_json:
        for record in records:
            print_json(record)
        return 0
    shown = table("outlet", "name", "state", "last success", "pages", "failed", "last error")
    for record in records:
        state = f"[{_STYLES[record['state']]}]{record['state']}[/]"
        numbers = (str(record["pages"]), str(record["pages_failed"]))
        success = plain(record["last_success_shown"])
        shown.add_row(record["id"], plain(record["name"]), state, success, *numbers, plain(record["last_error"] or ""))
    out.print(shown)
    out.print(f"{len(records)} outlets")
    return 0


def _record(outlet: Outlet, by_url: dict[str, Source], activity: OutletActivity | None) -> dict[str, Any]:
    known = [by_url[url] for _, url in outlet.sources if url in by_url]
    successes = [each.last_ok for each in known if each.last_ok]
    failing = [each for each in known if each.fails]
    error = f"{failing[0].url}: {failing[0].last_error}" if failing else activity.last_error if activity else None
    newest = max(successes, default=None)
    return {
        "id": outlet.id,
        "name": outlet.name,
        "country": outlet.country,
        "treatment": outlet.treatment,
        "grade": outlet.grade,
        "state": _state(known, failing),
        "last_success": newest.isoformat() if newest else None,
        "last_success_shown": moment(newest),
        "pages": activity.pages if activity else 0,
        "pages_failed": activity.failed if activity else 0,
        "last_error": error,
        "sources": [_source(url, kind, by_url.get(url)) for kind, url in outlet.sources],
    }


def _state(known: list[Source], failing: list[Source]) -> str:
    if not [each for each in known if each.last_tried]:
        return "never asked"
    if not failing:
        return "ok"
    return "failing" if len(failing) == len(known) else "partly failing"


def _source(url: str, kind: str, state: Source | None) -> dict[str, Any]:
    return {
        "url": url,
        "kind": kind,
        "last_ok": state.last_ok.isoformat() if state and state.last_ok else None,
        "fails": state.fails if state else 0,
        "items": state.last_items if state else None,
        "error": state.last_error if state else None,
    }
