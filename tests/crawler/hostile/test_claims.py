"""What outlets claim that is not so: canonical links, dates, and pages without end."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.middlewares.robots import LARGEST_ROBOTS
from tests.support.hostile import bomb
from tests.support.http_server import Answer, Exchange, Site, content, huge
from tests.support.press import ABOUT_SOMETHING_ELSE, ABOUT_THE_FILM, RSS, article, feed_of, listing, rss
from tests.support.rounds import NOON, Stored, later, outlet, run

TEXTS = {
    "/coffret": "Le coffret de Hublot paraîtra en mai, avec un livret de trente pages écrit par l’équipe du tournage.",
    "/laiterie": "La laiterie où Hublot fut tourné ouvre ses portes aux visiteurs chaque samedi matin de juin.",
    "/cuve": "Pour Hublot il fallut remplir quatre fois la cuve, raconte la cheffe opératrice encore trempée.",
}


@pytest.fixture
def site() -> Iterator[Site]:
    with Site.open() as opened:
        yield opened


def said(path: str, canonical: str, more: str = "") -> Answer:
    """An article of its own whose page claims to lie at another address."""
    return content(article(f"Hublot : {path}", TEXTS[path], head=f'<link rel="canonical" href="{canonical}">{more}'))


@pytest.mark.parametrize(
    "order",
    [list(TEXTS), pytest.param(list(reversed(TEXTS)), marks=pytest.mark.soak)],
    ids=["rightful-last", "rightful-first"],
)
def test_articles_that_all_claim_one_address_are_articles_all_the_same(
    site: Site, stored: Stored, order: list[str]
) -> None:
    for path in TEXTS:
        site[path] = said(path, site.url("/coffret"))
    for number, path in enumerate(order):
        site["/rss"] = content(feed_of(site, path), RSS)
        run(later(stored.job([outlet("journal", site, feeds=["/rss"])], forced=True), hours=number))
    assert {each.url: each.title for each in stored.mentions().values()} == {
        site.url(path): f"Hublot : {path}" for path in TEXTS
    }


def test_one_article_at_two_addresses_is_one(site: Site, stored: Stored) -> None:
    site["/coffret"] = site["/coffret-imprimer"] = said("/coffret", site.url("/coffret"))
    site["/rss"] = content(feed_of(site, "/coffret-imprimer", "/coffret"), RSS)
    run(stored.job([outlet("journal", site, feeds=["/rss"])]))
    assert list(stored.mentions()) == [site.url("/coffret")]
    assert set(stored.states().values()) == {"mention"}


@pytest.mark.parametrize(
    "claimed",
    [
        "/",
        "https://ailleurs.example/coffret",
        pytest.param("http://127.0.0.1:1/coffret", marks=pytest.mark.soak),
        pytest.param("http://[", marks=pytest.mark.soak),
    ],
)
def test_a_claim_to_the_front_page_or_to_another_outlet_is_not_believed(
    site: Site, stored: Stored, claimed: str
) -> None:
    site["/coffret"], site["/rss"] = said("/coffret", claimed), content(feed_of(site, "/coffret"), RSS)
    run(stored.job([outlet("journal", site, feeds=["/rss"])]))
    assert list(stored.mentions()) == [site.url("/coffret")]


DATES: dict[str, datetime | None] = {
    "2024-02-29T08:00:00Z": datetime(2024, 2, 29, 8, 0, tzinfo=UTC),
    "2024-03-02T08:00:00Z": NOON,
    "2031-01-01T00:00:00Z": None,
    "1970-01-01T00:00:00Z": None,
    "0000-00-00": None,
    "99999-01-01": None,
    "": None,
}


def test_a_date_that_cannot_be_is_none_and_one_a_little_ahead_is_that_of_finding(stored: Stored) -> None:
    with ExitStack() as stack:
        sites = {date: stack.enter_context(Site.open()) for date in DATES}
        for date, opened in sites.items():
            head = f'<meta property="article:published_time" content="{date}">'
            opened["/1"] = content(article("Hublot", f"{ABOUT_THE_FILM} {opened.port}", head=head))
            opened["/rss"] = content(feed_of(opened, "/1"), RSS)
        run(stored.job([outlet(f"o{number}", each, feeds=["/rss"]) for number, each in enumerate(sites.values())]))
    found = stored.mentions()
    assert {date: found[opened.url("/1")].published for date, opened in sites.items()} == DATES


class Calendar(Site):
    """Every page is there and links to three that nobody has seen, with a new session number each."""

    def answer_to(self, path: str) -> Answer:
        if path == "/robots.txt":
            return super().answer_to(path)

        def answer(exchange: Exchange) -> None:
            turn = len(self.requests)
            links = [(f"/agenda/un-jour-comme-un-autre-{turn}-{n}?PHPSESSID={turn}x{n}", "Suite") for n in range(100)]
            page = listing(links) if path == "/" else article("L’agenda", ABOUT_SOMETHING_ELSE)
            exchange.send(200, page.encode(), Content_Type="text/html; charset=utf-8")

        return answer


def test_a_calendar_without_end_is_left_at_the_rounds_limits(stored: Stored) -> None:
    with Calendar.open() as calendar:
        job = stored.job([outlet("agenda", calendar, listings=[("/", None)])], pages_per_outlet=5, forced=True)
        for hour in range(2):
            run(later(job, hours=hour))
        asked = calendar.paths()
    assert asked.count("/") == 2
    assert len(asked) == 2 + 5 + 10, "what is new, and as many again of what is left"


START = "User-agent: *\nDisallow: /prive/\n# "
ROBOTS_TO_THE_LIMIT = START + "x" * (LARGEST_ROBOTS - len(START)) + "\nDisallow: /\n"  # in one piece with what is read
CROWDED_ROBOTS = "".join(f"User-agent: r{number}\n" for number in range(10_000)) + "Disallow: /rien\n" * 15_000
HUGE_ROBOTS = "User-agent: *\nDisallow: /prive/\n# " + "x" * 600 * 1024 + "\nDisallow: /\n"


@pytest.mark.parametrize(
    ("rules", "asked"),
    [
        (huge(1024, announced=False), ["/rss", "/prive/1"]),
        pytest.param(huge(1024, announced=True), [], marks=pytest.mark.soak),
        (content(HUGE_ROBOTS, "text/plain"), ["/rss"]),
        (content(ROBOTS_TO_THE_LIMIT, "text/plain"), ["/rss"]),
        pytest.param(bomb("gzip"), [], marks=pytest.mark.soak),
        (content(CROWDED_ROBOTS, "text/plain"), ["/rss", "/prive/1"]),
    ],
    ids=["gibibyte", "gibibyte-announced", "long", "just too long", "bomb", "crowded"],
)
def test_a_robots_txt_is_read_as_far_as_need_be(site: Site, stored: Stored, rules: Answer, asked: list[str]) -> None:
    site["/robots.txt"], site["/prive/1"] = rules, content(article("Hublot"))
    site["/rss"] = content(feed_of(site, "/prive/1"), RSS)
    run(stored.job([outlet("journal", site, feeds=["/rss"])]))
    assert site.paths() == asked
    assert len(site.asked("/robots.txt")) == 1


def test_a_feed_with_entities_is_read_without_reading_files_or_filling_memory(site: Site, stored: Stored) -> None:
    secret = Path(stored.url.removeprefix("sqlite:///")).with_name("secret.txt")
    secret.write_text("Hublot, le secret")
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 6))
    doctype = (
        f'<!DOCTYPE rss [<!ENTITY l0 "lol">{levels}<!ENTITY f SYSTEM "file://{secret}"><!ENTITY e "&#233;"><!ENTITY'
    )
    doctype += f' h SYSTEM "{site.url("/secret")}">]>'
    links = rss([(site.url("/1"), "TITRE", ""), (site.url("/2"), "Hublot d&j&", "")])
    links = links.replace("TITRE", "&l5;&f;&h;").replace("d&amp;j&amp;", "d&e;j&#224;")
    site["/rss"] = content(links.replace("<rss", doctype + "<rss"), RSS)
    ended = run(stored.job([outlet("journal", site, feeds=["/rss"], treatment="feed-only")]))
    assert site.paths() == ["/rss"]
    assert "secret" not in str(stored.mentions()) + str(ended.events)
    assert [each.title for each in stored.mentions().values()] == ["Hublot déjà"]
