"""Of a text of any length, its beginning and the places with a watched title are kept, so much and no more."""

import pytest

from crawler.extraction.abridged import LONGEST_BEGINNING, LONGEST_PIECE, LONGEST_TEXT, MOST_TITLES, abridged

NAMING = "Voici le film Hublot. " * (LONGEST_TEXT // 20)


@pytest.mark.parametrize(
    ("titles", "most"),
    [
        ((), LONGEST_BEGINNING),
        (("Scaphandre",), LONGEST_BEGINNING),
        (("Scaphandre", "Hublot"), LONGEST_TEXT),
        (("Scaphandre", "Hublot") * (MOST_TITLES // 2), LONGEST_TEXT),
        (("Hublot",) * (MOST_TITLES + 1), LONGEST_BEGINNING),
    ],
)
def test_so_much_is_kept_of_a_text_in_one_paragraph_or_in_many(titles: tuple[str, ...], most: int) -> None:
    for paragraphs in ([NAMING], [NAMING[:2200]] * (len(NAMING) // 2200)):
        assert most - LONGEST_PIECE < sum(map(len, abridged(paragraphs, titles))) <= most


def test_a_text_that_is_short_enough_stays_as_it_is() -> None:
    paragraphs = [NAMING[: 2 * LONGEST_PIECE], "Une phrase."]
    assert abridged(paragraphs, ()) == paragraphs
