"""Saved pages: HOST/PATH below a folder, read instead of the network."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.saved import SavedPage, file_of, find_saved, is_host, saved_pages
from tests.support.http_server import Site
from tests.support.press import article, feed_of
from tests.support.rounds import Ended, Stored, outlet, run


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://journal.example/actu/12.html", "journal.example/actu/12.html"),
        ("https://journal.example/", "journal.example/index.html"),
        ("https://journal.example", "journal.example/index.html"),
        ("https://journal.example/actu/", "journal.example/actu/index.html"),
        ("https://journal.example/article?id=1&p=2", "journal.example/article?id=1&p=2"),
        ("https://journal.example/?s=hublot", "journal.example/index.html?s=hublot"),
        ("https://journal.example:443/a", "journal.example/a"),
        ("http://journal.example:8080/a", "journal.example:8080/a"),
        ("https://journal.example/%C3%A9t%C3%A9", "journal.example/été"),
        ("https://journal.example/../../etc/passwd", "journal.example/etc/passwd"),
        ("https://journal.example/%2e%2e/%2e%2e/a", "journal.example/a"),
        ("https://journal.example/a%2F..%2Fb", "journal.example/a/b"),
        ("https://journal.example/a%00b", "journal.example/a_b"),
        ("https://journal.example/a?b=/../../c", "journal.example/a?b=_.._.._c"),
    ],
)
def test_a_page_is_saved_where_its_address_says_and_never_outside_the_folder(
    url: str, place: str, tmp_path: Path
) -> None:
    assert file_of(tmp_path, url) == tmp_path / place


def test_a_long_address_still_makes_a_file(tmp_path: Path) -> None:
    file = file_of(tmp_path, "https://journal.example/" + "é" * 500 + "?" + "q" * 500)
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x")


@pytest.mark.parametrize("saved_as", ["a", "a.html", "a/index.html"])
def test_a_saved_page_is_found_with_or_without_its_ending(saved_as: str, tmp_path: Path) -> None:
    file = tmp_path / "journal.example" / saved_as
    file.parent.mkdir(parents=True)
    file.write_text("x")
    assert find_saved(tmp_path, "https://journal.example/a") == file
    assert find_saved(tmp_path, "https://journal.example/b") is None


@pytest.mark.parametrize("name", ["journal.example", "www.journal.example", "localhost", "127.0.0.1:8000"])
def test_a_folder_may_be_a_host(name: str) -> None:
    assert is_host(name)


@pytest.mark.parametrize("name", ["actu", "2024", "a b.example", ".hidden", "page.1"])
def test_a_folder_may_be_none(name: str) -> None:
    assert not is_host(name)


def test_a_folder_of_saved_pages_gives_its_pages_with_their_addresses(tmp_path: Path) -> None:
    page = article("x")
    for place in ("journal.example/actu/12.html", "journal.example/sans-fin", "autre.example/index.html", "seule.html"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(page)
    for place in ("journal.example/robots.txt", "journal.example/rss.xml", "journal.example/note", "outlets.toml"):
        (tmp_path / place).write_text("x")
    assert [found.url for found in saved_pages(tmp_path)] == [
        "https://autre.example/index.html",
        "https://journal.example/actu/12.html",
        "https://journal.example/sans-fin",
        "seule.html",
    ]
    assert [found.host for found in saved_pages(tmp_path / "journal.example")] == ["journal.example"] * 2


def test_a_single_file_is_a_page_whatever_its_name(tmp_path: Path) -> None:
    file = tmp_path / "page.txt"
    file.write_text("x")
    assert list(saved_pages(file)) == [SavedPage(file, None, "page.txt")]


@pytest.fixture(scope="module")
def canary() -> Iterator[Site]:
    with Site.open() as site:
        yield site


@pytest.fixture(scope="module")
def replayed(canary: Site, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, Stored]:
    """A round over a folder with the pages of a site that would answer, were it asked."""
    folder = tmp_path_factory.mktemp("pages")
    stored = Stored.in_folder(tmp_path_factory.mktemp("saved"))
    host = folder / canary.domain
    (host / "interdit").mkdir(parents=True)
    (host / "rss.xml").write_text(feed_of(canary, "/film", "/perdue", "/interdit/1"))
    (host / "film.html").write_text(article("Hublot"))
    (host / "interdit" / "1").write_text(article("Hublot"))
    (host / "robots.txt").write_text("User-agent: *\nDisallow: /interdit/")
    return run(stored.job([outlet("site", canary, feeds=["/rss.xml"])], saved=str(folder))), stored


def test_saved_pages_are_judged_without_touching_the_network(canary: Site, replayed: tuple[Ended, Stored]) -> None:
    ended, stored = replayed
    assert canary.requests == []
    assert ended.report.outcome == "done"
    assert stored.states()[canary.url("/film")] == "mention"


def test_what_is_not_saved_does_not_exist(canary: Site, replayed: tuple[Ended, Stored]) -> None:
    assert replayed[1].states()[canary.url("/perdue")] == "gone"


def test_a_saved_robots_txt_is_obeyed(canary: Site, replayed: tuple[Ended, Stored]) -> None:
    assert replayed[1].pages()[canary.url("/interdit/1")]["error"] == "robots.txt disallows this address"
