"""The words of `veilleur outlets` on the command line."""

from typing import Annotated

import typer

from crawler.grouping import Group
from scheduler import commands
from scheduler.command_line import App, JsonFlag, Outlets, configured

app = App(no_args_is_help=True, help="The watched outlets.")


@app.command("list")
def outlets_list(
    context: typer.Context,
    outlets: Outlets = None,
    country: Annotated[
        list[str] | None, typer.Option("--country", metavar="COUNTRY", help="Only this country's (repeatable).")
    ] = None,
    category: Annotated[
        list[str] | None, typer.Option("--category", metavar="CATEGORY", help="Only this category (repeatable).")
    ] = None,
    state: Annotated[
        list[str] | None, typer.Option("--state", metavar="STATE", help="Only those in this state (repeatable).")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """List the outlets with the health of their sources."""
    filters = commands.outlets.Filters(
        tuple(outlets or ()),
        tuple(each.upper() for each in country or ()),
        tuple(category or ()),
        tuple(each.lower() for each in state or ()),
    )
    raise typer.Exit(commands.outlets.list_outlets(configured(context), filters, as_json=as_json))


@app.command("check")
def outlets_check(
    context: typer.Context,
    wanted: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="OUTLET|URL", help="Ids, watched or not, or addresses; by default all that are watched."
        ),
    ] = None,
    pages: Annotated[
        int, typer.Option("--pages", metavar="N", min=0, max=20, help="Articles to read of each outlet.")
    ] = 3,
    as_json: JsonFlag = False,
) -> None:
    """Try outlets live and say what came back; status 1 when one is not usable."""
    configuration = configured(context)
    raise typer.Exit(commands.outlets_check.check_outlets(configuration, wanted or [], pages=pages, as_json=as_json))


@app.command("import")
def outlets_import(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE.opml", help="The list of feeds of another reader, OPML.")],
    into: Annotated[
        str | None, typer.Option("--into", metavar="FILE.toml", help="Append to this configuration or catalogue.")
    ] = None,
) -> None:
    """Print the outlets of an OPML file as \\[\\[outlets]], or append them to a file."""
    raise typer.Exit(commands.outlets_opml.import_outlets(configured(context), file, into))


@app.command("export")
def outlets_export(
    context: typer.Context,
    file: Annotated[
        str | None,
        typer.Argument(metavar="FILE.opml", help="A file that is not there yet; standard output by default."),
    ] = None,
    group: Annotated[Group, typer.Option("--group", help="What the outlets are grouped by.")] = "country",
) -> None:
    """Write the watched outlets as OPML."""
    raise typer.Exit(commands.outlets_opml.export_outlets(configured(context), file, group))
