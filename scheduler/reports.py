"""What `replay`, `explain` and `extract` say of a page, as JSON objects; other programs rely on these fields."""

from dataclasses import asdict
from typing import Any

from matching.model import Article, Judgement, Occurrence, Verdict


def judged_page(article: Article, judgement: Judgement, story: int | str | None) -> dict[str, Any]:
    """A page and its verdict."""
    return {
        "url": article.canonical or article.url,
        "outlet": article.outlet,
        "title": article.title,
        "published": article.published.isoformat() if article.published else None,
        "language": article.language,
        "verdict": judgement.verdict.value,
        "topic": judgement.topic if judgement.mentions else None,
        "score": judgement.score,
        "mentions": [_mention(each) for each in judgement.mentions],
        "duplicate_of": asdict(judgement.duplicate_of) if judgement.duplicate_of else None,
        "resemblance": judgement.resemblance,
        "containment": judgement.containment,
        "novelty": judgement.novelty,
        "story": story,
    }


def explained_page(article: Article, judgement: Judgement, story: int | str | None) -> dict[str, Any]:
    """A page and its verdict, with what was refused, what is shared and what is new."""
    closest = judgement.closest
    return {
        **judged_page(article, judgement, story),
        "refused": [_mention(each) for each in judgement.refused],
        "closest": {"kind": closest.known.kind, "id": closest.known.id, "title": closest.known.title}
        if closest
        else None,
        "shared": list(closest.shared) if closest else [],
        "added": list(judgement.added),
    }


def extracted_page(article: Article, path: str) -> dict[str, Any]:
    """What extraction read in a page."""
    return {
        "url": article.canonical or article.url,
        "path": path,
        "title": article.title,
        "lead": article.lead,
        "text": article.text,
        "published": article.published.isoformat() if article.published else None,
        "modified": article.modified.isoformat() if article.modified else None,
        "authors": list(article.authors),
        "language": article.language,
        "canonical": article.canonical,
    }


def unread_page(url: str, outlet: str | None) -> dict[str, Any]:
    """A page of an archive in which no watched title stands: nothing else of it was read."""
    return judged_page(Article(url, "", "", outlet=outlet), Judgement(Verdict.IRRELEVANT, None, 0.0), None)


def unreadable_page(url: str, outlet: str | None, error: str) -> dict[str, Any]:
    """A page that cannot be read: irrelevant, and the reason."""
    return {**unread_page(url, outlet), "error": error}


def _mention(occurrence: Occurrence) -> dict[str, Any]:
    return {
        "text": occurrence.text,
        "where": occurrence.where,
        "work": occurrence.work,
        "prominence": occurrence.prominence,
        "score": occurrence.score,
        "signals": [
            {"name": each.name, "detail": each.detail, "weight": round(each.weight, 2)} for each in occurrence.signals
        ],
    }


def best_judgement(judged: list[tuple[Judgement, int | None]]) -> tuple[Judgement, int | None]:
    """Of several topics' verdicts on one page, that of the topic which it most surely concerns."""
    return max(judged, key=lambda each: (bool(each[0].mentions), each[0].score))
