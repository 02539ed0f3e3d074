"""`veilleur replay`."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from crawler.addresses import address_key
from matching.gate import Gate
from matching.judge import Judge
from matching.memory import Memory
from matching.model import Article, Judgement, Verdict
from scheduler.commands.opened import opened_database
from scheduler.commands.pages import ReadPage, check_paths, read_pages
from scheduler.config import Configuration
from scheduler.jobs import utc_now
from scheduler.reports import best_judgement, judged_page, unreadable_page
from scheduler.terminal import out, plain, print_json, tracked, verdict
from storage import recording


def replay(configuration: Configuration, paths: list[str], *, as_json: bool, store: bool) -> int:
    """Judges saved pages; within a folder the earlier published are the earlier ones. 1 when no page could be read."""
    check_paths(paths)
    memories = _memories(configuration)
    counts: Counter[str] = Counter()
    kept: list[Article] = []
    for path in paths:
        for page, judgement, story in judged_pages(configuration, path, memories):
            if page.article is None or judgement is None:
                counts["unreadable"] += 1
                _print_unreadable(page, as_json=as_json)
                continue
            counts[judgement.verdict] += 1
            kept += [page.article] if judgement.mentions else []
            _print_page(page.article, judgement, story, as_json=as_json)
    if store:
        _store(configuration, kept, utc_now())
    if not as_json:
        out.print(", ".join(f"{count} {name}" for name, count in counts.items()) or "no page there")
    return 0 if sum(counts.values()) > counts["unreadable"] else 1


def judged_pages(
    configuration: Configuration, path: str, memories: list[Memory] | None = None
) -> Iterator[tuple[ReadPage, Judgement | None, int | None]]:
    """A path's pages with verdict and story: at once those that cannot hold a mention or cannot be read, then the
    others in the order of publication, each known to those after it."""
    memories = memories or _memories(configuration)
    gate = Gate(configuration.topics)
    now = utc_now()
    candidates: list[tuple[datetime, ReadPage, Article]] = []
    for page in tracked(read_pages(configuration, [path]), "reading"):
        if page.article is None:
            yield page, None, None
        elif gate.passes(page.saved.file.read_bytes()):
            candidates.append((page.article.published or now, page, page.article))
        else:
            yield page, Judgement(Verdict.IRRELEVANT, None, 0.0), None
    for moment, page, article in sorted(candidates, key=lambda each: each[0]):
        yield page, *best_judgement([memory.judge(article, moment) for memory in memories])


def _memories(configuration: Configuration) -> list[Memory]:
    return [Memory(Judge(topic)) for topic in configuration.topics]


def _print_page(article: Article, judgement: Judgement, story: int | None, *, as_json: bool) -> None:
    if as_json:
        print_json(judged_page(article, judgement, story))
        return
    original = judgement.duplicate_of
    words = f" [yellow]copy of {plain(original.id)}[/]" if original else ""
    mark = verdict(judgement.verdict.value)
    out.print(f"{mark} {judgement.score:.2f}  {plain(article.title)}{words}")
    out.print(f"    [dim]{plain(article.canonical or article.url)}[/]")
    if judgement.verdict is not Verdict.IRRELEVANT and judgement.passages:
        out.print(f"    {plain(judgement.passages[0].text)}")


def _print_unreadable(page: ReadPage, *, as_json: bool) -> None:
    if as_json:
        print_json(unreadable_page(page.saved.url, None, page.error))
    else:
        out.print(f"[red]unreadable[/]  {plain(page.saved.file)}: {plain(page.error)}")


def _store(configuration: Configuration, articles: list[Article], now: datetime) -> None:
    """Stores the mentions as a backfill, which no digest announces."""
    judges = [Judge(topic) for topic in configuration.topics]
    with opened_database(configuration) as database:
        for article in articles:
            with database.write() as connection:
                recording.record(
                    connection,
                    article,
                    judges,
                    outlet=article.outlet or "",
                    url_key=address_key(article.canonical or article.url),
                    page_id=None,
                    now=now,
                    announce="backfill",
                )
