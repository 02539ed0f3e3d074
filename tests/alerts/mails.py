"""The mails of fixtures/mails: one of each kind, in each language, looked at before they are committed.

`make mails` writes them anew, `make screenshots` makes pictures of them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from alerts.model import Day, Digest, Reader, Rendered, Week
from alerts.render import render
from storage.model import FirstTelling, StoredMention
from tests.alerts.builders import (
    ENGLISH,
    FRENCH,
    SLOT,
    UNSUBSCRIBE,
    article,
    at,
    changes,
    copied,
    digest,
    first_story,
    occurrence,
    passage,
    rich,
    watch,
)

FOLDER = Path(__file__).parents[2] / "fixtures" / "mails"
READERS = (FRENCH, ENGLISH)


@dataclass(frozen=True, slots=True)
class Golden:
    """A mail as it was last looked at."""

    name: str
    make: Callable[[], Digest]
    counts_copies: bool = False

    def render(self, reader: Reader) -> Rendered:
        reader = replace(reader, counts_copies=self.counts_copies)
        return render(self.make(), reader, unsubscribe=UNSUBSCRIBE)


def first() -> Digest:
    """The first digest after installation: nothing before it."""
    return digest(*first_story(), watch=watch(since=None, rounds=3, pages=5210))


def follow_up() -> Digest:
    """A story goes on, another one's articles were changed and withdrawn, and something else is new."""
    title = "Un troisième « Code 8 » ? Le réalisateur confirme qu’un scénario existe, la plateforme temporise"
    quoted = (
        "« Il y a une histoire, et elle tient en cent dix pages », dit-il de ce troisième Code 8, sans rien promettre."
    )
    goes_on = article(
        31,
        story_id=1,
        outlet="projo",
        title=title,
        url="https://projo.example/entretiens/troisieme-volet",
        published=at(6),
        authors=("Anselme Vautrin",),
        occurrences=(occurrence("title"), occurrence("body", "sequel")),
        passages=(passage(quoted),),
        novelty=0.7,
        added=("La plateforme n’a encore pris aucune décision, et ne commente pas.",),
    )
    other = article(
        32,
        story_id=32,
        outlet="marquise",
        title="Ce soir à la télévision : robots, pouvoirs et petits braquages",
        url="https://marquise.example/tele/ce-soir",
        published=at(5),
        passages=(passage("À 21 h 05, Code 8 ouvre une soirée que suivra un documentaire sur les drones."),),
        unread="HTTP 404",
        status=404,
    )
    copy = copied(33, 31, outlet="canape", url="https://canape.example/a/4502", published=at(4.5))
    told = [each for each in changes() if each.kind in {"retitled", "gone"}]
    return digest(goes_on, other, copy, told={1: FirstTelling(at(24), first_story()[0].title)}, changes=told)


def week() -> Digest:
    """A weekly digest: the picture first."""
    counts = [(2, 0), (0, 0), (5, 3), (9, 6), (3, 1), (4, 0), (1, 2)]
    start = (SLOT - timedelta(days=7)).date()
    days = tuple(Day(start + timedelta(days=number), *each) for number, each in enumerate(counts))
    names = (
        "Le Clap Quotidien",
        "Écume",
        "La Lanterne des salles obscures",
        "Projo & Cie",
        "Soirée Canapé",
        "Œil d’août",
    )
    shares = (*zip(names, (11, 8, 6, 4, 3, 2), strict=True), ("Marquise", 1), ("Bobine Hebdo", 1))
    return replace(rich(), week=Week(days, shares))


def nothing() -> Digest:
    """A report that there was nothing."""
    return digest(watch=rich().watch)


def alert() -> Digest:
    """One headline, as it is told at once."""
    return replace(digest(first_story()[0], watch=watch(since=at(0.25), rounds=1, pages=12)), is_alert=True)


def filtered() -> Digest:
    """Copies are only counted, and so is what the filters left out; saved pages were read and no outlet was asked."""
    copies = [copied(30 + hour, 1, url=f"https://canape.example/a/{hour}", published=at(hour)) for hour in (1, 2, 3)]
    nobody = watch(since=None, outlets=0, outlets_ok=0, last_success=None)
    return replace(digest(*first_story(), *copies, watch=nobody), filtered=3)


def long() -> Digest:
    """Headlines, names and words without an end: none may widen the page."""
    title = (
        "Pourquoi « Code 8 : Partie II », suite d’un film financé par ses fans, déconcerte autant qu’elle séduit : "
        "enquête sur un phénomène anticonstitutionnellement-hyper-inattendu-et-interminablement-commenté, que ni la "
        "critique ni la plateforme n’avaient vu venir"
    )
    address = "https://tres.long.example/" + "chemin/" * 20
    authors = ("Anne-Éléonore Excessivement-Composée de La Rochefoucault-Montbazon", "Ugo")
    quoted = f"Un mot {'x' * 80} puis Code 8."
    return digest(
        article(1, title=title, url=address, authors=authors, passages=(passage(quoted),)),
        copied(2, 1, outlet="phare", url=f"{address}bis", published=at(9)),
        article(3, title=address, outlet="ecume", novelty=0.5, added=("y" * 100,)),
        changes=[replace(each, before=title, title=title, url=address) for each in changes()[2:4]],
    )


def crowd() -> Digest:
    """More than a mail client shows: told in brief from where it would be cut off."""
    return digest(*many(90), watch=rich().watch)


def many(count: int) -> Iterator[StoredMention]:
    passages = (passage("Une phrase qui dure et qui dure encore, avec Code 8 en son milieu, et qui dure. " * 3),)
    for number in range(count):
        url = f"https://clap.example/{'section/' * 8}{number}"
        yield article(number + 1, title=f"Sujet numéro {number} d’une semaine chargée", url=url, passages=passages)


GOLDEN = (
    Golden("daily", rich),
    Golden("first", first),
    Golden("follow-up", follow_up),
    Golden("week", week),
    Golden("nothing", nothing),
    Golden("alert", alert),
    Golden("filtered", filtered, counts_copies=True),
    Golden("crowd", crowd),
    Golden("long", long),
)


def main() -> None:
    for each in GOLDEN:
        for reader in READERS:
            made = each.render(reader)
            stem = FOLDER / f"{each.name}-{reader.language}"
            stem.with_suffix(".html").write_text(made.html, "utf-8")
            stem.with_suffix(".txt").write_text(f"{made.subject}\n\n{made.text}", "utf-8")
            for picture in made.pictures:
                stem.with_suffix(".png").write_bytes(picture.png)


if __name__ == "__main__":
    main()
