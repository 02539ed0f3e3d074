"""`veilleur replay`."""

import gc
import logging
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from crawler.addresses import address_key
from crawler.outlets import merged
from matching.gate import Gate
from matching.judge import Judge
from matching.memory import Memory
from matching.model import Article, Judgement, KnownId, Verdict
from scheduler.clock import utc_now
from scheduler.commands.opened import SAVED_CATALOGUE, catalogue_in, opened_database
from scheduler.commands.pages import PAGELESS, ReadPage, check_paths, read_pages
from scheduler.config import Configuration
from scheduler.errors import ConfigurationError
from scheduler.replayed import BEFORE, KNOWN, print_sum
from scheduler.replaying import UNREADABLE, UNTITLED, JudgedPage, Replaying, Task, is_archive, outlet_of
from scheduler.reports import best_judgement, judged_page, unread_page, unreadable_page
from scheduler.terminal import counted, out, plain, print_json, tracked, verdict
from storage import recording
from storage.database import Database

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """How pages are replayed; `resume` is a file with the state of a replay of archives that stores nothing."""

    as_json: bool = False
    store: bool = False
    announce: bool = False
    again: bool = False
    processes: int | None = None
    resume: str | None = None


def replay(configuration: Configuration, paths: list[str], options: Options) -> int:
    """Judges saved pages and web archives, path by path; within each the earlier published are the earlier ones.

    1 when no page could be read.
    """
    check_paths(paths)
    _check(options, paths)
    memories = _memories(configuration)
    counts: Counter[str] = Counter()
    for is_archives, group in groupby(map(Path, paths), key=is_archive):
        if is_archives:
            counts += _replay_archives(configuration, list(group), memories, options)
        else:
            counts += _replay_pages(configuration, list(group), memories, options)
    if not options.as_json:
        print_sum(counts, stored_in=configuration.database if options.store else None, announces=options.announce)
        if not counts:
            out.print(plain(f"{', '.join(paths)}: {PAGELESS}"))
    return 0 if sum(counts[name] for name in (*Verdict, UNTITLED, KNOWN)) else 1


def _check(options: Options, paths: list[str]) -> None:
    if options.store and options.resume:
        raise ConfigurationError("--resume FILE goes without --store, where the database remembers how far it got")
    for name, given in (("--announce", options.announce), ("--again", options.again)):
        if given and not options.store:
            raise ConfigurationError(f"{name} goes with --store")


def _replay_pages(
    configuration: Configuration, paths: list[Path], memories: list[Memory], options: Options
) -> Counter[str]:
    counts: Counter[str] = Counter()
    kept: list[Article] = []
    for path in paths:
        _warn_of_archives(path)
        for page, judgement, story in judged_pages(configuration, str(path), memories):
            if page.article is None or judgement is None:
                counts[UNREADABLE] += 1
                file = str(page.saved.file)
                _print_unreadable(
                    page.saved.url, page.error, as_json=options.as_json, shown_as=file, outlet=page.outlet
                )
                continue
            counts[judgement.verdict] += 1
            kept += [page.article] if judgement.mentions else []
            _print_page(page.article, judgement, story, as_json=options.as_json)
    if options.store:
        _store(configuration, kept, utc_now(), announce="digest" if options.announce else "backfill")
    return counts


def _warn_of_archives(folder: Path) -> None:
    """Says of a folder's web archives that they are left out, for they must be named."""
    first = next((each for each in sorted(folder.rglob("*")) if is_archive(each)), None)
    if first is not None:
        logger.warning("%s: its web archives are not read; name them: veilleur replay %s ...", folder, first)


def _replay_archives(
    configuration: Configuration, files: list[Path], memories: list[Memory], options: Options
) -> Counter[str]:
    for file in files:
        if file.stat().st_size == 0:
            logger.warning("%s: the archive is empty", file)
    task = Task(
        files,
        processes=options.processes or os.cpu_count() or 1,
        stores=options.store,
        keeps_all=options.resume is not None,
        announce="digest" if options.announce else "backfill",
        again=options.again,
    )
    configuration = _with_catalogues(configuration, files)
    with _state(configuration, options) as database, _settled():
        replaying = Replaying(configuration, database, task, utc_now)
        try:
            for each in replaying.pages(memories):
                _print_archived(each, as_json=options.as_json)
        except KeyboardInterrupt:
            if options.store or options.resume:
                logger.warning("interrupted: the same command goes on where it had got to")
            raise
    for file, damaged in (+replaying.damaged).items():
        left_out = counted(damaged, "damaged record is", "damaged records are")
        logger.warning("%s: %s left out; was it cut short? fetch it again, and give it again", file, left_out)
    known = len(replaying.known) if options.store else 0
    return +Counter({**replaying.counts, BEFORE: replaying.before, KNOWN: known})


def _with_catalogues(configuration: Configuration, files: list[Path]) -> Configuration:
    """The configuration with the outlets of an outlets.toml beside an archive, as beside saved pages."""
    outlets = configuration.outlets
    for folder in dict.fromkeys(file.parent for file in files):
        if (folder / SAVED_CATALOGUE).is_file():
            outlets = merged(outlets, catalogue_in(folder))
    return replace(configuration, outlets=outlets)


@contextmanager
def _settled() -> Iterator[None]:
    """What is there already stays meanwhile: the collector need not look through it again and again."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def _state(configuration: Configuration, options: Options) -> Iterator[Database]:
    """The database that remembers how far the replay got: the configured one, that of --resume, or a passing one."""
    if options.store:
        with opened_database(configuration) as database:
            yield database
        return
    with TemporaryDirectory(prefix="veilleur-") as folder:
        file = Path(options.resume) if options.resume else Path(folder) / "replay.db"
        with opened_database(replace(configuration, database=f"sqlite:///{file}")) as database:
            yield database


def _print_archived(judged: JudgedPage, *, as_json: bool) -> None:
    """Says what became of a page; to people only when it was worth a look."""
    page = judged.page
    if page.error:
        _print_unreadable(page.url, page.error, as_json=as_json, outlet=page.outlet)
    elif page.article is not None and judged.judgement is not None:
        _print_page(page.article, judged.judgement, judged.story, as_json=as_json)
    elif as_json:
        print_json(unread_page(page.url, page.outlet))


def judged_pages(
    configuration: Configuration, path: str, memories: list[Memory] | None = None
) -> Iterator[tuple[ReadPage, Judgement | None, int | None]]:
    """A path's pages with verdict and story: at once those that cannot hold a mention or cannot be read, then the
    others in the order of publication, of one moment by address, each known to those after it."""
    memories = memories or _memories(configuration)
    gate = Gate(configuration.topics)
    now = utc_now()
    candidates: list[tuple[datetime, ReadPage, Article]] = []
    for page in tracked(read_pages(configuration, [path]), "reading"):
        if page.article is None:
            yield page, None, None
        elif gate.passes(page.saved.read()):
            candidates.append((page.article.published or now, page, page.article))
        else:
            yield page, Judgement(Verdict.IRRELEVANT, None, 0.0), None
    ordered = sorted(candidates, key=lambda each: (each[0], each[1].saved.url))
    for moment, page, article in tracked(ordered, "judging", len(ordered)):
        yield page, *best_judgement([memory.judge(article, moment) for memory in memories])


def _memories(configuration: Configuration) -> list[Memory]:
    return [Memory(Judge(topic)) for topic in configuration.topics]


def _print_page(article: Article, judgement: Judgement, story: int | None, *, as_json: bool) -> None:
    if as_json:
        print_json(judged_page(article, judgement, story))
        return
    original = judgement.duplicate_of
    words = f" [yellow]copy of {plain(_named(original))}[/]" if original else ""
    lines = [f"{verdict(judgement.verdict.value)} {judgement.score:.2f}  {plain(article.title)}{words}"]
    lines.append(f"    [dim]{plain(article.canonical or article.url)}[/]")
    if judgement.verdict is not Verdict.IRRELEVANT and judgement.passages:
        lines.append(f"    {plain(judgement.passages[0].text)}")
    out.print("\n".join(lines))


def _named(original: KnownId) -> str:
    """A reference by its id, an article by its address, whether it is stored or not."""
    return original.id if original.kind == "reference" else original.url or original.title


def _print_unreadable(
    url: str, error: str, *, as_json: bool, shown_as: str | None = None, outlet: str | None = None
) -> None:
    if as_json:
        print_json(unreadable_page(url, outlet, error))
    else:
        out.print(f"[red]unreadable[/]  {plain(shown_as or url)}: {plain(error)}")


def _store(configuration: Configuration, articles: list[Article], now: datetime, *, announce: str) -> None:
    judges = [Judge(topic) for topic in configuration.topics]
    with opened_database(configuration) as database:
        for article in tracked(articles, "storing verdicts", len(articles)):
            with database.write() as connection:
                recording.record(
                    connection,
                    article,
                    judges,
                    outlet=outlet_of(article),
                    url_key=address_key(article.canonical or article.url),
                    page_id=None,
                    now=now,
                    announce=announce,
                    tells_of_backfill=announce == "digest",
                )
