"""`veilleur replay` on web archives: the same verdicts as on the pages themselves, whoever wrote the archive."""

import gzip
import json
import random
import re
import shutil
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from crawler.addresses import address_key
from crawler.saved import find_saved, saved_pages
from scheduler import replaying
from scheduler.commands import replay as commands
from tests.scheduler.commands.conftest import Ran, Veilleur
from tests.scheduler.commands.test_replay import JUDGED, records
from tests.support.archives import HTML, Answer, answers_of, page, write_warc
from tests.support.paths import WEB

UNREAD = {"title": "", "published": None, "language": None}  # of a page in which no watched title stands
STORED = "stored in sqlite:///var/veilleur.db"
Records = list[dict[str, Any]]


@pytest.fixture
def archive(home: Path) -> Path:
    """The saved pages in another order, with the catalogue of their outlets beside them."""
    answers = answers_of(WEB)
    random.Random(8).shuffle(answers)
    write_warc(home / "web.warc.gz", answers)
    shutil.copy(WEB / "outlets.toml", home)
    return home / "web.warc.gz"


def same_pages(judged: Records, expected: Records) -> None:
    """Each page's record is the same, but for what was never read of it and the numbers that stories bear."""
    found, wanted = ({address_key(each["url"]): each for each in records} for records in (judged, expected))
    assert found.keys() == wanted.keys()
    for key, each in found.items():
        unread = UNREAD if each["title"] == "" else {}
        told = {name: value for name, value in each.items() if name not in ("url", "duplicate_of")}
        assert told == {name: value for name, value in {**wanted[key], **unread}.items() if name in told}, key
        assert copied(each) == copied(wanted[key])
        assert not unread or each["verdict"] == "irrelevant"


def copied(judged: dict[str, Any]) -> tuple[str, str] | None:
    original = judged["duplicate_of"]
    return original and (original["kind"], (original["url"] and address_key(original["url"])) or original["id"])


def closing(ran: Ran) -> list[str]:
    """The lines below the list of pages."""
    lines = ran.out.splitlines()
    return lines[next(number for number, each in enumerate(lines) if re.match(r"\d+ pages?: ", each)) :]


def listed(ran: Ran) -> Counter[str]:
    """How many pages of each verdict are listed, and how many that cannot be read."""
    return Counter(re.findall(r"^(new|duplicate|irrelevant|unreadable) +(?:\d\.|http)", ran.out, re.MULTILINE))


def test_an_archive_gives_what_the_pages_themselves_give(veilleur: Veilleur, home: Path, archive: Path) -> None:
    expected = records(veilleur("replay", str(WEB), "--json"))
    one = records(veilleur("replay", str(archive), "--json", "--processes", "1"))
    assert all(set(each) - {"error"} == JUDGED for each in one)
    same_pages(one, expected)
    assert sum(each["verdict"] != "irrelevant" for each in one) > 20
    plain = home / "web.warc"
    plain.write_bytes(gzip.decompress(archive.read_bytes()))
    two = records(veilleur("replay", str(plain), "--json", "--processes", "2"))
    assert sorted(map(json.dumps, two)) == sorted(map(json.dumps, one))


@pytest.fixture
def proxy() -> Iterator[str]:
    """The saved pages' hosts on the web, behind a proxy on 127.0.0.1; its address. Chunked, in gzip where asked."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            file = find_saved(WEB, self.path)
            body = file.read_bytes() if file else b"<html>404</html>"
            self.send_response(200 if file else 404)
            self.send_header("Content-Type", "text/html")
            self.send_header("Transfer-Encoding", "chunked")
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                self.send_header("Content-Encoding", "gzip")
                body = gzip.compress(body)
            self.end_headers()
            for start in range(0, len(body), 5000):
                chunk = body[start : start + 5000]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.skipif(shutil.which("wget") is None, reason="wget is not installed: apt-get install wget")
@pytest.mark.parametrize(
    ("words", "name", "is_encoded"),
    [
        ((), "wget.warc.gz", False),
        pytest.param(("--no-warc-compression", "--compression=gzip"), "wget.warc", True, marks=pytest.mark.soak),
    ],
)
def test_an_archive_that_wget_made_gives_what_the_pages_themselves_give(
    words: tuple[str, ...], name: str, is_encoded: bool, veilleur: Veilleur, home: Path, proxy: str
) -> None:
    shutil.copy(WEB / "outlets.toml", home)
    addresses = home / "addresses.txt"
    addresses.write_text("\n".join(each.url.replace("https:", "http:", 1) for each in saved_pages(WEB)))
    told = ["wget", "-q", "--no-config", "-i", str(addresses), "--warc-file", "wget", "-O", "/dev/null", *words]
    told += ["-e", f"http_proxy={proxy}", "-e", "robots=off", "-e", "use_proxy=on"]
    subprocess.run(told, cwd=home, check=True, timeout=60)
    assert (b"\r\nContent-Encoding: gzip\r\n" in (home / name).read_bytes()) == is_encoded
    same_pages(
        records(veilleur("replay", str(home / name), "--json")),
        records(veilleur("replay", str(WEB), "--json")),
    )


def test_what_an_archive_holds_is_stored_once_and_announced_to_nobody(veilleur: Veilleur, archive: Path) -> None:
    judged = records(veilleur("replay", str(archive), "--json", "--store"))
    mentioned = {each["url"] for each in judged if each["verdict"] != "irrelevant"}
    listed = records(veilleur("mentions", "--json"))
    assert {each["url"] for each in listed} == mentioned
    assert veilleur("digest").err == "Nothing new: no mail would go out now.\n"

    once_more = veilleur("replay", str(archive), "--store")
    assert once_more.status == 0
    assert closing(once_more)[-2:] == ["1 archive was read before; --again reads anew", STORED]
    again = veilleur("replay", str(archive), "--store", "--again")
    assert again.status == 0
    assert records(veilleur("mentions", "--json")) == listed


def test_a_backfill_is_announced_when_that_is_asked_for(veilleur: Veilleur, archive: Path) -> None:
    veilleur("replay", str(archive), "--store", "--announce")
    assert "Code 8" in veilleur("digest").out


@pytest.mark.parametrize("is_archive", [True, False])
def test_what_was_stored_as_a_backfill_can_be_announced_later(
    veilleur: Veilleur, archive: Path, is_archive: bool
) -> None:
    given = (str(archive), "--again") if is_archive else (str(WEB / "ecran-nocturne.example"),)
    veilleur("replay", given[0], "--store")
    stored = records(veilleur("mentions", "--json"))
    veilleur("replay", *given, "--store")
    assert veilleur("digest").err == "Nothing new: no mail would go out now.\n"
    if is_archive:
        ended = veilleur("replay", given[0], "--store", "--announce").out
        assert "1 archive was read before; nothing of that is announced now: write --store --announce --again" in ended
        assert veilleur("digest").err == "Nothing new: no mail would go out now.\n"
    veilleur("replay", *given, "--store", "--announce")
    assert "Code 8" in veilleur("digest").out
    assert {each["url"] for each in records(veilleur("mentions", "--json"))} == {each["url"] for each in stored}


def test_a_page_that_was_archived_twice_is_no_copy_of_itself(veilleur: Veilleur, home: Path) -> None:
    text = (
        "<h1>Code 8 : le film de Robbie Amell</h1><p>" + "Le film Code 8 revient sur Netflix avec Stephen Amell. " * 9
    )
    file = home / "twice.warc.gz"
    write_warc(file, [page("https://journal.example/code-8", text), page("https://journal.example/code-8", text)])
    for words in (("--json",), ("--json", "--store")):
        first, second = records(veilleur("replay", str(file), *words))
        assert first == second
        assert first["verdict"] == "new"


def test_a_copy_and_an_unknown_outlet_are_named_by_their_addresses(veilleur: Veilleur, home: Path) -> None:
    told = " ".join(f"Le film Code 8, scène {n}, avec Robbie Amell et Stephen Amell." for n in range(9))
    original, copy = (f"http://www.revue.example:{port}/code-8" for port in (8106, 8107))
    write_warc(home / "two.warc.gz", [page(each, f"<h1>Code 8</h1><p>{told}") for each in (original, copy)])
    shown = " ".join(veilleur("replay", "two.warc.gz", "--processes", "1", "--store").out.split())
    assert f"copy of {original} {copy}" in shown
    file = home / "pages" / "www.gazette.example" / "code-8"
    file.parent.mkdir(parents=True)
    file.write_bytes(page("", f"<h1>Code 8</h1><p>{told}</p>").body)
    veilleur("replay", "pages", "--store")
    outlets = [each["outlet"] for each in records(veilleur("mentions", "--json"))]
    assert outlets == ["gazette.example", "revue.example:8107", "revue.example:8106"], "sites by name, as everywhere"


def test_people_are_told_what_was_in_an_archive_besides_pages(veilleur: Veilleur, archive: Path) -> None:
    whole = archive.read_bytes()
    torn = archive.with_name("torn.warc.gz")
    write_warc(torn, [Answer("https://journal.example/", b"", HTML, "404 Not Found")])
    torn.write_bytes(torn.read_bytes() + whole[:-1000])
    ran = veilleur("replay", str(torn), str(archive))
    assert ran.status == 0
    assert closing(ran)[0].endswith("1 other record, 1 damaged record")
    [warned] = re.findall(r"[\w.]+: \d damaged records? .. left out", " ".join(ran.err.split()))
    assert warned == "torn.warc.gz: 1 damaged record is left out"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--announce",), "--announce goes with --store"),
        (("--again",), "--again goes with --store"),
        (("--store", "--resume", "state.db"), "--resume FILE goes without --store"),
    ],
)
def test_words_that_do_not_go_together_are_refused(
    words: tuple[str, ...], complaint: str, veilleur: Veilleur, home: Path
) -> None:
    file = home / "a.warc.gz"
    write_warc(file, [page("https://journal.example/1")])
    ran = veilleur("replay", str(file), *words)
    assert ran.status == 2
    assert complaint in ran.err


def test_a_file_that_is_no_archive_is_status_1_with_its_name(veilleur: Veilleur, home: Path) -> None:
    (home / "a.warc.gz").write_bytes(b"<html>")
    ran = veilleur("replay", str(home / "a.warc.gz"))
    assert ran.status == 1
    assert "a.warc.gz: this is no web archive" in ran.err


def test_an_empty_archive_is_named_among_others(veilleur: Veilleur, home: Path) -> None:
    (home / "empty.warc.gz").touch()
    write_warc(home / "a.warc.gz", [page("https://journal.example/1")])
    ran = veilleur("replay", "a.warc.gz", "empty.warc.gz", "--json")
    assert (ran.status, ran.out.count("journal.example/1")) == (0, 1)
    assert "empty.warc.gz: the archive is empty" in ran.err


def test_a_folder_s_archives_are_to_be_named(veilleur: Veilleur, home: Path) -> None:
    (home / "crawl").mkdir()
    write_warc(home / "crawl" / "a.warc.gz", [page("https://journal.example/1")])
    ran = veilleur("replay", "crawl")
    assert ran.status == 1
    assert "veilleur replay crawl/a.warc.gz ..." in " ".join(ran.err.split())


def test_what_is_no_text_is_no_page(veilleur: Veilleur, home: Path) -> None:
    text = "<html><title>Code 8 au cinéma</title>".encode()
    (home / "packed.html").write_bytes(gzip.compress(random.Random(8).randbytes(5000)))
    (home / "wide.html").write_bytes(text.decode().encode("utf-16"))
    (home / "few.html").write_bytes(text + b"\x00\x01" + b"<p>mot</p>" * 20)
    ran = veilleur("replay", "packed.html", "wide.html", "few.html", "--json")
    assert ["binary data" in each.get("error", "") for each in records(ran)] == [True, False, False]
    assert veilleur("replay", "packed.html").status == 1


def test_who_interrupts_a_replay_is_told_that_it_goes_on(
    veilleur: Veilleur, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted = interrupted_at(1, veilleur, archive, monkeypatch)
    assert (interrupted.status, interrupted.out) == (130, "")
    assert "interrupted: the same command goes on where it had got to" in interrupted.err
    assert veilleur("replay", str(archive), "--store").status == 0
    assert len(records(veilleur("mentions", "--json"))) > 20


def interrupted_at(page: int, veilleur: Veilleur, archive: Path, monkeypatch: pytest.MonkeyPatch) -> Ran:
    """A replay that stores, and that is interrupted when it says that page."""
    said: list[object] = []

    def say(*given: object, **_: object) -> None:
        said.append(given)
        if len(said) == page:
            signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as pressed:
        pressed.setattr(commands, "_print_archived", say)
        return veilleur("replay", str(archive), "--store")


def test_a_replay_that_goes_on_sums_up_the_whole_and_names_its_database(
    veilleur: Veilleur, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "AT_ONCE", 10)
    whole = veilleur("replay", str(archive))
    pages, unlisted = closing(whole)
    count = int(unlisted.split(": ")[1].split()[0])
    total = sum(listed(whole).values()) + count
    assert pages.startswith(f"{total} pages: {listed(whole)['new']} new, {listed(whole)['duplicate']} duplicates, ")
    irrelevant, unreadable = listed(whole)["irrelevant"] + count, listed(whole)["unreadable"]
    assert pages.endswith(f", {irrelevant} irrelevant, {unreadable} unreadable")

    interrupted_at(count + 15, veilleur, archive, monkeypatch)
    rest = veilleur("replay", str(archive), "--store")
    before = sum(listed(whole).values()) - sum(listed(rest).values())
    assert 0 < before < sum(listed(whole).values())
    again = f"judged by an earlier run and not listed again: {before} pages"
    assert closing(rest) == [pages, unlisted, again, "1 archive was read before; --again reads anew", STORED]
