"""Mentions: what counts as naming the film, and what does not."""

import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.commands.backtest import read_cases
from tests.support.paths import CASES
from tests.support.topics import article, assess, detector

SPELLINGS = [
    "Code 8", "CODE 8", "Code8", "Code-8", "Code‑8", "Code\u00a08", "Code\u202f8", "Code\u20098", "Code&nbsp;8",
    "#Code8", "« Code 8 »", "Code Huit", "Co\u00adde 8",
]  # fmt: skip
SEQUELS = [
    "Code 8 : Partie II", "Code 8: Part II", "Code 8 Partie 2", "Code 8 - Partie II", "Code 8, deuxième partie",
    "Code 8 II", "CODE 8 : PARTIE II", "Code\u00a08\u00a0: Partie\u00a0II", "Code 8 (partie 2)", "Code8 Part 2",
]  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_the_title_counts_beside_a_mark_of_the_film(spelling: str) -> None:
    found = assess("Cinéma", f"Le film {spelling}, avec Robbie Amell, repasse ce soir.")
    assert [each.work for each in found.mentions] == ["film"]


@pytest.mark.parametrize("spelling", SEQUELS)
def test_every_spelling_of_the_sequel_is_the_sequel(spelling: str) -> None:
    found = assess("Streaming", f"Netflix a mis en ligne {spelling} mercredi.")
    assert [each.work for each in found.mentions] == ["sequel"]


@pytest.mark.parametrize(
    "text",
    [
        "Un code à 8 chiffres vous sera demandé.",
        "Le code 8 signale un défaut de vidange.",
        "Indiquez le code 8000 dans la case prévue.",
        "Chaque ticket porte un code. 8 places sont à gagner.",
        "Da Vinci Code, 8 millions de spectateurs.",
        "Da Vinci Code 8 ans après sa sortie.",
        "Dress code : 8 tenues à retenir.",
        "Netflix affiche « erreur code 8 » chez certains abonnés.",
        "Composez le code 8 4 2 1 pour ouvrir.",
        "Source Code 8/10 : un film malin.",
        "L’article 8 du Code du cinéma.",
        "Il décode 8 films en une soirée.",
        "Le film est codé 8 fois.",
    ],
)
def test_what_only_looks_like_the_title_does_not_count(text: str) -> None:
    assert not assess("Actualité", text).mentioned


def test_a_bare_title_counts_by_its_place_in_a_list_of_films() -> None:
    assert assess("Notre liste", "On y trouve Chronicle, Looper, Code 8 et District 9.").mentioned


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("On y trouve Chronicle, Looper, Code 8 et District 9.", True),
        ("« La Forme de l’eau », « Code 8 », « Ennemi » et « Premier Contact ».", True),
        ("Cinq secondes de Requiem for a Dream, de Code 8, de Tron : à vous de deviner.", True),
        ("Stephen Amell (Arrow, Code 8) sera là.", True),
        ("Chappie ou Code 8, au choix.", True),
        ("La suite, Code 8 : Partie II, a été mise en ligne.", False),
        ("Succès immédiat, « Code 8 », réalisé par Jeff Chan, entre dans le top 10.", False),
        ("Le gros morceau, intitulé CODE 8, LE CAS D’ÉCOLE, où l’on entend Jeff Chan.", False),
        ("Robbie Amell, Code 8 en tête, revient.", False),
    ],
)
def test_a_list_has_several_titles_and_an_apposition_is_none(text: str, listed: bool) -> None:
    (found,) = assess("Cinéma", text).mentions
    assert ("in a list of titles" in [each.name for each in found.signals]) == listed


def test_a_mark_of_the_film_beside_the_title_outweighs_what_the_article_deals_with_besides() -> None:
    headline = "« Code 8 » : le film de Jeff Chan"
    text = "Le club de rugby rénove son restaurant et son bar. Le service client répond à toute panne de billetterie."
    assert assess(headline, text).mentioned
    assert not assess("« Code 8 »", text).mentioned


def test_the_same_words_in_lower_case_need_more_evidence() -> None:
    assert not assess("Enquête", "Les refus de réponse reçoivent le code 8.").mentioned
    assert assess("Forum", "vous avez vu code 8 avec stephen amell ?").mentioned


def test_a_mention_says_where_it_stands() -> None:
    found = assess("Code 8 : le film", "Code 8 est un film de Jeff Chan.", lead="Le film Code 8 revient sur Netflix.")
    assert [each.where for each in found.mentions] == ["title", "lead", "body"]
    lead = found.mentions[1]
    assert "Le film Code 8 revient sur Netflix."[lead.start : lead.end] == lead.text == "Code 8"


def test_links_to_other_articles_are_not_the_article() -> None:
    text = "Une série sur les tramways.\n\nÀ lire aussi : Code 8 : Partie II, le film de Netflix\n\nElle débute lundi."
    assert not assess("Séries", text).mentioned


def test_the_score_is_the_sum_of_its_signals() -> None:
    (found,) = assess("Cinéma", "Le film « Code 8 » avec Robbie Amell.").mentions
    assert found.score == pytest.approx(1 / (1 + math.exp(-sum(each.weight for each in found.signals))), abs=1e-3)


def test_a_name_within_a_longer_one_is_no_second_person() -> None:
    (found,) = assess("Cinéma", "Le film « Code 8 » sort ce soir avec Robbie Amell.").mentions
    assert [each.detail for each in found.signals if each.name.startswith("person")] == ["Robbie Amell"]


@pytest.mark.parametrize("file", ["mentions.tsv", "mentions_given.tsv"])
def test_labelled_cases_stay_right(file: str) -> None:
    cases = read_cases(CASES / file)
    assert len(cases) >= 26
    assert [case.line for case in cases if assess(case.title, case.text).mentioned != case.mentioned] == []


@pytest.mark.parametrize(("file", "least"), [("mentions_more.tsv", 0.94), ("mentions_held_out.tsv", 0.98)])
def test_harder_cases_and_those_kept_aside_are_right_with_few_exceptions(file: str, least: float) -> None:
    judged = [(case.mentioned, assess(case.title, case.text).mentioned) for case in read_cases(CASES / file)]
    right = sum(mentioned and found for mentioned, found in judged)
    wrong = sum(mentioned != found for mentioned, found in judged)
    assert 2 * right / (2 * right + wrong) >= least


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mot",
        "。" * 2000,
        "12345 " * 3000,
        "\x00\ud800 Code 8 \udfff",
        "Code 8 " * 20_000,
        "a" * 500_000,
        "code " * 50_000,
        "Le film Code 8 de Jeff Chan " * 2_000,
    ],
    ids=[
        "empty",
        "one word",
        "no letters",
        "numbers",
        "surrogates",
        "the title over and over",
        "one long word",
        "half",
        "the same evidence over and over",
    ],
)
def test_odd_articles_are_judged_in_bounded_time(text: str) -> None:
    started = time.process_time()
    detector().assess(article("Code", text))
    assert time.process_time() - started < 20


@settings(max_examples=60)
@given(st.text(alphabet='Code 8 II:Partie film,."«»#-\u00a0\n12é', max_size=120))
def test_any_text_gets_a_clear_answer(text: str) -> None:
    found = assess("Cinéma", text)
    for each in found.mentions + found.refused:
        assert text[each.start : each.end].strip()
        assert 0 <= each.score <= 1
