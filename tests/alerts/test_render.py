"""The mail that a digest becomes: harmless, complete, small enough, and as it was last looked at."""

import re
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser
from io import BytesIO
from itertools import pairwise, product
from pathlib import Path

import lxml.html
import pytest
from PIL import Image

from alerts.foreign import clean
from alerts.message import build_message
from alerts.model import Day, Digest, NearMiss, Objection, Reader, Reason, Rendered, Sender, Trouble, Week
from alerts.render import render
from tests.alerts.builders import (
    ENGLISH,
    FRENCH,
    SLOT,
    UNSUBSCRIBE,
    article,
    at,
    changes,
    copied,
    digest,
    passage,
    rich,
    watch,
)
from tests.alerts.hostile import ADDRESSES, PAYLOADS
from tests.alerts.mails import FOLDER, GOLDEN, READERS, Golden, many, week


class Page(HTMLParser):
    """The elements of a page, as a browser reads them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    @property
    def links(self) -> list[str]:
        return [value for name, value in self.attributes if name == "href"]


def mail(told: Digest, reader: Reader = FRENCH) -> Rendered:
    return render(told, reader, unsubscribe=UNSUBSCRIBE)


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.language)
@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.name)
def test_the_mail_is_as_it_was_last_looked_at(golden: Golden, reader: Reader) -> None:
    """Written anew by `make mails`; look at them, and at `make screenshots`, before you commit them."""
    made, stem = golden.render(reader), FOLDER / f"{golden.name}-{reader.language}"
    assert made.html == stem.with_suffix(".html").read_text("utf-8")
    assert f"{made.subject}\n\n{made.text}" == stem.with_suffix(".txt").read_text("utf-8")
    for picture in made.pictures:
        with Image.open(BytesIO(picture.png)) as drawn, Image.open(stem.with_suffix(".png")) as seen:
            assert drawn.convert("RGB").tobytes() == seen.convert("RGB").tobytes()


def test_the_subject_says_how_many_stories_and_the_first_headline() -> None:
    told = digest(article(1, title="Netflix : la suite en tête"), article(2), article(3), copied(4, 1))
    assert mail(told).subject == "Code 8\u00a0: 3\u00a0actualités – Netflix : la suite en tête"
    assert mail(told, ENGLISH).subject == "Code 8: 3 stories – Netflix : la suite en tête"


def test_the_subject_is_one_line_of_at_most_120_characters() -> None:
    subject = mail(digest(article(1, title="\u202eUn titre\r\nBcc: tous@ailleurs.example " * 20))).subject
    assert len(subject) <= 120
    assert not set(subject) & set("\r\n\u202e")
    assert subject.startswith("Code 8\u00a0: 1\u00a0actualité – Un titre Bcc:")


def test_without_news_the_subject_says_so() -> None:
    assert mail(digest()).subject == "Code 8\u00a0: rien de nouveau"
    told = mail(digest(changes=changes()[:1])).subject
    assert told == "Code 8\u00a0: 1\u00a0article a changé – Code 8 : le tournage sous la neige est fini"
    assert mail(digest(copied(1, 9), copied(2, 9))).subject == "Code 8\u00a0: 2\u00a0reprises"


def test_an_article_that_changed_twice_is_one_that_changed() -> None:
    retitled, corrected, gone = changes()[:3]
    made = mail(digest(changes=[retitled, corrected]))
    assert made.subject.startswith("Code 8\u00a0: 1\u00a0article a changé – ")
    for part in (Page(made.html).text, made.text):
        assert "Un article signalé a changé" in part
    made = mail(digest(changes=[retitled, corrected, replace(gone, article_id=91)]))
    assert made.subject.startswith("Code 8\u00a0: 2\u00a0articles ont changé – ")
    for part in (Page(made.html).text, made.text):
        assert "Des articles signalés ont changé" in part


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_is_shown_and_does_nothing(payload: str) -> None:
    fields = {"title": payload, "outlet": payload, "authors": (payload,), "added": (payload,), "novelty": 0.5}
    told = digest(
        article(1, passages=(passage(f"{payload} Code 8 {payload}"),), **fields),
        copied(2, 1, outlet=payload),
        copied(3, 90, outlet=payload),
        originals={90: article(90, title=payload)},
        changes=[replace(each, title=payload, before=payload, after=payload, outlet=payload) for each in changes()[:1]],
        watch=watch(
            failed=(Trouble(payload, Reason("http", 500)),),
            near_misses=(NearMiss(payload, payload, payload, (Objection("lower case", payload),)),),
        ),
    )
    made = mail(replace(told, week=Week((Day(SLOT.date(), 1, 0),), ((payload, 1),))))
    page, plain = Page(made.html), Page(mail(week()).html)
    assert set(page.tags) <= set(plain.tags)
    assert {name for name, _ in page.attributes} <= {name for name, _ in plain.attributes}
    assert {link for link in page.links if not link.startswith("https://")} == {UNSUBSCRIBE}
    assert not lxml.html.fromstring(made.html).xpath("//script | //@onerror | //@onload | //@onmouseover")
    shown = " ".join(clean(payload).split())[:60].strip()
    assert page.text.count(shown) >= 9
    assert shown in " ".join(made.text.split()) or len(payload) > 200
    assert not set(made.subject + made.html + made.text) & set("\x00\x1b\x85\u061c\u202e\u2066\ufeff\uffff\r")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_makes_no_header_and_no_part(payload: str) -> None:
    made = mail(digest(article(1, title=payload)))
    mime = build_message(
        made,
        sender=Sender("v@fil.example", UNSUBSCRIBE),
        recipient=FRENCH.email,
        message_id="<1@fil.example>",
        date=SLOT,
        language="fr",
    )
    message = message_from_bytes(mime, policy=default)
    assert "Bcc" not in message
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert max(map(len, mime.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("url", ADDRESSES)
def test_an_address_that_is_not_of_the_web_is_text_and_no_link(url: str) -> None:
    made = mail(digest(article(1, url=url), copied(2, 1, url=url)))
    assert Page(made.html).links == [UNSUBSCRIBE]


def test_invisible_characters_of_an_article_are_in_no_part() -> None:
    spoilt = "Titre\u202e inver\u0000sé\r\n\u2066suite"
    made = mail(digest(article(1, title=spoilt, outlet=spoilt, passages=(passage(f"{spoilt} Code 8"),))))
    assert not set(made.subject + made.html + made.text) & set("\u202e\u2066\x00\r")


def test_the_page_fetches_nothing_and_runs_nothing() -> None:
    made = mail(week())
    page = Page(made.html)
    assert not {"script", "link", "iframe", "form", "object", "video"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in {"background", "srcset"}]
    assert [value for name, value in page.attributes if name == "src"] == [f"cid:{made.pictures[0].content_id}"]
    assert "url(" not in made.html
    assert "@import" not in made.html
    assert page.tags.count("style") == 1


def test_the_page_is_laid_out_by_tables_that_are_not_read_out_as_tables() -> None:
    html = mail(rich()).html
    assert all('role="presentation"' in table for table in re.findall("<table[^>]*>", html))
    assert '<html lang="fr"' in html
    assert html.index('<meta charset="utf-8">') < 200
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "prefers-color-scheme" in html


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.name)
def test_a_screen_reader_can_go_by_headings_language_and_alternative_texts(golden: Golden) -> None:
    root = lxml.html.fromstring(golden.render(FRENCH).html)
    headings = list(root.iter("h1", "h2", "h3", "h4"))
    levels = [int(each.tag[1]) for each in headings]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert root.get("lang") == "fr"
    assert all(each.get("alt") for each in root.iter("img"))
    assert all(each.get("role") == "presentation" for each in root.iter("table"))
    assert all("".join(map(str, each.itertext())).strip() for each in [*headings, *root.iter("a")])


def test_the_picture_is_told_in_words_in_both_parts() -> None:
    made = mail(week())
    (alt,) = [value for name, value in Page(made.html).attributes if name == "alt"]
    flat = " ".join(made.text.split())
    for shown in ("mardi 27 février, 15", "dimanche 25 février, 0", "Le Clap Quotidien, 11"):
        assert shown in alt
    assert re.search(r"mardi 27 février +9 +6\n", made.text)
    assert "Œil d’août 2" in flat


def test_the_mention_is_marked_in_both_parts() -> None:
    made = mail(digest(article(1, passages=(passage("On revoit Code 8 avec plaisir."),))))
    assert re.search(r"On revoit <mark [^>]*><b>Code 8</b></mark> avec plaisir", made.html)
    assert "On revoit *Code 8* avec plaisir" in made.text


def test_a_mention_is_on_one_line_of_the_text() -> None:
    for length in range(55, 75):
        made = mail(digest(article(1, passages=(passage(f"{'m' * length} Code 8 revient."),))))
        assert "*Code 8*" in made.text


def test_every_article_and_copy_can_be_reached_from_both_parts() -> None:
    told, made = rich(), mail(rich())
    links = Page(made.html).links
    entries = [entry for story in told.stories for entry in story.entries]
    rows = [*(entry.copies for entry in entries), *(group.copies for group in told.copies)]
    found = [*(entry.url for entry in entries), *(copy.url for row in rows for copy in row)]
    for url in [*found, *(missed.url for missed in told.watch.near_misses)]:
        assert url in links
        assert url in made.text.split()


def test_the_foot_proves_the_watch_and_says_how_to_leave() -> None:
    for content in (mail(rich()).text, Page(mail(rich()).html).text):
        flat = re.sub(r"\s+", " ", content)
        for said in (
            "97 / 100",
            "1 284",
            "HTTP 503",
            "Le Strapontin",
            "un mot courant précède : « case code 8 »",
            "Se désabonner",
        ):
            assert said in flat
    assert UNSUBSCRIBE in Page(mail(rich()).html).links


def test_lines_of_the_text_keep_to_76_characters_unless_an_address_is_longer() -> None:
    long = "https://clap.example/" + "chemin-" * 30
    made = mail(
        digest(article(1, url=long, title="Un titre sans fin " * 9), watch=watch(near_misses=rich().watch.near_misses))
    )
    assert long in made.text.splitlines()
    assert [line for line in made.text.splitlines() if len(line) > 76] == [long]


@pytest.mark.parametrize("count", [1, 20, 80, 400])
def test_however_many_stories_the_page_stays_below_what_gmail_shows(count: int) -> None:
    made = mail(digest(*many(count)))
    assert len(made.html.encode()) <= 102_000
    assert all(f"Sujet numéro {number} " in made.text for number in range(count))
    shown = len(re.findall(r"<(?:h2|p)[^>]*><a [^>]*>Sujet numéro", made.html))
    unnamed = re.search(r"Et (\d+)\W*autres? actualités? encore", Page(made.html).text)
    assert shown + (int(unnamed[1]) if unnamed else 0) == count


def test_endless_addresses_and_rows_do_not_make_the_page_too_large() -> None:
    endless = "https://clap.example/" + "chemin/" * 280
    rows = [copied(number, 1 + number % 40, url=endless) for number in range(500, 900)]
    tried = watch(failed=rich().watch.failed * 40, near_misses=rich().watch.near_misses * 20)
    told = digest(*(article(number, url=endless) for number in range(1, 20)), *rows, watch=tried)
    assert len(mail(told).html.encode()) <= 102_000


def test_a_long_row_of_copies_is_counted_and_not_cut() -> None:
    made = mail(digest(article(1), *(copied(number, 1, published=at(2)) for number in range(2, 32))))
    assert "18 autres médias" in Page(made.html).text
    assert made.text.count("https://") == 31


def test_every_text_colour_can_be_read_on_every_ground() -> None:
    """Contrast of at least 4.5, as WCAG 2.2 asks at level AA (1.4.3)."""
    css = (Path(__file__).parents[2] / "alerts" / "templates" / "digest.css").read_text("utf-8")
    for mode in css.split("@media (prefers-color-scheme: dark)"):
        colours = dict(re.findall(r"\.(\w+) \{ (?:background-)?color: (#\w{6})", mode))
        (mark,) = re.findall(r"\.hit \{ background-color: (#\w{6})[^;]*; color: (#\w{6})", mode)
        pairs = [*product((colours["ink"], colours["soft"], colours["lit"]), (colours["page"], colours["card"])), mark]
        assert [pair for pair in pairs if contrast(*pair) < 4.5] == []


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_digest_is_rendered_without_being_changed() -> None:
    told = rich()
    mail(told)
    assert told == replace(told) == rich()


@pytest.mark.parametrize("counts_copies", [False, True])
def test_what_a_copy_adds_is_told_and_not_headed_as_nothing_new(counts_copies: bool) -> None:
    added = "Une seconde séance est ajoutée."
    copy = copied(2, 1, outlet="ecume", novelty=0.22, added=(added,))
    reader = replace(FRENCH, counts_copies=counts_copies)
    for told in (digest(copy, originals={1: article(1, published=at(60))}), digest(article(1), copy)):
        made = mail(told, reader)
        for part in (Page(made.html).text, made.text):
            assert re.search(rf"Ce qu’apporte la reprise de\s+Écume.*{added}", part, re.DOTALL)
            assert "sans nouveauté" not in part
        assert copy.url in made.text


def test_what_follows_in_a_story_is_counted_from_one_and_no_line_begins_with_a_mark() -> None:
    title = "Un titre qui dure : " * 9
    text = mail(digest(article(1, title=title), *(article(each, story_id=1) for each in (2, 3)))).text
    assert re.findall(r"^1\.\S* ", text, re.MULTILINE) == ["1. ", "1.1 ", "1.2 "]
    assert [line for line in text.splitlines() if line.lstrip().startswith(":")] == []


def test_guillemets_of_an_earlier_headline_nest() -> None:
    made = mail(digest(changes=[replace(changes()[0], before="« Code 8 » de retour")]))
    for part in (Page(made.html).text, " ".join(made.text.split())):
        assert re.search(r"auparavant «\s“Code 8” de retour\s»", part)
