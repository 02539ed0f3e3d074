"""What a page says, where pages are careless: taglines, listings, dates without a zone or with a modification."""

import codecs
import json
import re
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crawler.errors import NoArticle
from crawler.extraction import plain
from crawler.extraction.order import PageToRead
from crawler.extraction.page import extract, extract_plainly
from crawler.extraction.tree import parse_html
from matching.model import Article
from tests.support.hostile_pages import MENTION, page_with

WEB = Path(__file__).parents[2] / "fixtures" / "web"
URL = "https://journal.example/culture/la-traversee"
STORY = "".join(
    f"<p>{sentence}</p>"
    for sentence in (
        "La compagnie du Vieux Port a repris la mer mardi avec une goélette restaurée par ses propres adhérents.",
        "À bord, douze élèves du lycée maritime apprennent à lire une carte, à barrer et à cuisiner par gros temps.",
        "Le capitaine, ancien professeur de physique, leur fait calculer la dérive à la main avant chaque manœuvre.",
        "Les familles suivent le voyage grâce à un carnet de bord que les élèves rédigent chaque soir à tour de rôle.",
        "L'escale de Brest durera trois jours, le temps de réparer la grand-voile déchirée pendant la première nuit.",
    )
)


def read(body: str, head: str = "", **more: object) -> Article:
    return extract(PageToRead(page_with(body, head).encode(), URL, **more))  # type: ignore[arg-type]


def described(text: str) -> str:
    return f'<meta name="description" content="{text}">'


def test_a_sites_tagline_is_no_lead() -> None:
    tagline = "Cinéma, séries, plateformes : toute l'actualité du divertissement, critiques et bandes-annonces."
    assert read(STORY, described(tagline)).lead == ""


def test_a_description_of_the_article_is_its_lead() -> None:
    summary = "Une goélette restaurée emmène douze élèves du lycée maritime, et leur capitaine enseigne la dérive."
    assert read(STORY, described(summary)).lead == summary


def test_what_steers_a_terminal_or_turns_the_order_of_reading_is_left_out() -> None:
    steering = '<meta property="og:title" content="La &#x202e;goélette\x1b[2J&#x200f;">'
    assert read(STORY, steering).title == "La goélette[2J"


@pytest.mark.parametrize(
    "page",
    [
        "<!doctype html>{head}{body}",
        "<!doctype html><html lang=fr><head>{head}{body}",
        "{head}<header>Le Vieux Port</header>{body}<footer>Contact</footer>",
    ],
)
def test_tags_that_a_page_may_leave_out_change_nothing(page: str) -> None:
    """libxml2 knows no <article>, and takes it for a part of the head that nothing has closed."""
    teasers = "".join(f"<li><a href=/a/{n}>Une autre goélette à voir</a></li>" for n in range(9))
    signed = f"<article><h1>La goélette</h1><p>Publié le 3 mars 2024 à 8h05</p>{STORY}</article>"
    parts = {"head": "<title>La goélette | Le Vieux Port</title>", "body": f"<nav><ul>{teasers}</ul></nav>{signed}"}
    pages = ("<html><head>{head}</head><body>{body}</body></html>".format(**parts), page.format(**parts))
    whole, one = (extract(PageToRead(each.encode(), URL)) for each in pages)
    assert (one.title, one.text, one.published) == (whole.title, whole.text, whole.published)
    assert whole.published is not None


def test_what_stands_before_and_behind_an_unopened_body_stays_in_its_order() -> None:
    tree = parse_html(b"<title>x</title><header>Un</header>deux<nav>trois</nav>quatre<p>cinq</p>")
    assert [" ".join(each.itertext()) for each in tree.iter("body")] == ["Un deux trois quatre cinq"]


ARTICLE = '<meta property="og:type" content="article">'


@pytest.mark.parametrize("reader", [extract, extract_plainly])
@pytest.mark.parametrize(
    ("address", "head", "is_article"),
    [
        ("https://journal.example", "", False),
        ("https://journal.example/", "", False),
        ("https://journal.example/index.html", "", False),
        ("https://journal.example/#une", "", False),
        ("https://journal.example/", ARTICLE, True),
        ("https://journal.example/?p=12", "", True),
        ("https://journal.example/la-traversee", "", True),
        ("index.html", "", True),
    ],
)
def test_a_front_page_is_no_article_unless_it_calls_itself_one(
    reader: Callable[[PageToRead], Article], address: str, head: str, is_article: bool
) -> None:
    page = PageToRead(page_with(STORY, head).encode(), address)
    with nullcontext() if is_article else pytest.raises(NoArticle, match="front page"):
        reader(page)


def listed(titles: list[str]) -> str:
    return "".join(f'<h2><a href="/{number}">{title}</a></h2>' for number, title in enumerate(titles))


HEADLINES = [f"Hublot, un film qui fait parler de lui au festival {number}" for number in range(8)]


def test_a_page_that_lists_articles_is_no_article() -> None:
    raw = f"<html><body><h1>Cinéma</h1><div>{listed(HEADLINES)}</div></body></html>".encode()
    with pytest.raises(NoArticle):
        extract(PageToRead(raw, "https://journal.example/cinema", titles=("Hublot",)))


def test_a_list_of_links_with_rubric_and_signature_is_no_article() -> None:
    raw = (WEB / "www.les-mercredis-de-leon.example" / "actu.html").read_bytes()
    with pytest.raises(NoArticle):
        extract(PageToRead(raw, "https://www.les-mercredis-de-leon.example/actu.html", titles=("Code 8",)))


LINKED = 'Le film Hublot sort mercredi dans trois salles, dit <a href="/s">Une semaine au festival de Bayonne</a>.'
NEWS = "Le film Hublot sort mercredi dans trois salles, et c'est tout ce que nous en savons pour le moment."


@pytest.mark.parametrize(
    ("body", "head"),
    [
        (f"<p>{NEWS}</p>{listed(HEADLINES)}", ""),
        (f"<p>{LINKED}</p>{listed(HEADLINES)}", ""),
        (listed(HEADLINES), '<meta property="og:type" content="article">'),
        (
            listed(HEADLINES),
            '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Hublot"}</script>',
        ),
    ],
    ids=["the film is named in prose", "the film is named beside links", "og:type", "JSON-LD"],
)
def test_in_doubt_a_page_with_many_links_is_an_article(body: str, head: str) -> None:
    raw = f"<html><head>{head}</head><body><h1>En bref</h1><div>{body}</div></body></html>".encode()
    assert extract(PageToRead(raw, URL, titles=("Hublot",))).title


DATED = {
    "JSON-LD": '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "La traversée",'
    ' "dateModified": "2024-03-05T09:00", "datePublished": "2024-03-02T08:30"}</script>',
    "Open Graph": '<meta property="article:modified_time" content="2024-03-05T09:00">'
    '<meta property="article:published_time" content="2024-03-02T08:30">',
    "microdata": '<p><meta itemprop="dateModified" content="2024-03-05T09:00">'
    '<time itemprop="datePublished" datetime="2024-03-02T08:30">samedi</time></p>',
    "time": '<p>Mis à jour le <time datetime="2024-03-05T09:00">5 mars</time></p>'
    '<p>Publié le <time datetime="2024-03-02T08:30">2 mars</time></p>',
    "words": "<p class='date'>Mis à jour le 5 mars 2024 à 9h00</p><p class='date'>Publié le 2 mars 2024 à 8h30</p>",
    "words, updated second": "<p class='date'>Publié le 2 mars 2024 à 08:30 - Mis à jour le 5 mars 2024 à 09:00</p>",
    "words, updated first": "<p class='date'>Mis à jour le 5 mars 2024 à 9h, publié le 2 mars 2024 à 8h30</p>",
}


@pytest.mark.parametrize("layout", DATED)
def test_the_date_is_that_of_publication_in_the_outlets_zone(layout: str) -> None:
    for zone in ("Europe/Paris", "America/Toronto"):
        published = read(DATED[layout] + STORY, zone=zone).published
        assert published == datetime(2024, 3, 2, 8, 30, tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    "builder", ["elementor-widget elementor-widget-text-editor", "et_pb_text widget", "card card-body", "td_block_wrap"]
)
def test_a_page_builders_boxes_are_no_furniture(builder: str) -> None:
    parts = [f"{paragraph}</p>" for paragraph in STORY.split("</p>") if paragraph]
    long = " Le récit continue, avec des détails que seuls les élèves connaissent et racontent à leur manière." * 2
    boxes = "".join(f'<div class="{builder}"><div>{part[:-4]}{long}</p></div></div>' for part in parts)
    text = read(boxes).text
    assert "professeur de physique" in text
    assert "L'escale de Brest" in text


def test_what_is_called_furniture_is_left_out() -> None:
    related = '<div class="related widget"><p>Le film Hublot, à lire aussi dans notre dossier du mois.</p></div>'
    assert "Hublot" not in read(STORY + related).text


def test_a_body_that_only_json_ld_holds_is_read_in_its_paragraphs() -> None:
    paragraphs = [f"{sentence} Et la suite de l'histoire est longue." for sentence in STORY.split("</p>") if sentence]
    body = "\\n\\n".join(each.removeprefix("<p>") for each in paragraphs)
    head = f'<script type="application/ld+json">{{"@type": "NewsArticle", "articleBody": "{body}"}}</script>'
    raw = f"<html><head>{head}</head><body><h1>La traversée</h1><p>Lire la suite.</p></body></html>".encode()
    article = extract(PageToRead(raw, URL))
    assert article.text.count("\n\n") == len(paragraphs) - 1
    assert "professeur de physique" in article.text


@pytest.mark.parametrize("name", ["i", "b", "em", "strong", "span", "q", "a", "i><b></b></i><i"])
def test_text_after_an_element_without_any_is_kept(name: str) -> None:
    last = name.rpartition("<")[2]
    marked = f'<{name} class="icone"></{last}> La Traversée sera montrée mardi.'
    for body in (f"<p>{marked}</p>{STORY}", f"{STORY}<h2>Agenda</h2><ul><li>{marked}</li><li>Deux</li></ul>{STORY}"):
        assert "La Traversée sera montrée mardi." in read(f"<article><h1>Titre</h1>{body}</article>").text


def test_words_on_two_lines_are_two_words_however_the_markup_is_written() -> None:
    lead = '<div class="chapo"><p>La goélette a repris la mer mardi.</p><p>Douze élèves sont à bord.</p></div>'
    raw = f"<html><body><article><h1>Hublot 8<br>Le film reprend la mer</h1>{lead}{STORY}</article></body></html>"
    article = extract(PageToRead(raw.encode(), URL))
    assert article.title == "Hublot 8 Le film reprend la mer"
    assert article.lead == "La goélette a repris la mer mardi. Douze élèves sont à bord."


def test_a_date_in_words_is_found_below_scripts_and_right_after_the_headline() -> None:
    script = f"<script>{'let bonjour = 2020;' * 2000}</script>"
    article = read(f"{script}<article><h1>Hublot</h1><p>Le 3 mars 2024, à Brest</p>{STORY}</article>")
    assert article.published == datetime(2024, 3, 3, tzinfo=ZoneInfo("Europe/Paris"))


@pytest.mark.parametrize(
    ("written", "author"),
    [
        ("<p class='by'>Par Jeanne Dupont, le 27/11/2026 à 05:55</p>", "Jeanne Dupont"),
        ("<p>Par Jeanne Dupont</p><p>Le 27/11/2026 à 05:55</p>", "Jeanne Dupont"),
        ("<p>Publié le 27 novembre 2026 à 5h55</p>", None),
        ("<p class='meta'>27/11/2026 05:55</p>", None),
    ],
)
@pytest.mark.parametrize("reading", [extract, extract_plainly])
def test_a_signature_says_who_and_when_and_is_no_line_of_the_article(
    reading: Callable[[PageToRead], Article], written: str, author: str | None
) -> None:
    raw = f"<body><article><h1>La traversée</h1>{written}{STORY}</article>".encode()
    article = reading(PageToRead(raw, URL))
    assert article.text.startswith("La compagnie du Vieux Port")
    if reading is extract:
        assert article.authors == ((author,) if author else ())
        assert article.published == datetime(2026, 11, 27, 5, 55, tzinfo=ZoneInfo("Europe/Paris"))


def by(*authors: dict[str, str]) -> Article:
    told = {"@type": "NewsArticle", "headline": "La traversée", "author": authors}
    return read(STORY, f'<script type="application/ld+json">{json.dumps(told)}</script>')


def test_an_organisation_of_any_kind_signs_only_where_no_person_does() -> None:
    agency = {"@type": "NewsMediaOrganization", "name": "Agence du Port"}
    assert by({"@type": "Person", "name": "Jeanne Dupont"}, agency).authors == ("Jeanne Dupont",)
    assert by({"@type": "Person", "name": ""}, agency).authors == ("Agence du Port",)


def test_two_names_and_an_agency_are_three() -> None:
    signed = read(f'<p class="byline">Par Jeanne Dupont et Paul Martin, AFP</p>{STORY}')
    assert signed.authors == ("Jeanne Dupont", "Paul Martin", "AFP")


def test_on_the_plain_path_a_headline_is_whole_whatever_stands_in_it() -> None:
    for headline in ("Hublot 8<br>Le film reprend la mer", "<div>Hublot 8 <br/>Le film reprend la mer</div>"):
        raw = f"<title>La mer</title><h1>{headline}</h1>{STORY}".encode()
        assert extract_plainly(PageToRead(raw, URL)).title == "Hublot 8 Le film reprend la mer"


@pytest.mark.parametrize("rest", ["<script>let x", "<!-- fin", "<style>", ""])
def test_on_the_plain_path_a_page_that_breaks_off_keeps_its_last_paragraph(rest: str) -> None:
    raw = f"<h1>La traversée</h1>{STORY}<p>Et voici que vint le film Hublot.{rest}".encode()
    assert "le film Hublot" in extract_plainly(PageToRead(raw, URL)).text


MENU = "Une entrée du menu qui est assez longue pour compter comme un paragraphe."


@pytest.mark.parametrize(
    "body",
    [
        f"{MENTION}<p>Lire : <a href='/a'>{MENU}</a></p>",
        f"</nav></aside>{MENTION}<nav><p>{MENU}</p></nav>",
        f"<script src='/a.js' />{MENTION}<aside><p>{MENU}</p></aside>",
        MENTION.replace("Voici", "Pour 3 < 5 spectateurs, voici"),
    ],
)
def test_on_the_plain_path_the_article_is_told_from_what_stands_around_it(body: str) -> None:
    text = extract_plainly(PageToRead(page_with(body).encode(), URL)).text
    assert re.sub("<.*?>", "", MENTION)[6:] in text
    assert MENU not in text
    assert ("3 < 5" in body) == ("3 < 5" in text)


def test_on_the_plain_path_a_page_that_is_a_form_is_read() -> None:
    assert "film Hublot" in extract_plainly(PageToRead(f"<form>{MENTION}</form>".encode(), URL)).text


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_on_the_plain_path_a_large_page_of_wide_characters_is_read_as_far_as_a_block_goes(
    mark: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain, "BLOCK_SIZE", 2000)
    page = page_with(MENTION + STORY)
    raw = mark + page.encode("utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be")
    text = extract_plainly(PageToRead(raw, URL)).text
    assert "film Hublot" in text
    assert "première nuit" not in text
    assert set(text) <= {*page, "\n"}


def test_what_a_page_claims_of_itself_has_bounds() -> None:
    names = [{"name": f"Jeanne {first}{second}"} for first in "ABCDE" for second in "abcdefghij"]
    assert by(*names).authors == tuple(each["name"] for each in names[:20])
    far = f'<link rel="canonical" href="/{"x" * 3000}">'
    assert read(STORY, far).canonical is None


@pytest.mark.parametrize(
    ("written", "told", "language"),
    [
        ("fr-FR", "en", "fr-FR"),
        ("Français de France, par défaut", "fr", "fr"),
        ("", "French (Standard), France", None),
    ],
)
def test_a_language_is_a_tag_or_none(written: str, told: str, language: str | None) -> None:
    linked = json.dumps({"@type": "NewsArticle", "headline": "La traversée", "inLanguage": told})
    head = f'<script type="application/ld+json">{linked}</script>'
    raw = page_with(STORY, head).replace('lang="fr"', f'lang="{written}"').encode()
    assert extract(PageToRead(raw, URL)).language == language
