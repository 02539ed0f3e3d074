"""`veilleur explain` reasons as a colleague would: in the article's words, with figures that say what they are."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.addresses import address_key
from scheduler.reasoning import print_unread
from storage import kept, pages, recording
from storage.database import Database
from storage.model import Page, PageState, Place, Told, Unread
from tests.scheduler.commands.conftest import Veilleur
from tests.support.newsroom import judge, written
from tests.support.paths import WEB
from tests.support.site import serve

NOW = datetime(2026, 1, 10, 8, tzinfo=UTC)
PAGE = """<!doctype html><html lang="fr"><head><title>{title}</title></head><body><article>
<h1>{title}</h1><p>{text}</p></article></body></html>"""
TOPIC = """
id = "{id}"
name = "Code 8"
[[works]]
id = "code-8"
title = "Code 8"
ambiguous = true
years = [2019]
[evidence]
people = ["Robbie Amell"]
"""


def explained(veilleur: Veilleur, *words: str) -> str:
    ran = veilleur("explain", *words)
    assert (ran.status, ran.err) == (0, "")
    return ran.out


def page(home: Path, title: str, text: str) -> str:
    file = home / "page.html"
    file.write_text(PAGE.format(title=title, text=text), encoding="utf-8")
    return str(file)


def test_evidence_is_shown_as_it_was_written(veilleur: Veilleur, home: Path) -> None:
    text = "Le long-métrage de science-fiction Code 8 débarque mercredi ; il réunit Robbie Amell et son cousin. "
    shown = explained(veilleur, page(home, "Au cinéma, « Code\u00a08 » fait son retour", text * 2))
    assert "film verb after: Code 8 débarque" in shown
    assert "genre words in the sentence: science-fiction" in shown
    assert "long-métrage" in shown
    assert "read as" not in shown, "nobody reads a no-break space as anything else"
    torn = explained(veilleur, page(home, "Au cinéma, « Co\u00adde Huit » fait son retour", text * 2))
    assert "written Co[U+00AD]de Huit, read as code huit" in torn


def test_without_a_database_it_says_what_an_article_was_compared_with(veilleur: Veilleur, home: Path) -> None:
    shown = explained(veilleur, page(home, "« Code 8 » revient", "Le film Code 8 avec Robbie Amell revient. " * 5))
    assert "there is no database here: it was compared with the references only" in shown


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("", "an empty path"),
        (" ", "an empty path"),
        ("fichier/page.html", "cannot be read"),
        ("absent", "no such file"),
    ],
)
def test_a_path_that_cannot_be_read_is_said_in_a_line(veilleur: Veilleur, home: Path, path: str, told: str) -> None:
    (home / "fichier").write_text("<html>")
    for command in ("explain", "replay", "extract"):
        ran = veilleur(command, path)
        assert ran.status == 2
        assert told in ran.err or (path == "fichier/page.html" and "no such file" in ran.err)
        assert len(ran.err.splitlines()) == 1


def test_the_normalised_text_stands_beside_the_original_only_where_they_differ(veilleur: Veilleur, home: Path) -> None:
    text = (
        "Le film Code 8 débarque mercredi, annonce l’éditeur français : à regarder dès la première soirée d’été. " * 2
    )
    assert "read as" not in explained(veilleur, page(home, "Cinéma : le programme de l’été", text))


def test_a_page_without_a_title_has_no_score_and_says_what_was_looked_for(veilleur: Veilleur) -> None:
    shown = explained(veilleur, str(WEB / "cine-vagabond.example/article405.html"))
    assert "no watched title stands in headline, lead or text" in shown
    assert "looked for: Code 8, Code 8 : Partie II" in shown
    assert "0.00" not in shown


def test_a_near_miss_says_what_spoke_against_it_and_what_would_change_it(veilleur: Veilleur) -> None:
    shown = explained(veilleur, str(WEB / "pop-et-pixels.example/amp/tuto/erreur-code-8-streambox-solutions.html"))
    assert "everyday word before: Erreur code 8" in shown
    assert "another numbered code in the article: Code 3, Code 12" in shown
    assert "the line is at 0.50" in shown
    assert "would count without, taken together:" in shown


def test_a_verdict_says_how_far_it_is_from_another(veilleur: Veilleur) -> None:
    shown = explained(veilleur, str(WEB / "cine-vagabond.example/article398.html"))
    assert "100% of it stands in seed-2 (Code 8 : la belle histoire)" in shown
    assert "would be new if 45% of it or more stood in no known article; 0% do" in shown


def test_every_page_of_a_folder_is_explained_the_earlier_known_to_the_later(veilleur: Veilleur, home: Path) -> None:
    folder = shutil.copytree(WEB / "fluxo.example", home / "web" / "fluxo.example")
    shown = explained(veilleur, str(folder))
    assert shown.count("Verdict") == len(list(folder.rglob("index.html"))) == 6
    closing = shown.splitlines()[-1]
    assert closing.startswith("6 pages: ")
    assert sum(int(each.split()[0]) for each in closing.removeprefix("6 pages: ").split(", ")) == 6
    records = [json.loads(line) for line in explained(veilleur, str(folder), "--json").splitlines()]
    assert len(records) == 6


def test_a_folder_without_pages_is_named(veilleur: Veilleur, home: Path) -> None:
    (home / "vide").mkdir()
    for command in ("explain", "replay", "extract"):
        ran = veilleur(command, "vide")
        assert ran.status != 0
        assert "vide: there is no page there" in ran.out + ran.err


def test_each_of_several_topics_has_its_name_above_its_reasoning(veilleur: Veilleur, home: Path) -> None:
    for topic in ("autre", "code8"):
        (home / f"{topic}.toml").write_text(TOPIC.format(id=topic))
    (home / "veilleur.toml").write_text('topics = ["autre.toml"]\n')
    file = page(home, "« Code 8 » revient", "Le film Code 8 avec Robbie Amell revient. " * 5)
    shown = explained(veilleur, file)
    assert [line.split()[1] for line in shown.splitlines() if line.startswith("Topic")] == ["code8", "autre"]
    (home / "veilleur.toml").write_text('topics = ["code8.toml"]\n')
    assert "Topic " not in explained(veilleur, file)


def test_a_known_mention_is_named_by_outlet_day_and_address(veilleur: Veilleur, home: Path, stored: Database) -> None:
    article = written(1, NOW)
    with stored.write() as connection:
        recording.record(connection, article, [judge()], outlet="clap", url_key="k", page_id=None, now=NOW)
    shown = explained(veilleur, page(home, article.title, article.text))
    [verdict] = [line for line in shown.splitlines() if line.startswith("Verdict")]
    assert f"stands in {article.title} (clap, 2026-01-10 09:00, {article.url})" in " ".join(shown.split()), verdict


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


@pytest.mark.parametrize("as_json", [False, pytest.param(True, marks=pytest.mark.soak)])
def test_a_live_page_is_explained_beside_what_is_stored_of_it(
    veilleur: Veilleur, home: Path, stored: Database, as_json: bool
) -> None:
    options = ["--json"] if as_json else []
    with serve(home / "site") as site:
        (home / "veilleur.toml").write_text(ALLOWED.format(port=site.port))
        url = site.url("/bref.html")
        with stored.write() as connection:
            article = written(1, NOW)
            key = address_key(url)
            stored_as = recording.record(
                connection, article, [judge()], outlet="clap", url_key=key, page_id=None, now=NOW
            )
            assert stored_as.revision_id is not None
            kept.add(connection, stored_as.revision_id, Place("page.warc.gz", 0))
        site.write("/bref.html", PAGE.format(title="Les tramways du futur", text="Une série sur les tramways. " * 20))
        shown = explained(veilleur, url, *options)
        (home / "site" / "bref.html").unlink()
        with stored.write() as connection:
            told = Told("Un quai de plus", "Le film Code 8 de Jeff Chan, avec Robbie Amell, y fut tourné.")
            (waits,) = pages.discover(connection, "clap", None, [(url, key)], NOW, told={key: told})
            pages.fail(connection, waits, error="HTTP 500", now=NOW)
        gone = veilleur("explain", url, *options)
    if as_json:
        record = json.loads(shown)
        assert (record["verdict"], record["stored"]["verdict"]) == ("irrelevant", "new")
    else:
        assert "Stored   judged on 2026-01-10 09:00: new, score 1.00" in shown
        assert "Verdict  irrelevant" in shown
        assert f"\n{url}, without a date\n" in shown
        assert gone.out.splitlines() == [
            "Stored   judged on 2026-01-10 09:00: new, score 1.00",
            f"Source   names the film: “{told.title} – {told.summary}”",
            "Page     not read: tried 1 time, at last HTTP 500; tried next from 2026-01-10 09:15 on",
        ]
    assert gone.status == 1
    assert gone.err == f"veilleur: {url}: HTTP 404; `veilleur explain {url} --archived` shows it as it was kept\n"


def test_a_wall_is_no_article_and_what_its_source_says_of_the_page_is_told(
    veilleur: Veilleur, home: Path, stored: Database
) -> None:
    asks = "Avec votre accord, nos 812 partenaires et nous utilisons des cookies pour mesurer l’audience du site. "
    wall = PAGE.format(title="Vos choix", text=asks)
    with serve(home / "site") as site:
        (home / "veilleur.toml").write_text(ALLOWED.format(port=site.port))
        url = site.url("/mur.html")
        with stored.write() as connection:
            told = Told("Un quai de plus", "Le film Code 8 de Jeff Chan, avec Robbie Amell, y fut tourné.")
            pages.discover(connection, "clap", None, [(url, address_key(url))], NOW, told={address_key(url): told})
        site.write("/mur.html", wall)
        ran = veilleur("explain", url)
    no_article = "the answer is no article but a consent page"
    assert (ran.status, ran.err) == (1, f"veilleur: {url}: {no_article}\n")
    assert f"Source   names the film: “{told.title}" in ran.out
    assert "Verdict" not in ran.out
    assert no_article in veilleur("explain", str(home / "site" / "mur.html")).err
    for title, shown in (("Le film Code 8 de Jeff Chan", "Verdict  new"), ("Erreur code 8", "Weighed and refused")):
        (home / "site" / "mur.html").write_text(wall.replace("Vos choix", title))
        assert shown in explained(veilleur, str(home / "site" / "mur.html")), "there is something to explain"


@pytest.mark.parametrize(
    ("state", "attempts", "tried", "told"),
    [
        (PageState.DISCOVERED, 4, "tried 4 times, at last HTTP 500", "tried in the next round"),
        (PageState.DISCOVERED, 0, "put off, HTTP 500", "tried in the next round"),
        (
            PageState.QUARANTINED,
            4,
            "tried 4 times, at last HTTP 500",
            "set aside (`veilleur crawl --quarantined clap` tries it again)",
        ),
        (PageState.GONE, 4, "tried 4 times, at last HTTP 500", "not tried again"),
    ],
)
def test_it_says_when_a_page_that_was_not_read_is_tried_next(
    capsys: pytest.CaptureFixture[str], state: PageState, attempts: int, tried: str, told: str
) -> None:
    page = Page(1, "https://clap.example/1", "clap.example/1", "clap", None, attempts)
    print_unread(Unread(page, state, attempts, "HTTP 500", None), Told("Les tramways"), names_the_film=False)
    assert " ".join(capsys.readouterr().out.split()) == (
        f"Source does not name the film: “Les tramways” Page not read: {tried}; {told}"
    )


def test_a_page_that_is_known_from_its_source_alone_is_said_to_be(
    veilleur: Veilleur, home: Path, stored: Database
) -> None:
    url, key = "http://nom:mot@clap.example/1", "clap.example/1"  # such an address is not asked for
    article = replace(written(1, NOW), title="Le film Code 8 de Jeff Chan, avec Robbie Amell", lead="", text="")
    with stored.write() as connection:
        (page,) = pages.discover(connection, "clap", None, [(url, key)], NOW)
        recording.record(connection, article, [judge()], outlet="clap", url_key=key, page_id=page.id, now=NOW)
        pages.settle(connection, page, PageState.GONE, now=NOW, status=404, error="HTTP 404")
    ran = veilleur("explain", url)
    assert "new, score 1.00, by what its source says of it\n" in ran.out
    assert f"Source   names the film: “{article.title}”\nPage     not read: tried 1 time, at last HTTP 404" in ran.out


def test_a_stored_original_is_no_copy_of_its_own_copies(veilleur: Veilleur, home: Path, stored: Database) -> None:
    """The copy was found first, and the article is stored a second time later."""
    with serve(home / "site") as site:
        (home / "veilleur.toml").write_text(ALLOWED.format(port=site.port))
        url = site.url("/original.html")
        copy = written(1, NOW)
        original = replace(copy, url=url, published=NOW - timedelta(hours=3))
        for article in (copy, original):
            with stored.write() as connection:
                key = address_key(article.url)
                recording.record(connection, article, [judge()], outlet="clap", url_key=key, page_id=None, now=NOW)
        site.write("/original.html", PAGE.format(title=original.title, text=original.text))
        shown = explained(veilleur, url)
        assert "new, score 1.00" in shown
        assert "Verdict  new" in shown
        with stored.write() as connection:
            key = f"{address_key(url)}#elsewhere"
            recording.record(connection, original, [judge()], outlet="clap", url_key=key, page_id=None, now=NOW)
        assert "Verdict  new" in explained(veilleur, url)
        site.write("/copie.html", PAGE.format(title=copy.title, text=copy.text))
        assert f"stands in {original.title} (clap, 2026-01-10 06:00" in explained(veilleur, site.url("/copie.html"))


def test_it_says_whether_pages_were_compared_with_what_is_stored(
    veilleur: Veilleur, home: Path, stored: Database
) -> None:
    article = written(1, NOW)
    with stored.write() as connection:
        recording.record(connection, article, [judge()], outlet="clap", url_key="k", page_id=None, now=NOW)
    (home / "clap2.example").mkdir()
    for number in (1, 2):
        each = written(number, NOW)
        text = PAGE.format(title=each.title, text=each.text)
        (home / "clap2.example" / f"{number}.html").write_text(text, encoding="utf-8")
    alone = explained(veilleur, "clap2.example/1.html")
    assert "Verdict  duplicate" in alone
    assert "compared with the references and with what is stored" in alone
    among = explained(veilleur, "clap2.example")
    assert "Verdict  new" in among
    assert among.count("earlier published pages of this folder, not with what is stored") == 2
