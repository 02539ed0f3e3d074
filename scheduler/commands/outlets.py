"""`veilleur outlets list`."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.table import Table

from crawler.outlets import Outlet
from scheduler.ailments import described
from scheduler.clock import utc_now
from scheduler.commands.opened import opened_database
from scheduler.config import Configuration, watched_outlets
from scheduler.errors import ConfigurationError
from scheduler.terminal import counted, moment, out, plain, print_json, table
from storage import health, pages, sources
from storage.model import Incident, OutletActivity, Source, Waiting

LATELY = timedelta(days=7)
NARROW = 110
_STYLES = {
    "ok": "green",
    "partly failing": "yellow",
    "failing": "red",
    "degraded": "yellow",
    "silent": "red",
    "disputed": "dim",
    "never asked": "dim",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which outlets are shown: those that fit one word of every kind that is given."""

    ids: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    states: tuple[str, ...] = ()

    def check(self, outlets: Sequence[Outlet]) -> None:
        """Raises ConfigurationError for a word that fits no outlet there can be."""
        categories = {each for outlet in outlets for each in outlet.category}
        _check("--country", self.countries, {outlet.country for outlet in outlets})
        _check("--category", self.categories, categories)
        _check("--state", self.states, _STYLES)

    def fit(self, outlet: Outlet) -> bool:
        """Whether the outlet is one of those, whatever its state."""
        return (not self.countries or outlet.country in self.countries) and (
            not self.categories or not set(self.categories).isdisjoint(outlet.category)
        )


def list_outlets(configuration: Configuration, filters: Filters = Filters(), *, as_json: bool) -> int:
    """The watched outlets with the state of their sources and what their pages gave in the last seven days; of those
    that are named, also what waits for its next try."""
    outlets = configuration.outlets
    filters.check(outlets)
    chosen = watched_outlets(configuration, list(filters.ids), "outlets list")
    with opened_database(configuration) as database, database.read() as connection:
        by_url = {each.url: each for each in sources.all_sources(connection)}
        activity = pages.activity(connection, utc_now() - LATELY)
        waiting = pages.waiting(connection, utc_now())
        ills = health.of_outlets(health.open_incidents(connection))
    records = [
        _record(outlet, by_url, activity.get(outlet.id), ills.get(outlet.id, []), waiting.get(outlet.id))
        for outlet in chosen
        if filters.fit(outlet)
    ]
    records = [each for each in records if not filters.states or each["state"] in filters.states]
    if as_json:
        for record in records:
            print_json(record)
        return 0
    out.print(_table(records, out.width if out.is_terminal else None))
    for record in records:
        if filters.ids and record["waiting"]:
            out.print(f"{record['id']}: {_waits(record['waiting'], waiting[record['id']].next_try)}")
    by_state = Counter(record["state"] for record in records)
    states = ", ".join(f"{by_state[state]} {state}" for state in _STYLES if by_state[state])
    out.print(f"{counted(len(records), 'outlet', 'outlets')}{': ' + states if states else ''}")
    return 0


def _check(option: str, words: Sequence[str], known: Sequence[str] | set[str] | dict[str, str]) -> None:
    for each in words:
        if each not in known:
            raise ConfigurationError(f"{option} {each}: there are {', '.join(sorted(known))}")


def _table(records: list[dict[str, Any]], width: int | None) -> Table:
    """The records in columns; where the terminal is narrow names are left out, and what is told of an error is cut at
    its edge: the reason stands first, the address after it."""
    narrow = width is not None and width < NARROW
    headings = ["outlet", *(() if narrow else ("name",)), "state", "last success", "pages", "failed", "last error"]
    rows = [_row(record, narrow) for record in records]
    if width is not None:
        taken = sum(
            max(map(cell_len, column)) + 2 for column in zip(*[row[:-1] for row in [*rows, headings]], strict=True)
        )
        rows = [[*row[:-1], _cut(row[-1], width - taken)] for row in rows]
    shown = table(*headings)
    for column in shown.columns:
        column.no_wrap = True
    for row in rows:
        shown.add_row(*(f"[{_STYLES[cell]}]{cell}[/]" if cell in _STYLES else plain(cell) for cell in row))
    return shown


def _row(record: dict[str, Any], narrow: bool) -> list[str]:
    success = record["last_success_shown"][5:] if narrow else record["last_success_shown"]
    numbers = (str(record["pages"]), str(record["pages_failed"]))
    name = () if narrow else (record["name"],)
    return [record["id"], *name, record["state"], success or "–", *numbers, record["last_error"] or ""]


def _cut(text: str, width: int) -> str:
    return text if cell_len(text) <= width else set_cell_size(text, max(width - 1, 0)) + "…"


def _record(
    outlet: Outlet,
    by_url: dict[str, Source],
    activity: OutletActivity | None,
    ills: list[Incident],
    waiting: Waiting | None,
) -> dict[str, Any]:
    known = [by_url[url] for _, url in outlet.sources if url in by_url]
    successes = [each.last_ok for each in known if each.last_ok]
    state, failing = _state(outlet, known)
    complaining = failing or [each for each in known if each.last_error]
    error = f"{complaining[0].last_error} ({complaining[0].url})" if complaining else None
    error = error or (activity.last_error if activity else None)
    if ills:
        silent = {each.url for each in ills if each.ailment.state == "silent"}
        state = "silent" if silent.issuperset(each.url for each in known) else "degraded"
        error = "; ".join(f"{_reason(each, by_url)} since {moment(each.began_at)} ({each.url})" for each in ills)
    newest = max(successes, default=None)
    return {
        "id": outlet.id,
        "name": outlet.name,
        "country": outlet.country,
        "category": list(outlet.category),
        "treatment": outlet.treatment,
        "grade": outlet.grade,
        "disputed": outlet.disputed or None,
        "state": state,
        "last_success": newest.isoformat() if newest else None,
        "last_success_shown": moment(newest),
        "pages": activity.pages if activity else 0,
        "pages_failed": activity.failed if activity else 0,
        "waiting": waiting.pages if waiting else 0,
        "next_try": waiting.next_try.isoformat() if waiting and waiting.next_try else None,
        "last_error": error,
        "incidents": [_incident(each) for each in ills],
        "sources": [_source(outlet, url, kind, by_url.get(url)) for kind, url in outlet.sources],
    }


def _reason(ill: Incident, by_url: dict[str, Source]) -> str:
    """Why the source is ill; what cannot be read, by what was said of it."""
    if ill.ailment.hindrance == "unreadable":
        return by_url[ill.url].last_error or "unreadable"
    return described(ill.ailment)


def _waits(number: int, next_try: datetime | None) -> str:
    one = "it is tried" if number == 1 else "the next is tried"
    when = f"from {moment(next_try)} on" if next_try else "in the next round"
    return f"{counted(number, 'page waits', 'pages wait')}; {one} {when}"


def _incident(ill: Incident) -> dict[str, Any]:
    """Why a source is degraded or silent, and since when."""
    ailment = ill.ailment
    return {
        "url": ill.url,
        "state": ailment.state,
        "reason": described(ailment),
        "since": ill.began_at.isoformat(),
    }


def _state(outlet: Outlet, known: list[Source]) -> tuple[str, list[Source]]:
    """The outlet's state, and the sources that fail; one that is disputed is no reason for alarm."""
    failing = [each for each in known if each.fails]
    trusted = [each for each in failing if not outlet.doubt(each.url)]
    if not [each for each in known if each.last_tried]:
        return "never asked", []
    if len(failing) == len(known):
        return ("failing" if trusted else "disputed"), trusted or failing
    return ("partly failing" if trusted else "ok"), trusted or failing


def _source(outlet: Outlet, url: str, kind: str, state: Source | None) -> dict[str, Any]:
    return {
        "url": url,
        "kind": kind,
        "disputed": outlet.doubt(url) or None,
        "last_ok": state.last_ok.isoformat() if state and state.last_ok else None,
        "fails": state.fails if state else 0,
        "items": state.last_items if state else None,
        "error": state.last_error if state else None,
    }
