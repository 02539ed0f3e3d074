"""Lines that only sign and date an article are none of its lines, and no line of it is taken for one."""

import pytest

from matching.residue import without_residue
from matching.signatures import HEAD, is_signature

BEYOND = HEAD + 5


@pytest.mark.parametrize(
    "line",
    [
        "Par Jeanne Mistral, le 27/11/2026 à 05:55",
        "PAR JEANNE MISTRAL, LE 27/11/2026 À 05:55",
        "Par Anne-Lise de la Tour d’Auvergne, le 27.11.26",
        "Par Jeanne Mistral et Paul Martin | 27/11/2026",
        "Par Jeanne Mistral Mis à jour le 27/11/2026",
        "Par la rédaction avec l’AFP, le 1er décembre 2026",
        "Par Jeanne Mistral, Paul Martin avec AFP - Publié le 27/11/2026 à 05h55, mis à jour le 27/11/2026 à 08h00",
        "Publié le 27 novembre 2026 à 8h05 par Jeanne Mistral",
        "Publié le 27\xa0novembre\xa02026 à 8\xa0h\xa005 • Temps de lecture : 3 min",
        "Publié par admin le 27/11/2026",
        "Publié le : 27/11/2026 - 05:55 Modifié le : 27/11/2026 - 08:00",
        "Mis à jour le 27 novembre 2026 à 08:05",
        "Dernière modification le 27/11/2026 à 10:00.",
        "Propos recueillis par Jeanne Mistral, le 27/11/2026",
        "Publié mardi 27 novembre à 8h05 | 3 commentaires",
        "27/11/2026 05:55",
        "2026-11-27 05:55",
        "Vendredi 27 novembre 2026 à 5 h 55",
    ],
)
def test_a_line_that_only_signs_and_dates_is_no_line_of_the_article(line: str) -> None:
    assert is_signature(line, BEYOND)
    assert without_residue(f"Le phare rouvre.\n\n{line}\n\nIl est bleu.") == "Le phare rouvre.\nIl est bleu."


@pytest.mark.parametrize(
    "line",
    [
        "Par Jeanne Mistral, le 3 mars 2024 restera un grand jour.",
        "Par amour, le 27 novembre 2026, elle revient.",
        "Par Code 8, le 27 novembre 2026",
        "Par Jeanne Mistral",
        "Sinners – 16 avril 2025",
        "Netflix, le 27 novembre 2026",
        "Le film sort le 27 novembre 2026.",
        "Rendez-vous le 27/11/2026 à 20:30",
        "Publié le 27 novembre 2026 à 8h05, Code 8 revient",
        "Publié en 2024 par Hublot",
        "Mardi 27 novembre 2026 à 20h30 au Rex",
        "Dimanche à 8h05",
        "Dimanche 27 novembre à 20h50",
    ],
)
def test_what_tells_more_is_a_line_of_the_article(line: str) -> None:
    assert not is_signature(line, 0)


def test_a_day_alone_is_a_signature_at_the_head_and_a_heading_further_down() -> None:
    assert is_signature("27 novembre 2026", HEAD - 1)
    assert not is_signature("27 novembre 2026", HEAD)


@pytest.mark.parametrize(
    "sentence",
    ["Le 28 février 2024 à 9h.", "Mis en ligne par Netflix le 28 février 2024.", "Par Robbie, le 28 février."],
)
def test_a_short_sentence_that_says_when_is_one_of_the_article(sentence: str) -> None:
    assert is_signature(sentence, 0)
    assert not is_signature(sentence, HEAD)
