"""Folding: one spelling for all, and the way back."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.text import fold, folded_text, sentences, words

ODD = "œŒæß\u00ad\u200b\u00a0\u202f\u2009«»“”’‑–…ﬁﬃ①Ａé\u0301İ&;#\n\t\x00"


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("CODE\u00a08", "code 8"),
        ("Code\u202f8", "code 8"),
        ("Code‑8", "code-8"),
        ("Co\u00adde 8", "code 8"),
        ("« Cœur d’or »", '" coeur d\'or "'),
        ("Élan", "elan"),
        ("E\u0301lan", "elan"),
        ("Code&nbsp;8", "code 8"),
        ("Code&#160;8", "code 8"),
        ("Ｃｏｄｅ　８", "code 8"),
        ("R&B & Cie", "r&b & cie"),
    ],
)
def test_every_spelling_folds_to_one(written: str, folded: str) -> None:
    assert folded_text(written) == folded


@given(st.text(alphabet=string.ascii_letters + string.digits + ODD + " ", max_size=60), st.data())
def test_a_place_in_the_folded_text_leads_back_to_what_was_written(source: str, data: st.DataObject) -> None:
    folded = fold(source)
    if not folded.text:
        return
    start = data.draw(st.integers(0, len(folded.text) - 1))
    end = data.draw(st.integers(start + 1, len(folded.text)))
    first, last = folded.span(start, end)
    assert 0 <= first < last <= len(source)
    assert folded.text[start:end] in folded_text(source[first:last])


@given(st.text(alphabet=string.ascii_letters + string.digits + ODD + " ", max_size=60), st.data())
def test_places_asked_for_together_lead_back_to_where_each_does(source: str, data: st.DataObject) -> None:
    folded = fold(source)
    places = sorted(data.draw(st.lists(st.integers(0, max(0, len(folded.text) - 1)), max_size=5 if folded.text else 0)))
    assert folded.starts(places) == [folded.span(each, each + 1)[0] for each in places]


@given(st.text(max_size=200))
def test_any_text_can_be_folded(source: str) -> None:
    assert folded_text(folded_text(source)) is not None


def test_words_are_letters_and_digits() -> None:
    assert words("L’« Code 8 » : c’est 2,5 millions") == ["l", "code", "8", "c", "est", "2", "5", "millions"]


def test_sentences_end_where_a_reader_stops() -> None:
    text = "M. Chan tourne. « Oui ! » Il ajoute : 3,5 millions… Puis rien\nTitre sans point\nFin."
    found = [text[start:end] for start, end in sentences(text)]
    assert found == [
        "M. Chan tourne.",
        "« Oui ! »",
        "Il ajoute : 3,5 millions…",
        "Puis rien",
        "Titre sans point",
        "Fin.",
    ]
