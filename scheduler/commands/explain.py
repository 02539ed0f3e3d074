"""`veilleur explain`."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from crawler.addresses import address_key
from crawler.errors import CrawlerError
from crawler.fetch import FetchJob, fetch
from crawler.job import USER_AGENT
from crawler.saved import SavedPage
from matching.counterfactual import ways_to_change
from matching.judge import Judge
from matching.model import Article, Judgement, Known, Occurrence
from matching.text import folded_text
from scheduler.commands.pages import ReadPage, read_page, read_pages
from scheduler.config import Configuration
from scheduler.reports import best_judgement, explained_page
from scheduler.terminal import moment, out, plain, print_json, verdict
from storage import mentions
from storage.database import Database, sqlite_file
from storage.migrate import check_schema

Lookup = Callable[[Sequence[int]], list[Known]]


def explain(configuration: Configuration, page: str, *, as_json: bool) -> int:
    """Explains the verdict on a saved or live page, for each topic that it may concern."""
    read = _read(configuration, page)
    if read.article is None:
        raise CrawlerError(f"{page}: {read.error}")
    article = read.article
    with _stored(configuration, article) as stored:
        judged = [(topic, Judge(topic).judge(article, stored(topic.id))) for topic in configuration.topics]
    chosen = [each for each in judged if each[1].topic is not None] or judged[:1]
    if as_json:
        judgement, _ = best_judgement([(judgement, None) for _, judgement in chosen])
        print_json(explained_page(article, judgement, None))
        return 0
    for _, judgement in chosen:
        _print(article, judgement)
    return 0


def _read(configuration: Configuration, page: str) -> ReadPage:
    if not page.startswith(("http://", "https://")):
        pages = list(read_pages(configuration, [page]))
        if not pages:
            raise CrawlerError(f"{page}: there is no page in this folder")
        return pages[0]
    with tempfile.TemporaryDirectory() as folder:
        agent = USER_AGENT.format(contact=configuration.contact)
        job = FetchJob([page], folder, agent, list(configuration.allow_networks), configuration.tdm)
        fetched = fetch(job)[0]
        if fetched.file is None:
            raise CrawlerError(f"{page}: {fetched.error}")
        host, *rest = fetched.file.relative_to(folder).parts
        return read_page(SavedPage(fetched.file, host, "/".join(rest)), configuration.outlets)


@contextmanager
def _stored(configuration: Configuration, article: Article) -> Iterator[Callable[[str], Lookup]]:
    """Lookups in the database where there is one; the page itself, and what was found after it, are not asked."""
    file = sqlite_file(configuration.database)
    if file is not None and not file.exists():
        yield lambda topic: lambda marks: []
        return
    database = Database(configuration.database)
    check_schema(database)
    key = address_key(article.canonical or article.url)

    def for_topic(topic: str) -> Lookup:
        def resembling(marks: Sequence[int]) -> list[Known]:
            with database.read() as connection:
                own = [each for each in mentions.search(connection, topics=[topic]) if address_key(each.url) == key]
                found = mentions.resembling(connection, topic, marks)
            before = own[0].id if own else None
            return [each for each in found if before is None or int(each.id) < before]

        return resembling

    try:
        yield for_topic
    finally:
        database.close()


def _print(article: Article, judgement: Judgement) -> None:
    out.print(f"[bold]{plain(article.title)}[/]\n[dim]{plain(article.canonical or article.url)}[/]")
    out.print(f"[dim]{moment(article.published)}[/]\n")
    out.print(f"Verdict  {verdict(judgement.verdict.value)}   score {judgement.score:.2f}   {_reason(judgement)}")
    for heading, occurrences in (("Mentions", judgement.mentions), ("Refused", judgement.refused)):
        if occurrences:
            out.print(f"\n[bold]{heading}[/]")
        for each in occurrences:
            _print_occurrence(article, each)
    _print_comparison(judgement)


def _reason(judgement: Judgement) -> str:
    if not judgement.mentions:
        return (
            "a title's words stand there, and the evidence is against it" if judgement.refused else "no watched title"
        )
    if judgement.duplicate_of is not None:
        original = judgement.duplicate_of
        return f"{judgement.containment:.0%} of it stands in {original.id} ({plain(original.title)})"
    if judgement.closest is not None:
        known = judgement.closest.known
        return f"{judgement.novelty:.0%} of it is new beside {known.id} ({plain(known.title)})"
    return "it shares no passage with a known article"


def _print_occurrence(article: Article, occurrence: Occurrence) -> None:
    section = article.section(occurrence.where)
    around = section[max(0, occurrence.start - 60) : occurrence.start], section[occurrence.end : occurrence.end + 60]
    before, after = (plain(text.replace("\n", " ")) for text in around)
    marked = f"…{before}[bold reverse]{plain(occurrence.text)}[/]{after}…"
    out.print(f"  {occurrence.score:.2f} [bold]{occurrence.where}[/] · {occurrence.work}: {marked}")
    written = section[max(0, occurrence.start - 20) : occurrence.end + 20].replace("\n", " ").strip()
    read = folded_text(written)
    if read != written.lower():
        out.print(f"       [dim]written {plain(written)!r}[/]\n       [dim]read    {plain(read)!r}[/]")
    for signal in occurrence.signals:
        if signal.weight:
            colour = "green" if signal.weight > 0 else "red"
            out.print(f"       [{colour}]{signal.weight:+5.2f}[/] {signal.name}: {plain(signal.detail)}")
    out.print(f"       {occurrence.log_odds:+5.2f} in all: {_decision(occurrence)}")
    for way in ways_to_change(occurrence):
        out.print(f"       [dim]otherwise {plain(way)}[/]")


def _decision(occurrence: Occurrence) -> str:
    return f"counts, {occurrence.prominence}" if occurrence.accepted else "does not count"


def _print_comparison(judgement: Judgement) -> None:
    closest = judgement.closest
    if closest is None:
        return
    out.print(f"\n[bold]Closest known article[/]  {closest.known.id}  {plain(closest.known.title)}")
    figures = {name: getattr(closest, name) for name in ("resemblance", "containment", "novelty")}
    out.print("  " + "   ".join(f"{name} {value:.2f}" for name, value in figures.items()))
    for heading, sentences in (("Shared passages", closest.shared), ("New in it", closest.added)):
        if sentences:
            out.print(f"\n[bold]{heading}[/]")
        for each in sentences:
            out.print(f"  • {plain(each)}")
