"""What a news sitemap says."""

import gzip
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest

from crawler.errors import UnreadableSource
from crawler.reading import sitemaps
from crawler.reading.entities import LONGEST_ENTITY, resolved
from crawler.reading.links import LONGEST_TITLE, MOST_LINKS
from crawler.reading.sitemaps import MOST_SITEMAPS, read_sitemap
from tests.support.press import article, news_sitemap, sitemap_index
from tests.support.rounds import ROOT

URL = "https://fil.example/news.xml"


def test_articles_come_newest_first_with_headline_and_date() -> None:
    items = [("/vieux", "Vieux", "2024-02-28"), ("/neuf", "Neuf", "2024-03-01T08:00:00+01:00"), ("/sans", "Sans", "")]
    links, further = read_sitemap(news_sitemap(items).encode(), URL)
    assert further == []
    assert [link.title for link in links] == ["Neuf", "Vieux", "Sans"]
    assert links[0].url == "https://fil.example/neuf"
    assert links[0].published == datetime(2024, 3, 1, 7, 0, tzinfo=UTC)
    assert links[2].published is None


def test_an_index_names_its_newest_sitemaps_first_and_not_too_many() -> None:
    parts = [(f"/{day}.xml", f"2024-01-{day:02}") for day in range(1, 29)]
    links, further = read_sitemap(sitemap_index(parts).encode(), URL)
    assert links == []
    assert further == [f"https://fil.example/{day}.xml" for day in range(28, 28 - MOST_SITEMAPS, -1)]


def test_a_plain_sitemap_dates_by_last_change() -> None:
    document = "<urlset><url><loc>/a</loc><lastmod>2024-03-01</lastmod></url></urlset>"
    ((link,), _) = read_sitemap(document.encode(), URL)
    assert link.published is not None
    assert (link.published.month, link.published.day) == (3, 1)


def test_an_image_is_not_the_article() -> None:
    document = """<urlset xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url>
        <image:image><image:loc>/photo.jpg</image:loc><image:title>Photo</image:title></image:image>
        <loc>/article</loc></url></urlset>"""
    ((link,), _) = read_sitemap(document.encode(), URL)
    assert (link.url, link.title) == ("https://fil.example/article", "")


def test_a_sitemap_that_forgot_to_declare_its_names_is_read() -> None:
    document = news_sitemap([("/a", "Titre", "2024-03-01")])
    document = document.replace('xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"', "")
    ((link,), _) = read_sitemap(document.encode(), URL)
    assert (link.title, link.published is not None) == ("Titre", True)


def test_an_entry_without_a_usable_address_is_left_out() -> None:
    items = [("http://[illisible", "a", ""), ("", "b", ""), ("/c", "c", "")]
    links, _ = read_sitemap(news_sitemap(items).encode(), URL)
    assert [link.title for link in links] == ["c"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "this is no sitemap"),
        (b"Bonjour", "this is no sitemap"),
        (article("Bienvenue").encode(), "its root element is <html>"),
        (b"<rss/>", "its root element is <rss>"),
        (b"\x1f\x8b broken", "the compressed sitemap is broken"),
        (gzip.compress(b"<urlset/>", mtime=0)[:-9], "the compressed sitemap is broken"),
    ],
)
def test_what_is_no_sitemap_is_said_to_be_none(body: bytes, why: str) -> None:
    with pytest.raises(UnreadableSource, match=why):
        read_sitemap(body, URL)


def test_a_compressed_sitemap_is_unpacked_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = gzip.compress(news_sitemap([("/a", "x", "")]).encode())
    assert len(read_sitemap(packed, URL)[0]) == 1
    monkeypatch.setattr(sitemaps, "LARGEST_SITEMAP", 1 << 20)
    with pytest.raises(UnreadableSource, match="larger than 1 MiB"):
        read_sitemap(gzip.compress(b"<urlset>" + b" " * (2 << 20)), URL)


@pytest.mark.parametrize("pack", [bytes, partial(gzip.compress, compresslevel=1)], ids=["plain", "gzip"])
def test_a_million_addresses_are_read_no_further_than_the_protocol_goes(pack: Callable[[bytes], bytes]) -> None:
    last = sitemaps.MOST_ENTRIES
    days = ((n, 1 if n < last else 2) for n in range(1_000_000))  # the newest ones are kept, of those that are read
    entries = b"".join(b"<url><loc>/%d</loc><lastmod>2024-03-0%d</lastmod></url>" % each for each in days)
    body = pack(b"<urlset>" + entries[: sitemaps.LARGEST_SITEMAP - 100] + b"</urlset>")
    began = time.process_time()
    links, _ = read_sitemap(body, URL)
    assert len(links) == MOST_LINKS
    assert {int(link.url.rpartition("/")[2]) < last for link in links} == {True}
    assert time.process_time() - began < 20


WEIGHS = """
from pathlib import Path
from crawler.reading.sitemaps import read_sitemap
def peak():
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
body = b"<urlset>" + (b"<url><loc>/a</loc>" + b"<x/>" * 100 + b"</url>") * 5_000 + b"</urlset>"
before = peak()
read_sitemap(body, "https://journal.example/")
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read in /proc")
def test_a_sitemap_is_not_kept_in_memory_while_it_is_read() -> None:
    told = subprocess.run([sys.executable, "-c", WEIGHS], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(told.stdout) < 20_000, "half a million elements take 60 MB"


def test_a_documents_own_entities_are_read_and_no_others() -> None:
    declared = '<!ENTITY e "&#233;"><!ENTITY f SYSTEM "file:///etc/hostname"><!ENTITY x "<b/>"><!ENTITY o "&e;&e;">'
    said = "<title>Caf&e; d&eacute;j&agrave; &amp;&f; c&#244;t&e; &x;&o;&rien;</title>"
    document = f"<!DOCTYPE urlset [{declared}]><urlset><url><loc>/a</loc><news>{said}</news></url></urlset>"
    ((link,), _) = read_sitemap(document.encode(), URL)
    assert link.title == "Café déjà & côté"


def test_a_document_type_stands_before_the_first_element() -> None:
    comment = "<?xml version='1.0'?><!-- <urlset> -->"
    declared = '<!DOCTYPE urlset [<!ENTITY e "&#233;">]>'
    assert resolved(f"{comment}{declared}<urlset>&e;</urlset>".encode()) == f"{comment}<urlset>&#233;</urlset>".encode()
    quoted = f"<urlset><![CDATA[{declared} &e;]]></urlset>".encode()
    assert resolved(quoted) == quoted


def test_document_types_without_end_cost_nothing() -> None:
    began = time.process_time()
    document = b"<!DOCTYPE [" * 20_000
    assert resolved(document) == document
    assert time.process_time() - began < 5


def test_a_bomb_of_entities_costs_nothing_and_no_other_article() -> None:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    flat = f'<!ENTITY l0 "lol"><!ENTITY q "{"q" * 100}">'
    bomb = f"<url><loc>/a</loc><news><title>&l9;{'&q;' * 50_000}</title></news></url>"
    document = f"<!DOCTYPE urlset [{flat}{levels}]><urlset>{bomb}<url><loc>/b</loc></url></urlset>"
    began = time.process_time()
    links, _ = read_sitemap(document.encode(), URL)
    assert time.process_time() - began < 10
    assert [link.url[-2:] for link in links] == ["/a", "/b"]
    assert len(links[0].title) <= LONGEST_TITLE


def test_entities_make_no_document_more_than_twice_as_long() -> None:
    document = f'<!DOCTYPE urlset [<!ENTITY q "{"q" * LONGEST_ENTITY}">]><urlset>{"&q;" * 5000}</urlset>'.encode()
    assert len(document) / 2 < len(resolved(document)) < 2 * len(document)


def test_a_bomb_that_only_the_parser_sees_is_no_empty_sitemap() -> None:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    document = f'<!DOCTYPE urlset [<!ENTITY l0 "lol">{levels}]><urlset><url><loc>/&l9;</loc></url></urlset>'
    with pytest.raises(UnreadableSource, match="amplification"):
        read_sitemap(document.encode("utf-16"), URL)


def test_a_sitemap_of_many_addresses_gives_the_newest() -> None:
    items = [(f"/{number}", "", f"2024-03-01T00:{number // 60 % 60:02}:{number % 60:02}Z") for number in range(3000)]
    links, _ = read_sitemap(news_sitemap(items).encode(), URL)
    assert len(links) == MOST_LINKS
    assert links[0].url.endswith("/2999")


def test_a_date_that_is_none_leaves_the_other() -> None:
    both = "<url><loc>/a</loc><lastmod>2024-03-01</lastmod><news><publication_date>hier</publication_date></news></url>"
    ((link,), _) = read_sitemap(f"<urlset>{both}</urlset>".encode(), URL)
    assert link.published is not None


def test_entities_lead_nowhere() -> None:
    doctype = '<!DOCTYPE urlset [<!ENTITY f SYSTEM "file:///etc/hostname"><!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    document = doctype + "<urlset><url><loc>/a?&f;&b;</loc></url></urlset>"
    ((link,), _) = read_sitemap(document.encode(), URL)
    assert link.url == "https://fil.example/a"


def test_a_sitemap_that_breaks_off_gives_what_it_has() -> None:
    document = news_sitemap([("/a", "x", ""), ("/b", "y", "")])
    links, _ = read_sitemap(document[: document.index("/b")].encode(), URL)
    assert [link.url for link in links] == ["https://fil.example/a"]
