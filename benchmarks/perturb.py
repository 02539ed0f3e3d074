"""What happens to a text on its way from one outlet to the next; each function gives a copy of an article's text."""

import random
from collections.abc import Callable, Sequence

WIDGETS = ("Partager sur Facebook", "Suivez-nous sur Google Actualités", "À lire aussi : nos dix films du week-end")
BOILERPLATE = (
    "Retrouvez toute l'actualité du cinéma et des séries chaque matin dans notre lettre quotidienne.",
    "Ce contenu est proposé par notre rédaction numérique ; les commentaires sont modérés.",
    "Toute reproduction est interdite sans l'accord de l'éditeur.",
)
INTRODUCTIONS = (
    "On en parlait à la machine à café, et voilà que l'affaire se confirme. Petit retour sur une histoire qui fait "
    "sourire les uns et rêver les autres, en attendant la suite des événements.",
    "C'est le genre de nouvelle qui réveille une rédaction un lundi matin. Nous avons rassemblé ce qu'il faut savoir "
    "avant de passer à autre chose, sans rien oublier d'important.",
)
TYPOGRAPHY = str.maketrans(
    {"’": "'", "«": '"', "»": '"', "\u00a0": " ", "\u202f": " ", "–": "-", "…": "...", "œ": "oe"}
)


def cut(text: str, chance: random.Random, words: Sequence[str]) -> str:
    """The beginning, as before a pay wall: 45 to 70 % of the words."""
    kept = text.split(" ")
    return " ".join(kept[: round(len(kept) * chance.uniform(0.45, 0.70))]) + "…"


def new_introduction(text: str, chance: random.Random, words: Sequence[str]) -> str:
    return f"{chance.choice(INTRODUCTIONS)}\n\n{text}"


def reordered(text: str, chance: random.Random, words: Sequence[str]) -> str:
    paragraphs = text.split("\n\n")
    chance.shuffle(paragraphs)
    return "\n\n".join(paragraphs)


def widgets(text: str, chance: random.Random, words: Sequence[str]) -> str:
    return "".join(f"{paragraph}\n\n{chance.choice(WIDGETS)}\n\n" for paragraph in text.split("\n\n"))


def typography(text: str, chance: random.Random, words: Sequence[str]) -> str:
    return text.translate(TYPOGRAPHY).upper() if chance.random() < 0.3 else text.translate(TYPOGRAPHY)


def retouched(text: str, chance: random.Random, words: Sequence[str]) -> str:
    """Up to 15 % of the words exchanged, dropped or doubled."""
    share = chance.uniform(0.05, 0.15)
    kept = []
    for word in text.split(" "):
        changed = chance.random() < share and "\n" not in word
        kept.append(chance.choice(words) if changed else word)
    return " ".join(kept)


def excerpt(text: str, chance: random.Random, words: Sequence[str]) -> str:
    """At least 150 words from the middle."""
    kept = text.split(" ")
    length = min(len(kept), max(150, round(len(kept) * chance.uniform(0.5, 0.8))))
    start = chance.randint(0, len(kept) - length)
    return " ".join(kept[start : start + length])


def boilerplate(text: str, chance: random.Random, words: Sequence[str]) -> str:
    return "\n\n".join((BOILERPLATE[0], text, *chance.sample(BOILERPLATE[1:], 2)))


KINDS: tuple[Callable[[str, random.Random, Sequence[str]], str], ...] = (
    cut,
    new_introduction,
    reordered,
    widgets,
    typography,
    retouched,
    excerpt,
    boilerplate,
)
