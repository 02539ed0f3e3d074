"""Stories: one event, whatever the words; another event, whatever the film."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from matching.memory import Memory
from matching.model import Article
from matching.stories import SAME_EVENT, similarity
from tests.support.topics import code8, judge, reference_text

NOW = datetime(2024, 3, 1, 8, tzinfo=UTC)
LIEGE = (
    "Étranges Nuits de Liège : une nuit pour les héros fauchés",
    "Le festival Étranges Nuits de Liège projette samedi le film Code 8 au cinéma Sauvenière. Trois cents spectateurs "
    "sont attendus pour cette nuit consacrée aux héros sans le sou, qui se clôt par un petit-déjeuner.",
)
LIEGE_AGAIN = (
    "À la Sauvenière, les superhéros n'ont pas un rond",
    "Samedi à Liège, le cinéma Sauvenière ouvre ses portes pour la nuit des héros fauchés du festival Étranges Nuits. "
    "Code 8 est au programme, avec un petit-déjeuner au lever du jour pour les courageux.",
)
BLURAY = (
    "Un coffret pour les collectionneurs",
    "L'éditeur Hublot sort un coffret Blu-ray du film Code 8, limité à deux mille exemplaires numérotés, avec un "
    "livret de croquis et le court métrage d'origine. Prix conseillé : quarante-cinq euros.",
)


def told(order: list[tuple[str, str]], days: dict[str, int] | None = None) -> dict[str, int | None]:
    memory = Memory(judge())
    stories = {}
    for title, text in order:
        moment = NOW + timedelta(days=(days or {}).get(title, 0))
        article = Article(url=f"https://a.example/{title}", title=title, text=text, published=moment)
        stories[title] = memory.judge(article, moment)[1]
    return stories


def test_two_articles_on_one_event_are_one_story() -> None:
    stories = told([LIEGE, LIEGE_AGAIN, BLURAY])
    assert stories[LIEGE[0]] == stories[LIEGE_AGAIN[0]]
    assert stories[BLURAY[0]] != stories[LIEGE[0]]


def test_the_same_words_weeks_later_are_another_story() -> None:
    stories = told([LIEGE, LIEGE_AGAIN], {LIEGE_AGAIN[0]: 30})
    assert stories[LIEGE[0]] != stories[LIEGE_AGAIN[0]]


def test_stories_are_the_same_in_whatever_order_articles_arrive() -> None:
    for order in itertools.permutations([LIEGE, LIEGE_AGAIN, BLURAY]):
        stories = told(list(order))
        assert stories[LIEGE[0]] == stories[LIEGE_AGAIN[0]] != stories[BLURAY[0]]


def test_who_wrote_two_articles_and_when_makes_them_no_story() -> None:
    """In the text, or in what a feed says of them."""
    signed = "Par Solène Pradier et Bastien Orieux, le 01/03/2024 à 08:05"
    teller = judge().teller
    for lead, text in (("", f"{signed}\n\n{{}}"), (signed, "{}")):
        one, other = (teller.profile(title, lead, text.format(told), NOW) for title, told in (LIEGE, BLURAY))
        assert similarity(one, other) < SAME_EVENT
        assert not teller.same_event(one, other)


SHORT = {
    "trailer": (
        "La bande-annonce de Code 8 : Partie II est là",
        "Lundi, Netflix a mis en ligne la bande-annonce de Code 8 : Partie II. Elle dure deux minutes.",
    ),
    "trailer again": (
        "Code 8 : une bande-annonce",
        "Netflix dévoile ce lundi la bande-annonce de Code 8 : Partie II. On y voit un chien robot.",
    ),
    "casting": (
        "Code 8 : un nouvel acteur",
        "Netflix annonce ce lundi l'arrivée d'un nouvel acteur dans Code 8 : Partie II. Il tiendra un second rôle.",
    ),
    "streaming": (
        "Code 8 sur Netflix",
        "Netflix met en ligne ce lundi Code 8. Le film de Jeff Chan avec Robbie Amell dure une heure et demie.",
    ),
    "interview": (
        "Robbie Amell parle de Code 8",
        "Robbie Amell a raconté lundi le tournage du film Code 8. L'acteur se souvient du froid.",
    ),
    "prize": (
        "Code 8 : Stephen Amell décoré à Toronto",
        "Stephen Amell, de Code 8, a été décoré lundi à Toronto. Toronto l'a vu naître, et il y habite.",
    ),
    "another film": (
        "Code 8 : Toronto attend un troisième film",
        "Un troisième Code 8 serait tourné à Toronto l'an prochain, selon Jeff Chan. Rien n'est signé.",
    ),
}


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(SHORT, 2)))
def test_short_items_are_one_story_only_when_they_share_what_happened(one: str, other: str) -> None:
    stories = told([SHORT[one], SHORT[other]])
    assert (stories[SHORT[one][0]] == stories[SHORT[other][0]]) is (other == "trailer again" and one == "trailer")


def test_the_two_references_are_one_story() -> None:
    teller = judge().teller
    profiles = [teller.profile(each.title, "", reference_text(each.id), NOW) for each in code8().references]
    assert teller.same_event(*profiles)
