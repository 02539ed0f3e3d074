"""From a page's bytes to its text."""

import codecs

import pytest

from crawler.extraction.decoding import decode

TEXT = "L’œuvre coûte 8 € : déjà dépassée à Noël"


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (TEXT.encode(), None),
        (TEXT.encode(), "text/html; charset=utf-8"),
        (TEXT.encode("cp1252"), "text/html; charset=windows-1252"),
        (TEXT.encode("cp1252"), "text/html; charset=ISO-8859-1"),
        (TEXT.encode("cp1252"), None),
        (codecs.BOM_UTF8 + TEXT.encode(), "text/html; charset=iso-8859-1"),
        (TEXT.encode("utf-16"), None),
        (TEXT.encode("utf-16-le"), None),
        (TEXT.encode(), "text/html; charset=klingon"),
        (TEXT.encode(), "text/html; charset=utf-16"),
        (TEXT.encode(), "text/html; charset=windows-1252"),
        (TEXT.encode("cp1252"), "text/html; charset=utf-16"),
        (TEXT.encode("cp1252"), "text/html; charset=hex"),
    ],
)
def test_a_page_is_read_in_the_charset_that_it_is_in(raw: bytes, content_type: str | None) -> None:
    assert decode(raw, content_type) == TEXT


def test_a_page_in_a_neighbour_of_windows_1252_is_readable() -> None:
    assert "dépassée à Noël" in decode(TEXT.encode("iso-8859-15", "replace").replace(b"?", b"\x92", 1))


def test_the_header_counts_before_the_page() -> None:
    page = '<meta charset="utf-8"><p>déjà</p>'.encode("cp1252")
    assert "déjà" in decode(page, "text/html; charset=windows-1252")


def test_the_page_counts_where_the_header_is_silent() -> None:
    page = '<meta charset="windows-1252"><p>déjà</p>'.encode("cp1252")
    assert "déjà" in decode(page, "text/html")


def test_the_page_counts_where_the_header_cannot_be_true() -> None:
    page = '<meta charset="iso-8859-15"><p>à cœur, 8 €</p>'.encode("iso-8859-15")
    assert "à cœur, 8 €" in decode(page, "text/html; charset=utf-8")


@pytest.mark.parametrize("head", [b'<meta charset="utf-8">', b""], ids=["said", "unsaid"])
def test_single_windows_1252_bytes_in_a_utf_8_page_are_read_too(head: bytes) -> None:
    raw = head + TEXT.encode() + b" L\x92automne"
    assert decode(raw).endswith(TEXT + " L’automne")


def test_control_characters_are_dropped() -> None:
    assert decode(b"a\x00b\x08c\td\n") == "abc\td\n"
    assert decode("a\ufffeb\uffffc".encode()) == "abc"
