"""`veilleur subscribers`."""

from datetime import timedelta

from alerts.message import parse_address
from scheduler.clock import utc_now
from scheduler.commands.opened import opened_database
from scheduler.config import Configuration
from scheduler.terminal import err, moment, out, plain, print_json, table
from storage import addresses
from storage.model import AddressEvent, EventKind, Suppression

LATELY = timedelta(days=30)


def list_subscribers(configuration: Configuration, *, as_json: bool) -> int:
    """The subscribers and channels of the configuration, and every address that nothing is sent to."""
    with opened_database(configuration) as database, database.read() as connection:
        suppressed = addresses.suppressions(connection)
        soft = addresses.soft_bounces(connection, utc_now() - LATELY)
    configured = {each.email.lower(): each.email for each in configuration.subscribers}
    names = [*configured.values(), *(each for each in suppressed if each not in configured)]
    records = [_record(each, each.lower() in configured, suppressed.get(each.lower()), soft) for each in names]
    if as_json:
        for each in records:
            print_json(each)
        return 0
    shown = table("address", "state", "since", "came back lately")
    for each in records:
        since = suppressed[str(each["address"]).lower()].at if each["suppressed"] else None
        shown.add_row(plain(each["address"]), plain(_state(each)), moment(since), str(each["soft_bounces"] or "–"))
    out.print(shown)
    return 0


def resume(configuration: Configuration, address: str) -> int:
    """Lifts what keeps mails from an address; 1 when nothing does."""
    wanted = parse_address(address)[1] if "@" in address else address
    with opened_database(configuration) as database:
        event = AddressEvent(wanted, EventKind.RESUMED, utc_now(), "operator")
        with database.write() as connection:
            lifted = addresses.resume(connection, event)
    if not lifted:
        out.print(f"{plain(wanted)}: nothing kept mails from this address")
        return 1
    out.print(f"{plain(wanted)} is written to again")
    return 0


def history(configuration: Configuration, address: str, *, as_json: bool) -> int:
    """Everything on record about an address; 1 when there is nothing."""
    with opened_database(configuration) as database, database.read() as connection:
        events = addresses.events_of(connection, address)
    for each in events:
        if as_json:
            told = {"at": each.at.isoformat(), "event": each.kind, "via": each.via, "delivery": each.delivery_id}
            print_json(told | {"status": each.status, "text": each.text})
        else:
            words = f"{moment(each.at)}  {each.kind} ({each.via})  {each.status or ''} {each.text}"
            out.print(plain(words.rstrip()))
    if not events:
        err.print(f"{plain(address)}: nothing is on record (`veilleur subscribers list` shows the addresses)")
    return 0 if events else 1


def _record(
    address: str, is_configured: bool, suppressed: Suppression | None, soft: dict[str, int]
) -> dict[str, object]:
    return {
        "address": address,
        "configured": is_configured,
        "suppressed": suppressed.reason if suppressed else None,
        "since": suppressed.at.isoformat() if suppressed else None,
        "soft_bounces": soft.get(address.lower(), 0),
    }


def _state(record: dict[str, object]) -> str:
    reason = record["suppressed"]
    return "written to" if reason is None else f"{reason}" if record["configured"] else f"{reason} (no subscriber)"
