"""`veilleur deliveries`: what was mailed and how it went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from alerts import verdicts
from alerts.transport import Result
from scheduler.choices import STATES
from scheduler.clock import utc_now
from scheduler.commands.opened import existing_database
from scheduler.config import Configuration
from scheduler.errors import ConfigurationError, SchedulerError
from scheduler.holds import print_holds
from scheduler.terminal import counted, day, local, moment, out, plain, print_json, slot, table, zone
from storage import deliveries, epoch, mailing, operating, reviewing
from storage.model import Delivery, DeliveryState, Hold, Route
from storage.operating import Action
from storage.reviewing import Attempt, Reviewed, Wanted

_STYLES = {
    DeliveryState.SENT: "green",
    DeliveryState.FAILED: "red",
    DeliveryState.EXPIRED: "red",
    DeliveryState.HELD: "bold yellow",
    DeliveryState.UNKNOWN: "bold yellow",
}
_HELD = {
    "doubt": "in doubt: `deliveries resend` repeats it",
    "rejected": "a server rejects it as such; `deliveries resume` tries it again",
    "operator": "an operator holds it; `deliveries resume` lets it go",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What is to be shown; `since` is a Paris day, YYYY-MM-DD, and `limit` None for all."""

    states: tuple[str, ...] = ()
    recipient: str = ""
    since: str | None = None
    limit: int | None = 50

    def wanted(self) -> Wanted:
        for each in self.states:
            if each not in STATES:
                raise ConfigurationError(f"--state {each}: allowed are {', '.join(STATES)}")
        return Wanted(self.states, self.recipient, day(self.since, "--since"))


def list_deliveries(configuration: Configuration, filters: Filters, *, as_json: bool) -> int:
    """The latest deliveries, newest first, under what holds mailing and which routes rest."""
    wanted = filters.wanted()
    with existing_database(configuration) as database:
        epoch.guard(database, epoch.file_of(database, configuration.outward.key_file.parent), utc_now())
        with database.read() as connection:
            found = reviewing.listed(connection, wanted, filters.limit)
            counts = reviewing.counts(connection, wanted)
            standing, ailing = mailing.holds(connection), _ailing(connection)
            taken = operating.actions(connection, limit=5)
    if as_json:
        told = (_record(each, standing) for each in found)
        for record in (*map(_hold_record, standing), *map(_route_record, ailing), *told):
            print_json(record)
        return 0
    _print_hindrances(standing, ailing)
    if not found:
        out.print("No deliveries." if filters == Filters() else "No deliveries of that kind.")
        return 0
    shown = table("id", "slot", "to", "state")
    for column in shown.columns[:3]:
        column.no_wrap = True
    shown.columns[2].max_width = max(24, out.width - 70)
    shown.columns[3].overflow = "fold"
    zones = configuration.zones()
    for each in found:
        recipient = each.delivery.recipient
        shown.add_row(
            str(each.delivery.id),
            slot(each.slot, zones.get(recipient)),
            plain(recipient),
            _told(each.delivery, standing),
        )
    out.print(shown)
    out.print(f"[dim]Times are those of {zone()}; a slot with an offset is on its reader's clock.[/]")
    _print_summary(counts, len(found))
    for action in taken:
        out.print(f"[dim]{moment(action.at)}  {plain(action.who)}: {action.action}, {plain(action.detail)}[/]")
    return 0


def show(configuration: Configuration, delivery_id: int, *, as_json: bool) -> int:
    """One delivery in full: its run, its articles, every try and every action."""
    with existing_database(configuration) as database, database.read() as connection:
        found = reviewing.one(connection, delivery_id)
        if found is None:
            raise SchedulerError(f"there is no delivery {delivery_id} (`veilleur deliveries` lists them)")
        tried = reviewing.attempts(connection, delivery_id)
        taken = operating.actions(connection, delivery_id, limit=1000)[::-1]
        kept = deliveries.bytes_of(connection, delivery_id) is not None
        standing = mailing.holds(connection)
    if as_json:
        told: dict[str, Any] = {"bytes_kept": kept, "attempts": list(map(_attempt_record, tried))}
        print_json(_record(found, standing) | told | {"actions": list(map(_action_record, taken))})
        return 0
    _print_one(found, configuration.zones().get(found.delivery.recipient), standing, kept=kept)
    _print_tries(tried)
    for each in taken:
        out.print(f"{moment(each.at)}  {plain(each.who)}: [bold]{each.action}[/] ({plain(each.detail)})")
    return 0


def _ailing(connection: Connection) -> list[Route]:
    return [each for each in mailing.routes(connection).values() if each.fails or each.rejected]


def _print_hindrances(standing: Sequence[Hold], ailing: Sequence[Route]) -> None:
    print_holds(out, standing)
    if standing:
        out.print()
    now = utc_now()
    for route in ailing:
        rests = f"rests until {moment(route.closed_until)}" if mailing.is_closed(route, now) else "is tried again now"
        if route.fails:
            since = f"failing since {moment(route.failing_since)}, {counted(route.fails, 'time', 'times')} in a row"
            out.print(f"[yellow]{plain(route.name)} {rests}[/] ({since}): {_reply(route.last_code, route.last_text)}\n")
        if route.rejected:
            rejected = counted(route.rejected, "mail was", "mails in a row were")
            out.print(f"[yellow]{plain(route.name)}: {rejected} rejected.[/]\n")


def _print_summary(counts: dict[DeliveryState, int], shown: int) -> None:
    total = sum(counts.values())
    told = ", ".join(f"{count:,} {state}" for state, count in counts.items())
    out.print(f"\n{told}" + (f"; the latest {shown:,} are shown (--limit)" if shown < total else ""))


def _print_one(found: Reviewed, reader: ZoneInfo | None, standing: Sequence[Hold], *, kept: bool) -> None:
    each = found.delivery
    items = counted(found.items, "article", "articles") if found.items or not found.released else ""
    released = f"{counted(found.released, 'article', 'articles')} given back to a later digest"
    facts = [
        ("to", each.recipient),
        ("slot", f"{slot(found.slot, reader)} (run {each.run_id}{f', in {reader}' if reader else ''})"),
        ("tells", ", ".join(filter(None, (items, released if found.released else "")))),
        ("planned", f"{moment(each.created_at)} (times are those of {zone()})"),
        ("given up at", moment(each.expires_at)),
        ("subject", each.subject or "–"),
        ("Message-ID", each.message_id or "–"),
        ("sha256", each.sha256 or "– (not rendered yet)"),
        ("bytes", "kept" if kept else "kept no more" if each.sha256 else "–"),
    ]
    out.print(f"[bold]Delivery {each.id}[/]: {_told(each, standing)}")
    for name, value in facts:
        out.print(f"  {name:<12} {plain(value)}")


def _print_tries(tried: Sequence[Attempt]) -> None:
    if not tried:
        out.print("\nNot tried yet, or so long ago that it is forgotten.")
        return
    out.print()
    shown = table("try", "began", "came to", "ended", "outcome")
    for each in tried:
        ended = local(each.ended_at).strftime("%H:%M:%S") if each.ended_at else "–"
        began = local(each.started_at).strftime("%Y-%m-%d %H:%M:%S")
        outcome = f"{_outcome(each.outcome or 'no outcome', each.code)} {_reply(each.code, each.text)}"
        shown.add_row(str(each.fence), began, each.phase, ended, outcome.strip())
    out.print(shown)
    out.print("[dim]In `data` the mail itself was on its way.[/]")


def _told(each: Delivery, standing: Sequence[Hold]) -> str:
    """A delivery's state, when it goes on, and what a server said unless it was sent."""
    style = _STYLES.get(each.state, "")
    state = f"[{style}]{each.state}[/]" if style else _outcome(each.state, each.last_code)
    if _is_on_hold(each, standing):
        state = f"[bold yellow]held[/] ({each.state})"
    elif each.state in deliveries.WAITING:
        state += f" till {moment(each.next_at)}"
    lines = [state]
    if (each.doubt_resends or each.held_why == "doubt") and each.state is not DeliveryState.SENT:
        lines.append("it may have arrived")
    if each.held_why:
        lines.append(_HELD.get(each.held_why, each.held_why))
    if each.state is DeliveryState.SENT and each.doubt_resends:
        lines.append("an identical one went out before")
    if each.state is not DeliveryState.SENT and (each.last_code or each.last_text):
        before = "the try before: " if each.state is DeliveryState.ATTEMPTING else ""
        lines.append(before + _reply(each.last_code, each.last_text))
    return "\n".join([lines[0], *(f"[dim]{line}[/]" for line in lines[1:])])


def _is_on_hold(each: Delivery, standing: Sequence[Hold]) -> bool:
    """Whether it goes out only when mailing is resumed."""
    return each.state in deliveries.WAITING and mailing.is_held(mailing.route_of(each.recipient), standing)


def _outcome(state: str, code: int | None) -> str:
    """The state, after what the server made of the mail: one that it rejects is tried again twice."""
    is_rejected = state == DeliveryState.DEFERRED and (code or 0) >= 500
    return verdicts.named(Result.REJECTED, state) if is_rejected else str(state)


def _reply(code: int | None, text: str | None) -> str:
    return plain(" ".join(str(each) for each in (code, text) if each))


def _record(found: Reviewed, standing: Sequence[Hold]) -> dict[str, Any]:
    each = found.delivery
    return {
        "kind": "delivery",
        "id": each.id,
        "run": each.run_id,
        "slot": found.slot.isoformat(),
        "recipient": each.recipient,
        "state": each.state.value,
        "held_why": each.held_why,
        "on_hold": _is_on_hold(each, standing),
        "in_doubt": each.state is DeliveryState.UNKNOWN or each.held_why == "doubt",
        "items": found.items,
        "released_items": found.released,
        "message_id": each.message_id,
        "subject": each.subject,
        "sha256": each.sha256,
        "created_at": each.created_at.isoformat(),
        "next_at": each.next_at.isoformat() if each.state in deliveries.WAITING else None,
        "expires_at": each.expires_at.isoformat(),
        "settled_at": _iso(each.settled_at),
        "tries": each.fence,
        "repeats": each.doubt_resends,
        "code": each.last_code,
        "text": each.last_text,
    }


def _hold_record(each: Hold) -> dict[str, Any]:
    told = {"kind": "hold", "route": each.route, "why": each.kind, "reason": each.reason}
    return told | {"began_at": each.began_at.isoformat()}


def _route_record(each: Route) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": "route", "route": each.name, "fails": each.fails, "rejected": each.rejected}
    times = {"failing_since": _iso(each.failing_since), "rests_until": _iso(each.closed_until)}
    return told | times | {"code": each.last_code, "text": each.last_text}


def _attempt_record(each: Attempt) -> dict[str, Any]:
    told: dict[str, Any] = {"try": each.fence, "phase": each.phase, "outcome": each.outcome, "code": each.code}
    return told | {"text": each.text, "started_at": each.started_at.isoformat(), "ended_at": _iso(each.ended_at)}


def _action_record(each: Action) -> dict[str, Any]:
    return {"at": each.at.isoformat(), "who": each.who, "action": each.action, "detail": each.detail}


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
