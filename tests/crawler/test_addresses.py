"""One key for every spelling of an address, and which addresses may be fetched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.addresses import (
    LONGEST_ADDRESS,
    absolute,
    address_key,
    bare_host,
    check_address,
    on_host_of,
    same_site,
)
from crawler.errors import RefusedAddress


@pytest.mark.parametrize(
    "spelling",
    [
        "https://journal.example/actu/12",
        "http://journal.example/actu/12",
        "https://www.journal.example/actu/12",
        "https://m.journal.example/actu/12",
        "https://amp.journal.example/actu/12",
        "https://JOURNAL.example./actu/12",
        "https://journal.example:443/actu/12",
        "https://journal.example/actu/12/",
        "https://journal.example//actu//12",
        "https://journal.example/actu/12/index.html",
        "https://journal.example/actu/12/amp/",
        "https://journal.example/actu/12.amp",
        "https://journal.example/amp/actu/12",
        "https://journal.example/actu/12?utm_source=rss&utm_medium=feed",
        "https://journal.example/actu/12?fbclid=abc&xtor=RSS-1",
        "https://journal.example/actu/12#commentaires",
        "https://journal.example/actu/12?source=rss&ref=twitter&amp=1&outputType=amp&origin=newsletter",
        "https://journal.example/actu/12?src=&at_medium=custom7&gbraid=x&wbraid=y&ttclid=z",
        "https://journal.example/%61ctu/1%32",
    ],
)
def test_all_spellings_of_an_address_have_one_key(spelling: str) -> None:
    assert address_key(spelling) == "journal.example/actu/12"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://journal.example/actu/12", "https://journal.example/actu/13"),
        ("https://journal.example/article?id=1", "https://journal.example/article?id=2"),
        ("https://journal.example/a", "https://autre.example/a"),
        ("https://journal.example/a", "https://journal.example:8080/a"),
        ("https://journal.example/a", "https://cinema.journal.example/a"),
        ("https://journal.example/article?ref=1181066", "https://journal.example/article?ref=1181067"),
        ("https://journal.example/article?source=afp-12", "https://journal.example/article?source=afp-13"),
        ("https://journal.example/article?src=le-phare", "https://journal.example/article?src=la-drave"),
        ("https://journal.example/?q=%e9t%e9", "https://journal.example/?q=%e8t%e8"),
        ("https://journal.example/a%2Fb", "https://journal.example/a/b"),
        ("https://journal.example/a%2541", "https://journal.example/aA"),
    ],
)
def test_different_pages_have_different_keys(one: str, other: str) -> None:
    assert address_key(one) != address_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://j.example/%c3%a9t%c3%a9", "https://j.example/%C3%A9t%C3%A9"),
        ("https://j.example/été", "https://j.example/%C3%A9t%C3%A9"),
        ("https://j.example/%7Eleon/a%2db", "https://j.example/~leon/a-b"),
        ("https://j.example/?q=%c3%a9", "https://j.example/?q=%C3%A9"),
        ("https://j.example/une-sortie.amp.html", "https://j.example/une-sortie.html"),
    ],
)
def test_an_escape_may_be_written_in_several_ways(one: str, other: str) -> None:
    assert address_key(one) == address_key(other)


def test_the_order_of_a_query_does_not_matter() -> None:
    assert address_key("https://j.example/a?b=2&a=1") == address_key("https://j.example/a?a=1&b=2")


@given(
    st.from_regex(
        r"https?://(www\.)?[a-z]{1,8}\.example(/([a-z0-9é_.-]|%[0-9a-fA-F]{2}){0,12}){0,4}(\?[a-z]=([a-z0-9]|%[0-9a-f]{2})*)?",
        fullmatch=True,
    )
)
def test_a_key_is_its_own_key(url: str) -> None:
    key = address_key(url)
    assert address_key(f"https://{key}") == key


def test_own_prefixes_are_taken_off_only_in_front_of_a_domain() -> None:
    assert bare_host("WWW.Journal.Example.") == "journal.example"
    assert bare_host("m.example") == "m.example"
    assert bare_host("medias.journal.example") == "medias.journal.example"
    assert same_site("www.journal.example", "amp.journal.example")
    assert not same_site("journal.example", "autre.example")


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("/a", "https://journal.example/a"),
        ("b c", "https://journal.example/rubrique/b%20c"),
        ("//autre.example/a", "https://autre.example/a"),
        ("/été?q=é", "https://journal.example/%C3%A9t%C3%A9?q=%C3%A9"),
        (" /a#suite\n", "https://journal.example/a"),
        ("?page=2", "https://journal.example/rubrique/?page=2"),
    ],
)
def test_a_link_leads_where_a_browser_would_go(link: str, address: str) -> None:
    assert absolute("https://journal.example/rubrique/", link) == address


@pytest.mark.parametrize("link", ["http://[", "//[::1", "http://journal.example:99999/", "http://journal.example:a/"])
def test_what_is_no_address_is_none(link: str) -> None:
    assert absolute("https://journal.example/", link) is None


HOSTS = ("journal.example", "images.autre.example:8080", "127.0.0.1:8000", "[fd00::1]:81")


@pytest.mark.parametrize(
    "url",
    [
        "https://journal.example/",
        "http://journal.example:80/",
        "https://www.journal.example/a",
        "https://cinema.journal.example:443/a",
        "https://JOURNAL.EXAMPLE./a",
        "http://images.autre.example:8080/a",
        "http://127.0.0.1:8000/a",
        "http://[fd00::1]:81/a",
    ],
)
def test_an_outlets_own_addresses_may_be_fetched(url: str) -> None:
    check_address(url, HOSTS)
    assert on_host_of(url, HOSTS)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://ailleurs.example/", "not on a host of its outlet"),
        ("https://unjournal.example/", "not on a host of its outlet"),
        ("https://journal.example.ailleurs.example/", "not on a host of its outlet"),
        ("https://journal.example:8443/", "not on a host of its outlet"),
        ("https://autre.example:8080/", "not on a host of its outlet"),
        ("https://images.autre.example/", "not on a host of its outlet"),
        ("http://127.0.0.1:8001/", "not on a host of its outlet"),
        ("http://1.127.0.0.1:8000/", "not on a host of its outlet"),
        ("http://[fd00::1]/", "not on a host of its outlet"),
        ("http://2130706433/", "not on a host of its outlet"),
        ("file:///etc/passwd", "only http and https"),
        ("ftp://journal.example/a", "only http and https"),
        ("data:text/html,a", "only http and https"),
        ("javascript:alert(1)", "only http and https"),
        ("//journal.example/a", "only http and https"),
        ("https://qui:quoi@journal.example/", "a name and a password"),
        ("https://journal.example@ailleurs.example/", "a name and a password"),
        ("https://journal.example:99999/", "is no address"),
        ("https://[journal.example/", "is no address"),
        ("https://.journal.example/", "is no name of a host"),
        ("https://a..journal.example/", "is no name of a host"),
        ("https://journal.example../", "is no name of a host"),
        ("https:///a", "is no name of a host"),
        ("https://../a", "is no name of a host"),
        ("https://./a", "is no name of a host"),
        ("https://journal.example/" + "a" * LONGEST_ADDRESS, "longer than"),
    ],
)
def test_all_other_addresses_are_refused_and_said_why(url: str, why: str) -> None:
    with pytest.raises(RefusedAddress, match=why):
        check_address(url, HOSTS)
    assert not on_host_of(url, HOSTS)


def test_a_refusal_does_not_repeat_a_password() -> None:
    with pytest.raises(RefusedAddress) as refusal:
        check_address("https://qui:motdepasse@journal.example/", HOSTS)
    assert "motdepasse" not in str(refusal.value)
