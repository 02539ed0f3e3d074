"""Feeds of alert services: links are unwrapped, led to anybody's pages, and credited to whose they are."""

from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest

from crawler.errors import RefusedAddress
from crawler.outlets import LONGEST_ID, Outlet
from crawler.ownership import Ownership
from crawler.reading.links import Link
from crawler.redirectors import unwrapped
from storage.database import Database
from storage.pages import discover
from tests.support.http_server import Site, content
from tests.support.press import RSS, article, atom
from tests.support.rounds import NOON, Stored, outlet, run

TARGET = "https://www.journal.example/film?page=2&x=é"
ALERTS = Outlet("alertes", "Alertes", "alertes.example", unwrap=True)
JOURNAL = Outlet("journal", "Le Journal", "journal.example", treatment="feed-only")


@pytest.mark.parametrize(
    "wrapper",
    [
        "https://www.google.com/url?rct=j&sa=t&url={}&ct=ga&cd=x&usg=y",
        "https://www.google.fr/url?q={}",
        "https://google.co.uk/url?url={}",
        "http://www.bing.com/news/apiclick.aspx?ref=FexRss&aid=&tid=1&url={}&c=2",
        "https://duckduckgo.com/l/?uddg={}",
        "https://l.facebook.com/l.php?u={}&h=1",
        "https://eur01.safelinks.protection.outlook.com/?url={}&data=1",
    ],
)
def test_a_known_redirector_is_unwrapped(wrapper: str) -> None:
    assert unwrapped(wrapper.format(quote(TARGET, safe=""))) == TARGET.replace("é", "%C3%A9")


def test_layers_are_unwrapped_one_after_the_other() -> None:
    inner = f"https://www.google.com/url?url={quote('https://j.example/1', safe='')}"
    assert unwrapped(f"https://l.facebook.com/l.php?u={quote(inner, safe='')}") == "https://j.example/1"


@pytest.mark.parametrize(
    "url",
    [
        "https://journal.example/partage?url=https%3A%2F%2Fautre.example%2F",
        "https://www.google.com/search?q=https%3A%2F%2Fautre.example%2F",
        "https://notgoogle.com/url?url=https%3A%2F%2Fautre.example%2F",
        "https://www.google.com.attaque.example/url?url=https%3A%2F%2Fautre.example%2F",
        "https://journal.example/url",
        "http://[illisible",
    ],
)
def test_what_is_no_redirector_stays_as_it_is(url: str) -> None:
    assert unwrapped(url) == url


def test_on_the_hosts_of_an_alert_service_any_address_in_a_parameter_counts() -> None:
    wrapped = f"https://clic.alertes.example/r/7?u={quote('https://j.example/1', safe='')}"
    assert unwrapped(wrapped, ("alertes.example",)) == "https://j.example/1"
    assert unwrapped("https://alertes.example/r/7?u=rien", ("alertes.example",)).endswith("u=rien")


@pytest.mark.parametrize("inner", ["file:///etc/passwd", "javascript:alert(1)", "//j.example/", "", "ftp://j.example/"])
def test_a_redirector_that_names_no_address_of_the_web_is_refused(inner: str) -> None:
    with pytest.raises(RefusedAddress, match="names no address of the web"):
        unwrapped(f"https://www.google.com/url?url={quote(inner, safe='')}")


def owner(url: str, of: Outlet = ALERTS) -> Outlet:
    wrapped = f"https://www.google.com/url?url={quote(url, safe='')}"
    return Ownership([ALERTS, JOURNAL]).settled(Link(wrapped), of)[1]


@pytest.mark.parametrize(
    ("url", "credited"),
    [
        ("https://www.journal.example/1", "journal"),
        ("https://www.lemonde.fr/culture/1", "lemonde"),
        ("https://www.inconnu.example/1", "inconnu.example"),
        ("https://m.blog.inconnu.example:443/1", "blog.inconnu.example"),
        ("https://alertes.example/annonce", "alertes"),
    ],
)
def test_an_article_is_credited_to_whose_host_it_is_on(url: str, credited: str) -> None:
    assert owner(url).id == credited


def test_a_host_of_any_length_is_an_outlet_that_can_be_stored() -> None:
    host = ".".join(["sous-domaine"] * 15) + ".inconnu.example"
    found = owner(f"https://{host}/1")
    assert (found.domain, found.id) == (host, host[-LONGEST_ID:])


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://[::1]/",
        "http://localhost/",
        "http://intranet/",
        "http://inconnu.example:8080/",
        "http://inconnu.example:22/",
        "https://qui:quoi@inconnu.example/",
        "https://inconnu.example/" + "x" * 2000,
    ],
)
def test_an_alert_service_leads_to_public_hosts_only(url: str) -> None:
    with pytest.raises(RefusedAddress):
        owner(url)


def test_another_outlets_feed_leads_nowhere_else() -> None:
    assert owner("https://journal.example/1", JOURNAL).id == "journal"
    with pytest.raises(RefusedAddress, match="not on a host of its outlet"):
        owner("https://inconnu.example/1", JOURNAL)


def saved(folder: Path, host: str, path: str, text: str) -> None:
    file = folder / host / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_a_round_over_an_alert_services_feed(tmp_path: Path) -> None:
    found = {
        "https://www.inconnu.example/film": "Hublot vu par un inconnu",
        "https://journal.example/film": "Hublot au Journal",
        "http://127.0.0.1/secret": "Hublot caché",
        "file:///etc/passwd": "Hublot, fichier",
    }
    links = [(f"https://www.google.com/url?url={quote(url, safe='')}&ct=ga", title) for url, title in found.items()]
    saved(tmp_path / "web", "alertes.example", "feed", atom(links))
    saved(tmp_path / "web", "www.inconnu.example", "film", article("Hublot, la critique"))
    saved(tmp_path / "web", "journal.example", "film", article("Jamais lu"))
    alerts = Outlet("alertes", "Alertes", "alertes.example", feeds=("https://alertes.example/feed",), unwrap=True)
    stored = Stored.in_folder(tmp_path)
    ended = run(stored.job([alerts, JOURNAL], saved=str(tmp_path / "web")))
    mentions = stored.mentions()
    assert {url: (each.outlet, each.title) for url, each in mentions.items()} == {
        "https://www.inconnu.example/film": ("inconnu.example", "Hublot, la critique"),
        "https://journal.example/film": ("journal", "Hublot au Journal"),
    }
    assert ended.report.counts["addresses refused"] == 2


def test_a_strangers_page_that_a_round_left_is_fetched_by_the_next(tmp_path: Path) -> None:
    saved(tmp_path / "web", "alertes.example", "feed", atom([]))
    saved(tmp_path / "web", "inconnu.example", "film", article("Hublot, la critique"))
    alerts = Outlet("alertes", "Alertes", "alertes.example", feeds=("https://alertes.example/feed",), unwrap=True)
    stored = Stored.in_folder(tmp_path)
    job = stored.job([alerts], saved=str(tmp_path / "web"), forced=True)
    run(job)
    (source,) = stored.sources().values()
    database = Database(stored.url)
    left = [("https://inconnu.example/film", "inconnu.example/film"), ("http://127.0.0.1/x", "127.0.0.1/x")]
    with database.write() as connection:
        for url, key in left:
            discover(connection, key.partition("/")[0], source.id, [(url, key)], NOON)
    database.close()
    run(job)
    assert [each.outlet for each in stored.mentions().values()] == ["inconnu.example"]
    assert stored.states()["http://127.0.0.1/x"] == "discovered"


def test_a_link_to_a_private_network_is_never_asked(tmp_path: Path) -> None:
    with ExitStack() as stack:
        service, canary, press = (stack.enter_context(Site.open()) for _ in range(3))
        targets = [canary.url("/1"), f"http://localhost:{canary.port}/2", press.url("/film")]
        service["/rss"] = content(
            atom([(service.url(f"/r?url={quote(url, safe='')}"), "Hublot") for url in targets]), RSS
        )
        press["/film"] = content(article("Hublot au Journal"))
        stored = Stored.in_folder(tmp_path)
        watched = [outlet("alertes", service, feeds=["/rss"], unwrap=True), outlet("journal", press)]
        ended = run(stored.job(watched))
        assert canary.requests == []
        assert press.paths() == ["/film"]
    assert [each.outlet for each in stored.mentions().values()] == ["journal"]
    assert ended.report.counts["addresses refused"] == 2
