"""Kept pages: the evidence for a mention can be shown when its outlet shows it no more."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.archives.keeping import Keeper
from crawler.archives.order import ArchiveOrder
from scheduler import config
from scheduler.jobs import Jobs
from storage import kept
from storage.database import Database
from tests.scheduler.commands.conftest import Veilleur
from tests.support.archives import Answer, Received, page, write_warc
from tests.support.newsroom import publish

URL = "https://journal.example/code-8"
TEXT = "<h1>Code 8 : le film de Robbie Amell</h1><p>" + "Le film Code 8 revient sur Netflix avec Stephen Amell. " * 5
NOW = datetime(2026, 1, 12, 6, 0, tzinfo=UTC)


def test_a_page_is_explained_as_it_was_kept(veilleur: Veilleur, home: Path) -> None:
    file = home / "page.warc.gz"
    write_warc(file, [page("https://journal.example/"), page(URL, TEXT)])
    veilleur("replay", str(file), "--store")
    shown = veilleur("explain", URL, "--archived", "--json")
    explained = json.loads(shown.out)
    assert (shown.status, explained["url"], explained["verdict"]) == (0, URL, "new")
    assert "page.warc.gz" in shown.err
    told = " ".join(veilleur("explain", URL, "--archived").out.split())
    assert ": new, score 1.00; what follows is the page as it was kept" in told

    file.unlink()
    gone = veilleur("explain", URL, "--archived")
    assert gone.status == 1
    assert "is gone or was changed" in gone.err


def test_of_a_kept_page_that_cannot_be_read_it_is_not_said_that_it_was_kept(veilleur: Veilleur, home: Path) -> None:
    file = home / "page.warc.gz"
    write_warc(file, [page(URL, TEXT)])
    veilleur("replay", str(file), "--store")
    write_warc(file, [Answer(URL, b" ")])
    shown = veilleur("explain", URL, "--archived")
    assert (shown.status, shown.err.splitlines()[-1]) == (1, f"veilleur: {URL}: the page is empty")


def test_a_kept_page_is_dated_in_its_outlets_zone(veilleur: Veilleur, home: Path) -> None:
    (home / "veilleur.toml").write_text(
        '[[outlets]]\nid = "own"\nname = "Mon Journal"\ndomain = "journal.example"\n'
        'feeds = ["https://journal.example/rss.xml"]\ncountry = "CA"\n'
    )
    file = home / "page.warc.gz"
    write_warc(file, [page(URL, '<time datetime="2026-01-10T20:00:00">10 janvier</time>' + TEXT)])
    [found] = veilleur("replay", str(file), "--store", "--json").out.splitlines()
    [shown] = veilleur("explain", URL, "--archived", "--json").out.splitlines()
    dates = [json.loads(each)["published"] for each in (found, shown)]
    assert dates == ["2026-01-10T20:00:00-05:00"] * 2


def test_what_was_never_kept_is_said_to_be(veilleur: Veilleur, home: Path) -> None:
    for _ in range(2):  # without a database, and with one
        asked = veilleur("explain", URL, "--archived")
        assert asked.status == 1
        assert f"{URL}: no page of it is kept" in asked.err
        veilleur("migrate")


def test_where_all_pages_are_kept_the_latest_without_a_mention_is_found_too(veilleur: Veilleur, home: Path) -> None:
    settings = home / "veilleur.toml"
    settings.write_text('[archive]\nkeep = "all"\n')
    assert f"{URL}: no page of it is kept in var/archive" in veilleur("explain", URL, "--archived").err
    for day in range(2):  # a round each
        keeper = Keeper(ArchiveOrder("all", "var/archive"))
        for hour, address in enumerate((URL, URL + "?utm_source=flux", URL + "/autre")):
            text = f"<h1>La pluie, jour {day}, heure {hour}</h1><p>" + "Il pleut sur la ville et sur les quais. " * 9
            kept_page = Received(address, text.encode())
            keeper.keep(kept_page, NOW + timedelta(days=day, hours=hour), is_mention=False)
        keeper.close()
    (Path("var/archive") / "veilleur-20270101T000000Z-1-0001.warc.gz").write_bytes(b"\0")  # a disk's fault
    shown = veilleur("explain", URL, "--archived")
    assert "La pluie, jour 1, heure 1" in shown.out
    assert "as it was on 2026-01-13 08:00" in shown.err
    settings.write_text("")
    asked = " ".join(veilleur("explain", URL, "--archived").err.split())
    assert 'no page of it is kept: pages that carry a mention are with `keep = "mentions"` in [archive]' in asked


def test_old_files_of_the_archive_are_pruned_and_forgotten(home: Path, stored: Database) -> None:
    keeper = Keeper(ArchiveOrder("all", "var/archive"))
    ages = (timedelta(days=800), timedelta(days=700))
    for number, age in enumerate(ages, 1):
        publish(stored, number, NOW)
        place = keeper.keep(Received(f"https://clap{number}.example/", b"<html>"), NOW - age, is_mention=True)
        assert place is not None
        keeper.close()
        os.utime(Path("var/archive") / place.file, ((NOW - age).timestamp(),) * 2)
        with stored.write() as connection:
            kept.add(connection, number, place)
    Jobs(config.load(None, {}), stored, now=lambda: NOW).prune()
    assert len(list(Path("var/archive").iterdir())) == 1
    with stored.read() as connection:
        left = [kept.of_article(connection, f"https://clap{number}.example/articles/{number}") for number in (1, 2)]
    assert [len(each) for each in left] == [0, 1]
