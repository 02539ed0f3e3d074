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
        (TEXT.encode("iso-8859-15", "replace").replace(b"?", b"\x92", 1), None),
    ],
)
def test_a_page_is_read_in_the_charset_that_it_is_in(raw: bytes, content_type: str | None) -> None:
    assert "dépassée à Noël" in decode(raw, content_type)


def test_the_header_counts_before_the_page() -> None:
    page = '<meta charset="utf-8"><p>déjà</p>'.encode("cp1252")
    assert "déjà" in decode(page, "text/html; charset=windows-1252")


def test_the_page_counts_where_the_header_is_silent() -> None:
    page = '<meta charset="windows-1252"><p>déjà</p>'.encode("cp1252")
    assert "déjà" in decode(page, "text/html")


def test_single_windows_1252_bytes_in_a_utf_8_page_are_read_too() -> None:
    raw = b'<meta charset="utf-8">' + TEXT.encode() + b" L\x92automne"
    assert decode(raw).endswith(TEXT + " L’automne")


def test_control_characters_are_dropped() -> None:
    assert decode(b"a\x00b\x08c\td\n") == "abc\td\n"
