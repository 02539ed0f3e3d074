"""The catalogue of outlets: the bundled one is sound, and an entry that is wrong is refused with its remedy."""

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from crawler.addresses import check_address
from crawler.entries import BASES, GRADES
from crawler.errors import CatalogueError
from crawler.outlets import (
    Listing,
    Outlet,
    bundled_catalogue,
    check_sources,
    entry_of,
    merged,
    owner_of,
    parse_catalogue,
    parse_outlets,
)

BUNDLED = bundled_catalogue()
CATEGORIES = set("cinema series culture tv media radio pop geek gaming streaming people general regional".split())
ENTRY: dict[str, Any] = {"id": "journal", "name": "Le Journal", "domain": "journal.example"}


def test_the_bundled_catalogue_watches_the_french_language_press() -> None:
    assert len(BUNDLED) >= 110
    assert {outlet.country for outlet in BUNDLED} == {"FR", "BE", "CH", "CA"}


@pytest.mark.parametrize("what", ["id", "name", "domain"])
def test_no_two_bundled_outlets_are_the_same(what: str) -> None:
    values = [getattr(outlet, what).lower() for outlet in BUNDLED]
    assert len(set(values)) == len(values)


def test_no_two_bundled_outlets_share_a_source() -> None:
    check_sources(BUNDLED, "outlets.toml")
    with pytest.raises(CatalogueError, match="is a source of 'allocine' already"):
        check_sources((*BUNDLED, replace(BUNDLED[0], id="autre")), "outlets.toml")


@pytest.mark.parametrize("outlet", BUNDLED, ids=lambda outlet: outlet.id)
def test_a_bundled_outlet_can_be_watched(outlet: Outlet) -> None:
    assert outlet.sources, "without a source nothing is found"
    for _, url in outlet.sources:
        check_address(url, (outlet.domain, *outlet.hosts))
    assert timedelta(seconds=1) <= outlet.delay <= timedelta(seconds=30)
    assert outlet.category
    assert set(outlet.category) <= CATEGORIES


@pytest.mark.parametrize("outlet", BUNDLED, ids=lambda outlet: outlet.id)
def test_a_bundled_outlet_says_how_far_its_sources_can_be_trusted(outlet: Outlet) -> None:
    assert outlet.grade in GRADES
    assert outlet.basis in BASES
    assert (outlet.lists is None) == (outlet.basis == "derived"), "what follows from a convention stands in no list"
    assert outlet.checked is None or date(2024, 1, 1) <= outlet.checked <= date(2026, 12, 31)
    if outlet.basis == "derived":
        assert outlet.checked is None
    if outlet.grade in ("disputed", "blocked"):
        assert outlet.disputed, "a reader wants to know why"
    if outlet.grade == "strong":
        assert outlet.lists is not None
        assert outlet.lists >= 3
    for url, _ in outlet.doubts:
        assert url in {url for _, url in outlet.sources}


@pytest.mark.parametrize(
    "listing", [(outlet, each) for outlet in BUNDLED for each in outlet.listings], ids=lambda each: each[1].url
)
def test_a_bundled_listing_knows_an_article_from_itself(listing: tuple[Outlet, Listing]) -> None:
    outlet, described = listing
    assert described.article
    assert described.example, "an address that the pattern finds"
    check_address(described.example, (outlet.domain, *outlet.hosts))
    assert re.search(described.article, described.example)
    assert not re.search(described.article, described.url)


def test_a_source_that_is_disputed_is_told_from_those_that_are_not() -> None:
    feeds = ["https://journal.example/a.xml", {"url": "https://journal.example/b.xml", "disputed": "403 hier"}]
    (outlet,) = parse_outlets([ENTRY | {"feeds": feeds}], "x")
    assert [outlet.doubt(url) for url in outlet.feeds] == ["", "403 hier"]
    (doubted,) = parse_outlets([ENTRY | {"feeds": feeds, "disputed": "adresse devinée"}], "x")
    assert [doubted.doubt(url) for url in doubted.feeds] == ["adresse devinée", "403 hier"]


@pytest.mark.parametrize(
    ("url", "owner"),
    [
        ("https://www.ouest-france.fr/culture/x", "ouestfrance"),
        ("https://toutelatele.ouest-france.fr/x", "toutelatele"),
        ("https://www.francetvinfo.fr/culture/x", "franceinfo"),
        ("https://ailleurs.example/x", None),
        ("ftp://www.lemonde.fr/x", None),
    ],
)
def test_an_address_belongs_to_the_outlet_of_its_host(url: str, owner: str | None) -> None:
    found = owner_of(url, BUNDLED)
    assert (found.id if found else None) == owner


def test_an_outlet_without_a_feed_is_watched_by_its_listing() -> None:
    (ozap,) = [outlet for outlet in BUNDLED if outlet.id == "ozap"]
    assert ozap.feeds == ozap.news_sitemaps == ()
    assert [listing.url for listing in ozap.listings] == ["https://www.ozap.com/"]


@pytest.mark.parametrize("outlet", BUNDLED, ids=lambda outlet: outlet.id)
def test_an_outlet_survives_being_written_and_read(outlet: Outlet) -> None:
    assert parse_outlets([entry_of(outlet)], "round") == (outlet,)


@pytest.mark.parametrize(
    "fields",
    [
        {"delay": timedelta(0), "interval": timedelta(hours=1)},
        {"delay": timedelta(seconds=0.25), "interval": timedelta(days=2)},
        {"listings": (Listing("https://journal.example/", r"/\d+$"), Listing("https://journal.example/b"))},
        {"body": ("//article/p", "div.texte > p"), "exclude": ("aside",), "treatment": "feed-only"},
        {
            "interval": timedelta(days=30),
            "tdm": "ignore",
            "unwrap": True,
            "disputed": "adresse devinée",
            "note": "Oui.",
        },
        {"grade": "weak", "basis": "listed", "lists": 2, "checked": date(2026, 10, 7)},
        {"feeds": ("https://journal.example/a",), "doubts": (("https://journal.example/a", "403 hier"),)},
        {"listings": (Listing("https://journal.example/", r"/\d+$", "https://journal.example/1"),)},
        {"domain": "127.0.0.1:8000", "hosts": ("[fd00::1]:81", "images.journal.example")},
    ],
)
def test_every_field_survives_being_written_and_read(fields: dict[str, Any]) -> None:
    outlet = replace(Outlet("journal", "Le Journal", "journal.example"), **fields)
    assert parse_outlets([entry_of(outlet)], "round") == (outlet,)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Journal.example:80", "journal.example"),
        ("journal.example:443", "journal.example"),
        ("[fd00::80]", "[fd00::80]"),
        ("127.0.0.1:8080", "127.0.0.1:8080"),
    ],
)
def test_a_domain_may_name_its_port(written: str, read: str) -> None:
    (outlet,) = parse_outlets([ENTRY | {"domain": written}], "x")
    assert outlet.domain == read
    assert owner_of(f"http://{read}/a", (outlet,)) is outlet


def test_an_entry_needs_little() -> None:
    assert parse_outlets([ENTRY], "x") == (Outlet("journal", "Le Journal", "journal.example"),)


def test_a_listing_may_be_written_as_an_address() -> None:
    (outlet,) = parse_outlets([ENTRY | {"listings": ["https://journal.example/"]}], "x")
    assert outlet.listings == (Listing("https://journal.example/"),)


def test_the_hosts_of_an_outlets_sources_are_its_own() -> None:
    feeds = ["https://feeds.ailleurs.example/journal", "http://[fd00::1]:81/rss", "http://journal.example:8080/rss"]
    (outlet,) = parse_outlets([ENTRY | {"feeds": feeds}], "x")
    assert outlet.own_hosts == (
        "journal.example",
        "feeds.ailleurs.example",
        "[fd00::1]:81",
        "journal.example:8080",
    )
    for feed in feeds:
        check_address(feed, outlet.own_hosts)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "Le Journal"}, ["id = 'Le Journal'", "lower-case letters, digits and hyphens"]),
        ({"id": 7}, ["id = 7", "write a text"]),
        ({"name": " "}, ["name = ' '", "write a text that is not empty"]),
        ({"domain": "https://journal.example/"}, ["domain = 'https://journal.example/'", "a host name alone"]),
        ({"hosts": "journal.example"}, ["hosts = 'journal.example'", "write a list of texts"]),
        ({"hosts": ["a b"]}, ["hosts = 'a b'", "a host name alone"]),
        ({"domain": "journal.example:99999"}, ["domain = 'journal.example:99999'", "a host name alone"]),
        ({"domain": "[fd00::zz]"}, ["domain = '[fd00::zz]'", "a host name alone"]),
        ({"feeds": ["journal.example/rss"]}, ["feeds: 'journal.example/rss'", "must begin with https:// or http://"]),
        ({"feeds": ["file:///etc/passwd"]}, ["feeds: 'file:///etc/passwd'", "must begin with https://"]),
        ({"feeds": ["ftp://journal.example/rss"]}, ["feeds: 'ftp://journal.example/rss'", "must begin with https://"]),
        ({"feeds": ["https://qui:quoi@journal.example/"]}, ["feeds:", "is no address"]),
        ({"feeds": ["http://[journal.example/"]}, ["feeds: 'http://[journal.example/'", "is no address"]),
        ({"feeds": ["http://journal.example:99999/"]}, ["feeds:", "is no address"]),
        ({"news_sitemaps": [3]}, ["news_sitemaps: 3", "write an address"]),
        ({"listings": "https://journal.example/"}, ["listings = 'https://journal.example/'", "write a list"]),
        ({"listings": [{"url": "https://j.example/", "motif": "x"}]}, ["listings:", "motif", "article = ..."]),
        ({"listings": [{"url": "https://j.example/", "article": "("}]}, ["article = '('", "no pattern"]),
        ({"listings": [{"url": "https://j.example/", "article": 3}]}, ["article = 3", "no pattern"]),
        ({"treatment": "rien"}, ["treatment = 'rien'", '"pages" or "feed-only"']),
        ({"delay": "2"}, ["delay: '2'", '"90s"']),
        ({"interval": "bientôt"}, ["interval: 'bientôt'", '"15m"']),
        ({"body": ["p["]}, ["body: 'p['", "neither XPath nor CSS"]),
        ({"exclude": ["//p["]}, ["exclude: '//p['", "neither XPath nor CSS"]),
        ({"evidence": "weak"}, ["evidence = 'weak'", 'grade = "weak"']),
        ({"evidence": {"grade": "bon"}}, ["evidence: grade = 'bon'", "strong, weak, disputed, blocked"]),
        ({"evidence": {"date": "hier"}}, ["evidence: date = 'hier'", '"2026-10-07"']),
        ({"evidence": {"basis": "oui"}}, ["evidence: basis = 'oui'", "checked, fetched, listed, derived"]),
        ({"evidence": {"lists": 0}}, ["evidence: lists = 0", "1 or more"]),
        ({"evidence": {"preuve": 1}}, ["evidence: unknown key 'preuve'", "allowed are basis, date"]),
        ({"country": "France"}, ["country = 'France'", "two capital letters"]),
        ({"unwrap": "oui"}, ["unwrap = 'oui'", "true or false"]),
        ({"tdm": "non"}, ["tdm = 'non'", '"honour" or "ignore"']),
        ({"disputed": ""}, ["disputed = ''", "write a text"]),
        ({"feeds": [{"url": "https://j.example/", "doute": "x"}]}, ["feeds:", "doute", "disputed = ..."]),
        ({"feeds": [{"url": "file:///etc/passwd"}]}, ["feeds: 'file:///etc/passwd'", "must begin with https://"]),
        (
            {"listings": [{"url": "https://j.example/", "article": r"/\d+$", "example": "https://j.example/un"}]},
            ["does not match its example 'https://j.example/un'"],
        ),
        ({"flux": []}, ["unknown key 'flux'", "allowed are body, category"]),
    ],
)
def test_a_wrong_entry_is_refused_with_place_key_value_and_remedy(change: dict[str, Any], said: list[str]) -> None:
    with pytest.raises(CatalogueError) as refusal:
        parse_outlets([ENTRY | {"id": "autre", "domain": "autre.example"}, ENTRY | change], "veilleur.toml")
    message = str(refusal.value)
    assert message.startswith("veilleur.toml: outlets[1]")
    assert all(each in message for each in said), message


def test_an_entry_that_names_itself_is_named_in_the_refusal() -> None:
    with pytest.raises(CatalogueError, match=r"^mine\.toml: outlets\[0\] \(journal\): name"):
        parse_outlets([{"id": "journal"}], "mine.toml")


@pytest.mark.parametrize("entries", ["x", {"id": "x"}, ["x"]])
def test_outlets_are_tables(entries: Any) -> None:
    with pytest.raises(CatalogueError, match=r"write one table \[\[outlets\]\] an outlet"):
        parse_outlets(entries, "x")


def test_an_id_stands_once() -> None:
    with pytest.raises(CatalogueError, match="the id 'journal' stands twice"):
        parse_outlets([ENTRY, ENTRY], "x")


def test_a_catalogue_is_toml() -> None:
    with pytest.raises(CatalogueError, match=r"mine\.toml: this is not TOML"):
        parse_catalogue("[[outlets", "mine.toml")
    assert parse_catalogue("", "mine.toml") == ()


def test_an_own_outlet_replaces_the_bundled_one_of_its_id_in_its_place() -> None:
    own = replace(BUNDLED[0], name="Le nôtre")
    added = Outlet("nouveau", "Nouveau", "nouveau.example")
    assert merged(BUNDLED, (own, added)) == (own, *BUNDLED[1:], added)
