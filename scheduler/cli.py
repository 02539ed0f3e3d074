"""The command line: reads the words, hands them to the command's module, turns errors into exit statuses."""

import errno
import logging
import os
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from alerts.errors import AlertsError
from crawler.errors import CatalogueError, CrawlerError
from matching.errors import TopicError
from scheduler import commands, deliveries_line, logs, outlets_line, pages_line, subscribers_line
from scheduler.choices import DEFAULT_FILE, Format
from scheduler.command_line import App, JsonFlag, Outlets, SavedOption, configured
from scheduler.errors import ConfigurationError, SchedulerError
from scheduler.terminal import err, plain
from storage.errors import StorageError

logger = logging.getLogger(__name__)
app = App(name="veilleur", no_args_is_help=True)
app.add_typer(pages_line.app)
app.add_typer(outlets_line.app, name="outlets")
app.add_typer(subscribers_line.app, name="subscribers")
app.add_typer(deliveries_line.app, name="deliveries")


@dataclass(frozen=True, slots=True)
class Options:
    config: str | None
    verbose: bool
    log_format: logs.LogFormat


def _version(asked: bool) -> None:
    if asked:
        print(f"veilleur {version('veilleur')}")
        raise typer.Exit


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
    version_asked: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version this is.")
    ] = False,
    log_format: Annotated[logs.LogFormat, typer.Option("--log-format", help="How the log is written.")] = "text",
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
    commands.init.init(context.obj.config or DEFAULT_FILE, force=force)


@app.command()
def check(context: typer.Context) -> None:
    """Validate configuration, database, mail server and sources; say what is wrong and how to mend it."""
    raise typer.Exit(commands.check.check(configured(context)))


@app.command()
def run(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="One crawl round, then mail every pending mention now.")] = False,
    saved: SavedOption = None,
) -> None:
    """Run the daemon."""
    configuration = configured(context)
    if not once and saved is not None:
        raise ConfigurationError("--saved goes with --once: the daemon watches the live web")
    if once:
        raise typer.Exit(commands.run.run_once(configuration, saved))
    logs.configure(verbose=context.obj.verbose, log_format=context.obj.log_format, quiet=False)
    commands.run.run_daemon(configuration)


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
    configuration = configured(context)
    raise typer.Exit(commands.crawl.crawl(configuration, outlets or [], saved, quarantined=quarantined))


@app.command()
def digest(
    context: typer.Context,
    preview: Annotated[bool, typer.Option("--preview", help="Write it as a page to open in a browser, too.")] = False,
    subscriber: Annotated[
        str | None,
        typer.Option("--subscriber", metavar="EMAIL|CHANNEL", help="Whose digest; the first subscriber's by default."),
    ] = None,
    slot: Annotated[
        str | None,
        typer.Option(
            "--slot", metavar="TIME", help="The digest of this past slot by its reader's clock, 2026-02-25T08:00."
        ),
    ] = None,
    form: Annotated[
        Format | None,
        typer.Option("--format", help="Only this; an .eml that was sent is shown as it went."),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Write it to this file.")] = None,
) -> None:
    """Show the digest that would go out now, or that of a past slot; nothing is recorded."""
    asked = commands.digest.Asked(subscriber, preview, slot, form, output)
    raise typer.Exit(commands.digest.digest(configured(context), asked))


@app.command()
def mentions(
    context: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(metavar="WORD", help="Words that the article must hold.")] = None,
    outlet: Annotated[
        list[str] | None, typer.Option("--outlet", metavar="OUTLET", help="Only this outlet (repeatable).")
    ] = None,
    verdict: Annotated[
        list[str] | None,
        typer.Option(
            "--verdict",
            metavar="VERDICT",
            help="new, duplicate or irrelevant (near misses); new and duplicate by default.",
        ),
    ] = None,
    topic: Annotated[
        list[str] | None, typer.Option("--topic", metavar="TOPIC", help="Only this topic (repeatable).")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DAY", help="Published from this day on, YYYY-MM-DD.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DAY", help="Published up to this day, YYYY-MM-DD.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="At most so many.")] = None,
    undated: Annotated[
        bool, typer.Option("--undated", help="With --since and --until: also without a date, by the day of finding.")
    ] = False,
    as_json: JsonFlag = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values with a header line.")] = False,
) -> None:
    """List what was found."""
    wanted = commands.mentions.Wanted(
        words=tuple(words or ()),
        outlets=tuple(outlet or ()),
        verdicts=tuple(verdict or ()),
        topics=tuple(topic or ()),
        since=since,
        until=until,
        limit=limit,
        undated=undated,
    )
    raise typer.Exit(commands.mentions.mentions(configured(context), wanted, as_json=as_json, as_csv=as_csv))


@app.command()
def bounces(
    context: typer.Context,
    place: Annotated[
        str,
        typer.Argument(metavar="FILE|MAILDIR|-", help="An mbox, a Maildir, a message; else standard input."),
    ] = "-",
    as_json: JsonFlag = False,
) -> None:
    """Read what came back: bounces, and mails that ask to unsubscribe. Nothing is deleted, each counts once."""
    raise typer.Exit(commands.bounces.bounces(configured(context), place, as_json=as_json))


@app.command()
def web(context: typer.Context) -> None:
    """Serve the pages to unsubscribe by, where the daemon does not."""
    raise typer.Exit(commands.web.web(configured(context)))


@app.command()
def migrate(context: typer.Context) -> None:
    """Bring the database to the current schema."""
    raise typer.Exit(commands.migrate.migrate_database(configured(context)))


def main() -> None:
    """The command `veilleur`: status 0, 1 for a failure, 2 for usage or configuration."""
    try:
        app()
    except (ConfigurationError, CatalogueError, TopicError) as error:
        _complain(error, 2)
    except (SchedulerError, StorageError, CrawlerError, AlertsError) as error:
        _complain(error, 1)
    except BrokenPipeError:
        _drop_output()
        sys.exit(1)
    except OSError as error:
        if error.filename is None and error.errno not in (errno.ENOSPC, errno.EIO):
            raise
        logger.debug("%s", error, exc_info=True)
        _drop_output()
        _complain(f"{error.filename or 'what is printed here'}: {error.strerror}", 1)
    except KeyboardInterrupt:
        sys.exit(130)


def _drop_output() -> None:
    """Nobody reads it, or nothing takes it: the interpreter would fail at it once more as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(error: Exception | str, status: int) -> None:
    for line in str(error).splitlines():
        err.print(f"[bold red]veilleur:[/] {plain(line)}")
    sys.exit(status)
