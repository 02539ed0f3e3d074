"""The command line: reads the words, hands them to the command's module, turns errors into exit statuses."""

import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from alerts.errors import AlertsError
from crawler.errors import CatalogueError, CrawlerError
from crawler.opml import Group
from matching.errors import TopicError
from scheduler import config, deliveries_line, logs
from scheduler.commands import backtest as backtest_command
from scheduler.commands import bounces as bounces_command
from scheduler.commands import check as check_command
from scheduler.commands import crawl as crawl_command
from scheduler.commands import digest as digest_command
from scheduler.commands import explain as explain_command
from scheduler.commands import extract as extract_command
from scheduler.commands import init as init_command
from scheduler.commands import mentions as mentions_command
from scheduler.commands import migrate as migrate_command
from scheduler.commands import outlets as outlets_command
from scheduler.commands import outlets_check as outlets_check_command
from scheduler.commands import outlets_opml as outlets_opml_command
from scheduler.commands import record as record_command
from scheduler.commands import replay as replay_command
from scheduler.commands import run as run_command
from scheduler.commands import subscribers as subscribers_command
from scheduler.commands import web as web_command
from scheduler.errors import ConfigurationError, SchedulerError
from scheduler.terminal import err, plain
from storage.errors import StorageError

logger = logging.getLogger(__name__)

HELP = {"help_option_names": ["-h", "--help"]}
app = typer.Typer(
    name="veilleur", no_args_is_help=True, add_completion=False, context_settings=HELP, pretty_exceptions_enable=False
)
outlets_app = typer.Typer(no_args_is_help=True, context_settings=HELP, help="The watched outlets.")
app.add_typer(outlets_app, name="outlets")
subscribers_app = typer.Typer(no_args_is_help=True, context_settings=HELP, help="Who is written to, and who is not.")
app.add_typer(subscribers_app, name="subscribers")
app.add_typer(deliveries_line.app, name="deliveries")

LogFormat = Literal["text", "json"]
JsonFlag = Annotated[bool, typer.Option("--json", help="One JSON object a line, and nothing else.")]
SavedOption = Annotated[
    str | None,
    typer.Option("--saved", metavar="DIR", help="Read saved pages (HOST/PATH below DIR) instead of the network."),
]
Outlets = Annotated[
    list[str] | None, typer.Argument(metavar="[OUTLET]...", help="Ids of outlets; all when none is named.")
]
Paths = Annotated[list[str], typer.Argument(metavar="PATH...", help="HTML or MHTML files, or HOST/PATH folders.")]


@dataclass(frozen=True, slots=True)
class Options:
    config: str | None
    verbose: bool
    log_format: logs.LogFormat


@app.callback()
def options(
    context: typer.Context,
    config_file: Annotated[
        str | None,
        typer.Option(
            "--config", metavar="FILE", help="The configuration (default: veilleur.toml, or $VEILLEUR_CONFIG)."
        ),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Tell every step.")] = False,
    log_format: Annotated[LogFormat, typer.Option("--log-format", help="How the log is written.")] = "text",
) -> None:
    """Watches the French-language entertainment press for one film, and mails what is new."""
    context.obj = Options(config_file, verbose, log_format)
    logs.configure(verbose=verbose, log_format=log_format)


@app.command()
def init(
    context: typer.Context,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
) -> None:
    """Write a commented veilleur.toml."""
    init_command.init(context.obj.config or config.DEFAULT_FILE, force=force)


@app.command()
def check(context: typer.Context) -> None:
    """Validate configuration, database, mail server and sources; say what is wrong and how to mend it."""
    raise typer.Exit(check_command.check(config.load(context.obj.config)))


@app.command()
def run(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="One crawl round, then mail every pending mention now.")] = False,
    saved: SavedOption = None,
) -> None:
    """Run the daemon."""
    configuration = config.load(context.obj.config)
    if not once and saved is not None:
        raise ConfigurationError("--saved goes with --once: the daemon watches the live web")
    if once:
        raise typer.Exit(run_command.run_once(configuration, saved))
    logs.configure(verbose=context.obj.verbose, log_format=context.obj.log_format, quiet=False)
    run_command.run_daemon(configuration)


@app.command()
def crawl(
    context: typer.Context,
    outlets: Outlets = None,
    saved: SavedOption = None,
    quarantined: Annotated[
        bool, typer.Option("--quarantined", help="Try pages again that were set aside after four failures.")
    ] = False,
) -> None:
    """Run one crawl round."""
    configuration = config.load(context.obj.config)
    raise typer.Exit(crawl_command.crawl(configuration, outlets or [], saved, quarantined=quarantined))


@app.command()
def replay(
    context: typer.Context,
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="HTML or MHTML files, HOST/PATH folders, WARC files (.warc[.gz|.zst])."),
    ],
    as_json: JsonFlag = False,
    store: Annotated[
        bool, typer.Option("--store", help="Store the mentions, as a backfill that no digest announces.")
    ] = False,
    announce: Annotated[bool, typer.Option("--announce", help="With --store: let digests tell of them.")] = False,
    again: Annotated[bool, typer.Option("--again", help="With --store: read archives that were read before.")] = False,
    processes: Annotated[
        int | None, typer.Option("--processes", min=1, max=256, help="How many read archives; one a core by default.")
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option("--resume", metavar="FILE", help="Without --store: remember there how far archives were read."),
    ] = None,
) -> None:
    """Judge saved pages and web archives; earlier pages count as known articles for later ones."""
    given = replay_command.Options(as_json, store, announce, again, processes, resume)
    raise typer.Exit(replay_command.replay(config.load(context.obj.config), paths, given))


@app.command()
def extract(context: typer.Context, paths: Paths, as_json: JsonFlag = False) -> None:
    """Show what extraction reads in a saved page."""
    raise typer.Exit(extract_command.extract_pages(config.load(context.obj.config), paths, as_json=as_json))


@app.command()
def explain(
    context: typer.Context,
    page: Annotated[str, typer.Argument(metavar="PATH|URL", help="A saved page, a folder of them, or an address.")],
    as_json: JsonFlag = False,
    archived: Annotated[
        bool, typer.Option("--archived", help="URL: the page as it was kept when its mention was found.")
    ] = False,
) -> None:
    """Say why a page was judged as it was: a saved one, each of a folder, or the one at an address."""
    configuration = config.load(context.obj.config)
    raise typer.Exit(explain_command.explain(configuration, page, as_json=as_json, archived=archived))


@app.command()
def digest(
    context: typer.Context,
    preview: Annotated[bool, typer.Option("--preview", help="Write it as a page to open in a browser, too.")] = False,
    subscriber: Annotated[
        str | None,
        typer.Option("--subscriber", metavar="EMAIL|CHANNEL", help="Whose digest; the first subscriber's by default."),
    ] = None,
    slot: Annotated[
        str | None, typer.Option("--slot", metavar="TIME", help="The digest of this past slot, 2026-02-25T08:00.")
    ] = None,
    form: Annotated[
        digest_command.Format | None,
        typer.Option("--format", help="Only this; an .eml that was sent is shown as it went."),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Write it to this file.")] = None,
) -> None:
    """Show the digest that would go out now, or that of a past slot; nothing is recorded."""
    asked = digest_command.Asked(subscriber, preview, slot, form, output)
    raise typer.Exit(digest_command.digest(config.load(context.obj.config), asked))


@app.command()
def mentions(
    context: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[WORD]...", help="Words that the article must hold.")
    ] = None,
    outlet: Annotated[list[str] | None, typer.Option("--outlet", help="Only this outlet (repeatable).")] = None,
    verdict: Annotated[
        list[str] | None,
        typer.Option("--verdict", help="new, duplicate or irrelevant (near misses); new and duplicate by default."),
    ] = None,
    topic: Annotated[list[str] | None, typer.Option("--topic", help="Only this topic (repeatable).")] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DAY", help="Published from this day on, YYYY-MM-DD.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DAY", help="Published up to this day, YYYY-MM-DD.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="At most so many.")] = None,
    undated: Annotated[
        bool, typer.Option("--undated", help="With --since and --until: also without a date, by the day of finding.")
    ] = False,
    as_json: JsonFlag = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values with a header line.")] = False,
) -> None:
    """List what was found."""
    wanted = mentions_command.Wanted(
        words=tuple(words or ()),
        outlets=tuple(outlet or ()),
        verdicts=tuple(verdict or ()),
        topics=tuple(topic or ()),
        since=since,
        until=until,
        limit=limit,
        undated=undated,
    )
    raise typer.Exit(mentions_command.mentions(config.load(context.obj.config), wanted, as_json=as_json, as_csv=as_csv))


@outlets_app.command("list")
def outlets_list(
    context: typer.Context,
    outlets: Outlets = None,
    country: Annotated[list[str] | None, typer.Option("--country", help="Only this country's (repeatable).")] = None,
    category: Annotated[list[str] | None, typer.Option("--category", help="Only this category (repeatable).")] = None,
    state: Annotated[list[str] | None, typer.Option("--state", help="Only those in this state (repeatable).")] = None,
    as_json: JsonFlag = False,
) -> None:
    """List the outlets with the health of their sources."""
    filters = outlets_command.Filters(
        tuple(outlets or ()), tuple(country or ()), tuple(category or ()), tuple(state or ())
    )
    raise typer.Exit(outlets_command.list_outlets(config.load(context.obj.config), filters, as_json=as_json))


@outlets_app.command("check")
def outlets_check(
    context: typer.Context,
    wanted: Annotated[
        list[str] | None, typer.Argument(metavar="[OUTLET|URL]...", help="Ids or addresses; all outlets by default.")
    ] = None,
    pages: Annotated[int, typer.Option("--pages", min=0, max=20, help="Articles to read of each outlet.")] = 3,
    as_json: JsonFlag = False,
) -> None:
    """Try outlets live and say what came back; status 1 when one is not usable."""
    configuration = config.load(context.obj.config)
    raise typer.Exit(outlets_check_command.check_outlets(configuration, wanted or [], pages=pages, as_json=as_json))


@outlets_app.command("import")
def outlets_import(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE.opml", help="The list of feeds of another reader, OPML.")],
    into: Annotated[
        str | None, typer.Option("--into", metavar="FILE.toml", help="Append to this configuration or catalogue.")
    ] = None,
) -> None:
    """Print the outlets of an OPML file as \\[\\[outlets]], or append them to a file."""
    raise typer.Exit(outlets_opml_command.import_outlets(config.load(context.obj.config), file, into))


@outlets_app.command("export")
def outlets_export(
    context: typer.Context,
    file: Annotated[
        str | None,
        typer.Argument(metavar="[FILE.opml]", help="A file that is not there yet; standard output by default."),
    ] = None,
    group: Annotated[Group, typer.Option("--group", help="What the outlets are grouped by.")] = "country",
) -> None:
    """Write the watched outlets as OPML."""
    raise typer.Exit(outlets_opml_command.export_outlets(config.load(context.obj.config), file, group))


@subscribers_app.command("list")
def subscribers_list(context: typer.Context, as_json: JsonFlag = False) -> None:
    """List subscribers and channels, and the addresses that nothing is sent to, with the reason."""
    raise typer.Exit(subscribers_command.list_subscribers(config.load(context.obj.config), as_json=as_json))


@subscribers_app.command("history")
def subscribers_history(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="EMAIL")],
    as_json: JsonFlag = False,
) -> None:
    """Show what is on record about an address: who left, who came back, what bounced."""
    raise typer.Exit(subscribers_command.history(config.load(context.obj.config), address, as_json=as_json))


@subscribers_app.command("resume")
def subscribers_resume(context: typer.Context, address: Annotated[str, typer.Argument(metavar="EMAIL")]) -> None:
    """Write to an address again that unsubscribed or bounced."""
    raise typer.Exit(subscribers_command.resume(config.load(context.obj.config), address))


@app.command()
def bounces(
    context: typer.Context,
    place: Annotated[
        str,
        typer.Argument(metavar="[FILE|MAILDIR|-]", help="An mbox, a Maildir, a message; else standard input."),
    ] = "-",
    as_json: JsonFlag = False,
) -> None:
    """Read what came back: bounces, and mails that ask to unsubscribe. Nothing is deleted, each counts once."""
    raise typer.Exit(bounces_command.bounces(config.load(context.obj.config), place, as_json=as_json))


@app.command()
def web(context: typer.Context) -> None:
    """Serve the pages to unsubscribe by, where the daemon does not."""
    raise typer.Exit(web_command.web(config.load(context.obj.config)))


@app.command()
def record(
    context: typer.Context,
    urls: Annotated[list[str], typer.Argument(metavar="URL...")],
    into: Annotated[str, typer.Option("--into", metavar="DIR", help="The folder for HOST/PATH.")] = "fixtures/web",
) -> None:
    """Save live pages as fixtures, HOST/PATH below a folder."""
    raise typer.Exit(record_command.record(config.load(context.obj.config), urls, into))


@app.command()
def backtest(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE.tsv", help="Labelled cases: label, kind, title, text.")],
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="FILE", help="An earlier run's --json: tells what was won and lost."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Measure a topic's precision and recall on labelled cases."""
    configuration = config.load(context.obj.config)
    raise typer.Exit(backtest_command.backtest(configuration, file, as_json=as_json, against=against))


@app.command()
def migrate(context: typer.Context) -> None:
    """Bring the database to the current schema."""
    raise typer.Exit(migrate_command.migrate_database(config.load(context.obj.config)))


def main() -> None:
    """The command `veilleur`: status 0, 1 for a failure, 2 for usage or configuration."""
    try:
        app()
    except (ConfigurationError, CatalogueError, TopicError) as error:
        _complain(error, 2)
    except (SchedulerError, StorageError, CrawlerError, AlertsError) as error:
        _complain(error, 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _complain(error: Exception, status: int) -> None:
    for line in str(error).splitlines():
        err.print(f"[bold red]veilleur:[/] {plain(line)}", soft_wrap=True)
    sys.exit(status)
