"""`veilleur mentions`."""

import csv
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from scheduler.commands.opened import existing_database, has_database
from scheduler.config import Configuration
from scheduler.errors import ConfigurationError
from scheduler.terminal import day, err, local, moment, out, plain, print_json, published, table, verdict
from storage import changes
from storage import mentions as stored
from storage.model import StoredChange, StoredMention

VERDICTS = ("new", "duplicate", "irrelevant")
COLUMNS = (
    "id", "verdict", "topic", "score", "published", "found_at", "outlet", "title", "url", "authors", "novelty",
    "duplicate_of", "story", "changes",
)  # fmt: skip
_CHANGES = {
    "retitled": "retitled",
    "corrected": "corrected",
    "walled": "walled off",
    "moved": "moved",
    "gone": "withdrawn",
    "restored": "restored",
    "unmentioned": "film taken out",
    "mentioned": "film put back",
}
Changes = Mapping[int, Sequence[StoredChange]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters; days are those of the zone in which times are shown."""

    words: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    limit: int | None = None
    undated: bool = False


def mentions(configuration: Configuration, wanted: Wanted, *, as_json: bool, as_csv: bool) -> int:
    """Lists stored mentions, newest first."""
    if as_json and as_csv:
        raise ConfigurationError("--json and --csv exclude each other")
    _check(configuration, wanted)
    since, until = day(wanted.since, "--since"), day(wanted.until, "--until")
    if since and until and until < since:
        raise ConfigurationError(f"--since {wanted.since} is after --until {wanted.until}: exchange them")
    if not has_database(configuration):
        _check_outlets(configuration, None, wanted)
    with existing_database(configuration) as database, database.read() as connection:
        _check_outlets(configuration, connection, wanted)
        filters: dict[str, Any] = {
            "topics": wanted.topics,
            "verdicts": wanted.verdicts or ("new", "duplicate"),
            "outlets": wanted.outlets,
            "since": since,
            "until": until + timedelta(days=1) if until else None,
            "words": wanted.words,
        }
        by_day = (since or until) and not wanted.undated
        found = stored.search(connection, **filters, limit=wanted.limit, undated=False if by_day else None)
        became = changes.of_articles(connection, list({each.article_id for each in found}))
        left_out = len(stored.search(connection, **filters, undated=True)) if by_day else 0
    if left_out:
        err.print(
            f"{left_out} found in these days without a date of publication {'is' if left_out == 1 else 'are'} left out;"
            " --undated lists them too, by the day when they were found."
        )
    if as_json:
        _print_json(found, became)
    elif as_csv:
        _print_csv(found, became)
    else:
        _print_table(configuration, found, became)
    return 0


def _check(configuration: Configuration, wanted: Wanted) -> None:
    known: tuple[tuple[str, tuple[str, ...], list[str]], ...] = (
        ("--verdict", wanted.verdicts, list(VERDICTS)),
        ("--topic", wanted.topics, [topic.id for topic in configuration.topics]),
    )
    for option, values, allowed in known:
        for value in values:
            if value not in allowed:
                raise ConfigurationError(f"{option} {value}: allowed are {', '.join(allowed)}")


def _check_outlets(configuration: Configuration, connection: Connection | None, wanted: Wanted) -> None:
    """An outlet that is watched no more, or was only read from saved pages, may still have mentions."""
    watched = configuration.outlet_names()
    for each in wanted.outlets:
        if each not in watched and not (connection and stored.search(connection, outlets=[each], limit=1)):
            raise ConfigurationError(f"--outlet {each}: no outlet has this id (`veilleur outlets list` shows all)")


def _record(each: StoredMention, became: Changes) -> dict[str, Any]:
    return {
        "id": each.id,
        "verdict": each.verdict,
        "topic": each.topic,
        "score": each.score,
        "published": local(each.published).isoformat() if each.published else None,
        "found_at": each.found_at.isoformat(),
        "outlet": each.outlet,
        "title": each.title,
        "url": each.url,
        "authors": list(each.authors),
        "novelty": each.novelty,
        "duplicate_of": each.reference_id or each.original_id,
        "story": each.story_id,
        "changes": [
            {"kind": one.kind, "seen_at": one.seen_at.isoformat(), "before": one.before, "after": one.after}
            for one in became.get(each.article_id, ())
        ],
    }


def _print_json(found: list[StoredMention], became: Changes) -> None:
    for each in found:
        further = {
            "lead": each.lead,
            "passages": list(each.passages),
            "mentions": list(each.occurrences),
            "added": list(each.added),
        }
        print_json(_record(each, became) | further)


def _print_csv(found: list[StoredMention], became: Changes) -> None:
    writer = csv.DictWriter(sys.stdout, COLUMNS)
    writer.writeheader()
    for each in found:
        record = {**_record(each, became), "authors": ", ".join(each.authors)}
        record["changes"] = ", ".join(f"{one['kind']} {one['seen_at']}" for one in record["changes"])
        writer.writerow({name: _harmless(value) for name, value in record.items()})


def _harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _print_table(configuration: Configuration, found: list[StoredMention], became: Changes) -> None:
    names = configuration.outlet_names()
    has_topics = len({topic.id for topic in configuration.topics} | {each.topic for each in found}) > 1
    shown = table("published", "verdict", *(["topic"] if has_topics else []), "outlet", "headline")
    for each in found:
        outlet = plain(names.get(each.outlet, each.outlet))
        told = [plain(each.title), *(f"[yellow]{_change(one)}[/]" for one in became.get(each.article_id, ()))]
        topic = [plain(each.topic)] if has_topics else []
        shown.add_row(published(each.published), verdict(each.verdict), *topic, outlet, "\n".join(told))
    out.print(shown if found else "Nothing found.")


def _change(change: StoredChange) -> str:
    """What became of an article, and when; with its new headline or address."""
    now = f": {change.after}" if change.kind in ("retitled", "moved") else ""
    return plain(f"{_CHANGES[change.kind]} {moment(change.seen_at)}{now}")
