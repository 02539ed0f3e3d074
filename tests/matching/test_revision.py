"""What a second reading of a page makes of the first."""

from dataclasses import replace

import pytest

from matching.model import Article
from matching.revision import Rewriting, changes, is_lost, rewriting, same_article

SENTENCES = (
    "Hublot occupe la première place du classement cinq jours après sa mise en ligne.",
    "Les trois sous-mariniers amateurs qui l’ont tourné dans une cuve de laiterie se disent surpris par cet accueil.",
    "Le distributeur annonce quarante copies de plus, dont six dans des villes qui n’ont plus de salle.",
    "Une suite est écrite, dans laquelle la laiterie prend l’eau pour de bon.",
    "Le tournage commencera au printemps, si la préfecture l’autorise.",
    "Les places pour la première seront tirées au sort parmi les habitants de la vallée.",
)
STORY = Article("https://a.example/1", "Hublot prend la tête", "\n\n".join(SENTENCES), lead="Un succès inattendu.")
OTHER = Article(
    "https://a.example/1",
    "La fanfare déménage",
    "La fanfare du village répétera désormais dans l’ancienne école, que la commune vient de racheter. Les travaux "
    "dureront jusqu’à l’automne, et les voisins ont obtenu que les cymbales se taisent après vingt heures.",
)


def text(*sentences: str) -> Article:
    return replace(STORY, text="\n\n".join(sentences))


@pytest.mark.parametrize(
    "other",
    [
        STORY,
        replace(STORY, title="Tout autre chose"),
        text(*SENTENCES[::-1]),
        text(*SENTENCES[:3]),
        text(*SENTENCES, *(f"Mise à jour numéro {number} : rien de neuf sous l’eau." for number in range(9))),
    ],
)
def test_an_article_that_was_worked_over_is_the_same(other: Article) -> None:
    assert same_article(STORY, other)
    assert same_article(other, STORY)


def test_another_text_under_the_same_headline_is_another_article() -> None:
    assert not same_article(STORY, replace(OTHER, title=STORY.title))


def test_what_has_no_text_is_told_by_its_headline() -> None:
    brief = replace(STORY, lead="", text="")
    assert same_article(brief, STORY)
    assert not same_article(brief, OTHER)


@pytest.mark.parametrize(
    ("after", "found"),
    [
        (STORY, []),
        (replace(STORY, title="HUBLOT prend la tête !"), []),
        (replace(STORY, text=STORY.text.replace("’", "'").replace("\n\n", " ")), []),
        (replace(STORY, text=STORY.text.replace("quarante", "cinquante")), []),
        (replace(STORY, title="Hublot perd la tête"), ["retitled"]),
        (text(*SENTENCES[:5], "Le réalisateur dément."), ["corrected"]),
        (text(*SENTENCES, "Correction : la laiterie n’était pas une fromagerie."), ["corrected"]),
        (replace(text(*SENTENCES[:5]), title="Hublot en tête"), ["retitled", "corrected"]),
    ],
)
def test_what_changed_is_named_and_typing_is_no_change(after: Article, found: list[str]) -> None:
    assert changes(STORY, after) == found


def test_the_hour_of_a_change_is_no_change() -> None:
    before, after = (text(f"Mis à jour le 27/11/2026 à {hour}:55", *SENTENCES) for hour in ("05", "16"))
    assert changes(before, after) == []
    assert changes(before, STORY) == []
    assert rewriting(before, after) == Rewriting((), ())


def test_what_a_text_lost_and_gained_is_told_sentence_by_sentence() -> None:
    correction = "Correction : la laiterie n’était pas une fromagerie."
    after = replace(STORY, text=f"{correction} {SENTENCES[1].upper()}\n\n{' '.join(SENTENCES[2:])}")
    assert rewriting(STORY, after) == Rewriting((SENTENCES[0],), (correction,))
    divided = replace(STORY, text=STORY.text.replace("laiterie se", "laiterie. Se"))
    assert rewriting(divided, STORY) == Rewriting((), ())


def test_a_text_that_ends_at_a_wall_is_lost() -> None:
    assert is_lost(STORY, text(SENTENCES[0], "La suite est réservée aux abonnés."))
    assert not is_lost(STORY, text(*SENTENCES[:4]))
    assert not is_lost(replace(STORY, text="Bref."), replace(STORY, text=""))
