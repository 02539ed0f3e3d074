"""The words on the command line that judge, show and save single pages and archives."""

from typing import Annotated

import typer

from scheduler import commands
from scheduler.command_line import App, JsonFlag, configured

app = App()
Paths = Annotated[list[str], typer.Argument(metavar="PATH", help="HTML or MHTML files, or HOST/PATH folders.")]


@app.command()
def replay(
    context: typer.Context,
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH", help="HTML or MHTML files, HOST/PATH folders, WARC files (.warc[.gz|.zst])."),
    ],
    as_json: JsonFlag = False,
    store: Annotated[
        bool, typer.Option("--store", help="Store the mentions, as a backfill that no digest announces.")
    ] = False,
    announce: Annotated[
        bool,
        typer.Option(
            "--announce", help="With --store: let digests tell of them; of archives read before too with --again."
        ),
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="With --store: read archives that were read before.")] = False,
    processes: Annotated[
        int | None,
        typer.Option("--processes", metavar="N", min=1, max=256, help="How many read archives; one a core by default."),
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option("--resume", metavar="FILE", help="Without --store: remember there how far archives were read."),
    ] = None,
) -> None:
    """Judge saved pages and web archives; earlier pages count as known articles for later ones."""
    given = commands.replay.Options(as_json, store, announce, again, processes, resume)
    raise typer.Exit(commands.replay.replay(configured(context), paths, given))


@app.command()
def extract(context: typer.Context, paths: Paths, as_json: JsonFlag = False) -> None:
    """Show what extraction reads in a saved page."""
    raise typer.Exit(commands.extract.extract_pages(configured(context), paths, as_json=as_json))


@app.command()
def explain(
    context: typer.Context,
    page: Annotated[str, typer.Argument(metavar="PATH|URL", help="A saved page, a folder of them, or an address.")],
    as_json: JsonFlag = False,
    archived: Annotated[
        bool, typer.Option("--archived", help="URL: the page as it was last kept (`archive.keep`).")
    ] = False,
) -> None:
    """Say why a page was judged as it was: a saved one, each of a folder, or the one at an address."""
    configuration = configured(context)
    raise typer.Exit(commands.explain.explain(configuration, page, as_json=as_json, archived=archived))


@app.command()
def record(
    context: typer.Context,
    urls: Annotated[list[str], typer.Argument(metavar="URL")],
    into: Annotated[str, typer.Option("--into", metavar="DIR", help="The folder for HOST/PATH.")] = "fixtures/web",
) -> None:
    """Save live pages as fixtures, HOST/PATH below a folder."""
    raise typer.Exit(commands.record.record(configured(context), urls, into))


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
    configuration = configured(context)
    raise typer.Exit(commands.backtest.backtest(configuration, file, as_json=as_json, against=against))
