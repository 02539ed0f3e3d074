"""The gate may let a page through for nothing, and never loses a mention."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.gate import Gate
from matching.scan import IS_VECTORISED
from matching.topic import parse_topic
from tests.support.topics import code8

MAREES = parse_topic('id = "m"\nname = "M"\n[[works]]\nid = "f"\ntitle = "Les Marées d’Éole"', "m.toml", {})
MANY = [
    parse_topic(f'id = "t{n}"\nname = "T"\n[[works]]\nid = "f"\ntitle = "Zorglub{n} Kwak{n}"', "t.toml", {})
    for n in range(80)
]
DERNIERS = [
    parse_topic(f'id = "d{n}"\nname = "D"\n[[works]]\nid = "f"\ntitle = "Dernier {word}"', "d.toml", {})
    for n, word in enumerate(f"{first}{last}" for first in "bcdfgj" for last in ("éa", "ou", "um", "8x"))
]
GATES = {
    f"{kind}, {'vectorised' if vectorised else 'pure Python'}": Gate(topics, vectorised=vectorised)
    for kind, topics in {"few": [code8(), MAREES], "many": [code8(), MAREES, *MANY, *DERNIERS]}.items()
    for vectorised in (False, True)
    if IS_VECTORISED or not vectorised
}
ALL_GATES = pytest.mark.parametrize("gate", GATES.values(), ids=GATES)
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


MARKS = st.sampled_from(
    ["", "", "", "<b>", "</b>", "<i class='x'>", "</span><span>", "&shy;", "\u00ad", "\u200b", "<b>\u00ad"]
)


def torn(word: str) -> st.SearchStrategy[str]:
    return st.tuples(*(part for letter in word for part in (st.sampled_from([letter, letter.upper()]), MARKS))).map(
        "".join
    )


TITLES = st.tuples(
    spelled("c"), LETTERS, spelled("o"), LETTERS, spelled("d"), LETTERS, spelled("e"), LETTERS, SPACES, DIGIT
).map("".join)


@settings(max_examples=400)
@given(TITLES, st.sampled_from(["utf-8", "cp1252"]), st.text(max_size=30), st.text(max_size=30))
def test_no_spelling_of_the_title_is_lost(title: str, charset: str, before: str, after: str) -> None:
    page = f"<p>{before}</p> {title} <p>{after}</p>"
    raw = page.encode(charset, "xmlcharrefreplace")
    assert [name for name, gate in GATES.items() if not gate.passes(raw)] == []


@pytest.mark.parametrize(
    "page",
    ["Co\u2060de 8", "Co\ufeffde 8", "Co&#8288;de 8", "𝐂𝐨𝐝𝐞 𝟖", "Code ⑧", "Code ⁸", "Code<!-- a > b < c --> 8",
     "Code<span title='a>b'> 8", "<b>Co</b><i>de</i> 8", "Code\\u00a08"],
)  # fmt: skip
@ALL_GATES
def test_odd_spellings_that_folding_makes_plain_are_not_lost(page: str, gate: Gate) -> None:
    assert gate.passes(f"<p>Le film {page} sort.</p>".encode())


@settings(max_examples=400)
@given(torn("zorglub7"), torn("kwak7"), torn("les"), torn("marées"), st.sampled_from([" ", "<br>", "\u00a0", "-"]))
def test_no_word_that_is_torn_is_lost(one: str, two: str, les: str, marees: str, space: str) -> None:
    for title in (f"{one}{space}{two}", f"{les} {marees}{space}d’Éole"):
        page = f"<p>Avant <a href='/x'>le</a><i>film</i> {title}, puis après.</p>".encode()
        many = [gate for name, gate in GATES.items() if name.startswith("many")]
        assert all(gate.passes(page) for gate in many)


@pytest.mark.parametrize(
    "title",
    [
        "Dernier bou",
        "dernier</b> <i title='a>b'>bou",
        "Dernier&nbsp;béa",
        "DERNIER BÉA",
        "dernierbou",
        "Dernier b<b>ou",
    ],
)
@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
def test_titles_that_share_a_word_are_told_apart(title: str, charset: str) -> None:
    for name, gate in GATES.items():
        if name.startswith("many"):
            assert gate.passes(f"<p>Au dernier tour, le dernier mot : {title}.</p>".encode(charset)), name
            assert not gate.passes("<p>Au dernier tour, bou ; le dernier béarnais.</p>".encode(charset)), name


ACCENTED = st.sampled_from(["é", "É", "e", "E", "&eacute;", "&Eacute;", "&#233;", "&#xE9;", "e\u0301", "\\u00e9"])


@settings(max_examples=200)
@given(
    ACCENTED,
    ACCENTED,
    SPACES.filter(bool),
    st.sampled_from(["'", "’", "&rsquo;", "&#8217;", "&#39;"]),
    st.sampled_from(["utf-8", "cp1252"]),
)
def test_no_spelling_of_a_title_with_accents_is_lost(one: str, two: str, space: str, mark: str, charset: str) -> None:
    raw = f"<p>Les{space}Mar{one}es d{mark}{two}ole</p>".encode(charset, "xmlcharrefreplace")
    assert [name for name, gate in GATES.items() if not gate.passes(raw)] == []


@settings(max_examples=200)
@given(
    st.binary(max_size=200),
    st.sampled_from([b"code 8", b"c<b>ode</b> 8", b"cod&#101; 8", b"code", b"mar\xc3\xa9es", b""]),
)
def test_hyperscan_and_pure_python_give_the_same_answer(noise: bytes, core: bytes) -> None:
    raw = b"<p>" + noise + core + noise
    for kind in ("few", "many"):
        assert len({gate.passes(raw) for name, gate in GATES.items() if name.startswith(kind)}) == 1


def test_the_title_inside_a_longer_word_is_no_title_for_either_scan() -> None:
    assert [name for name, gate in GATES.items() if gate.passes(b"<p>80 code80, xcode8")] == []


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@ALL_GATES
def test_pages_in_wide_charsets_go_round_the_gate(charset: str, gate: Gate) -> None:
    assert gate.passes("<html><body>Le film Code 8</body></html>".encode(charset))


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
@ALL_GATES
def test_a_page_without_the_words_goes_no_further(page: str, gate: Gate) -> None:
    assert not gate.passes(page.encode())


@ALL_GATES
def test_a_page_that_looks_like_the_title_everywhere_is_scanned_in_bounded_time(gate: Gate) -> None:
    began = time.process_time()
    for hostile in (b"c" * 200_000, b"code " * 40_000, b"c<" * 100_000, b"code" + b"<b>" * 60_000, b"&" * 200_000,
                    b"code<" * 40_000, b"code&" * 40_000, b"c&#111;" * 30_000, b"<!--" * 50_000):  # fmt: skip
        assert gate.passes(hostile) in (True, False)
    assert time.process_time() - began < 20


@pytest.mark.parametrize("gate", [each for name, each in GATES.items() if name.endswith("vectorised")])
def test_threads_look_through_one_gate_at_once(gate: Gate) -> None:
    pages = [b"<p>Code 8</p>", b"<p>Rien</p>" * 200_000, b"<p>Les Mar&eacute;es d'\xc3\x89ole</p>"] * 20
    expected = [b"Rien" not in each for each in pages]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda _: list(map(gate.passes, pages)), range(4))) == [expected] * 4
