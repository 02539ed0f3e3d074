"""Extraction: on the saved pages, and on a folder of pages with their true bodies where one is given.

`python -m benchmarks.extraction FOLDER` takes a folder as the public article-extraction benchmark lays it out:
ground-truth.json with {id: {"url", "articleBody"}}, pages as html/ID.html or html/ID.html.gz. The figures are that
benchmark's: shingles of 4 words, each page's shares of right, added and missing ones, precision and recall averaged
over the pages, F1 of the two. Beside them stand trafilatura's modes in the same run; every time includes decoding,
parsing, title, authors and dates, as CPU time of one core. The project holds no such folder; of its own saved pages it
is counted how many phrases of the article were read, and how many of those beside it were left out.
"""

import gzip
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import trafilatura

from benchmarks.corpus import ROOT
from crawler.errors import UnreadablePage
from crawler.extraction.order import PageToRead, order_for
from crawler.extraction.page import extract, extract_plainly, read_page
from crawler.extraction.plain import read_plainly
from crawler.extraction.tree import PageTooMuch
from crawler.outlets import owner_of, parse_catalogue
from matching.model import Article
from scheduler.reports import extracted_page

WEB = ROOT / "fixtures" / "web"
SHINGLE = 4
ROUNDS = 3
_WORD = re.compile(r"\w+")
Reader = Callable[[PageToRead], str]


@dataclass(frozen=True, slots=True)
class Score:
    """Precision and recall of one reader over all pages, and its mean time in milliseconds a page."""

    precision: float
    recall: float
    milliseconds: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def read(page: PageToRead) -> Article | None:
    try:
        return extract(page)
    except PageTooMuch:
        return extract_plainly(page)
    except UnreadablePage:
        return None


def veilleur(page: PageToRead) -> str:
    """The paragraphs of the article; of a page that is too much for the usual path, those of the plain one."""
    try:
        return "\n".join(read_page(page)[1])
    except PageTooMuch:
        return plain_path(page)
    except UnreadablePage:
        return ""


def plain_path(page: PageToRead) -> str:
    return "\n".join(read_plainly(page.raw, page.url)[1])


def whole(page: PageToRead) -> str:
    """Lead and text, as they are judged."""
    article = read(page)
    return f"{article.lead}\n{article.text}" if article else ""


def by_trafilatura(**mode: Any) -> Reader:
    def reader(page: PageToRead) -> str:
        document = trafilatura.bare_extraction(
            page.raw, url=page.url, include_comments=False, with_metadata=True, **mode
        )
        return str(getattr(document, "text", None) or "")

    return reader


READERS: dict[str, Reader] = {
    "Veilleur": veilleur,
    "Veilleur, plain path": plain_path,
    "trafilatura, fast": by_trafilatura(fast=True),
    "trafilatura, default": by_trafilatura(),
    "trafilatura, precision": by_trafilatura(favor_precision=True),
}


def shares(true: str, read: str) -> tuple[float, float, float]:
    """The shares of shingles that are right, added and missing, of all in either text."""
    expected, found = _shingles(true), _shingles(read)
    right = sum((expected & found).values())
    counts = (right, found.total() - right, expected.total() - right)
    whole = sum(counts)
    return (counts[0] / whole, counts[1] / whole, counts[2] / whole) if whole else (0.0, 0.0, 0.0)


def averaged(pages: list[tuple[float, float, float]], milliseconds: float) -> Score:
    precision = mean(right / (right + added) for right, added, _ in pages if right + added)
    recall = mean(right / (right + missing) for right, _, missing in pages if right + missing)
    return Score(precision, recall, milliseconds)


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    return Counter(tuple(words[place : place + SHINGLE]) for place in range(max(1, len(words) - SHINGLE + 1)) if words)


def measured(pages: list[PageToRead], reader: Reader) -> tuple[list[str], float]:
    """What a reader reads in each page, and its best mean time of some rounds."""
    times = []
    texts: list[str] = []
    for _ in range(ROUNDS):
        started = time.process_time()
        texts = [reader(page) for page in pages]
        times.append((time.process_time() - started) * 1000 / len(pages))
    return texts, min(times)


def on_folder(folder: Path) -> list[str]:
    """The figures on pages whose bodies are known."""
    truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    pages = [PageToRead(_saved(folder / "html", name), record.get("url", "")) for name, record in truth.items()]
    bodies = [record.get("articleBody", "") for record in truth.values()]
    lines = [f"{len(pages)} pages.", "", "| reader | precision | recall | F1 | ms a page |", "|---|---|---|---|---|"]
    for name, reader in READERS.items():
        texts, milliseconds = measured(pages, reader)
        score = averaged([shares(*both) for both in zip(bodies, texts, strict=True)], milliseconds)
        figures = f"{score.precision:.3f} | {score.recall:.3f} | **{score.f1:.3f}** | {milliseconds:.1f}"
        lines.append(f"| {name} | {figures} |")
    return lines


def _saved(folder: Path, name: str) -> bytes:
    plain = folder / f"{name}.html"
    return plain.read_bytes() if plain.is_file() else gzip.decompress((folder / f"{name}.html.gz").read_bytes())


def measure() -> list[str]:
    """The figures on the project's saved pages."""
    expected = list(_expected())
    pages = [page for page, _ in expected]
    lines = [
        f"{len(pages)} saved pages.",
        "",
        "| reader | phrases of the article read | phrases beside it left out | ms a page |",
        "|---|---|---|---|",
    ]
    for name, reader in (READERS | {"Veilleur": whole}).items():
        texts, milliseconds = measured(pages, reader)
        told = [(" ".join(text.split()), wanted) for text, (_, wanted) in zip(texts, expected, strict=True)]
        read = [phrase in text for text, wanted in told for phrase in _phrases(wanted, "contains")]
        kept_out = [phrase not in text for text, wanted in told for phrase in _phrases(wanted, "lacks")]
        lines.append(
            f"| {name} | {sum(read)} of {len(read)} | {sum(kept_out)} of {len(kept_out)} | {milliseconds:.1f} |"
        )
    return [*lines, "", _of_metadata(expected)]


def _of_metadata(expected: list[tuple[PageToRead, dict[str, Any]]]) -> str:
    right: Counter[str] = Counter()
    for page, wanted in expected:
        article = read(page)
        told = extracted_page(article, "") if article else {}
        right.update(key for key in ("title", "published", "authors") if told.get(key) == wanted[key])
    return ", ".join(f"{name} right on {right[name]}" for name in ("title", "published", "authors")) + "."


def _expected() -> Iterator[tuple[PageToRead, dict[str, Any]]]:
    outlets = parse_catalogue((WEB / "outlets.toml").read_text(encoding="utf-8"), "outlets.toml")
    for file in sorted(WEB.rglob("expected.json")):
        for name, record in json.loads(file.read_text(encoding="utf-8")).items():
            page = file.parent / name
            url = f"https://{page.relative_to(WEB).as_posix()}"
            yield order_for(owner_of(url, outlets), page.read_bytes(), url), record["extract"]


def _phrases(wanted: dict[str, Any], kind: str) -> list[str]:
    return [" ".join(phrase.split()) for phrase in wanted[kind]]


if __name__ == "__main__":
    print("\n".join(on_folder(Path(sys.argv[1])) if len(sys.argv) > 1 else measure()))
