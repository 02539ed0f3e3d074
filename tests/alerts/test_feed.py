"""The Atom feed: what RFC 4287 asks, read as feed readers do, and inert whatever outlets write."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import feedparser
import pytest
from lxml import etree

from alerts.feed import ATOM, feed
from storage.model import StoredMention
from tests.alerts.builders import NAMES, SLOT, article, at, passage
from tests.alerts.hostile import ADDRESSES, PAYLOADS

TOPICS = {"code8": "Code 8", "marees": "Les Marées"}
XPATHS = {"a": ATOM}


def written(*found: StoredMention, language: str = "fr") -> bytes:
    return feed([[each] for each in found], NAMES, TOPICS, language, SLOT)


def read(document: bytes) -> Any:
    parsed = feedparser.parse(document)
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert parsed.version == "atom10"
    return parsed


def ids(document: bytes) -> list[str]:
    return [each.id for each in read(document).entries]


def check(document: bytes) -> None:
    """What RFC 4287 section 4 says that a feed and its entries must have and must not have twice."""
    root = etree.fromstring(document)
    for holder in (root, *root.findall("a:entry", XPATHS)):
        for once in ("id", "title", "updated"):
            assert len(holder.findall(f"a:{once}", XPATHS)) == 1
        assert all(each.text and each.text.strip() for each in holder.findall("a:title", XPATHS))
        assert holder.findall("a:author/a:name", XPATHS)
    for entry in root.findall("a:entry", XPATHS):
        links = entry.findall("a:link[@rel='alternate']", XPATHS)
        assert len(links) == 1 or (not links and entry.findall("a:content", XPATHS))
        assert all(each.get("href", "").startswith(("http://", "https://")) for each in links)
    found = [each.text for each in root.findall("a:entry/a:id", XPATHS)]
    assert len(found) == len(set(found))


def test_an_entry_tells_what_a_feed_reader_shows() -> None:
    told = article(
        1,
        title="Code 8 en tête",
        published=at(3),
        found_at=at(1),
        authors=("Maud Vasseral",),
        passages=(passage("« On » revoit Code 8."),),
    )
    document = written(told)
    check(document)
    parsed = read(document)
    (entry,) = parsed.entries
    assert parsed.feed.title == "Veilleur – Code 8 et Les Marées"
    assert (entry.title, entry.link, entry.author) == ("Code 8 en tête", told.url, "Maud Vasseral")
    assert entry.summary == "Le Clap Quotidien – dans le texte – «\u00a0“On” revoit Code 8.\u00a0»"
    assert (entry.published, entry.updated) == (at(3).isoformat(), at(1).isoformat())
    assert [(each.term, each.label) for each in entry.tags] == [("code8", "Code 8")]
    assert parsed.feed.updated == at(1).isoformat()
    (unread,) = read(written(replace(told, unread="HTTP 404", status=404))).entries
    assert unread.summary.startswith(
        "Le Clap Quotidien – dans le texte – titre et résumé seuls\u00a0: la page ne s’ouvre"
    )


def test_an_article_of_two_topics_is_one_entry_with_both_and_the_id_that_it_had() -> None:
    first, second = article(1, found_at=at(2)), article(2, article_id=1, topic="marees", found_at=at(1))
    document = feed([[first, second]], NAMES, TOPICS, "fr", SLOT)
    check(document)
    (entry,) = read(document).entries
    assert [each.term for each in entry.tags] == ["code8", "marees"]
    assert (entry.id, entry.updated) == (*ids(written(first)), at(1).isoformat())


def test_a_feed_without_an_entry_is_a_feed() -> None:
    check(written())
    assert read(written()).feed.updated == SLOT.isoformat()


def test_an_entry_keeps_its_id_when_its_title_address_and_text_change() -> None:
    changed = article(1, title="Autre titre", url="https://clap.example/ailleurs", published=None, passages=())
    assert ids(written(article(1))) == ids(written(changed, language="en"))


def test_a_number_that_comes_back_after_a_restored_backup_is_another_entry() -> None:
    assert ids(written(article(1))) != ids(written(article(1, found_at=SLOT + timedelta(seconds=1))))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_is_text(payload: str) -> None:
    fields = {"title": payload, "outlet": payload, "authors": (payload,), "lead": payload}
    document = written(article(1, passages=(passage(f"{payload} Code 8 {payload}"),), **fields))
    check(document)
    root = etree.fromstring(document)
    assert {etree.QName(each).namespace for each in root.iter()} == {ATOM}
    assert {each.get("type") for each in root.iter(f"{{{ATOM}}}summary")} == {"text"}
    assert len(document) < 5_000
    assert not set(document.decode()) & set("\x00\x1b\u202e\u2066\ufeff\uffff")


@pytest.mark.parametrize("url", ADDRESSES)
def test_an_address_that_is_not_of_the_web_is_no_link(url: str) -> None:
    document = written(article(1, url=url))
    check(document)
    (entry,) = read(document).entries
    assert "links" not in entry or not entry.links


@pytest.mark.parametrize("seed", range(5))
def test_whatever_characters_an_article_has_the_feed_can_be_read(seed: int) -> None:
    chance = Random(seed)
    text = "".join(chr(chance.choice([chance.randrange(0x20), chance.randrange(0x10FFFF)])) for _ in range(400))
    check(written(article(1, title=text, passages=(passage(text[:200] + "Code 8"),))))
