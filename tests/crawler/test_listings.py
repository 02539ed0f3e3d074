"""Which links of a listing page lead to articles."""

import pytest

from crawler.errors import UnreadableSource
from crawler.reading.links import LONGEST_TITLE, MOST_LINKS
from crawler.reading.listings import read_listing
from tests.support.press import listing

URL = "https://www.journal.example/culture/"


def urls(*links: str, pattern: str | None = None) -> list[str]:
    page = listing((link, "Un titre") for link in links)
    return [link.url.removeprefix("https://www.journal.example") for link in read_listing(page.encode(), URL, pattern)]


def test_a_pattern_decides_alone() -> None:
    links = ("/actu/12", "/actu/12-suite", "/un-titre-de-cinq-mots", "https://ailleurs.example/actu/3")
    assert urls(*links, pattern=r"/actu/\d+$") == ["/actu/12", "https://ailleurs.example/actu/3"]


@pytest.mark.parametrize(
    "link",
    [
        "/cinema/un-titre-de-cinq-mots",
        "/2024/03/un_titre_de_cinq_mots.html",
        "/article482910",
        "article/482910/",
        "https://m.journal.example/un-titre-de-cinq-mots",
    ],
)
def test_without_a_pattern_a_slug_or_a_long_number_makes_an_article(link: str) -> None:
    assert len(urls(link)) == 1


@pytest.mark.parametrize(
    "link",
    [
        "/contact",
        "/mentions-legales",
        "/cinema/",
        "/page/12",
        "https://ailleurs.example/un-titre-de-cinq-mots",
        "#un-titre-de-cinq-mots",
        "mailto:un-titre-de-cinq-mots@journal.example",
        "javascript:un-titre-de-cinq-mots()",
        "data:text/html,un-titre-de-cinq-mots",
        "ftp://www.journal.example/un-titre-de-cinq-mots",
        "http://[un-titre-de-cinq-mots",
        "/culture/?utm_source=un-titre-de-cinq-mots",
        "",
    ],
)
def test_without_a_pattern_everything_else_makes_none(link: str) -> None:
    assert urls(link) == []


def test_an_article_linked_several_times_counts_once_with_its_longest_text() -> None:
    page = listing(
        [("/actu/1", ""), ("/actu/2", "B"), ("/actu/1#avis", "Tout le titre"), ("/actu/1?utm_source=x", "T")]
    )
    links = read_listing(page.encode(), URL, "/actu/")
    assert [link.title for link in links] == ["Tout le titre", "B"]


def test_the_lines_of_a_link_are_parted() -> None:
    page = '<a href="/actu/1"><h3>Hublot 8</h3><p>Un film</p></a>'
    assert [link.title for link in read_listing(page.encode(), URL, "/actu/")] == ["Hublot 8 Un film"]


def test_only_links_to_other_pages_of_the_web_count() -> None:
    links = ("#haut", "javascript:ouvrir()", "mailto:qui@journal.example", "data:text/html,x", "/actu/1")
    assert urls(*links, pattern=r"/(?:actu|culture)/") == ["/actu/1"]


def test_a_title_has_a_limit() -> None:
    (link,) = read_listing(listing([("/actu/1", "Un titre " * 100)]).encode(), URL, "/actu/")
    assert len(link.title) == LONGEST_TITLE


def test_a_listing_has_a_limit() -> None:
    assert len(urls(*(f"/actu/{number}" for number in range(MOST_LINKS + 10)), pattern="/actu/")) == MOST_LINKS


@pytest.mark.parametrize("body", [b"", b"   ", b"\x00\x00"])
def test_an_empty_page_is_no_listing(body: bytes) -> None:
    with pytest.raises(UnreadableSource, match="the listing cannot be read: the page is empty"):
        read_listing(body, URL, None)


def test_a_page_that_is_too_much_is_no_listing() -> None:
    with pytest.raises(UnreadableSource, match="the listing cannot be read: it has more than 30000 elements"):
        read_listing(b"<br>" * 60_001, URL, None)


def test_the_charset_of_the_header_counts() -> None:
    page = listing([("/actu/1", "Un été")]).encode("cp1252")
    (link,) = read_listing(page, URL, "/actu/", "text/html; charset=iso-8859-1")
    assert link.title == "Un été"
