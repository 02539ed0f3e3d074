"""OPML in and out: nothing is lost on the way, and a file made to harm does none."""

import tomllib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from crawler.errors import CatalogueError
from crawler.opml import LARGEST, Imported, read_opml, toml_of, write_opml
from crawler.outlets import Listing, Outlet, bundled_catalogue, parse_catalogue
from tests.support.http_server import Site

BUNDLED = bundled_catalogue()
FULL = Outlet(
    "journal",
    'Le "Journal" & <autres>',
    "journal.example",
    hosts=("feeds.ailleurs.example",),
    country="BE",
    category=("cinema", "pop"),
    feeds=("https://journal.example/a?x=1&y=2", "https://feeds.ailleurs.example/b"),
    news_sitemaps=("https://journal.example/plan.xml",),
    listings=(Listing("https://journal.example/", r"/\d+\"$", 'https://journal.example/1"'),),
    treatment="feed-only",
    interval=timedelta(hours=3),
    delay=timedelta(0),
    body=("div.texte > p",),
    exclude=("//aside[@class='\\']",),
    grade="strong",
    basis="checked",
    lists=3,
    checked=date(2026, 10, 7),
    note="Une note\nsur deux lignes, é.",
    disputed="403 hier",
    doubts=(("https://journal.example/a?x=1&y=2", "adresse devinée"),),
    unwrap=True,
    tdm="ignore",
)


def opml(body: str, before: str = "") -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>{before}<opml version="2.0"><body>{body}</body></opml>'.encode()


def feed(url: str, name: str = "Un journal", **more: str) -> str:
    further = "".join(f' {key}="{value}"' for key, value in more.items())
    return f'<outline type="rss" text="{name}" xmlUrl="{url}"{further}/>'


@pytest.mark.parametrize("group", ["country", "category"])
def test_what_is_exported_comes_back_the_same(group: Any) -> None:
    assert set(read_opml(write_opml((*BUNDLED, FULL), group)).outlets) == {*BUNDLED, FULL}
    assert read_opml(write_opml(BUNDLED, group)).refused == ()


@pytest.mark.parametrize("outlet", [*BUNDLED, FULL], ids=lambda outlet: outlet.id)
def test_an_outlet_survives_as_toml(outlet: Outlet) -> None:
    assert parse_catalogue(toml_of(outlet), "x") == (outlet,)


def test_an_export_is_opml_2_that_any_reader_understands() -> None:
    root = etree.fromstring(write_opml((FULL, replace(FULL, id="autre", country="FR"))))
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert [each.tag for each in root] == ["head", "body"]
    assert root.findtext("head/title")
    groups = root.findall("body/outline")
    assert [each.get("text") for each in groups] == ["BE", "FR"]
    for outline in root.iter("outline"):
        assert outline.get("text")
        assert outline.get("type") in (None, "rss", "link")
        assert (outline.get("type") == "rss") == (outline.get("xmlUrl") is not None)
        assert (outline.get("type") == "link") == (outline.get("url") is not None)
    first = groups[0][0]
    assert first.get("xmlUrl") == "https://journal.example/a?x=1&y=2"
    assert first.get("htmlUrl") == "https://journal.example/"
    assert first.get("category") == "/cinema,/pop"


@pytest.mark.parametrize(
    ("sources", "site"),
    [({"feeds": ("http://j.example/a",)}, "http"), ({"feeds": ("http://j.example/a", "https://j.example/b")}, "https")],
)
def test_a_site_is_named_by_http_only_where_nothing_else_is_known_of_it(
    sources: dict[str, tuple[str, ...]], site: str
) -> None:
    written = etree.fromstring(write_opml([Outlet("j", "J", "j.example", **sources)]))  # type: ignore[arg-type]
    assert {each.get("htmlUrl") for each in written.iter("outline")} == {None, f"{site}://j.example/"}


def test_another_readers_list_becomes_outlets() -> None:
    found = read_opml(
        opml(
            '<outline text="Cinéma"><outline text="Ciné">'
            + feed("https://www.journal.example/a.xml", "Journal – Une", htmlUrl="https://www.journal.example/")
            + feed("https://feeds.ailleurs.example/j", "Journal – Culture", htmlUrl="https://journal.example")
            + "</outline></outline>"
            + '<outline text="Podcast" xmlUrl="https://son.autre-site.example/flux"/><outline text="Vide"/>'
        )
    )
    assert found.refused == (("Vide", "it names no feed (xmlUrl)"),)
    journal, other = found.outlets
    assert (journal.id, journal.name, journal.domain) == ("journal", "Journal – Une", "journal.example")
    assert journal.feeds == ("https://www.journal.example/a.xml", "https://feeds.ailleurs.example/j")
    assert journal.category == ("cinéma", "ciné")
    assert (other.id, other.domain) == ("son-autre-site", "son.autre-site.example")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("file:///etc/passwd", "no address of the web"),
        ("feed://journal.example/rss", "no address of the web"),
        ("javascript:alert(1)", "no address of the web"),
        ("https://qui:quoi@journal.example/", "no address of the web"),
        ("https://www.lemonde.fr/cinema/rss_full.xml", "'lemonde' has it already"),
        ("https://un_blog.journal.example/rss", "no outlet can have its host's name"),
    ],
)
def test_what_cannot_be_watched_or_is_already_is_left_out_and_said(url: str, why: str) -> None:
    assert read_opml(opml(feed(url)), BUNDLED) == Imported((), ((url, why),))


def test_a_feed_that_stands_twice_comes_once() -> None:
    found = read_opml(opml(feed("https://j.example/a") + feed("https://j.example/a")))
    assert len(found.outlets) == 1
    assert found.refused == (("https://j.example/a", "it stands there twice"),)


@pytest.mark.parametrize(
    ("url", "id", "domain"),
    [
        ("https://www.été.example/rss", "ete", "xn--t-9fab.example"),
        ("https://[2001:db8::1]:8080/rss", "2001-db8-1-8080", "[2001:db8::1]:8080"),
        ("https://journal.example:8080/rss", "journal", "journal.example:8080"),
    ],
)
def test_what_is_imported_can_be_written_as_an_entry(url: str, id: str, domain: str) -> None:
    (found,) = read_opml(opml(feed(url))).outlets
    assert (found.id, found.domain) == (id, domain)
    assert parse_catalogue(toml_of(found), "import") == (found,)


def test_the_longest_id_that_is_taken_gets_a_number_and_no_longer() -> None:
    (known, other) = (Outlet("x" * 80, "X", f"{name}.example", feeds=(f"https://{name}.example/rss",)) for name in "ab")
    (found,) = read_opml(write_opml([other]), [known]).outlets
    assert found.id == "x" * 78 + "-2"
    assert parse_catalogue(toml_of(found), "import") == (found,)


def test_an_id_of_the_catalogue_is_not_taken_again() -> None:
    known = [Outlet("journal", "Un autre", "autre.example", feeds=("https://autre.example/a",))]
    assert [each.id for each in read_opml(opml(feed("https://journal.example/a")), known).outlets] == ["journal-2"]


@pytest.mark.parametrize(
    "entry",
    [
        "pas du JSON",
        "[]",
        "7",
        "{&quot;id&quot;: &quot;x&quot;}",
        "[" * 50_000,
        "{&quot;id&quot;: &quot;\\ud800&quot;}",
    ],
)
def test_an_entry_that_is_none_leaves_the_feed(entry: str) -> None:
    outline = (
        f'<outline xmlns:v="https://veilleur.example/opml" v:entry="{entry}" text="J" xmlUrl="https://j.example/a"/>'
    )
    (outlet,) = read_opml(opml(outline)).outlets
    assert outlet.feeds == ("https://j.example/a",)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "this is no OPML"),
        (b"<opml>\n<body></opml>", r"this is no OPML: .* line 2, column 14$"),
        (b"<rss/>", "its root element is <rss>"),
        (b"\xff\xfe<", "this is no OPML"),
        (b" " * (LARGEST + 1), "larger than 5 MiB"),
        (opml("<outline text='x'/>" * 20_001), "more than 20000 outlines"),
        (opml("<outline text='x'>" * 150 + "</outline>" * 150), "100 levels"),
    ],
)
def test_a_file_that_is_no_opml_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(CatalogueError, match=said):
        read_opml(body)


def test_entities_open_no_file_and_no_connection_and_do_not_grow(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("mot de passe")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    with Site.open() as canary:
        for declared in (
            f'<!ENTITY e SYSTEM "{secret.as_uri()}">',
            f'<!ENTITY e SYSTEM "{canary.url("/e")}">',
            f'<!ENTITY % e SYSTEM "{canary.url("/e")}"> %e;',
            f'<!ENTITY l0 "ha">{laughs}<!ENTITY e "&l8;">',
        ):
            bomb = opml(feed("https://j.example/a", "&e;"), f"<!DOCTYPE opml [{declared}]>")
            for written in (bomb, bomb.decode().replace("UTF-8", "UTF-16").encode("utf-16")):
                with pytest.raises(CatalogueError, match="document type"):
                    read_opml(written)
        with pytest.raises(CatalogueError, match="document type"):
            read_opml(opml("", f'<!doctype opml SYSTEM "{canary.url("/dtd")}">'))
        assert canary.requests == []


def test_what_is_printed_is_toml() -> None:
    text = "\n".join(map(toml_of, (FULL, *BUNDLED)))
    assert len(tomllib.loads(text)["outlets"]) == len(BUNDLED) + 1
