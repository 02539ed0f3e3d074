"""Reading an archive member by member: the same pages as from the file itself, however records lie in members."""

import gzip
import os
import random
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from fastwarc.stream_io import ZstdWriter

from crawler.archives.members import LARGEST_MEMBER, members
from crawler.archives.payload import LARGEST_PAGE
from crawler.archives.records import ArchiveReader
from tests.support.archives import Answer, page, write_warc


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.warc.gz"


def address(number: int) -> str:
    return f"https://journal.example/{number}"


def written(file: Path, *pages: Answer) -> list[bytes]:
    """The members of a new archive of these pages."""
    offsets = write_warc(file, pages)
    raw = file.read_bytes()
    return [raw[start:end] for start, end in zip(offsets, [*offsets[1:], len(raw)], strict=True)]


def long_page(number: int, length: int = 60_000) -> Answer:
    """A page that no compression makes much shorter."""
    return page(address(number), random.Random(number).randbytes(length // 2).hex())


def undone(file: Path, start: int = 0) -> list[tuple[int, int, bytes]]:
    fd = os.open(file, os.O_RDONLY)
    try:
        return [(each.offset, each.end, each.content) for each in members(fd, start, os.fstat(fd).st_size)]
    finally:
        os.close(fd)


def read(file: Path) -> tuple[str, dict[str, int]]:
    """The last letters of the pages' addresses, and what else was there."""
    reader = ArchiveReader(file)
    return "".join(each.url[-1] for each in reader.pages()), dict(reader.counts)


def test_members_are_undone_whole_with_their_places(file: Path) -> None:
    whole = written(file, *(long_page(n) for n in range(80)))  # some MB: more than is read, and handed over, at once
    places = [sum(map(len, whole[:n])) for n in range(len(whole) + 1)]
    assert places[-1] > 2 * 1024 * 1024
    expected = [(places[n], places[n + 1], gzip.decompress(each)) for n, each in enumerate(whole)]
    assert undone(file) == expected
    assert undone(file, places[3]) == expected[3:]


@pytest.mark.parametrize(
    "odd",
    [b"junk\n" * 100, gzip.compress(b"x" * 9000)[:-20], gzip.compress(b"x" * 9000)[:-8] + bytes(8)],
    ids=["no member", "a torn one", "one whose checksum is wrong"],
)
def test_members_end_before_what_is_no_whole_one(odd: bytes, file: Path) -> None:
    sound = written(file, long_page(0), long_page(1))
    file.write_bytes(b"".join(sound) + odd)
    assert len(undone(file)) == 2


def test_a_member_that_holds_too_much_is_not_undone(file: Path) -> None:
    file.write_bytes(gzip.compress(bytes(LARGEST_MEMBER)) + gzip.compress(bytes(LARGEST_MEMBER + 1)))
    assert [len(content) for _, _, content in undone(file)] == [LARGEST_MEMBER]


def cut_in_two(first: bytes, *others: bytes) -> bytes:
    """The first record in two members."""
    plain = gzip.decompress(first)
    return b"".join((gzip.compress(plain[:30_000]), gzip.compress(plain[30_000:]), *others))


def joined(*records: bytes) -> bytes:
    """The records two to a member."""
    plain = [gzip.decompress(each) for each in records]
    return b"".join(gzip.compress(b"".join(plain[n : n + 2])) for n in range(0, len(plain), 2))


def in_one(*records: bytes) -> bytes:
    return gzip.compress(b"".join(map(gzip.decompress, records)))


def with_empty_ones(*records: bytes) -> bytes:
    empty = gzip.compress(b"")
    return b"".join((*records[:2], empty, *records[2:4], empty, empty, *records[4:], empty))


def of_one_line_feed(*records: bytes) -> bytes:
    """Records that end otherwise than they should."""
    return b"".join(gzip.compress(gzip.decompress(each).removesuffix(b"\r\n\r\n") + b"\r\n") for each in records)


@pytest.mark.parametrize("laid", [cut_in_two, joined, in_one, with_empty_ones, of_one_line_feed])
def test_each_page_is_read_once_however_records_lie_in_members(laid: Callable[..., bytes], file: Path) -> None:
    file.write_bytes(laid(*written(file, *map(long_page, range(6)))))
    assert read(file) == ("012345", {})


ALL = "0123456789"
GROUPS = {
    "one": [ALL],
    "three": ["012", "345", "678", "9"],
    "mixed": ["01", "2", "345", "6", "7", "89"],
    "each": [*ALL],
}


def folded(raw: bytes) -> bytes:
    """A zstd frame."""
    frame = BytesIO()
    writer = ZstdWriter(frame)
    writer.write(raw)
    writer.finish()
    writer.flush()
    return frame.getvalue()


@pytest.mark.parametrize("fold", [gzip.compress, folded, bytes], ids=["gzip", "zstd", "plain"])
@pytest.mark.parametrize("groups", GROUPS.values(), ids=GROUPS)
def test_stretches_share_the_pages_out_however_records_lie_in_members(
    groups: list[str], fold: Callable[[bytes], bytes], file: Path
) -> None:
    records = [gzip.decompress(each) for each in written(file, *(long_page(n, 3000) for n in range(10)))]
    file.write_bytes(b"".join(fold(b"".join(records[int(n)] for n in group)) for group in groups))
    for length in range(500, file.stat().st_size, 701):
        found = ""
        at: int | None = 0
        while at is not None:
            reader = ArchiveReader(file, at, (at // length + 1) * length)
            found += "".join(each.url[-1] for each in reader.pages())
            at = reader.following
        assert found == ALL, f"in stretches of {length} bytes"


def test_a_stretch_that_ends_within_a_record_of_two_members_reads_it_and_no_more(file: Path) -> None:
    whole = written(file, *map(long_page, range(3)))
    file.write_bytes(cut_in_two(*whole))
    first = gzip.compress(gzip.decompress(whole[0])[:30_000])
    second = gzip.compress(gzip.decompress(whole[0])[30_000:])
    for end in (len(first) - 1, len(first), len(first) + 1):
        reader = ArchiveReader(file, 0, end)
        assert [each.url for each in reader.pages()] == [address(0)]
        assert reader.following == len(first) + len(second)


def test_what_is_no_record_is_counted_once_and_costs_no_other(file: Path) -> None:
    whole = written(file, *map(long_page, range(6)))
    broken = whole[2][:9000] + bytes(200) + whole[2][9200:]
    for damaged, left in (
        ([*whole[:2], b"junk\n" * 100, *whole[2:]], "012345"),
        ([*whole[:2], broken, *whole[3:]], "01345"),
        ([broken, *whole[3:]], "345"),
        ([*whole[:5], whole[5][:20_000]], "01234"),
        ([*whole, bytes(512)], "012345"),
    ):
        file.write_bytes(b"".join(damaged))
        assert read(file) == (left, {"damaged records": 1})


def test_pages_larger_than_any_member_that_is_undone_are_read_or_counted(file: Path) -> None:
    large, too_large = (page(address(n), "x" * size) for n, size in ((1, LARGEST_MEMBER + 1), (2, LARGEST_PAGE + 1)))
    written(file, long_page(0), large, too_large, long_page(3))
    assert read(file) == ("013", {"pages too large": 1})


@pytest.mark.parametrize("compressed", [True, False])
def test_an_archive_cut_anywhere_in_a_short_record_says_so_unless_nothing_is_missing(
    compressed: bool, tmp_path: Path
) -> None:
    file = tmp_path / "archive.warc"
    places = write_warc(file, [page(address(n), f"numéro {n}") for n in range(4)], compressed=compressed)
    raw = file.read_bytes()
    for cut in range(places[2] + 1, places[3]):
        file.write_bytes(raw[:cut])
        urls, counts = read(file)
        assert urls == "012" or (urls, counts["damaged records"]) == ("01", 1), cut - places[2]
