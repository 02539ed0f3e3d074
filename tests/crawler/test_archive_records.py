"""Reading web archives: which of their records are pages, what their bytes are, and what damage leaves."""

import gzip
import random
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
from fastwarc.stream_io import ZstdWriter

from crawler.archives.payload import LARGEST_PAGE
from crawler.archives.records import LONGEST_HEAD, ArchiveReader, page_at
from crawler.errors import UnreadableArchive
from tests.support.archives import HTML, Answer, page, write_warc
from tests.support.hostile import PACKERS

BODY = "<html><body>Élégie du Code 8</body></html>".encode()


def address(number: int) -> str:
    return f"https://journal.example/{number}"


SIX = [page(address(number), "".join(f"mot{number}x{each} " for each in range(2000))) for number in range(6)]


def read(file: Path, start: int = 0, end: int | None = None) -> tuple[list[str], dict[str, int]]:
    """The last words of the pages' addresses, and what else was there."""
    reader = ArchiveReader(file, start, end)
    return [each.url.rpartition("/")[2] for each in reader.pages()], dict(reader.counts)


@pytest.fixture(params=[".warc.gz", ".warc"])
def six(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, list[int]]:
    """An archive of six pages, numbered from 0, and where they begin."""
    file = tmp_path / f"six{request.param}"
    return file, write_warc(file, SIX, compressed=request.param == ".warc.gz")


def test_only_pages_with_status_200_and_a_type_of_html_are_read(tmp_path: Path) -> None:
    file = tmp_path / "a.warc.gz"
    answers = [
        Answer("https://journal.example/page", BODY, {"Content-Type": "Text/HTML; charset=utf-8"}),
        Answer("https://journal.example/gone", BODY, HTML, "404 Not Found"),
        Answer("https://journal.example/moved", BODY, HTML, "301 Moved Permanently"),
        Answer("https://journal.example/image", BODY, {"Content-Type": "image/png"}),
        Answer("https://journal.example/untold", BODY, {}),
        Answer("https://journal.example/asked", b"", {}, "GET / HTTP/1.1", "request"),
        Answer("https://journal.example/again", BODY, HTML, kind="revisit"),
        Answer("https://journal.example/last", BODY, {"Content-Type": "application/xhtml+xml"}),
    ]
    write_warc(file, answers)
    assert read(file) == (["page", "last"], {"other records": 6})


ODD_BLOCKS: dict[str, tuple[bytes, bytes | None]] = {
    "lines end without a carriage return": (
        b"HTTP/1.1 200 OK\nContent-Type: text/html\n\n<p>a</p>\r\n\r\n<p>b</p>",
        b"<p>a</p>\r\n\r\n<p>b</p>",
    ),
    "empty lines in the page": (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>a</p>\n\n<p>b</p>\r\n\r\n",
        b"<p>a</p>\n\n<p>b</p>\r\n\r\n",
    ),
    "one kind of line, then the other": (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\n\r\n<p>a</p>\r\n\r\nb",
        b"<p>a</p>\r\n\r\nb",
    ),
    "a folded header": (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html;\r\n charset=utf-8\r\n\r\n<p>a</p>",
        b"<p>a</p>",
    ),
    "no header": (b"HTTP/1.1 200 OK\r\n\r\n<p>a</p>", None),
    "an empty page": (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", b""),
    "a head without an end": (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n", b""),
    "no head": (b"<p>a</p>\r\n\r\n<p>b</p>", None),
}


@pytest.mark.parametrize(("block", "body"), ODD_BLOCKS.values(), ids=ODD_BLOCKS)
def test_a_member_for_each_record_and_a_plain_file_give_the_same_pages(
    block: bytes, body: bytes | None, tmp_path: Path
) -> None:
    """FastWARC reads the plain file itself; of a member it is given the heads only."""
    record = b"".join([
        b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: https://journal.example/1\r\n",
        b"WARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2024-02-29T10:00:00Z\r\n",
        b"Content-Type: application/http;msgtype=response\r\nContent-Length: %d\r\n\r\n" % len(block),
        block,
        b"\r\n\r\n",
    ])  # fmt: skip
    plain, zipped = tmp_path / "a.warc", tmp_path / "a.warc.gz"
    plain.write_bytes(record * 2)
    zipped.write_bytes(gzip.compress(record) * 2)
    found = []
    for file in (plain, zipped):
        reader = ArchiveReader(file)
        found.append(([(each.url, each.body, each.content_type) for each in reader.pages()], reader.counts))
    assert found[0] == found[1]
    assert [read for _, read, _ in found[0][0]] == ([] if body is None else [body] * 2)


def chunked(raw: bytes) -> bytes:
    return b"5;x=1\r\n" + raw[:5] + b"\r\n" + b"%x\r\n" % len(raw[5:]) + raw[5:] + b"\r\n0\r\n\r\n"


ENCODED: dict[str, tuple[dict[str, str], bytes]] = {
    "plain": ({}, BODY),
    "chunked": ({"Transfer-Encoding": "chunked"}, chunked(BODY)),
    "gzip": ({"Content-Encoding": "gzip"}, gzip.compress(BODY)),
    "brotli": ({"Content-Encoding": "br"}, brotli.compress(BODY)),
    "deflate": ({"Content-Encoding": "deflate"}, zlib.compress(BODY)),
    "deflate without a head": ({"Content-Encoding": "deflate"}, zlib.compress(BODY)[2:-4]),
    "twice": ({"Content-Encoding": "deflate, gzip"}, gzip.compress(zlib.compress(BODY))),
    "both": ({"Transfer-Encoding": "chunked", "Content-Encoding": "gzip"}, chunked(gzip.compress(BODY))),
    "chunks joined already": ({"Transfer-Encoding": "chunked"}, BODY),
    "gzip undone already": ({"Content-Encoding": "gzip"}, BODY),
    "brotli undone already": ({"Content-Encoding": "br"}, BODY),
    "unheard of": ({"Content-Encoding": "unheard-of"}, BODY),
}


@pytest.mark.parametrize(("headers", "encoded"), ENCODED.values(), ids=ENCODED)
def test_encodings_are_undone_where_the_bytes_have_them(
    headers: dict[str, str], encoded: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "a.warc.gz"
    write_warc(file, [Answer("https://journal.example/1", encoded, HTML | headers)])
    [found] = ArchiveReader(file).pages()
    assert found.body == BODY


def test_a_bomb_is_left_out_and_counted(tmp_path: Path) -> None:
    file = tmp_path / "a.warc.gz"
    bomb = gzip.compress(bytes(LARGEST_PAGE * 5))
    endless = page(address(1), "x" * LARGEST_PAGE)
    write_warc(file, [Answer(address(0), bomb, HTML | {"Content-Encoding": "gzip"}), endless, page(address(2))])
    assert read(file) == (["2"], {"pages too large": 2})


@pytest.mark.parametrize("compressed", [True, False])
def test_a_film_is_no_damage_and_hides_no_page_behind_it(compressed: bool, tmp_path: Path) -> None:
    file = tmp_path / "a.warc"
    film = Answer(address(0), bytes(LARGEST_PAGE + 2 * LONGEST_HEAD), {"Content-Type": "video/mp4"})
    write_warc(file, [film, page(address(1))], compressed=compressed)
    assert read(file) == (["1"], {"other records": 1})


def test_the_charset_of_the_header_comes_along(tmp_path: Path) -> None:
    file = tmp_path / "a.warc.gz"
    write_warc(file, [Answer("https://journal.example/1", BODY, {"Content-Type": "text/html; charset=koi8-r"})])
    assert [each.content_type for each in ArchiveReader(file).pages()] == ["text/html; charset=koi8-r"]


def test_a_page_is_found_again_by_its_place(six: tuple[Path, list[int]]) -> None:
    file, offsets = six
    found = page_at(file, offsets[4], address(4))
    assert found is not None
    assert (found.url, found.offset) == (address(4), offsets[4])


def test_a_stretch_holds_the_records_that_begin_in_it(six: tuple[Path, list[int]]) -> None:
    file, offsets = six
    reader = ArchiveReader(file, offsets[1], offsets[3] + 1)
    assert [each.offset for each in reader.pages()] == offsets[1:4]
    assert reader.following == offsets[4]


def torn_in_a_page(whole: bytes, offsets: list[int]) -> bytes:
    return whole[: offsets[5] + 2500]


def torn_in_a_head(whole: bytes, offsets: list[int]) -> bytes:
    return whole[: offsets[5] + 12]


def cut_out(whole: bytes, offsets: list[int]) -> bytes:
    return whole[: offsets[2] + 1000] + whole[offsets[2] + 2000 :]


def head_overwritten(whole: bytes, offsets: list[int]) -> bytes:
    return whole[: offsets[2]] + bytes(40) + whole[offsets[2] + 40 :]


def junk_between(whole: bytes, offsets: list[int]) -> bytes:
    return whole[: offsets[2]] + b"junk\n" * 100 + whole[offsets[2] :]


@pytest.mark.parametrize(
    ("damage", "left"),
    [(torn_in_a_page, "01234"), (torn_in_a_head, "01234"), (head_overwritten, "01345"), (junk_between, "012345")],
)
def test_damage_costs_the_record_that_has_it_and_no_other(
    damage: Callable[[bytes, list[int]], bytes], left: str, six: tuple[Path, list[int]]
) -> None:
    file, offsets = six
    file.write_bytes(damage(file.read_bytes(), offsets))
    assert read(file) == (list(left), {"damaged records": 1})


def test_bytes_that_are_missing_cost_at_most_the_record_behind_them_too(six: tuple[Path, list[int]]) -> None:
    file, offsets = six
    file.write_bytes(cut_out(file.read_bytes(), offsets))
    found, counts = read(file)
    assert {"0", "1", "4", "5"} <= set(found)
    assert len(found) == 5
    assert counts == {"damaged records": 1}


@pytest.mark.parametrize("compressed", [True, False])
def test_a_record_that_a_page_holds_is_not_taken_for_one_when_the_next_is_damaged(
    compressed: bool, tmp_path: Path
) -> None:
    file, forged = tmp_path / "outer.warc.gz", tmp_path / "inner.warc.gz"
    write_warc(forged, [page("https://autre.example/forged")], compressed=compressed)
    offsets = write_warc(
        file, [holding(forged.read_bytes()), page(address(1)), page(address(2))], compressed=compressed
    )
    raw = file.read_bytes()
    assert forged.read_bytes() in raw
    file.write_bytes(raw[: offsets[1]] + bytes(30) + raw[offsets[1] + 30 :])
    assert read(file) == (["0", "2"], {"damaged records": 1})


def holding(record: bytes) -> Answer:
    """A page that holds a record's bytes, between bytes that no compression makes shorter: so that they stand there."""
    noise = random.Random(8).randbytes(40_000)
    return Answer(address(0), noise + b"\r\n" + record + noise)


def test_an_archive_in_one_gzip_stream_is_read_whole(six: tuple[Path, list[int]], tmp_path: Path) -> None:
    file, _ = six
    plain = file.read_bytes()
    whole = tmp_path / "whole.warc.gz"
    whole.write_bytes(gzip.compress(gzip.decompress(plain) if file.suffix == ".gz" else plain))
    assert read(whole, 0, 10) == (list("012345"), {})


def canonical(number: int) -> Answer:
    """A page at another address that says whose it is."""
    head = f'<html><head><link rel="canonical" href="{address(number)}"></head><body>Code 8</body></html>'
    return Answer(f"https://amp.journal.example/a{number}", head.encode())


@pytest.mark.parametrize("pack", [PACKERS["gzip"], PACKERS["zstd"]])
def test_of_records_that_share_a_member_the_page_is_the_one_at_its_address(
    pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    plain, shared = tmp_path / "plain.warc", tmp_path / "shared.warc.gz"
    offsets = write_warc(plain, [page(address(0)), page(address(1)), canonical(2), page(address(3))], compressed=False)
    raw = plain.read_bytes()
    shared.write_bytes(pack(raw[: offsets[1]]) + pack(raw[offsets[1] :]))
    places = [each.offset for each in ArchiveReader(shared).pages()]
    assert places[1:] == places[1:2] * 3
    found = [page_at(shared, place, address(number)) for number, place in enumerate(places)]
    assert [each and each.url for each in found] == [address(0), address(1), canonical(2).url, address(3)]
    assert page_at(shared, places[3], address(4)) is None
    alone = page_at(shared, 0, address(4))  # an article that moved, say
    assert alone is not None
    assert alone.url == address(0)


@pytest.fixture
def in_zstd(tmp_path: Path) -> Path:
    """The archive of six pages with a zstd frame a record."""
    plain, zst = tmp_path / "plain.warc", tmp_path / "six.warc.zst"
    offsets = write_warc(plain, SIX, compressed=False)
    raw = plain.read_bytes()
    with zst.open("wb") as opened:
        for start, end in zip(offsets, [*offsets[1:], len(raw)], strict=True):
            writer = ZstdWriter(opened)
            writer.write(raw[start:end])
            writer.finish()
            writer.flush()
    return zst


@pytest.mark.parametrize("place", [0, 1, 3])
def test_an_archive_whose_first_record_is_damaged_is_read_from_the_next(
    six: tuple[Path, list[int]], in_zstd: Path, place: int
) -> None:
    for file in (six[0], in_zstd):
        raw = bytearray(file.read_bytes())
        raw[place] ^= 0x5A
        file.write_bytes(raw)
        assert read(file) == (list("12345"), {"damaged records": 1})


def test_an_archive_in_zstd_is_read(in_zstd: Path) -> None:
    assert read(in_zstd) == (list("012345"), {})
    in_zstd.write_bytes(in_zstd.read_bytes()[:-100])
    assert read(in_zstd) == (list("01234"), {"damaged records": 1})


def test_an_empty_archive_holds_nothing_and_what_is_none_is_refused(tmp_path: Path) -> None:
    empty, other = tmp_path / "empty.warc.gz", tmp_path / "other.warc.gz"
    empty.write_bytes(b"")
    assert read(empty) == ([], {})
    for content in (b"<html>WARC/1.0", gzip.compress(b"<html>")):
        other.write_bytes(content)
        with pytest.raises(UnreadableArchive, match=r"other\.warc\.gz: this is no web archive"):
            read(other)
