"""Copies: what makes an article one, what does not, and what it adds."""

import random

import pytest

from matching.fingerprints import NOISE, WINDOW, fingerprints
from matching.model import Article, Known, Verdict
from matching.text import words
from tests.support.topics import article, code8, judge, reference_text, verdict_on

OWN = (
    "La médiathèque de Vierzon consacre son samedi aux films de genre. Le bibliothécaire a préparé une table ronde "
    "sur les effets spéciaux, un atelier de maquillage et un quiz. Les places sont gratuites, dans la limite de la "
    "salle, qui compte quatre-vingts fauteuils rouges. Une buvette tenue par les lycéens financera leur voyage à "
    "Lisbonne. Le programme complet paraîtra vendredi dans le bulletin municipal, et la presse locale en parlera. "
)


def paragraphs(reference_id: str) -> list[str]:
    return [each for each in reference_text(reference_id).split("\n") if each.strip()]


@pytest.mark.parametrize("reference_id", ["seed-1", "seed-2"])
def test_a_copy_of_a_reference_is_no_news(reference_id: str) -> None:
    found = verdict_on(reference_text(reference_id), title="Un tout autre titre sur Code 8")
    assert found.verdict is Verdict.DUPLICATE
    assert found.duplicate_of is not None
    assert found.duplicate_of.id == reference_id
    assert found.novelty < 0.05


@pytest.mark.parametrize("reference_id", ["seed-1", "seed-2"])
def test_a_copy_cut_at_a_pay_wall_is_a_copy(reference_id: str) -> None:
    text = reference_text(reference_id)
    assert verdict_on(text[: len(text) * 55 // 100]).verdict is Verdict.DUPLICATE


def test_reordered_paragraphs_with_share_widgets_between_are_a_copy() -> None:
    order = paragraphs("seed-2")
    random.Random(8).shuffle(order)
    text = "\n\nPartager sur Facebook\n\n".join(order)
    assert verdict_on(text).verdict is Verdict.DUPLICATE


@pytest.mark.parametrize("seed", range(10))
def test_retouching_up_to_fifteen_percent_of_the_words_hides_no_copy(seed: int) -> None:
    chance = random.Random(seed)
    retouched = " ".join(word if chance.random() > 0.15 else "autrement" for word in reference_text("seed-2").split())
    found = verdict_on(retouched + " Code 8")
    assert found.verdict is Verdict.DUPLICATE
    assert found.duplicate_of is not None
    assert found.duplicate_of.id == "seed-2"


def test_an_excerpt_from_the_middle_with_other_words_around_it_is_a_copy() -> None:
    middle = " ".join(reference_text("seed-2").split()[120:290])
    assert (
        verdict_on(f"Pour les distraits, un rappel sur Code 8.\n\n{middle}\n\nBonne séance.").verdict
        is Verdict.DUPLICATE
    )


def test_an_article_that_adds_as_much_again_is_news_and_says_which_part_is_new() -> None:
    own = OWN * 2 + "Code 8 y sera projeté. " + OWN.replace("Vierzon", "Bourges") * 4
    assert len(own.split()) >= len(reference_text("seed-2").split())
    found = verdict_on(f"{reference_text('seed-2')}\n\n{own}")
    assert found.verdict is Verdict.NEW
    assert "La médiathèque de Vierzon consacre son samedi aux films de genre." in found.added
    assert not any("Basé sur le court-métrage éponyme" in sentence for sentence in found.added)


@pytest.mark.parametrize("reference_id", ["seed-1", "seed-2"])
def test_the_headline_of_the_reference_is_no_addition_wherever_it_stands(reference_id: str) -> None:
    title = next(each.title for each in code8().references if each.id == reference_id)
    first, second, *others = [each for each in paragraphs(reference_id) if title not in each]
    found = verdict_on("\n\n".join([second, title, *others, "Les places partent vite.", first, f"« {title} »"]))
    assert (found.verdict, found.added) == (Verdict.DUPLICATE, ("Les places partent vite.",))


def test_a_short_sentence_that_the_copied_article_has_elsewhere_is_no_addition() -> None:
    text = f"{OWN}Le film Code 8 ouvre la soirée."
    first = Known("mention", "7", "Premier", "https://a.example/7", f"La salle ouvre tôt. {text}")
    copied = article_of(f"{text}\n\nVenez à pied ou à vélo.\n\nLa salle ouvre tôt.")
    assert judge().judge(copied, lambda marks: [first]).added == ("Venez à pied ou à vélo.",)


def test_another_article_on_the_same_film_is_news() -> None:
    text = (
        "Robbie et Stephen Amell ont financé Code 8 sur Indiegogo. Netflix diffuse la suite depuis le 28 février. "
        + OWN
    )
    found = verdict_on(text)
    assert found.verdict is Verdict.NEW
    assert found.novelty > 0.9


def test_residue_makes_no_copy() -> None:
    residue = "Lire la suite\n\nÀ lire aussi\n\nHPI : Surprise, TF1 dévoile la date de diffusion de la quatrième saison"
    found = verdict_on(f"{OWN} Le film Code 8 ouvre la soirée.\n\n{residue}")
    assert found.verdict is Verdict.NEW
    assert found.containment == 0


def test_who_wrote_two_articles_and_when_is_no_passage_of_both() -> None:
    signed = "Publié le 27 novembre 2026 à 8h05 par Solène Pradier et Bastien Orieux, mis à jour le 27/11/2026 à 9h10"
    told = Known("mention", "7", "Premier", "https://a.example/7", f"{signed}\n\nLe phare de Brest rouvre mardi.")
    text = f"{signed}\n\n{OWN} Le film Code 8 ouvre la soirée."
    closest = judge().judge(article_of(text), lambda marks: [told]).closest
    assert closest is None or closest.containment == 0


def test_a_copy_of_a_copy_hangs_under_the_first_article() -> None:
    first = Known("mention", "7", "Premier", "https://a.example/7", OWN + "Le film Code 8 ouvre la soirée.")
    copied = judge().judge(article_of(first.text), lambda marks: [first])
    assert copied.duplicate_of is not None
    second = Known("mention", "9", "Copie", "https://b.example/9", first.text, root=copied.duplicate_of)
    again = judge().judge(article_of(first.text + " Fin."), lambda marks: [second])
    assert again.duplicate_of == copied.duplicate_of


def article_of(text: str) -> Article:
    return article("Code 8 à la médiathèque", text)


def test_texts_that_share_a_run_of_words_share_a_fingerprint() -> None:
    shared = [f"mot{number}" for number in range(NOISE + WINDOW - 1)]
    before = [f"avant{number}" for number in range(200)]
    after = [f"apres{number}" for number in range(200)]
    assert set(fingerprints(before + shared)) & set(fingerprints(shared + after))
    assert not set(fingerprints(before)) & set(fingerprints(after))


def test_fingerprints_are_few_and_the_same_on_every_machine() -> None:
    marks = fingerprints(words(reference_text("seed-2")))
    assert marks == fingerprints(words(reference_text("seed-2")))
    assert 10 < len(marks) < len(words(reference_text("seed-2"))) / 5
    assert fingerprints(["code"] * 6) == (fingerprints(["code"] * 4)[0],)


def test_what_was_weighed_beforehand_is_not_weighed_again_for_the_verdict() -> None:
    told, same = (article("Code 8", reference_text("seed-1"), url="https://b.example/2") for _ in range(2))
    weighed = judge().weigh(told)
    found = judge().judge(same, lambda marks: [])
    assert found.mentions is weighed.assessment.mentions
    assert found.closest is weighed.beside
