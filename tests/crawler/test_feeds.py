"""What a feed says."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crawler.errors import UnreadableSource
from crawler.reading.feeds import plain, read_feed
from crawler.reading.links import LONGEST_SUMMARY, LONGEST_TITLE, MOST_LINKS, Link, Named
from tests.support.press import atom, rss

URL = "https://fil.example/rss.xml"


def read(document: str) -> list[Link]:
    return read_feed(document.encode(), URL).links


def only(document: str) -> Link:
    (link,) = read(document)
    return link


def test_an_rss_item_gives_address_headline_summary_and_date() -> None:
    published = datetime(2024, 3, 1, 8, 30, tzinfo=UTC)
    link = only(rss([("https://fil.example/a", "L’été & l’hiver", "<p>Un <b>résumé</b>.</p>")], published))
    assert link == Link("https://fil.example/a", "L’été & l’hiver", "Un résumé.", published)


def test_an_atom_entry_gives_address_headline_and_date() -> None:
    link = only(atom([("https://fil.example/a", "Titre")]))
    assert (link.url, link.title, link.published) == (
        "https://fil.example/a",
        "Titre",
        datetime(2024, 3, 1, 8, 0, tzinfo=UTC),
    )


def test_links_keep_the_order_of_the_feed() -> None:
    links = read(rss((f"https://fil.example/{number}", "x", "") for number in range(5)))
    assert [link.url[-1] for link in links] == list("01234")


def test_an_address_may_be_relative_and_loses_its_fragment() -> None:
    assert only(rss([("/a/b#suite", "x", "")])).url == "https://fil.example/a/b"


def test_an_entry_without_link_is_known_by_its_id_when_that_is_an_address() -> None:
    document = atom([("https://fil.example/a", "x")]).replace('<link href="https://fil.example/a"/>', "")
    assert only(document).url == "https://fil.example/a"


@pytest.mark.parametrize("link", ["", "http://[illisible", "http://fil.example:99999/a"])
def test_an_entry_without_a_usable_address_is_left_out(link: str) -> None:
    assert [each.title for each in read(rss([(link, "perdu", ""), ("/a", "gardé", "")]))] == ["gardé"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "the feed is empty"),
        (b"  \n", "the feed is empty"),
        (b"<!DOCTYPE html><html><body>Connexion</body></html>", "the feed is an HTML page"),
        (b'{"version": "https://jsonfeed.example"}', "this is no RSS or Atom feed"),
        (b"\x89PNG\r\n", "this is no RSS or Atom feed"),
        (
            b"<?xml version='1.0'?>\n<rss version='2.0'><channel>\n<item><title>Coup",
            "not well-formed XML, line 3: no element",
        ),
        (b"<rss version='2.0'><channel>\n<item><title>Coup", "not well-formed XML, line 2: no element"),
    ],
)
def test_what_is_no_feed_is_said_to_be_none(body: bytes, why: str) -> None:
    with pytest.raises(UnreadableSource, match=why):
        read_feed(body, URL)


def test_a_feed_that_names_nothing_is_a_feed() -> None:
    assert read_feed(rss([]).encode(), URL) == Named([])


WHOLE = rss([("/a", "Un", ""), ("/b", "Deux", "")])


@pytest.mark.parametrize(
    ("document", "links", "damage"),
    [
        (WHOLE.partition("<title>Deux")[0], 2, "not well-formed XML, line 1: no element found"),
        (WHOLE.partition("<link>/b")[0], 1, "not well-formed XML, line 1: no element found"),
        (WHOLE.partition("<item><link>/b")[0], 1, "not well-formed XML, line 1: no element found"),
        (WHOLE.replace("<link>/b</link>", "<lien>"), 1, "not well-formed XML, line 1: mismatched tag"),
        (WHOLE.replace("Deux", "Un & deux"), 2, ""),
    ],
)
def test_what_stands_before_the_damage_is_read_and_the_damage_told_where_items_are_lost(
    document: str, links: int, damage: str
) -> None:
    read = read_feed(document.encode(), URL)
    assert (len(read.links), read.damage) == (links, damage)


def test_the_charset_of_the_header_counts() -> None:
    document = rss([("/a", "Un été", "")]).replace('<?xml version="1.0"?>', "").encode("cp1252")
    (link,) = read_feed(document, URL, "application/xml; charset=windows-1252").links
    assert link.title == "Un été"


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("&#55357;&#56832;", "\N{GRINNING FACE}"),
        ("&#xD83D;&#xDE00;", "\N{GRINNING FACE}"),
        ("&#55357;", "\ufffd"),
        ("&#0;", "\ufffd"),
        ("&#x110000;", "\ufffd"),
        ("&#233;t&#xe9;", "été"),
    ],
)
@pytest.mark.parametrize("wrapped", ["{}", "<![CDATA[{}]]>"])
def test_character_references_that_xml_forbids_do_not_break_the_feed(written: str, read_as: str, wrapped: str) -> None:
    """Some editors write an emoji as the two halves of its UTF-16 form."""
    document = rss([("/a", "TITRE", "RÉSUMÉ")]).replace("TITRE", wrapped.format(written + " fin"))
    assert only(document).title == read_as + " fin"


def test_control_characters_are_dropped() -> None:
    assert only(rss([("/a", "Un\x00 \x0bdeux", "")])).title == "Un deux"


def test_a_harmless_entity_of_the_documents_own_is_read_and_a_bomb_stays_small() -> None:
    doctype = '<!DOCTYPE rss [<!ENTITY film "Hublot">]>'
    assert (
        "Hublot" in only(rss([("/a", "TITRE", "")]).replace("<rss", doctype + "<rss").replace("TITRE", "&film;")).title
    )
    levels = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(8))
    bomb = f'<!DOCTYPE rss [<!ENTITY e0 "ha">{levels}]>'
    document = rss([("/a", "TITRE", "")]).replace("<rss", bomb + "<rss").replace("TITRE", "&e8;")
    assert all(len(link.title) <= LONGEST_TITLE for link in read(document))


def test_fields_and_feeds_have_a_limit() -> None:
    link = only(rss([("/a", "t" * 10_000, "s" * 100_000)]))
    assert (len(link.title), len(link.summary)) == (LONGEST_TITLE, LONGEST_SUMMARY)
    assert len(read(rss((f"/{number}", "", "") for number in range(MOST_LINKS + 10)))) == MOST_LINKS


@pytest.mark.parametrize("date", ["demain", "Mon, 99 Foo 2024 99:99:99", "", "0000-00-00"])
def test_a_date_that_is_none_is_none(date: str) -> None:
    document = rss([("/a", "x", "")]).replace("</item>", f"<pubDate>{date}</pubDate></item>")
    assert only(document).published is None


@pytest.mark.parametrize("date", ["2024-07-01 08:30:00", "Mon, 01 Jul 2024 08:30:00", "Mon, 01 Jul 2024 08:30:00 CEST"])
def test_a_date_without_a_zone_that_is_known_is_in_the_outlets(date: str) -> None:
    document = rss([("/a", "x", "")]).replace("</item>", f"<pubDate>{date}</pubDate></item>").encode()
    for zone in (ZoneInfo("Europe/Paris"), ZoneInfo("America/Toronto")):
        (link,) = read_feed(document, URL, zone=zone).links
        assert link.published == datetime(2024, 7, 1, 8, 30, tzinfo=zone)


def test_markup_becomes_a_line_of_text() -> None:
    assert plain("<p>Un&nbsp;deux\n  <br>trois</p>\t<p>quatre") == "Un\xa0deux trois quatre"
    assert (
        plain("<p>Demain Hublot 8</p><ul><li>un film</li><li>une série</li></ul>")
        == "Demain Hublot 8 un film une série"
    )


def test_a_body_that_is_the_name_of_a_file_opens_none(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_text(
        '<rss version="2.0"><channel><item><link>https://journal.example/secret</link></item></channel></rss>'
    )
    with pytest.raises(UnreadableSource):
        read_feed(str(secret).encode(), URL)
