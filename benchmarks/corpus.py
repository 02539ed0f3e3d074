"""The articles that the benchmarks work on: 200 of our own writing, on one subject, none a copy of another."""

import json
from dataclasses import dataclass
from pathlib import Path

from benchmarks.frequencies import articles as story_articles
from scheduler.commands.pages import read_pages
from scheduler.config import load

ROOT = Path(__file__).parent.parent
SIZE = 200


@dataclass(frozen=True, slots=True)
class Sample:
    """An article as plain text, paragraphs separated by a blank line; `story` None where no story is labelled."""

    id: str
    title: str
    text: str
    story: str | None


def samples() -> list[Sample]:
    """The story articles, and saved pages that are new, in a fixed order."""
    found = [
        Sample(each["id"], each["title"], f"{each['lead']}\n\n{each['text']}", each["story"])
        for each in story_articles()
    ]
    wanted = _new_pages()
    for page in read_pages(load(None, {}), [str(ROOT / "fixtures" / "web")]):
        if page.article is not None and page.saved.file in wanted and len(page.article.text.split()) >= 150:
            text = f"{page.article.lead}\n\n{page.article.text}"
            found.append(Sample(str(page.saved.file.relative_to(ROOT)), page.article.title, text, None))
    return found[:SIZE]


def _new_pages() -> set[Path]:
    """The saved pages that are neither copies nor carry a reference."""
    return {
        file.parent / name
        for file in (ROOT / "fixtures" / "web").rglob("expected.json")
        for name, record in json.loads(file.read_text(encoding="utf-8")).items()
        if record["judge"]["duplicate_of"] is None and "reference" not in record["note"]
    }
