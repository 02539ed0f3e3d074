"""Real rounds at a real site: a page that stays away is judged by what its source says of it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from storage.schema import article_revision, mention
from tests.support.http_server import Site, content, in_turn, status
from tests.support.press import ABOUT_SOMETHING_ELSE, ABOUT_THE_FILM, RSS, article, listing, rss
from tests.support.rounds import Stored, later, outlet, run

LOGIN = '<title>Le site</title><form><input type="password"></form>'
CONSENT = "<title>Le site</title><p>Nos partenaires et nous posons des cookies sur votre appareil.</p>"
NOT_FOUND = "<title>Page introuvable</title><p>Rien.</p>"
FRONT_PAGE = listing(
    (f"/{number}", f"Hublot et la fanfare du village déménagent encore, {number}") for number in range(20)
)
AWAY = {
    "/retire": (status(410), "gone"),
    "/introuvable": (status(404), "gone"),
    "/panne": (status(500), "quarantined"),
    "/vide": (content(""), "quarantined"),
    "/connexion": (content(LOGIN), "mention"),
    "/cookies": (content(CONSENT), "quarantined"),
    "/cookies-du-film": (content(f"{CONSENT}<script>titre = 'Hublot'</script>"), "quarantined"),
    "/introuvable-poli": (content(NOT_FOUND), "mention"),
    "/liste": (content(FRONT_PAGE), "mention"),
    "/dossier.pdf": (content(b"%PDF-1.7", "application/pdf"), "mention"),
    "/interdit": (status(403), "mention"),
}
CANONICAL = '<link rel="canonical" href="%s">'
TRIES = (0, 1, 3, 8)  # hours at which a page that fails each time is asked for


@pytest.fixture
def site() -> Iterator[Site]:
    with Site.open() as opened:
        yield opened


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    return Stored.in_folder(tmp_path)


def named(site: Site, *paths: str) -> list[tuple[str, str, str]]:
    """What a feed says of these pages: the film stands in the headline of every other, in the summary of the rest."""
    said = [("Hublot fait salle comble", ""), ("La cuve de la laiterie", "Le film Hublot fait salle comble.")]
    return [(site.url(path), f"{said[n % 2][0]}, {path}", said[n % 2][1]) for n, path in enumerate(paths)]


def test_a_page_that_stays_away_is_judged_by_what_its_source_says_of_it(site: Site, stored: Stored) -> None:
    site.answers |= {path: answer for path, (answer, _) in AWAY.items()}
    site["/autre-sujet"], site["/lisible"] = status(410), content(article("La fanfare", ABOUT_SOMETHING_ELSE))
    walls = {"/mur": CONSENT, "/mur-au-titre": f"{CONSENT}<a href='/retour?vers=hublot'>Retour</a>"}
    site.answers |= {path: content(body) for path, body in walls.items()}
    site["/cookies-puis-lisible"] = in_turn([content(CONSENT), content(article("Hublot, la critique"))])
    site["/enfin-lisible"] = in_turn([status(500)] * 3 + [content(article("Hublot, le film, enfin"))])
    others = [(site.url(path), "La fanfare déménage", "") for path in ("/autre-sujet", *walls)]
    site["/rss"] = content(rss(others + named(site, *AWAY, "/lisible", "/cookies-puis-lisible", "/enfin-lisible")), RSS)
    job = stored.job([outlet("site", site, feeds=["/rss"])])
    complaints = [run(later(job, hours=hours)).report.detail for hours in TRIES]
    assert complaints == [""] * len(TRIES), "what failed is told as an event of the round"
    states = {url.removeprefix(site.url("")): state for url, state in stored.states().items()}
    assert states == {path: state for path, (_, state) in AWAY.items()} | {
        "/autre-sujet": "gone",
        "/mur": "quarantined",
        "/mur-au-titre": "quarantined",
        "/lisible": "no_mention",
        "/cookies-puis-lisible": "mention",
        "/enfin-lisible": "mention",
    }
    found = stored.mentions()
    assert found.pop(site.url("/cookies-puis-lisible")).title == "Hublot, la critique"
    assert found.pop(site.url("/enfin-lisible")).title == "Hublot, le film, enfin"
    assert {each.url: (each.title, each.lead) for each in found.values()} == {
        url: (title, summary) for url, title, summary in named(site, *AWAY)
    }
    why = {each.url.removeprefix(site.url("")): (each.unread, each.status) for each in found.values()}
    assert (why["/retire"], why["/panne"]) == (("HTTP 410", 410), ("HTTP 500", 500))
    assert all(error for error, _ in why.values())


def test_what_a_source_says_is_told_within_an_hour_whatever_becomes_of_the_page(site: Site, stored: Stored) -> None:
    away = {"/panne": status(500), "/mur": content(CONSENT)}
    site.answers |= away
    site["/rss"] = content(rss(named(site, *away)), RSS)
    job = stored.job([outlet("site", site, feeds=["/rss"])])
    for hours, said in ((0, {}), (1, {url: title for url, title, _ in named(site, *away)})):
        run(later(job, hours=hours))
        assert {each.url: each.title for each in stored.mentions().values()} == said
        assert set(stored.states().values()) == {"discovered"}, "it is still asked for"
    site.answers |= {path: content(article(f"Hublot, le film, {path}")) for path in away}
    run(later(job, hours=8))
    assert [each.title for each in stored.mentions().values()] == ["Hublot, le film, /panne", "Hublot, le film, /mur"]
    assert stored.count(mention) == 2


def test_a_page_that_is_read_after_all_is_the_article_that_its_source_told_of(site: Site, stored: Stored) -> None:
    """Whatever it says, and whatever address it claims; and it is told once."""
    summary = "Tourné dans une cuve, le film Hublot arrive."
    site["/1"] = in_turn(
        [status(410), content(article("Hublot, la critique", ABOUT_THE_FILM, CANONICAL % site.url("/film")))]
    )
    job = stored.job([outlet("site", site, feeds=["/rss"])], revisit=(timedelta(days=1),))
    for hours, title in enumerate(("Hublot fait salle comble", "Hublot fait toujours salle comble")):
        site["/rss"] = content(rss([(site.url("/1"), title, summary)]), RSS)
        run(later(job, hours=3 * hours))
    assert stored.states() == {site.url("/1"): "mention"}
    assert [(each.title, each.unread) for each in stored.mentions().values()] == [("Hublot, la critique", None)]
    assert (stored.count(mention), stored.count(article_revision)) == (1, 2)
    site.forget()
    run(later(job, hours=27))
    assert site.paths() == ["/rss", "/1"], "it is visited from now on"
