"""`veilleur record` saves live pages that can be replayed as they were read."""

import json
from pathlib import Path
from socket import socket

import pytest

from scheduler import config
from scheduler.commands.pages import fetch_job
from tests.scheduler.commands.conftest import Veilleur
from tests.support.site import serve

PAGE = """<!doctype html><html lang="fr"><head><title>L’été de « Code 8 »</title></head><body><article>
<h1>L'été de Code 8, un succès né à Noël</h1><p>{text}</p></article></body></html>"""
TEXT = "Le film de science-fiction Code 8, avec Robbie Amell, a été présenté à l'été dernier. " * 5
ALLOWED = """
[crawl]
allow_networks = ["127.0.0.1/32"]
[[outlets]]
id = "own"
name = "Mon Journal"
domain = "127.0.0.1:{port}"
feeds = ["http://127.0.0.1:{port}/rss.xml"]
delay = "0s"
"""


def test_a_page_is_saved_as_it_reads_and_a_private_address_is_never_asked(veilleur: Veilleur, home: Path) -> None:
    with serve(home / "site", {"/latin.html": "text/html; charset=windows-1252"}) as site, socket() as canary:
        (home / "veilleur.toml").write_text(ALLOWED.format(port=site.port))
        canary.bind(("127.0.0.2", 0))
        canary.listen()
        canary.setblocking(False)
        private = f"http://127.0.0.2:{canary.getsockname()[1]}/secret.html"
        site.write("/latin.html", PAGE.format(text=TEXT), "windows-1252")
        site.write("/utf8.html", PAGE.format(text=TEXT))
        ran = veilleur("record", *map(site.url, ("/latin.html", "/utf8.html", "/gone.html")), private)
        assert site.asked.count("/latin.html") == 1
        with pytest.raises(BlockingIOError):
            canary.accept()
    assert ran.status == 1
    assert f"{site.url('/gone.html')}: HTTP 404" in ran.err
    assert f"{private}: " in ran.err
    assert "crawl.allow_networks" in ran.err
    saved = [home / "fixtures" / "web" / site.host / name for name in ("latin.html", "utf8.html")]
    assert ran.out.splitlines() == [f"{site.url('/' + file.name)} -> {file.relative_to(home)}" for file in saved]
    assert sorted(file for file in home.glob("fixtures/**/*") if file.is_file()) == saved
    read = [json.loads(line) for line in veilleur("extract", *map(str, saved), "--json").out.splitlines()]
    assert [each["title"] for each in read] == ["L'été de Code 8, un succès né à Noël"] * 2
    assert read[0]["text"] == read[1]["text"]
    assert "présenté à l'été" in read[0]["text"]
    [judged] = veilleur("explain", str(saved[0]), "--json").out.splitlines()
    assert json.loads(judged)["verdict"] == "new"


def test_a_wall_is_saved_and_said_to_be_one(veilleur: Veilleur, home: Path) -> None:
    with serve(home / "site") as site:
        (home / "veilleur.toml").write_text(ALLOWED.format(port=site.port))
        site.write("/article.html", PAGE.format(text=TEXT))
        site.write("/mur.html", "<title>Vos cookies</title><p>Avec votre accord, nous posons des cookies.</p>")
        ran = veilleur("record", site.url("/article.html"), site.url("/mur.html"))
    assert (ran.status, len(ran.out.splitlines())) == (0, 2)
    assert ran.err == f"{site.url('/mur.html')}: the answer is no article but a consent page\n"


def test_pages_of_several_outlets_are_asked_at_the_pace_of_the_slowest(home: Path) -> None:
    entry = '[[outlets]]\nid = "{0}"\nname = "{0}"\ndomain = "{0}.example"\nfeeds = ["https://{0}.example/"]\n'
    file = home / "veilleur.toml"
    file.write_text(entry.format("vif") + 'delay = "0s"\n' + entry.format("lent") + 'delay = "30s"\n')
    urls = ["https://vif.example/1", "https://lent.example/1"]
    assert fetch_job(config.load(str(file), {}), urls, "").delay == 30
    assert fetch_job(config.load(str(file), {}), urls[:1], "").delay == 0
