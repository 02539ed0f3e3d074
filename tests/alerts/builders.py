"""Invented digests: outlets under .example, articles that nobody wrote."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from alerts.compose import compose
from alerts.entries import Names
from alerts.model import Digest, NearMiss, Objection, Reader, Reason, Trouble, Watch
from matching.revision import Rewriting
from storage.model import FirstTelling, StoredChange, StoredMention

SLOT = datetime(2024, 3, 2, 7, 30, tzinfo=UTC)
UNSUBSCRIBE = "mailto:veilleur@fil.example?subject=unsubscribe"
FRENCH = Reader("presse@distributeur.example", "fr", ZoneInfo("Europe/Paris"))
ENGLISH = Reader("press@distributor.example", "en", ZoneInfo("America/Montreal"))

NAMES = Names(
    outlets={
        "clap": "Le Clap Quotidien",
        "projo": "Projo & Cie",
        "lanterne": "La Lanterne des salles",
        "ecume": "Écume",
        "bobine": "Bobine Hebdo",
        "canape": "Soirée Canapé",
        "phare": "Le Phare de l’Ouest",
        "marquise": "Marquise",
    },
    works={("code8", "film"): "Code 8", ("code8", "sequel"): "Code 8 : Partie II", ("marees", "film"): "Les Marées"},
    references={
        ("code8", "seed-1"): "Code 8 : la suite déjà en tête sur la plateforme",
        ("marees", "seed-1"): "Marées",
    },
)


def at(hours_before_slot: float) -> datetime:
    return SLOT - timedelta(hours=hours_before_slot)


def passage(text: str, mention: str = "Code 8", where: str = "body") -> dict[str, Any]:
    start = text.index(mention)
    return {"text": text, "start": start, "end": start + len(mention), "where": where}


def occurrence(where: str = "body", work: str = "film") -> dict[str, Any]:
    return {"text": "Code 8", "where": where, "work": work, "start": 0, "end": 6, "score": 0.97, "signals": []}


def article(number: int, **fields: Any) -> StoredMention:
    """A new article about the film, named in its text, in a story of its own."""
    plain = StoredMention(
        id=number,
        article_id=number,
        topic="code8",
        verdict="new",
        found_at=SLOT,
        score=0.97,
        outlet="clap",
        url=f"https://clap.example/articles/{number}",
        title=f"Article {number}",
        lead="",
        published=at(10),
        authors=(),
        occurrences=(occurrence(),),
        passages=(passage("On y reparle de Code 8 avec plaisir."),),
        resemblance=0.0,
        containment=0.0,
        novelty=1.0,
        added=(),
        reference_id=None,
        original_id=None,
        story_id=number,
    )
    return replace(plain, **fields)


def copied(number: int, original: int | None = None, **fields: Any) -> StoredMention:
    """A copy of the article of that number."""
    return article(number, verdict="duplicate", original_id=original, story_id=None, **fields)


def watch(**fields: Any) -> Watch:
    quiet = Watch(
        since=at(24),
        rounds=96,
        outlets=100,
        outlets_ok=100,
        last_success=at(0.1),
        pages=1284,
        failed=(),
        near_misses=(),
    )
    return replace(quiet, **fields)


def digest(*items: StoredMention, **fields: Any) -> Digest:
    """What compose makes of the items, with nothing told before and a quiet watch."""
    given: dict[str, Any] = {
        "slot": SLOT,
        "topics": ("Code 8",),
        "names": NAMES,
        "originals": {},
        "told": {},
        "watch": watch(),
    }
    return compose(items, **(given | fields))


def rich() -> Digest:
    """A digest with something of everything: four stories, copies of four kinds, a watch with gaps."""
    return digest(
        *first_story(),
        *_other_stories(),
        copied(21, reference_id="seed-1", outlet="bobine", url="https://bobine.example/suite", published=at(7)),
        copied(22, reference_id="seed-1", outlet="marquise", url="https://marquise.example/8", published=at(5)),
        copied(23, 90, outlet="phare", url="https://phare.example/ecrans/90", published=at(3)),
        copied(
            24,
            90,
            outlet="lanterne",
            url="https://lanterne.example/2024/03/02/vingt-films",
            published=at(2),
            novelty=0.22,
            added=("Une seconde séance de Code 8 est ajoutée samedi à minuit.",),
        ),
        originals={90: article(90, title="Vingt films pour une nuit d’hiver", published=at(60))},
        told={3: FirstTelling(at(24), "« Code 8 » : dans l’atelier des robots")},
        changes=changes(),
        rewritings={
            1: Rewriting(
                ("Code 8 y sera projeté en plein air.",),
                ("Précision : la neige était vraie.", "Code 8 sera projeté dans la salle des fêtes, « chauffée »."),
            ),
            7: Rewriting(("La séance de Code 8 est à vingt heures.",), ()),
        },
        watch=_tried_watch(),
    )


def changes() -> list[StoredChange]:
    old, new = "Code 8 : un tournage sous la neige", "Code 8 : le tournage sous la neige est fini"
    kinds = ("retitled", "corrected", "walled", "moved", "gone", "restored", "mentioned", "unmentioned")
    url = "https://phare.example/ecrans/8"
    return [
        StoredChange(
            number, 90, kind, at(12 - number), "phare", url, new, old, new if kind == "retitled" else url + "bis"
        )
        for number, kind in enumerate(kinds)
    ]


def first_story() -> list[StoredMention]:
    title = "« Code 8 : Partie II » prend la tête du classement et relance l’idée d’un troisième film"
    quoted = (
        "Cinq jours après sa mise en ligne, Code 8 : Partie II occupe la première place dans quarante-cinq pays, "
        "portée par le retour du premier film dans les dix titres les plus vus."
    )
    return [
        article(
            1,
            story_id=1,
            title=title,
            url="https://clap.example/plateformes/code-8-partie-ii-classement",
            published=at(14.4),
            authors=("Ondine Kerval", "Basile Trémoy"),
            occurrences=(occurrence("title", "sequel"), occurrence("body", "film")),
            passages=(passage(quoted, "Code 8 : Partie II"),),
        ),
        article(
            2,
            story_id=1,
            outlet="lanterne",
            title="La suite en tête du classement mondial, le premier film la suit",
            url="https://lanterne.example/2024/03/01/la-suite-en-tete",
            published=at(11),
            authors=("Rédaction",),
            occurrences=(occurrence("lead", "sequel"),),
            passages=(
                passage("Avec Code 8 : Partie II, la saga signe son meilleur départ.", "Code 8 : Partie II", "lead"),
            ),
            novelty=0.42,
            added=(
                "Le premier volet regagne huit places et entre dans le classement français.",
                "Un troisième scénario, long de cent dix pages, serait écrit depuis janvier.",
            ),
        ),
        copied(11, 1, outlet="canape", url="https://canape.example/a/4471", published=at(12.4)),
        copied(12, 1, outlet="ecume", url="https://ecume.example/cine/code-8-tete", published=at(11.2)),
        copied(13, 11, outlet="phare", url="https://phare.example/ecrans/8812", published=at(13.8)),
    ]


def _other_stories() -> list[StoredMention]:
    return [
        article(
            3,
            story_id=3,
            outlet="ecume",
            title="Rencontre avec les décorateurs : « Nos robots devaient inquiéter »",
            url="https://ecume.example/entretiens/decorateurs",
            published=at(9.5),
            authors=("Maud Vasseral",),
            occurrences=(occurrence("lead", "sequel"), occurrence("body", "film")),
            passages=(
                passage(
                    "De Code 8 à sa suite, l’équipe raconte comment elle a bâti une ville où les machines patrouillent."
                ),
            ),
            novelty=0.88,
            added=("Les deux robots de la suite pèsent quatre-vingts kilos et marchent vraiment.",),
        ),
        article(
            4,
            story_id=4,
            outlet="projo",
            title="Que regarder ce week-end ? Nos sept idées d’anticipation",
            url="https://projo.example/listes/week-end",
            published=at(4),
            passages=(passage("Et si la police du futur vous inquiète déjà, Code 8 fera une bonne fin de soirée."),),
        ),
        article(
            5,
            story_id=5,
            outlet="bobine",
            title="Un festival de l’anticipation s’annonce pour l’automne",
            url="https://bobine.example/breves/festival",
            published=None,
            passages=(passage("Parmi les premiers titres retenus, Code 8 sera montré en séance de minuit."),),
        ),
    ]


def _tried_watch() -> Watch:
    return watch(
        outlets_ok=97,
        failed=(
            Trouble("Gazette du Septième", Reason("http", 503), at(30)),
            Trouble("Le Strapontin", Reason("timeout"), at(51)),
            Trouble("Grand Angle Sud", Reason("robots"), None),
        ),
        ailing=(
            Trouble("Le Carton d’or", Reason("consent"), None, at(20)),
            Trouble("Marquise", Reason("few_items", items=2, usual=30), None, at(50)),
        ),
        near_misses=(
            NearMiss(
                "Impôts : que veut dire le code 8 ?",
                "Le Phare de l’Ouest",
                "https://phare.example/impots",
                (Objection("everyday word before", "case code 8"), Objection("unit after", "code 8 ter")),
                0.31,
            ),
            NearMiss(
                "Chaudière en panne, code 8 affiché",
                "Maison Claire",
                "https://maison.example/code-8",
                (Objection("shown or said by a device or a radio", "code 8 affiché"),),
            ),
        ),
    )
