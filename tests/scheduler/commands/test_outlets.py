"""`veilleur outlets list` tells how every watched outlet is."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from storage import health, pages, sources
from storage.database import Database
from storage.model import Ailment
from tests.scheduler.commands.conftest import Veilleur
from tests.support.terminal import on_a_terminal

OUTLETS = """
[crawl]
outlets = ["one", "two", "three"]
[[outlets]]
id = "one"
name = "Un"
domain = "un.example"
feeds = ["https://un.example/a.xml", "https://un.example/b.xml"]
[[outlets]]
id = "two"
name = "Deux [bold]"
domain = "deux.example"
feeds = ["https://deux.example/a.xml"]
[[outlets]]
id = "three"
name = "Trois"
domain = "trois.example"
feeds = ["https://trois.example/a.xml"]
"""


def test_the_health_of_every_outlet_is_told(veilleur: Veilleur, home: Path, stored: Database) -> None:
    (home / "veilleur.toml").write_text(OUTLETS)
    now = datetime.now(UTC)
    with stored.write() as connection:
        one, other = (sources.register(connection, "one", "feed", f"https://un.example/{name}.xml") for name in "ab")
        two = sources.register(connection, "two", "feed", "https://deux.example/a.xml")
        for each in (one, two):
            sources.close(
                connection, each.id, etag=None, last_modified=None, items=3, now=now, interval=timedelta(minutes=15)
            )
        sources.fail(connection, other, error="HTTP 503", now=now)
    records = {each["id"]: each for each in map(json.loads, veilleur("outlets", "list", "--json").out.splitlines())}
    assert {name: each["state"] for name, each in records.items()} == {
        "one": "partly failing",
        "two": "ok",
        "three": "never asked",
    }
    assert records["one"]["last_error"] == "HTTP 503 (https://un.example/b.xml)"
    assert [each["fails"] for each in records["one"]["sources"]] == [0, 1]
    shown = veilleur("outlets", "list").out
    assert "Deux [bold]" in shown
    assert shown.endswith("3 outlets: 1 ok, 1 partly failing, 1 never asked\n")


def test_of_a_named_outlet_it_is_told_what_waits_and_when_it_is_tried(
    veilleur: Veilleur, home: Path, stored: Database
) -> None:
    (home / "veilleur.toml").write_text(OUTLETS)
    now = datetime.now(UTC)
    with stored.write() as connection:
        links = [(f"https://un.example/{number}", f"un.example/{number}") for number in range(3)]
        for page in pages.discover(connection, "one", None, links, now):
            pages.fail(connection, replace(page, attempts=page.id), error="HTTP 500", now=now)
        pages.discover(connection, "two", None, [("https://deux.example/1", "deux.example/1")], now)
    local = (now + timedelta(hours=1)).astimezone(ZoneInfo("Europe/Paris"))
    assert veilleur("outlets", "list", "one", "two").out.splitlines()[-3:-1] == [
        f"one: 2 pages wait; the next is tried from {local:%Y-%m-%d %H:%M} on",
        "two: 1 page waits; it is tried in the next round",
    ]
    assert "wait" not in veilleur("outlets", "list").out
    records = {each["id"]: each for each in map(json.loads, veilleur("outlets", "list", "--json").out.splitlines())}
    assert [(each["waiting"], each["next_try"]) for each in records.values()] == [
        (2, (now + timedelta(hours=1)).isoformat()),
        (1, None),
        (0, None),
    ]


def test_the_whole_catalogue_is_listed_without_a_configuration(veilleur: Veilleur) -> None:
    lines = veilleur("outlets", "list").out.splitlines()
    assert lines[-1] == f"{len(lines) - 2} outlets: {len(lines) - 2} never asked"
    assert len(lines) - 2 >= 110


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["--country", "CH"], {"CH"}),
        (["--country", "ch", "--state", "Never asked"], {"CH"}),
        (["--country", "CH", "--country", "BE"], {"CH", "BE"}),
        (["--category", "gaming"], {"FR"}),
    ],
)
def test_the_list_can_be_narrowed(veilleur: Veilleur, words: list[str], kept: set[str]) -> None:
    records = [json.loads(line) for line in veilleur("outlets", "list", *words, "--json").out.splitlines()]
    assert {each["country"] for each in records} == kept
    if words[0] == "--category":
        assert all("gaming" in each["category"] for each in records)


def test_outlets_can_be_named(veilleur: Veilleur) -> None:
    assert veilleur("outlets", "list", "lemonde").out.splitlines()[-1] == "1 outlet: 1 never asked"
    assert veilleur("outlets", "list", "--state", "failing").out.splitlines()[-1] == "0 outlets"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--country", "DE"], "--country DE: there are BE, CA, CH, FR"),
        (["--category", "jardin"], "--category jardin: there are cinema, culture"),
        (["--state", "bien"], "--state bien: there are degraded, disputed, failing"),
        (["nulle-part"], "no outlet has the id 'nulle-part'"),
    ],
)
def test_a_word_that_fits_nothing_is_refused(veilleur: Veilleur, words: list[str], said: str) -> None:
    ran = veilleur("outlets", "list", *words)
    assert ran.status == 2
    assert said in ran.err


DISPUTED = """
[crawl]
outlets = ["one", "two"]
[[outlets]]
id = "one"
name = "Un"
domain = "un.example"
feeds = ["https://un.example/a.xml", { url = "https://un.example/b.xml", disputed = "deviné" }]
[[outlets]]
id = "two"
name = "Deux"
domain = "deux.example"
feeds = ["https://deux.example/a.xml"]
disputed = "403 hier"
"""


def test_a_disputed_source_that_fails_is_told_and_no_alarm(veilleur: Veilleur, home: Path, stored: Database) -> None:
    (home / "veilleur.toml").write_text(DISPUTED)
    now = datetime.now(UTC)
    with stored.write() as connection:
        good = sources.register(connection, "one", "feed", "https://un.example/a.xml")
        bad = sources.register(connection, "one", "feed", "https://un.example/b.xml")
        two = sources.register(connection, "two", "feed", "https://deux.example/a.xml")
        sources.close(
            connection, good.id, etag=None, last_modified=None, items=3, now=now, interval=timedelta(minutes=15)
        )
        for each in (bad, two):
            sources.fail(connection, each, error="HTTP 403", now=now)
    records = {each["id"]: each for each in map(json.loads, veilleur("outlets", "list", "--json").out.splitlines())}
    assert {name: each["state"] for name, each in records.items()} == {"one": "ok", "two": "disputed"}
    assert records["one"]["last_error"] == "HTTP 403 (https://un.example/b.xml)"
    assert [each["disputed"] for each in records["one"]["sources"]] == [None, "deviné"]


@pytest.mark.parametrize("width", [80, 120])
def test_the_list_fits_its_terminal(home: Path, stored: Database, width: int) -> None:
    with stored.write() as connection:
        failing = sources.register(connection, "lemonde", "feed", "https://www.lemonde.fr/cinema/rss_full.xml")
        sources.fail(connection, failing, error="HTTP 503, et une très longue raison " * 20, now=datetime.now(UTC))
    lines = on_a_terminal(width, "outlets", "list")
    assert max(map(len, lines)) <= width
    (told,) = [line for line in lines if line.startswith("lemonde ")]
    assert " failing " in told
    assert "HTTP 503, et" in told, "the reason is not what is cut away"
    assert told.rstrip().endswith("…")
    assert any(line.startswith("toutelatele ") for line in lines), "ids are never cut"


def test_a_source_that_fell_silent_or_poor_is_told_with_its_reason_and_since_when(
    veilleur: Veilleur, home: Path, stored: Database
) -> None:
    (home / "veilleur.toml").write_text(OUTLETS)
    began = datetime(2026, 1, 12, 6, 0, tzinfo=UTC)
    with stored.write() as connection:
        one = sources.register(connection, "one", "feed", "https://un.example/a.xml")
        sources.register(connection, "one", "feed", "https://un.example/b.xml")
        two = sources.register(connection, "two", "feed", "https://deux.example/a.xml")
        health.begin(connection, one.id, Ailment("degraded", "few_items", items=2, usual=30), began)
        health.begin(connection, two.id, Ailment("silent", "http", 503), began)
        three = sources.register(connection, "three", "feed", "https://trois.example/a.xml")
        sources.fail(connection, three, error="not well-formed XML, line 7", now=began, hindrance="unreadable")
        health.begin(connection, three.id, Ailment("degraded", "unreadable"), began)
    records = {each["id"]: each for each in map(json.loads, veilleur("outlets", "list", "--json").out.splitlines())}
    assert {name: each["state"] for name, each in records.items()} == {
        "one": "degraded",
        "two": "silent",
        "three": "degraded",
    }
    [ill] = records["two"]["incidents"]
    assert (ill["reason"], ill["since"]) == ("HTTP 503", began.isoformat())
    assert "2 items, usually 30 since 2026-01-12" in records["one"]["last_error"]
    assert (
        records["three"]["last_error"]
        == "not well-formed XML, line 7 since 2026-01-12 07:00 (https://trois.example/a.xml)"
    )
    assert veilleur("outlets", "list", "--state", "silent").out.endswith("1 outlet: 1 silent\n")
