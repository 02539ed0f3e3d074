"""The gate may let a page through for nothing, and never loses a mention."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from matching.gate import Gate
from tests.support.topics import code8

GATE = Gate([code8()])
LETTERS = st.sampled_from(
    ["", "", "", "", "<b>", "</b>", '<span class="a">', "&shy;", "\u00ad", "&#173;", "<!-- x -->"]
)
SPACES = st.sampled_from(
    [" ", "  ", "\n", "\t", "\u00a0", "\u202f", "\u2009", "&nbsp;", "&#160;", "&#xA0;", "&thinsp;", "-", "‑", "", "_",
     "</em> ", "<br>", " <b>", "\\u00a0", "&nbsp;<i>"]
)  # fmt: skip
DIGIT = st.sampled_from(["8", "&#56;", "&#x38;", "８", "huit", "Huit", "HUIT"])


def spelled(char: str) -> st.SearchStrategy[str]:
    return st.sampled_from([char, char.upper(), f"&#{ord(char)};", f"&#x{ord(char.upper()):X};"])


TITLES = st.tuples(
    spelled("c"), LETTERS, spelled("o"), LETTERS, spelled("d"), LETTERS, spelled("e"), LETTERS, SPACES, DIGIT
).map("".join)


@settings(max_examples=400)
@given(TITLES, st.sampled_from(["utf-8", "cp1252"]), st.text(max_size=30), st.text(max_size=30))
@example("c&ocirc;de 8", "utf-8", "", "")
@example("CÔDE 8", "cp1252", "", "")
def test_no_spelling_of_the_title_is_lost(title: str, charset: str, before: str, after: str) -> None:
    page = f"<p>{before}</p> {title} <p>{after}</p>"
    raw = page.encode(charset, "xmlcharrefreplace")
    assert GATE.passes(raw)


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_pages_in_wide_charsets_go_round_the_gate(charset: str) -> None:
    assert GATE.passes("<html><body>Le film Code 8</body></html>".encode(charset))


@pytest.mark.parametrize(
    "page",
    [
        "<html><body><p>Une page sans rien.</p></body></html>",
        "Le décodage de 9 codes",
        "<p>barcodes 9</p>",
        "8 codes",
        "",
    ],
)
def test_a_page_without_the_words_goes_no_further(page: str) -> None:
    assert not GATE.passes(page.encode())


def test_a_page_that_looks_like_the_title_everywhere_is_scanned_in_bounded_time() -> None:
    for hostile in (b"c" * 200_000, b"code " * 100_000, b"c<" * 100_000, b"code" + b"<b>" * 100_000, b"&" * 200_000):
        assert GATE.passes(hostile) in (True, False)
