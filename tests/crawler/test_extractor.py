"""Pages are read where reading can be killed: hostile ones give their text, cost bounded time, and hold up nothing."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.errors import DeadlyPage, ExtractionUnavailable, NoArticle, UnreadablePage
from crawler.extraction.extractor import MOST_LOST, Extractor
from crawler.extraction.order import LONGEST_ANSWER, PageToRead, page_message, receive, send
from crawler.extraction.worker import SPARE
from tests.support.hostile_pages import HUGE, MENTION, PAGES, page_with
from tests.support.press import listing
from tests.support.processes import children_of, runs

HANGING_XPATH = "//*[count(//*[count(//*[count(//*[count(//*[count(//*) > 0]) > 0]) > 0]) > 0]) > 0]"
MENTION_TEXT = "le film Hublot"
GOOD = page_with(MENTION).encode()
HANGING = page_with(MENTION + "<b></b>" * 300).encode()


def to_read(raw: bytes, name: str = "page", **more: object) -> PageToRead:
    return PageToRead(raw, f"https://{name}.example/article", titles=("Hublot",), **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor() as opened:
        yield opened


TOO_MUCH = {
    "nested 2,100": "its elements are nested too deep",
    "nested 200,000": "it has more than 30000 elements",
    "50,000 links": "it has more than 30000 elements",
    "50,000 attributes": "an element has too many attributes",
    "a paragraph of 10 MB": "it is larger than 4 MiB",
}


@pytest.mark.parametrize("name", PAGES)
def test_a_hostile_page_gives_its_text_in_bounded_time(extractor: Extractor, name: str) -> None:
    check_read(extractor, name, PAGES[name]())


@pytest.mark.soak
@pytest.mark.parametrize("name", HUGE)
def test_a_page_of_any_size_gives_its_text_in_bounded_time(extractor: Extractor, name: str) -> None:
    check_read(extractor, name, HUGE[name]())


def check_read(extractor: Extractor, name: str, raw: bytes) -> None:
    started = time.monotonic()
    reading = extractor.read(to_read(raw, name))
    article = reading.article
    assert TOO_MUCH.get(name, "") in reading.plainly, "no tree is tried"
    assert MENTION_TEXT in f"{article.lead}\n{article.text}"
    assert "\0" not in article.title + article.lead + article.text
    assert article.title == "La traversée"
    assert len(article.text) <= 400_000
    assert time.monotonic() - started < 45, "a page's limit twice, and two starts"


def test_a_mention_deep_in_a_text_of_any_length_is_kept(extractor: Extractor) -> None:
    filler = "Une phrase de plus dans ce texte sans fin. "
    for size in (600_000, 12_000_000):
        raw = page_with(f"<p>{filler * (size // len(filler))}Alors vint le film Hublot.</p>").encode()
        assert "le film Hublot" in extractor.read(to_read(raw, f"long-{size}")).article.text


def test_what_hangs_or_kills_its_reader_is_read_on_the_plain_path_and_soon_all_of_its_outlet() -> None:
    with Extractor() as extractor:
        assert extractor.read(to_read(GOOD, outlet="slow")).plainly == ""
        assert extractor._worker is not None
        process = extractor._worker._process
        for _ in range(MOST_LOST):
            extractor.seconds = 1.0
            reading = extractor.read(to_read(HANGING, outlet="slow", body=(HANGING_XPATH,)))
            assert MENTION_TEXT in reading.article.text
            assert reading.plainly == "took too long"
        assert process.returncode == -signal.SIGKILL, "not its own alarm, which is later"
        extractor.seconds = 20.0
        assert extractor.read(to_read(GOOD, outlet="other")).plainly == "", "a fresh process reads the next as usual"
        assert extractor.read(to_read(GOOD, outlet="slow")).plainly == f"{MOST_LOST} pages of slow were too much"


def test_a_reader_without_its_parents_clock_ends_by_its_own() -> None:
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "crawler.extraction.worker", "512"]
    with ours, theirs, subprocess.Popen(command, stdin=theirs.fileno()) as process:
        receive(ours)
        page = to_read(HANGING, body=(HANGING_XPATH,))
        send(ours, page_message(page) | {"plainly": False, "seconds": 0.5 - SPARE}, page.raw)
        try:
            assert process.wait(60) == -signal.SIGALRM
        finally:
            process.kill()


def test_a_page_on_which_extraction_breaks_is_read_on_the_plain_path(extractor: Extractor) -> None:
    reading = extractor.read(to_read(GOOD, body=("//p[",)))
    assert reading.plainly.startswith("its extraction failed")
    assert MENTION_TEXT in reading.article.text


def test_a_page_that_no_process_survives_is_said_to_be_one_and_the_next_is_read() -> None:
    with Extractor(seconds=0.5) as extractor:
        raw = page_with("<p>a<a>b" * 2_000_000).encode()
        for _ in range(MOST_LOST):
            with pytest.raises(DeadlyPage, match="took too long, and on the plain path it took too long"):
                extractor.read(to_read(raw, "deadly"))
        extractor.seconds = 20.0
        assert extractor.read(to_read(GOOD)).plainly == ""


def test_a_page_gets_so_much_memory_and_no_more() -> None:
    with Extractor(memory_mb=96) as extractor:
        raw = page_with("<p>" + "Une phrase. " * 8_000_000).encode()
        with pytest.raises(UnreadablePage):
            extractor.read(to_read(raw, "large"))
        assert extractor.read(to_read(GOOD)).plainly == ""


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_a_reader_that_was_killed_between_two_pages_is_replaced() -> None:
    others = set(children_of(os.getpid(), "crawler.extraction.worker"))
    with Extractor() as extractor:
        extractor.read(to_read(GOOD))
        (process,) = set(children_of(os.getpid(), "crawler.extraction.worker")) - others
        os.kill(process, signal.SIGKILL)
        while runs(process):
            time.sleep(0.01)
        assert extractor.read(to_read(GOOD)).plainly == ""


def test_a_reader_that_cannot_be_started_is_said_to_be_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    with Extractor() as extractor:
        for program in ("/no/such/program", "/bin/false"):
            monkeypatch.setattr(sys, "executable", program)
            with pytest.raises(ExtractionUnavailable, match="does not start"):
                extractor.read(to_read(GOOD))
        monkeypatch.undo()
        assert extractor.read(to_read(GOOD)).plainly == ""


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_a_reader_has_no_secret_writes_no_file_takes_no_more_memory_and_minds_no_interrupt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VEILLEUR_SMTP_PASSWORD", "s3cret")
    with Extractor(memory_mb=384) as extractor:
        extractor.read(to_read(GOOD))
        process = extractor._worker._process  # type: ignore[union-attr]
        limits = re.split(r"\s{2,}|\n", Path(f"/proc/{process.pid}/limits").read_text(encoding="ascii"))
        for name in ("Max file size", "Max core file size"):
            assert limits[limits.index(name) + 1] == "0"
        assert limits[limits.index("Max address space") + 1] == str(384 << 20)
        assert b"s3cret" not in Path(f"/proc/{process.pid}/environ").read_bytes()
        process.send_signal(signal.SIGINT)
        assert extractor.read(to_read(GOOD)).plainly == ""
        assert extractor._worker._process is process  # type: ignore[union-attr]


IMPOSTOR = """#!{python}
import socket, struct
channel = socket.socket(fileno=0)
for asked, answer in enumerate({answers}):
    if asked:
        channel.recv(sum(struct.unpack(">II", channel.recv(8))), socket.MSG_WAITALL)
    channel.sendall(struct.pack(">II", len(answer), 0) + answer)
if not {answers}:
    channel.recv(1)
"""
UNREADABLE = b'{"unreadable": "", "no article": false}'


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([], ExtractionUnavailable),
        ([b"Bonjour"], ExtractionUnavailable),
        ([b"{}", b"Bonjour"], DeadlyPage),
        ([b"{}", b"[]"], DeadlyPage),
        ([b"{}", b"[" * 100_000], DeadlyPage),
        ([b"{}", UNREADABLE + b" " * LONGEST_ANSWER], DeadlyPage),
        ([b"{}", UNREADABLE], UnreadablePage),
        ([b"{}", b'{"failed": "oh"}'], UnreadablePage),
    ],
)
def test_what_a_reader_answers_is_not_believed_to_be_an_answer(
    answers: list[bytes], error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has read what strangers wrote, and may be theirs."""
    program = tmp_path / "python"
    program.write_text(IMPOSTOR.format(python=sys.executable, answers=answers), encoding="ascii")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    if not answers:
        monkeypatch.setattr("crawler.extraction.extractor.LONGEST_START", 0.5)
    with Extractor() as extractor, pytest.raises(error) as raised:
        extractor.read(to_read(GOOD))
    assert raised.type is error


def test_what_is_no_article_or_breaks_both_paths_is_said_so_by_the_same_reader(extractor: Extractor) -> None:
    extractor.read(to_read(GOOD))
    reader = extractor._worker
    links = [(f"/{number}", f"La fanfare du village déménage encore, {number}") for number in range(20)]
    with pytest.raises(NoArticle):
        extractor.read(to_read(listing(links).encode()))
    with pytest.raises(UnreadablePage, match="extraction failed: ZoneInfoNotFoundError"):
        extractor.read(to_read(GOOD, zone="Nulle/Part"))
    assert extractor._worker is reader


def test_a_page_without_anything_is_unreadable(extractor: Extractor) -> None:
    for raw in (b"", b"  \n", b"<!-- nothing -->"):
        with pytest.raises(UnreadablePage):
            extractor.read(to_read(raw))
