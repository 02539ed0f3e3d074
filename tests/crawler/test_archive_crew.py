"""Several processes sift an archive with the result of one."""

import random
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import pytest

from crawler.archives.crew import LONGEST_STRETCH, SHORTEST_STRETCH, Sift, crew, stretch_length
from crawler.archives.records import ArchivedPage
from crawler.archives.sifting import MOST_BEHIND, Extraction, Sieve, SiftedPage, Sifting, Stretch
from crawler.errors import UnreadableArchive, UnreadablePage
from crawler.extraction.extractor import Extractor
from crawler.extraction.order import PageToRead, Reading
from tests.support.archives import Answer, page, write_warc
from tests.support.press import ABOUT_THE_FILM
from tests.support.rounds import HUBLOT

STRETCH = 20_000
PAGES = 30


@pytest.fixture(scope="module", params=[".warc.gz", ".warc"])
def archive(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages of which every fifth names the film, one that holds records forged by its author, and one longer than a
    stretch."""
    folder = tmp_path_factory.mktemp("archive")
    compressed = request.param == ".warc.gz"
    forged = folder / "forged.warc.gz"
    write_warc(forged, [page(f"https://forged.example/{n}", "faux") for n in range(150)], compressed=compressed)
    noise = random.Random(8).randbytes(STRETCH)
    hostile = Answer("https://journal.example/hostile", noise + b"\n" + forged.read_bytes())
    long = Answer("https://journal.example/long", b"<html>" + noise * 5)
    pages = [page(f"https://journal.example/{n}", text_of(n)) for n in range(PAGES)]
    file = folder / f"archive{request.param}"
    write_warc(file, [*pages[:10], hostile, *pages[10:20], long, *pages[20:]], compressed=compressed)
    return file


def text_of(number: int) -> str:
    words = " ".join(f"mot{number}x{each}" for each in range(1500))
    return f"<h1>Hublot {number}</h1><p>{ABOUT_THE_FILM}</p>" if number % 5 == 0 else words


@pytest.fixture(scope="module")
def two() -> Iterator[Sift]:
    with crew((HUBLOT,), (), 2, STRETCH) as sift:
        yield sift


def sifted(sift: Sift, *files: tuple[Path, int]) -> list[SiftedPage]:
    return [each for stretch in sift(files) for each in stretch.pages]


def test_two_processes_find_what_one_finds_and_no_forged_record(archive: Path, two: Sift) -> None:
    with crew((HUBLOT,), (), 1, 10**9) as whole, crew((HUBLOT,), (), 1, STRETCH) as one:
        expected = sifted(whole, (archive, 0))
        assert sifted(one, (archive, 0)) == expected
    assert sifted(two, (archive, 0)) == expected
    assert [each.url.rpartition("/")[2] for each in expected if each.article] == ["0", "5", "10", "15", "20", "25"]
    assert len(expected) == PAGES + 2
    assert not [each.url for each in expected if "forged" in each.url]


def test_several_archives_come_in_their_order_each_from_its_place(archive: Path, two: Sift) -> None:
    [*_, tenth, _, _] = sifted(two, (archive, 0))[:12]
    both = sifted(two, (archive, tenth.offset), (archive, 0))
    assert both == [*sifted(two, (archive, tenth.offset)), *sifted(two, (archive, 0))]
    assert both[0] == tenth


def test_a_small_archive_is_read_in_parts_too_and_a_large_one_in_large_parts(tmp_path: Path) -> None:
    noise = random.Random(8).randbytes(SHORTEST_STRETCH)
    write_warc(tmp_path / "a.warc", [Answer(f"https://journal.example/{n}", b"<html>" + noise) for n in range(5)])
    with crew((HUBLOT,), (), 1) as sift:
        assert [len(stretch.pages) for stretch in sift([(tmp_path / "a.warc", 0)])] == [1, 1, 1, 1, 1]
    assert stretch_length(64 * SHORTEST_STRETCH, 2) == 4 * SHORTEST_STRETCH, "each of two has its parts of it"
    assert stretch_length(10**9, 8) == LONGEST_STRETCH


def test_a_page_at_no_address_is_unreadable_and_the_next_is_read(tmp_path: Path) -> None:
    wrong = ("http://[", "http://[x]/1", "urn:uuid:1", "https://journal.example:99999/1", "https:///1")
    pages = [page(url, text) for url in (*wrong, "https://journal.example/1") for text in (text_of(0), text_of(1))]
    write_warc(tmp_path / "a.warc.gz", pages)
    with crew((HUBLOT,), (), 1) as sift:
        found = sifted(sift, (tmp_path / "a.warc.gz", 0))
    assert [each.error for each in found] == ["this is no address of a page", ""] * len(wrong) + ["", ""]
    assert [each.url for each in found if each.article] == ["https://journal.example/1"]


def test_each_stretch_says_where_the_next_begins(archive: Path, two: Sift) -> None:
    stretches = list(two([(archive, 0)]))
    starts = [each.pages[0].offset for each in stretches if each.pages]
    assert len(starts) > 3
    assert [each.following for each in stretches if each.pages] == [*starts[1:], None]


def test_an_archive_is_sifted_to_its_end_before_the_next_is_found_to_be_none(two: Sift, tmp_path: Path) -> None:
    file, none = tmp_path / "archive.warc.gz", tmp_path / "none.warc.gz"
    write_warc(file, [page(f"https://journal.example/{n}", text_of(1)) for n in range(3)])
    none.write_bytes(b"<html>")
    with crew((HUBLOT,), (), 1, STRETCH) as one:
        for sift in (one, two):
            stretches = sift([(file, 0), (none, 0)])
            assert len(next(stretches).pages) == 3
            with pytest.raises(UnreadableArchive, match=r"none\.warc\.gz: this is no web archive"):
                next(stretches)


def test_a_process_alone_sifts_several_stretches_at_once(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both = Barrier(2)
    sift = Sieve.sift

    def met(sieve: Sieve, stretch: Stretch) -> Sifting:
        if stretch.start < 2 * STRETCH:
            both.wait(60)
        return sift(sieve, stretch)

    monkeypatch.setattr(Sieve, "sift", met)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})
    with crew((HUBLOT,), (), 1, STRETCH) as one:
        assert len(sifted(one, (archive, 0))) == PAGES + 2


def test_who_leaves_waits_for_the_page_in_hand_and_for_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    read, begun, reading, let_go = list[str](), list["Future[SiftedPage]"](), Event(), Event()

    def slowly(_: Extractor, order: PageToRead) -> Reading:
        read.append(order.url)
        reading.set()
        let_go.wait(60)
        raise UnreadablePage("enough")

    monkeypatch.setattr(Extractor, "read", slowly)
    extraction = Extraction(())
    pages = [ArchivedPage(n, f"https://journal.example/{n}", None, "text/html", b"") for n in range(3 * MOST_BEHIND)]
    with ThreadPoolExecutor(2) as threads:
        sieve = threads.submit(lambda: begun.extend(extraction.begin(each, None) for each in pages))
        assert reading.wait(60)
        leaving = threads.submit(extraction.close)
        with pytest.raises(RuntimeError):  # it waited for a place, and finds that there is none any more
            sieve.result(60)
        let_go.set()
        leaving.result(60)
    assert read == [pages[0].url]
