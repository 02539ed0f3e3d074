"""A page that a browser saved into one file is the page, not the file."""

import quopri

import pytest

from crawler.errors import UnreadablePage
from crawler.mhtml import unwrapped
from tests.support.saving import saved_by_a_browser

ADDRESS = "https://journal.example/actu/code-8?page=1"
PAGE = (
    '<!doctype html><html lang="fr"><head><meta name="author" content="Léa"><title>« Code 8 » à l’écran, et une '
    'phrase assez longue pour être coupée</title></head><body class="été"><p id="a">Là.</p></body></html>'
)


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "binary"])
def test_a_page_is_what_was_saved(encoding: str) -> None:
    found = unwrapped(saved_by_a_browser(PAGE.encode(), ADDRESS + "#suite", encoding))
    assert found.raw.decode() == PAGE
    assert found.location == ADDRESS


def test_the_charset_that_a_part_says_is_heeded() -> None:
    saved = saved_by_a_browser(PAGE.encode("cp1252"), ADDRESS, "base64", charset='; charset="windows-1252"')
    assert unwrapped(saved).raw.decode() == PAGE
    unknown = saved_by_a_browser(PAGE.encode(), ADDRESS, "base64", charset="; charset=nothing")
    assert unwrapped(unknown).raw.decode() == PAGE


def test_quoted_printable_without_its_head_is_read_too() -> None:
    assert unwrapped(quopri.encodestring(PAGE.encode())).raw.decode() == PAGE


@pytest.mark.parametrize(
    "text",
    [
        PAGE,
        'Subject: one line\n\n<p id="a">and a page</p>',
        'title: Code 8\nlead: no mail at all\n\n<p id="a">Là</p>',
        '<p id="a" class="b" title="c">how =3D" =3D" =3D" is written</p>',
    ],
)
def test_what_is_no_mhtml_stays_as_it_is(text: str) -> None:
    assert unwrapped(text.encode()).raw.decode() == text


def test_mhtml_without_a_page_says_what_to_do() -> None:
    with pytest.raises(UnreadablePage, match="save the page again, as HTML"):
        unwrapped(b"MIME-Version: 1.0\r\nContent-Type: image/png\r\n\r\nabc")
    nested = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (each, each) for each in range(200))
    with pytest.raises(UnreadablePage, match="more than 100 boundaries"):
        unwrapped(b"MIME-Version: 1.0\n" + nested)
