"""Foreign text is one harmless line; foreign addresses become links only where they are of the web."""

import pytest

from alerts.foreign import clean, cleaned, link
from alerts.model import Quotation


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("titre\r\nBcc: tous@ailleurs.example", "titre Bcc: tous@ailleurs.example"),
        ("avant\u2028après\x85fin", "avant après fin"),
        ("gpj.\u202eelif", "gpj.elif"),
        ("\u2066isolé\u2069 \u200fmarque\u061c", "isolé marque"),
        ("nul\x00 cloche\x07 retour\x08", "nul cloche retour"),
        ("césu\u00adre, vi\u200bde, \ufeffmarque", "césure, vide, marque"),
        ("demi \ud800 paire", "demi paire"),
        ("Code 8\u00a0: la\u202fsuite", "Code 8\u00a0: la\u202fsuite"),
        ("👩\u200d🎬", "👩\u200d🎬"),
    ],
)
def test_what_cannot_be_seen_is_removed(text: str, visible: str) -> None:
    assert clean(text) == visible


def test_a_mention_stays_in_place_when_the_text_around_it_is_cleaned() -> None:
    text = "  Le\u202e film\nCode\t8 \x00revient  "
    start = text.index("Code")
    quotation = cleaned(Quotation(text, start, start + len("Code\t8")))
    assert (quotation.before, quotation.marked, quotation.after) == ("Le film ", "Code 8", " revient")


@pytest.mark.parametrize("url", ["https://clap.example/a?b=1&c=é", "http://clap.example:8080/"])
def test_addresses_of_the_web_become_links(url: str) -> None:
    assert link(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>",
        "file:///etc/passwd",
        "//clap.example/a",
        "https:///chemin",
        "https://[",
        "https:\\\\clap.example",
        "https://clap.example/deux mots",
        "https://clap.example/\r\nSet-Cookie:a",
        "",
    ],
)
def test_other_addresses_do_not(url: str) -> None:
    assert link(url) is None
