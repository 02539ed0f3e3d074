"""Texts cut to a length, at the bounds of words."""

import pytest

from alerts.excerpts import quote, shorten

TEXT = "Après un long hiver, le premier volet de Code 8 revient sur la plateforme, suivi de près par sa suite."
START = TEXT.index("Code 8")
END = START + len("Code 8")


def test_a_short_text_stays_whole() -> None:
    assert quote(TEXT, START, END, 300).text == TEXT


@pytest.mark.parametrize("limit", range(20, len(TEXT) + 2))
def test_a_cut_keeps_the_limit_the_mention_and_whole_words(limit: int) -> None:
    cut = quote(TEXT, START, END, limit)
    kept = cut.text.removeprefix("…\u00a0").removesuffix("…")
    assert len(cut.text) <= limit
    assert cut.marked == "Code 8"
    assert kept in TEXT
    assert set(kept.replace(",", "").split()) <= set(TEXT.replace(",", "").split())


@pytest.mark.parametrize(("start", "end"), [(-1, 4), (5, 2), (0, 5000), (3, 3)])
def test_offsets_of_another_text_leave_no_mark(start: int, end: int) -> None:
    assert quote(TEXT, start, end, 60).marked == ""


def test_a_mention_at_the_beginning_or_the_end_is_kept() -> None:
    assert quote("Code 8 " + "mot " * 100, 0, 6, 80).before == ""
    last = quote("mot " * 100 + "Code 8", 400, 406, 80)
    assert (last.marked, last.after) == ("Code 8", "")


def test_a_text_without_spaces_is_cut_all_the_same() -> None:
    assert shorten("x" * 500, 100) == "x" * 97 + "…"


def test_nothing_dangles_before_the_ellipsis() -> None:
    assert shorten("Le film, la suite : encore un mot", 24) == "Le film, la suite…"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Le film « Code 8 » sort : enfin !", "Le film «\u00a0Code 8\u00a0» sort : enfin !"),
        ("« On a tourné Code 8 en un mois.", "«\u00a0On a tourné Code 8 en un mois.\u00a0»"),
        ("On recommencera Code 8. »", "«\u00a0On recommencera Code 8.\u00a0»"),
        ("fini », dit-il de Code 8. « Et", "«\u00a0fini\u00a0», dit-il de Code 8. «\u00a0Et\u00a0»"),
    ],
)
def test_guillemets_are_pairs_and_hold_their_words(written: str, shown: str) -> None:
    cut = quote(written, (start := written.index("Code 8")), start + 6, 200)
    assert (cut.text, cut.marked) == (shown, "Code 8")


@pytest.mark.parametrize("limit", range(40, 130))
def test_a_cut_through_a_quotation_leaves_no_half_guillemets(limit: int) -> None:
    text = "Elle dit : « Nous avons vu le film Code 8 au cinéma, hier soir, avec tous nos amis », puis s’en va, ravie."
    cut = quote(text, (start := text.index("Code 8")), start + 6, limit)
    assert cut.text.count("«") == cut.text.count("»")
    assert (cut.marked, len(cut.text) <= limit) == ("Code 8", True)
