"""Pages that carried a mention are kept as web archives, which other tools read and no crash spoils."""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.archives.keeping import Keeper, expired
from crawler.archives.order import ArchiveOrder, Keep
from crawler.archives.records import ArchiveReader, page_at
from storage import kept
from storage.database import Database
from storage.model import KeptPage, Place
from tests.support.archives import Received
from tests.support.full_disk import room_for
from tests.support.http_server import HTML, Site, content
from tests.support.press import ABOUT_SOMETHING_ELSE, RSS, article, feed_of
from tests.support.rounds import NOON, ROOT, Ended, Stored, outlet, run

PAGE = Received("https://journal.example/1", b"<html>Hublot</html>")
ENDLESS = """
import sys
from datetime import UTC, datetime
from crawler.archives.keeping import Keeper
from crawler.archives.order import ArchiveOrder
from tests.support.archives import Received
keeper = Keeper(ArchiveOrder("all", sys.argv[1], 400_000))
number = 0
while True:
    body = b"<html>" + b"".join(b"%d " % (number * 7919 + each) for each in range(30_000))
    answer = Received(f"https://journal.example/{number}", body)
    place = keeper.keep(answer, datetime.now(UTC), is_mention=True)
    print(place.file, place.offset, flush=True)
    number += 1
"""


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.warc.gz"))


def responses(folder: Path) -> dict[str, bytes]:
    """What warcio reads in the archive, its checksums checked: bodies by address."""
    found = {}
    for file in files(folder):
        with file.open("rb") as opened:
            for record in ArchiveIterator(opened, check_digests="raise"):
                if record.rec_type == "response":
                    found[record.rec_headers.get_header("WARC-Target-URI")] = record.content_stream().read()
    return found


def round_that_keeps(keep: Keep, folder: Path) -> tuple[Ended, Stored, Site]:
    """A round over a site with one page about the film and one about something else; then the site is closed."""
    stored = Stored.in_folder(folder)
    with Site.open() as site:
        site["/rss"] = content(feed_of(site, "/film", "/autre"), RSS)
        site["/film"] = content(article("Hublot"), HTML, X_Served_By="cache-3")
        site["/autre"] = content(article("Le kiosque", ABOUT_SOMETHING_ELSE), HTML)
        order = ArchiveOrder(keep, str(folder / "archive"))
        return run(stored.job([outlet("site", site, feeds=["/rss"])], archive=order)), stored, site


def kept_of(stored: Stored, url: str) -> list[KeptPage]:
    database = Database(stored.url)
    with database.read() as connection:
        found = kept.of_article(connection, url.removeprefix("http://"))
    database.close()
    return found


def test_the_page_of_a_mention_is_there_after_its_outlet_is_gone(tmp_path: Path) -> None:
    ended, stored, site = round_that_keeps("mentions", tmp_path)
    assert ended.report.outcome == "done"
    [place] = kept_of(stored, site.url("/film"))
    assert (place.url, place.seen_at) == (site.url("/film"), NOON)
    page = page_at(tmp_path / "archive" / place.place.file, place.place.offset, place.url)
    assert page is not None
    assert (page.url, page.body.decode(), page.date, page.content_type) == (
        site.url("/film"), article("Hublot"), NOON, HTML,
    )  # fmt: skip
    assert responses(tmp_path / "archive") == {site.url("/film"): article("Hublot").encode()}
    [file] = files(tmp_path / "archive")
    with file.open("rb") as opened:
        headers = [record.http_headers for record in ArchiveIterator(opened) if record.http_headers]
    assert [each.get_header("X-Served-By") for each in headers] == ["cache-3"]


def test_every_page_is_kept_or_none_where_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    (tmp_path / "none").mkdir()
    _, _, site = round_that_keeps("all", tmp_path / "all")
    assert set(responses(tmp_path / "all" / "archive")) == {site.url("/film"), site.url("/autre")}
    round_that_keeps("none", tmp_path / "none")
    assert not (tmp_path / "none" / "archive").exists()


def test_a_file_of_full_size_is_followed_by_another_and_no_process_writes_into_anothers(tmp_path: Path) -> None:
    places: list[Place | None] = []
    for _ in range(2):
        keeper = Keeper(ArchiveOrder("all", str(tmp_path), 1500))
        places += [keeper.keep(PAGE, NOON + timedelta(seconds=len(places)), is_mention=False) for _ in range(6)]
        keeper.close()
    assert len({place.file for place in places if place}) == len(files(tmp_path)) > 3
    assert all(place and page_at(tmp_path / place.file, place.offset, PAGE.url) for place in places)


def test_what_is_killed_while_writing_spoils_nothing_that_it_told_of(tmp_path: Path) -> None:
    told = []
    for patience in (0.05, 0.12, 0.2):
        command = [sys.executable, "-c", ENDLESS, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            assert process.stdout is not None
            told.append(process.stdout.readline())
            time.sleep(patience)
            process.kill()
            told += process.stdout.readlines()
    places = [line.split() for line in told if line.endswith("\n")]
    assert len(places) >= 3
    for file, offset in places:
        page = page_at(tmp_path / file, int(offset), PAGE.url)
        assert page is not None
        assert page.body.startswith(b"<html>")
    assert sum(len(list(ArchiveReader(file).pages())) for file in files(tmp_path)) >= len(places)


def test_a_full_disk_leaves_the_page_out_and_the_archive_whole(tmp_path: Path) -> None:
    keeper = Keeper(ArchiveOrder("all", str(tmp_path)))
    first = keeper.keep(PAGE, NOON, is_mention=False)
    assert first is not None
    [file] = files(tmp_path)
    size = file.stat().st_size
    with room_for(size + 100):
        assert keeper.keep(PAGE, NOON, is_mention=False) is None
    assert file.stat().st_size == size
    second = keeper.keep(PAGE, NOON, is_mention=False)
    assert second is not None
    assert second.offset == size
    assert len(list(ArchiveReader(file).pages())) == 2


def test_nothing_is_written_behind_a_torn_record_that_cannot_be_taken_back(tmp_path: Path) -> None:
    keeper = Keeper(ArchiveOrder("all", str(tmp_path)))
    assert keeper.keep(PAGE, NOON, is_mention=False) is not None
    [file] = files(tmp_path)
    sealed = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
    os.write(sealed, file.read_bytes() + bytes(100))
    fcntl.fcntl(sealed, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK)
    with open(f"/proc/self/fd/{sealed}", "r+b", buffering=0) as stuck:
        stuck.seek(file.stat().st_size)
        keeper._file = stuck
        assert keeper.keep(PAGE, NOON, is_mention=False) is None
        place = keeper.keep(PAGE, NOON, is_mention=False)
    os.close(sealed)
    assert place is not None
    assert page_at(tmp_path / place.file, place.offset, PAGE.url) is not None


def test_what_keeps_pages_from_being_kept_is_told_once_and_again_after_it_was_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "archive"
    keeper = Keeper(ArchiveOrder("all", str(folder), file_bytes=1))
    for told in (1, 2):
        folder.write_text("a file where the folder should be")
        assert [keeper.keep(PAGE, NOON, is_mention=False) for _ in range(3)] == [None] * 3
        assert caplog.text.count("see archive.folder") == told
        folder.unlink()
        assert keeper.keep(PAGE, NOON, is_mention=False) is not None
        shutil.rmtree(folder)


def test_a_page_whose_mention_cannot_be_kept_is_a_mention_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("a file where the folder should be")
    ended, stored, site = round_that_keeps("mentions", tmp_path)
    assert stored.states()[site.url("/film")] == "mention"
    assert "is not kept" in ended.report.detail


@pytest.mark.parametrize("days", [0, 3])
def test_files_expire_by_when_they_were_last_written(days: int, tmp_path: Path) -> None:
    keeper = Keeper(ArchiveOrder("all", str(tmp_path)))
    keeper.keep(PAGE, NOON, is_mention=False)
    keeper.close()
    [file] = files(tmp_path)
    written = (NOON - timedelta(days=days)).timestamp()
    os.utime(file, (written, written))
    assert expired(tmp_path, NOON - timedelta(days=2)) == ([file] if days else [])
