"""`veilleur outlets check` tries outlets live and says what came back."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.scheduler.commands.conftest import Ran, Veilleur
from tests.support.http_server import Site, content, redirect, status
from tests.support.press import RSS, XML, article, listing, news_sitemap, rss
from tests.support.terminal import on_a_terminal

LONG = "Les trois sous-mariniers ont tourné dans une cuve de laiterie, et le village entier a prêté la main. " * 12
CONSENT = (
    "<html><head><title>Nous respectons vos choix</title></head><body><h1>Vos cookies</h1>"
    + "<p>Nos 700 partenaires et nous posons des cookies et lisons des données personnelles sur votre appareil.</p>" * 8
)
MARCH = datetime(2024, 3, 1, 8, 0, tzinfo=UTC)
OUTLET = """
[[outlets]]
id = "{id}"
name = "Le {id}"
domain = "{domain}"
delay = "0s"
{keys}
"""


@pytest.fixture(scope="module")
def sites() -> Iterator[dict[str, Site]]:
    names = ("journal", "vide", "muet", "mur", "reserve", "court", "ailleurs", "sec", "accord")
    with ExitStack() as stack:
        found = {name: stack.enter_context(Site.open()) for name in names}
        journal = found["journal"]
        feed = [(journal.url(f"/{number}"), f"Titre {number}", "") for number in range(5)]
        journal["/rss"] = content(rss(feed, MARCH), RSS)
        journal["/ancien"] = redirect("/rss")
        journal["/casse"] = status(500)
        journal["/une"] = content(listing([("/article-une-deux-trois-quatre", "Un titre")]))
        journal["/plan"] = content(news_sitemap([(journal.url("/0"), "Titre", "2024-03-02T08:00:00Z")]), XML)
        journal["/"] = content('<html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head><p>Ici')
        for number in range(5):
            journal[f"/{number}"] = content(article(f"Hublot {number}", LONG))
        journal["/prive"] = content(article("Hublot", LONG))
        journal["/robots.txt"] = content("User-agent: *\nDisallow: /prive", "text/plain")
        found["vide"]["/rss"] = content(rss([]), RSS)
        found["vide"]["/une"] = content(listing([("/a/1", "Un"), ("/a/12", "Deux"), ("/a/12#3", "Trois")]))
        found["vide"]["/seule"] = content('<a href="/seule">Elle-même</a> <a href="https://ailleurs.example/a">Un</a>')
        found["vide"]["/coupe"] = content(rss([]).partition("</channel>")[0], RSS)
        for name, answer in {
            "mur": status(403),
            "accord": content(CONSENT),
            "reserve": content(article("Hublot", LONG), tdm_reservation="1"),
            "court": content(article("Hublot", "Trois mots seulement.")),
            "sec": content(article("Hublot", LONG, '<script>{"isAccessibleForFree": "False"}</script>')),
        }.items():
            found[name]["/rss"] = content(rss([(found[name].url("/1"), "Titre", "")]), RSS)
            found[name]["/1"] = answer
        found["court"]["/"] = content(article("Le court", LONG))
        found["ailleurs"]["/rss"] = content(rss([(journal.url("/0"), "Titre", "")]), RSS)
        yield found


@pytest.fixture
def check(veilleur: Veilleur, home: Path, sites: dict[str, Site]) -> Any:
    def written(name: str, keys: str = "") -> str:
        site = sites[name]
        feeds = "" if "feeds" in keys else f'feeds = ["{site.url("/rss")}"]'
        return OUTLET.format(id=name, domain=site.domain, keys=f"{feeds}\n{keys}")

    def run(*words: str, keys: str = "", name: str = "", **others: str) -> Ran:
        ids = ", ".join(f'"{each}"' for each in sites)
        entries = "".join(written(each, keys if each == name else others.get(each, "")) for each in sites)
        (home / "veilleur.toml").write_text(f'[crawl]\noutlets = [{ids}]\nallow_networks = ["127.0.0.0/8"]\n{entries}')
        for site in sites.values():
            site.forget()
        return veilleur("outlets", "check", *words)

    return run


def records(ran: Ran) -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in map(json.loads, ran.out.splitlines())}


def test_an_outlet_that_can_be_watched_is_told_with_what_it_gave(check: Any, sites: dict[str, Site]) -> None:
    journal = sites["journal"]
    keys = f'feeds = ["{journal.url("/ancien")}", "{journal.url("/casse")}"]\n'
    keys += f'news_sitemaps = ["{journal.url("/plan")}"]\nlistings = ["{journal.url("/une")}"]\n'
    ran = check("journal", "--json", keys=keys, name="journal")
    assert ran.status == 0, ran
    found = records(ran)["journal"]
    assert found["usable"]
    tried = {each["url"].rpartition("/")[2]: each for each in found["sources"]}
    assert {name: each["items"] for name, each in tried.items()} == {"ancien": 5, "casse": 0, "plan": 1, "une": 1}
    assert tried["ancien"]["redirected"] == journal.url("/rss")
    assert tried["ancien"]["newest"] == "2024-03-01T08:00:00+00:00"
    assert tried["casse"]["error"] == "HTTP 500"
    assert len(found["pages"]) == 3
    read = [each for each in found["pages"] if not each["error"]]
    assert read[0]["title"].startswith("Hublot ")
    assert read[0]["words"] == len(LONG.split())


def test_an_outlet_is_tried_before_it_is_watched(veilleur: Veilleur, home: Path, sites: dict[str, Site]) -> None:
    site = sites["vide"]
    entry = OUTLET.format(id="vide", domain=site.domain, keys=f'feeds = ["{site.url("/rss")}"]')
    (home / "veilleur.toml").write_text(f'[crawl]\noutlets = ["premiere"]\nallow_networks = ["127.0.0.0/8"]\n{entry}')
    ran = veilleur("outlets", "check", "vide")
    assert "vide  Le vide  not usable: its sources name no article" in ran.out
    assert list(records(veilleur("outlets", "check", site.url("/rss"), "--json"))) == ["vide"]


def test_a_person_reads_it_too(check: Any) -> None:
    ran = check("journal")
    assert ran.status == 0
    assert "journal  Le journal  usable: 3 of 3 pages can be read" in ran.out
    assert "5 items, newest 2024-03-01 09:00" in ran.out
    assert f"“Hublot 0”, {len(LONG.split())} words" in ran.out


VERDICTS = {
    "vide": (False, "its sources name no article"),
    "muet": (False, "no source can be read"),
    "mur": (False, "no page can be read"),
    "accord": (False, "no page can be read: a consent page stands where they should; with treatment = "),
    "court": (True, "1 of 1 page can be read, with few words: look whether that is all of it"),
    "ailleurs": (False, "its links lead to other hosts"),
    "reserve": (True, "reserve text and data mining"),
    "sec": (True, "1 of 1 page can be read"),
}


def test_each_outlet_is_usable_or_not_for_a_reason_and_walls_are_named(check: Any) -> None:
    ran = check(*VERDICTS, "--json")
    assert ran.status == 1
    found = records(ran)
    assert found.keys() == VERDICTS.keys()
    for name, (usable, why) in VERDICTS.items():
        assert found[name]["usable"] == usable, name
        assert why in found[name]["why"]
    assert found["mur"]["pages"][0]["wall"] == "a refusal: programs are not let in"
    assert found["accord"]["pages"][0]["error"] == "the answer is no article but a consent page"
    assert found["sec"]["pages"][0]["wall"] == "a payment wall, says the page"
    assert found["court"]["pages"][0]["hint"] == "few words: most articles have 80 or more"


def test_a_feed_that_is_broken_is_told_from_an_empty_one(check: Any, sites: dict[str, Site]) -> None:
    ran = check("vide", keys=f'feeds = ["{sites["vide"].url("/rss")}", "{sites["vide"].url("/coupe")}"]', name="vide")
    assert "0 items (a valid feed that names nothing)" in ran.out
    assert "not well-formed XML, line 1: no element found" in ran.out


def test_a_listing_that_names_no_article_is_told_with_what_it_links_to(check: Any, sites: dict[str, Site]) -> None:
    site = sites["vide"]
    une, seule, mur = site.url("/une"), site.url("/seule"), site.url("/mur")
    site["/mur"] = sites["accord"].answers["/1"]
    patterned = f'{{ url = "{une}?2", article = "/n/", example = "{site.url("/n/1")}" }}'
    keys = f'listings = ["{une}", "{seule}", "{mur}", {patterned}]'
    site["/une?2"] = site.answers["/une"]
    tried = records(check("vide", "--json", keys=f"feeds = []\n{keys}", name="vide"))["vide"]
    assert (tried["usable"], tried["why"]) == (False, "its sources name no article")
    such = f"of its links to its site, 3, such as {site.url('/a/12')} and {site.url('/a/1')}, none "
    assert {each["url"]: each["hint"] for each in tried["sources"]} == {
        une: f"{such}looks like an article's: write as `article` the pattern that these have",
        f"{une}?2": f"{such}matches `article` = '/n/'",
        seule: "the page links to nothing on its site",
        mur: "the answer is no article but a consent page",
    }


@pytest.mark.parametrize(("name", "status"), [("vide", 1), ("reserve", 0)])
def test_the_exit_status_says_whether_it_is_usable(check: Any, name: str, status: int) -> None:
    ran = check(name, "--json")
    assert (list(records(ran)), ran.status) == ([name], status)


def test_pages_of_a_feed_only_outlet_are_not_tried(check: Any, sites: dict[str, Site]) -> None:
    ran = check("mur", keys='treatment = "feed-only"', name="mur")
    assert ran.status == 0
    assert sites["mur"].paths() == ["/rss"]


def test_a_reservation_is_ignored_where_the_entry_says_so(check: Any) -> None:
    ran = check("reserve", "--json", keys='tdm = "ignore"', name="reserve")
    assert records(ran)["reserve"]["pages"][0]["title"] == "Hublot"


def test_a_doubt_is_told_beside_its_source(check: Any, sites: dict[str, Site]) -> None:
    ran = check("journal", keys='disputed = "adresse devinée"', name="journal")
    assert "disputed: adresse devinée" in ran.out


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/rss", 0, "5 items"),
        pytest.param("/plan", 0, "news sitemap", marks=pytest.mark.soak),
        ("/0", 0, "“Hublot 0”"),
        ("/", 0, "it declares feeds"),
        pytest.param("/absente", 1, "HTTP 404", marks=pytest.mark.soak),
        pytest.param("/prive", 1, "robots.txt disallows this address", marks=pytest.mark.soak),
    ],
)
def test_an_address_by_itself_is_tried_as_what_it_is(
    check: Any, sites: dict[str, Site], path: str, status: int, said: str
) -> None:
    ran = check(sites["journal"].url(path))
    assert (ran.status, said in ran.out) == (status, True), ran


def test_what_is_asked_is_shown_on_a_terminal_and_nowhere_else(check: Any) -> None:
    assert "asking" not in check("vide").err
    assert "asking vide " in "\n".join(on_a_terminal(80, "outlets", "check", "vide"))


def test_what_may_be_a_home_page_is_said_to_be(check: Any, sites: dict[str, Site]) -> None:
    ran = check(sites["court"].url("/1"))
    assert (ran.status, "with few words: an article's or a feed's address is meant" in ran.out) == (0, True)
    ran = check(sites["court"].url("/"))
    assert (ran.status, "it is a front page, and no article" in ran.out) == (1, True)
    assert "not usable: no page can be read: an article's or a feed's address is meant" in ran.out


def test_what_is_no_address_of_the_web_is_refused_and_not_asked(check: Any, sites: dict[str, Site]) -> None:
    for url in ("file:///etc/passwd", "ftp://journal.example/"):
        ran = check(url)
        assert ran.status == 2
        assert "must begin with https://" in ran.err
    assert check("http://[illisible").status == 1
    assert check("inconnu").status == 2


def test_an_alert_services_links_are_followed_to_whose_they_are(check: Any, sites: dict[str, Site]) -> None:
    found = records(check("ailleurs", "--json", keys="unwrap = true", name="ailleurs"))["ailleurs"]
    assert found["usable"]
    assert found["sources"][0]["elsewhere"] == 1
    assert found["pages"][0]["url"] == sites["journal"].url("/0")


def test_what_an_alert_services_links_lead_to_is_read_as_its_own_outlets_entry_says(check: Any) -> None:
    found = records(check("ailleurs", "--json", keys="unwrap = true", name="ailleurs", journal='exclude = ["p"]'))
    assert found["ailleurs"]["pages"][0]["words"] < 10


def test_private_networks_are_not_reached(veilleur: Veilleur, home: Path, sites: dict[str, Site]) -> None:
    site = sites["journal"]
    site.forget()
    (home / "veilleur.toml").write_text(OUTLET.format(id="intranet", domain=site.domain, keys=""))
    ran = veilleur("outlets", "check", site.url("/rss"))
    assert ran.status == 1
    assert (
        "no page can be read: robots.txt cannot be had: the host's address 127.0.0.1 is in a private network: name that"
        " in crawl.allow_networks" in " ".join(ran.out.split())
    )
    assert "feed-only" not in ran.out
    assert site.requests == []
