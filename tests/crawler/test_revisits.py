"""Articles are visited again at a real site: what they have become is kept, and nothing of it is news."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crawler.job import RoundJob
from crawler.ledger import Ledger
from matching.model import Article
from storage import changes
from storage.database import Database
from storage.errors import DatabaseUnavailable
from storage.model import Revisit
from storage.schema import article as article_table
from storage.schema import article_revision
from tests.support.http_server import Answer, Site, content, cut_short, redirect, status, validated
from tests.support.ledgers import JOURNAL, NO_VALIDATORS, due, fetched, links
from tests.support.press import ABOUT_SOMETHING_ELSE, ABOUT_THE_FILM, RSS, article, feed_of, rss
from tests.support.rounds import HUBLOT, NOON, Stored, later, outlet, run

AGES = (timedelta(hours=1), timedelta(days=1), timedelta(days=7))
LONG = (
    f"{ABOUT_THE_FILM} Le film ressort en salles au printemps, dans une copie neuve où l’on entend mieux les pompes. "
    * 2
)
PATHS = (
    "/retitre",
    "/corrige",
    "/mure",
    "/deplace",
    "/ailleurs",
    "/retire",
    "/introuvable",
    "/inchange",
    "/panne",
    "/efface",
)
ELSEWHERE = article("La fanfare déménage", ABOUT_SOMETHING_ELSE)
LOGIN = '<html><head><title>Connexion</title></head><body><input type="password"></body></html>'
LINKS = "".join(
    f'<li><a href="/{number}">La fanfare du village déménage encore, {number}</a></li>' for number in range(20)
)
CONSENT = "<title>Le site</title><p>" + "Nos partenaires et nous posons des cookies. " * 9
FRONT_PAGE = f"<html><head><title>Le site</title></head><body>{LINKS}</body></html>"
NOT_FOUND = "<html><head><title>Page introuvable</title></head><body><p>Rien.</p></body></html>"


@pytest.fixture
def site() -> Iterator[Site]:
    with Site.open() as opened:
        yield opened


def text(path: str, more: str = "") -> str:
    """An article's text that no other path shares."""
    return f"{' '.join(f'mot{path[1:]}{number}' for number in range(70))}. {LONG} {more}"


def without_the_film(path: str) -> str:
    """The article's text where every mention was taken out of it."""
    return text(path).replace("Hublot", "la fanfare")


def job(site: Site, stored: Stored, **order: Any) -> RoundJob:
    return stored.job([outlet("site", site, feeds=["/rss"], interval=timedelta(days=30))], revisit=AGES, **order)


def told(stored: Stored) -> dict[str, list[str]]:
    """What became of every article, by the path of its address."""
    database = Database(stored.url)
    with database.read() as connection:
        rows = connection.execute(select(article_table)).all()
        found = {
            "/" + row.url.rpartition("/")[2]: [
                each.kind for each in changes.of_articles(connection, [row.id]).get(row.id, [])
            ]
            for row in rows
        }
    database.close()
    return found


def missed(stored: Stored) -> list[Any]:
    database = Database(stored.url)
    with database.read() as connection:
        found = list(connection.execute(select(article_table.c.missed_at)).scalars())
    database.close()
    return found


def visits(stored: Stored) -> dict[str, Any]:
    database = Database(stored.url)
    with database.read() as connection:
        rows = connection.execute(select(article_table)).all()
    database.close()
    return {"/" + row.url.rpartition("/")[2]: row.next_visit for row in rows}


def test_what_became_of_an_article_is_kept_once_and_is_no_news(site: Site, stored: Stored) -> None:
    for path in PATHS:
        site[path] = content(article(f"Hublot {path[1:]}", text(path)))
    site["/inchange"] = validated(article("Hublot", text("/inchange")), "text/html", etag='"un"', modified="hier")
    site["/rss"] = content(feed_of(site, *PATHS), RSS)
    order = job(site, stored)
    run(order)
    assert set(visits(stored).values()) == {NOON + AGES[0]}
    found = stored.mentions()

    site["/retitre"] = content(article("Hublot a un autre titre", text("/retitre")))
    site["/corrige"] = content(article("Hublot corrige", text("/corrige", "Précision : la cuve était neuve.")))
    site["/efface"] = content(article("La fanfare efface", without_the_film("/efface")))
    site["/mure"] = content(LOGIN)
    site["/deplace"] = redirect("/nouvelle-adresse", 301)
    site["/nouvelle-adresse"] = content(article("Hublot deplace", text("/deplace")))
    site["/ailleurs"] = redirect("/")
    site["/"] = content(ELSEWHERE)
    site["/retire"] = status(410)
    site["/introuvable"] = content(NOT_FOUND)
    site["/panne"] = status(500)
    site.forget()
    run(later(order, minutes=59))
    assert site.paths() == []
    for hours in (1, 24):
        run(later(order, hours=hours))
    assert told(stored) == {
        "/retitre": ["retitled"],
        "/corrige": ["corrected"],
        "/efface": ["retitled", "unmentioned"],
        "/mure": ["walled"],
        "/deplace": ["moved"],
        "/ailleurs": ["gone"],
        "/retire": ["gone"],
        "/introuvable": ["gone"],
        "/inchange": [],
        "/panne": [],
    }
    assert [each.headers.get("if-none-match") for each in site.asked("/inchange")] == ['"un"', '"un"']
    planned = visits(stored)
    assert planned.pop("/panne") == NOON + timedelta(hours=25)
    assert {planned.pop(path) for path in ("/ailleurs", "/introuvable")} == {NOON + timedelta(days=2)}
    assert set(planned.values()) == {NOON + AGES[2]}
    assert stored.mentions() == found
    assert set(stored.states().values()) == {"mention"}

    site["/retire"] = content(article("Hublot retire", text("/retire")))
    site["/efface"] = content(article("La fanfare efface", text("/efface")))
    run(later(order, days=7))
    assert told(stored)["/retire"] == ["gone", "restored"]
    assert told(stored)["/efface"] == ["retitled", "unmentioned", "mentioned"]
    assert set(visits(stored).values()) == {None, NOON + timedelta(days=7, hours=1)}
    run(later(order, days=11))
    assert set(visits(stored).values()) == {None}
    assert revisions(stored) == len(PATHS) + 4


def revisions(stored: Stored) -> int:
    database = Database(stored.url)
    with database.read() as connection:
        found = len(connection.execute(select(article_revision.c.id)).all())
    database.close()
    return found


def test_a_page_that_claims_a_known_articles_address_and_tells_another_story_is_its_own_article(
    site: Site, stored: Stored
) -> None:
    canonical = f'<link rel="canonical" href="{site.url("/le-film")}">'
    site["/le-film"] = content(article("Hublot, le film", text("/le-film"), canonical))
    site["/autre"] = content(article("Hublot, la suite", text("/autre").replace(LONG, "Hublot."), canonical))
    site["/double"] = content(article("Hublot, le film", text("/le-film"), canonical))
    site["/rss"] = content(feed_of(site, "/le-film", "/autre", "/double"), RSS)
    ended = run(job(site, stored))
    assert sorted(each[0] for each in ended.verdicts().values() if each) == ["new", "new"]
    assert set(stored.states().values()) == {"mention"}


def test_only_what_was_read_is_visited_and_only_where_that_is_wanted(site: Site, stored: Stored) -> None:
    site["/film"], site["/retire"] = content(article("Hublot", text("/film"))), status(410)
    site["/rss"] = content(rss([(site.url(path), "Hublot", "") for path in ("/film", "/retire")]), RSS)
    order = job(site, stored)
    run(order)
    assert visits(stored) == {"/film": NOON + AGES[0], "/retire": None}
    site.forget()
    (own,), due = order.outlets, later(order, hours=1)
    for unwanted in (replace(due, revisit=()), replace(due, outlets=(replace(own, treatment="feed-only"),))):
        run(unwanted)
        assert site.paths() == []


def test_an_outlet_that_asked_for_rest_is_not_visited(site: Site, stored: Stored) -> None:
    site["/film"] = content(article("Hublot", text("/film")))
    site["/rss"] = content(feed_of(site, "/film"), RSS)
    order = job(site, stored)
    run(order)
    site["/film"] = status(429, Retry_After="7200")
    run(later(order, hours=1))
    site["/film"] = status(410)
    site.forget()
    run(later(order, hours=2))
    assert site.paths() == []
    run(later(order, hours=3))
    assert site.paths() == ["/film"]
    assert told(stored) == {"/film": ["gone"]}


OTHERS: dict[str, Answer] = {
    "/pdf": content(
        b"%PDF-1.7\n1 0 obj <</Title (Hublot)>>\n" + b"BT (Tout autre chose) Tj ET\n" * 300, "application/pdf"
    ),
    "/json": content(
        '{"title": "Hublot", "articleBody": "' + "rien de ce qui fut dit " * 300 + '"}', "application/json"
    ),
    "/image": content(bytes(range(256)) * 40, "image/jpeg"),
    "/donnees": content("<html><body><p>" + "rien de ce qui fut dit " * 300, "Application/Octet-Stream"),
    "/consentement": content(CONSENT),
    "/verification": content("<title>Just a moment...</title><p>Le site examine la connexion."),
    "/flux": content("<rss><channel><title>Hublot</title></channel></rss>", "application/rss+xml"),
    "/moitie": cut_short(article("Hublot", text("/moitie", "Précision : la cuve était neuve."))),
    "/reserve": content(article("Hublot", text("/reserve", "Précision : la cuve était neuve.")), tdm_reservation="1"),
}


def test_a_visit_that_gets_no_whole_page_or_none_to_read_says_nothing_of_the_article(
    site: Site, stored: Stored
) -> None:
    for path in OTHERS:
        site[path] = content(article(f"Hublot {path[1:]}", text(path)))
    site["/rss"] = content(feed_of(site, *OTHERS), RSS)
    order = job(site, stored)
    run(order)
    for path, answer in OTHERS.items():
        site[path] = answer
    site.forget()
    run(later(order, hours=1))
    assert set(site.paths()) == set(OTHERS)
    assert told(stored) == {path: [] for path in OTHERS}
    assert visits(stored) == dict.fromkeys(OTHERS, NOON + timedelta(hours=2))


def test_an_article_is_gone_when_a_second_visit_does_not_find_it_and_back_when_a_third_does(
    site: Site, stored: Stored
) -> None:
    """A server that answers 304 to what it was known by would leave it gone for ever."""
    there = validated(article("Hublot", text("/film")), "text/html", etag='"un"', modified="hier")
    site["/film"], site["/"] = there, content(FRONT_PAGE)
    site["/rss"] = content(feed_of(site, "/film"), RSS)
    order = job(site, stored)
    run(order)
    for answer, hours, became, visit in (
        (status(404), 24 * 7, [], timedelta(days=7, hours=3)),
        (redirect("/"), 24 * 7 + 3, ["gone"], timedelta(days=8, hours=3)),
        (there, 24 * 8 + 3, ["gone", "restored"], None),
    ):
        site["/film"] = answer
        run(later(order, hours=hours))
        assert told(stored) == {"/film": became}
        assert visits(stored) == {"/film": NOON + visit if visit else None}
    assert missed(stored) == [None], "what was missed once is looked for twice again"
    assert set(stored.states().values()) == {"mention"}


AMONG_LINKS: dict[str, tuple[str, list[str]]] = {
    "/accueil": (f"{CONSENT}{LINKS}", ["gone"]),
    "/introuvable": (f"<title>Page introuvable</title>{LINKS}", ["gone"]),
    "/liste": (LINKS, []),
    "/consentement": (f"{CONSENT}{LINKS}", []),
    "/verification": (f"<title>Just a moment...</title>{LINKS}", []),
    "/connexion": (f'<title>Connexion</title><input type="password">{LINKS}', []),
}


def test_what_stands_among_links_in_the_stead_of_an_article_says_whether_it_is_gone(site: Site, stored: Stored) -> None:
    for path in AMONG_LINKS:
        site[path] = content(article(f"Hublot {path[1:]}", text(path)))
    site["/rss"] = content(feed_of(site, *AMONG_LINKS), RSS)
    order = job(site, stored)
    run(order)
    for path, (shown, _) in AMONG_LINKS.items():
        place = {"/accueil": "/", "/introuvable": path, "/liste": path}.get(path, f"/vers{path}")
        site[path], site[place] = redirect(place), content(shown)
    for hours in (1, 25):
        run(later(order, hours=hours))
    assert told(stored) == {path: became for path, (_, became) in AMONG_LINKS.items()}


SHORT = "Le film Hublot ressort mercredi en salles, dans une copie neuve."
INSTEAD: dict[str, tuple[Answer, list[str]]] = {
    "/breve": (
        validated(article("Hublot est de retour", SHORT), "text/html", etag='"2"', modified="hier"),
        ["retitled"],
    ),
    "/vers-breve": (redirect("/autre-breve"), ["gone"]),
    "/vers-article": (redirect("/autre-article"), ["gone"]),
    "/vers-connexion": (redirect("/connexion"), ["walled"]),
    "/tronque": (content(article("Hublot tronque", text("/tronque")[:500])), ["walled"]),
}


def test_what_stands_in_the_stead_of_an_article_says_what_became_of_it(site: Site, stored: Stored) -> None:
    for path in INSTEAD:
        site[path] = content(article(f"Hublot {path[1:]}", SHORT if path == "/breve" else text(path)))
    site["/autre-breve"] = content(article("La fanfare", "La fanfare du village déménage encore."))
    site["/autre-article"], site["/connexion"] = content(ELSEWHERE), content(LOGIN)
    site["/rss"] = content(feed_of(site, *INSTEAD), RSS)
    order = job(site, stored)
    run(order)
    site.answers |= {path: answer for path, (answer, _) in INSTEAD.items()}
    for hours in (1, 25):
        run(later(order, hours=hours))
    assert told(stored) == {path: became for path, (_, became) in INSTEAD.items()}
    assert [each.headers.get("if-none-match") for each in site.asked("/breve")] == [None, None, '"2"']
    site["/tronque"] = content(article("Hublot tronque", text("/tronque")))
    run(later(order, days=7))
    assert told(stored)["/tronque"] == ["walled", "restored"]


def test_an_article_that_stands_as_it_stood_names_no_less_though_something_else_is_watched(
    site: Site, stored: Stored
) -> None:
    site["/film"] = content(article("Hublot", text("/film")))
    site["/rss"] = content(feed_of(site, "/film"), RSS)
    order = job(site, stored)
    run(order)
    run(replace(later(order, hours=1), topics=(replace(HUBLOT, text=HUBLOT.text.replace("Hublot", "Scaphandre")),)))
    assert told(stored) == {"/film": []}


Visited = Callable[..., list[Revisit]]


@pytest.fixture
def visited(open_round: Callable[..., Ledger]) -> Visited:
    """Articles of one outlet with these numbers were found at noon; their visits that are due at some hour."""

    def find(hours: int, *numbers: int) -> list[Revisit]:
        ledger = open_round(JOURNAL, revisit=AGES)
        (source,) = due(ledger).values()
        for page in ledger.listing_read(source, links(*(f"/{number}" for number in numbers)), **NO_VALIDATORS):
            said = Article(page.url, f"Hublot {page.url[-1]}", text(page.url[-2:]))
            ledger.judged(replace(fetched(page), body=b"...", article=said))
        return sorted(open_at(open_round, hours).revisits.due(), key=lambda revisit: revisit.address)

    return find


def open_at(open_round: Callable[..., Ledger], hours: float) -> Ledger:
    return open_round(JOURNAL, revisit=AGES, now=NOON + timedelta(hours=hours))


def show(ledger: Ledger, revisit: Revisit) -> None:
    """The article is read as it stands."""
    page, said = revisit.page, Article(revisit.address, "Hublot 1", text("/1"))
    body = article("Hublot 1", text("/1")).encode()
    ledger.revisits.read(replace(fetched(page), body=body, article=said, revisit=revisit))


@pytest.mark.parametrize(
    ("find", "hours"), [(None, 24), (lambda ledger, first: ledger.revisits.unchanged(first), 3), (show, 3)]
)
def test_where_no_article_of_an_outlet_is_found_that_is_believed_after_a_day(
    open_round: Callable[..., Ledger],
    stored: Stored,
    visited: Visited,
    find: Callable[[Ledger, Revisit], None] | None,
    hours: int,
) -> None:
    """A site that answers 404 to everything for hours took nothing back; where it shows one, the others are missing."""
    first, *others = visited(1, 1, 2, 3)
    for age in (1, hours, hours + 1):
        ledger = open_at(open_round, age)
        for revisit in others if find else (first, *others):
            ledger.revisits.gone(revisit)
        if find:
            find(ledger, first)
        ledger.close()
        became = [] if age <= hours else ["gone"]
        assert told(stored) == {"/1": [] if find else became, "/2": became, "/3": became}


def test_articles_that_are_missed_in_one_round_after_the_other_are_missed_together(
    open_round: Callable[..., Ledger], stored: Stored, visited: Visited
) -> None:
    first, second = visited(1, 1, 2)
    for hours, revisit, became in ((1, first, []), (2, second, []), (5, first, []), (25, first, ["gone"])):
        ledger = open_at(open_round, hours)
        ledger.revisits.gone(revisit)
        ledger.close()
        assert told(stored) == {"/1": became, "/2": []}
    assert visits(stored)["/2"] == NOON + timedelta(hours=26)


def test_whether_one_that_is_gone_is_back_is_looked_for_again_where_that_fails(
    open_round: Callable[..., Ledger], stored: Stored, visited: Visited
) -> None:
    """Of a site that answered 404 to everything for more than a day."""
    both, week = visited(24 * 7, 1, 2), 24 * 7
    for hours in (week, week + 24):
        ledger = open_at(open_round, hours)
        for revisit in both:
            ledger.revisits.gone(revisit)
        ledger.close()
    (again, _) = open_at(open_round, week + 48).revisits.due()
    open_at(open_round, week + 48).revisits.failed(again, "it is away")
    assert set(visits(stored).values()) == {NOON + timedelta(hours=week + 49)}


def test_what_is_missed_when_the_database_fails_is_left_for_the_next_round(
    open_round: Callable[..., Ledger], stored: Stored, visited: Visited, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = visited(1, 1, 2)
    ledger = open_at(open_round, 1)
    ledger.revisits.gone(second)

    def refuse(_: Database, **_asked: bool) -> Any:
        raise DatabaseUnavailable("full")

    with monkeypatch.context() as failing:
        failing.setattr(Database, "write", refuse)
        with pytest.raises(DatabaseUnavailable):
            ledger.revisits.unchanged(first)
    ledger.close()
    assert missed(stored) == [None, None]
