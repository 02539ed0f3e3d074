"""`veilleur outlets list` tells how every watched outlet is."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage import sources
from storage.database import Database
from tests.scheduler.commands.conftest import Veilleur

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
    assert records["one"]["last_error"] == "https://un.example/b.xml: HTTP 503"
    assert [each["fails"] for each in records["one"]["sources"]] == [0, 1]
    shown = veilleur("outlets", "list").out
    assert "Deux [bold]" in shown
    assert shown.endswith("3 outlets\n")


def test_the_whole_catalogue_is_listed_without_a_configuration(veilleur: Veilleur) -> None:
    lines = veilleur("outlets", "list").out.splitlines()
    assert lines[-1] == f"{len(lines) - 2} outlets"
    assert len(lines) > 50
