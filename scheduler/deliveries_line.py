"""The words of `veilleur deliveries` on the command line."""

from typing import Annotated

import typer

from scheduler import commands
from scheduler.choices import STATES
from scheduler.command_line import App, JsonFlag, configured

app = App(
    invoke_without_command=True,
    help="What was mailed and how it went; acts on it too, also while the daemon runs.",
)
Ids = Annotated[list[int], typer.Argument(metavar="ID", min=1)]
SomeIds = Annotated[list[int] | None, typer.Argument(metavar="ID", min=1)]


@app.callback()
def deliveries(
    context: typer.Context,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", metavar="STATE", help=f"Only those in this state: {', '.join(STATES)}."),
    ] = None,
    recipient: Annotated[
        str, typer.Option("--recipient", metavar="ADDRESS", help="Only those to an address that has this in it.")
    ] = "",
    since: Annotated[
        str | None, typer.Option("--since", metavar="DAY", help="Only those planned from this day on, YYYY-MM-DD.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=0, help="At most so many, the latest; 0 for all.")
    ] = 50,
    as_json: JsonFlag = False,
) -> None:
    """List deliveries, newest first, with what holds mailing."""
    if context.invoked_subcommand is None:
        filters = commands.deliveries.Filters(tuple(state or ()), recipient, since, limit or None)
        raise typer.Exit(commands.deliveries.list_deliveries(configured(context), filters, as_json=as_json))


@app.command()
def show(
    context: typer.Context, delivery_id: Annotated[int, typer.Argument(metavar="ID")], as_json: JsonFlag = False
) -> None:
    """Show one delivery in full: every try and every action."""
    raise typer.Exit(commands.deliveries.show(configured(context), delivery_id, as_json=as_json))


@app.command()
def retry(
    context: typer.Context,
    ids: SomeIds = None,
    everything: Annotated[bool, typer.Option("--all", help="Everything that waits.")] = False,
) -> None:
    """Try deliveries now that certainly did not arrive."""
    raise typer.Exit(commands.deliveries_acting.retry(configured(context), ids or [], everything=everything))


@app.command()
def resend(context: typer.Context, ids: Ids) -> None:
    """Send the very same mails once more, though the first may have arrived."""
    raise typer.Exit(commands.deliveries_acting.resend(configured(context), ids))


@app.command()
def hold(
    context: typer.Context,
    ids: SomeIds = None,
    everything: Annotated[bool, typer.Option("--all", help="All mailing, also what is not planned yet.")] = False,
) -> None:
    """Keep deliveries, or all mailing, back."""
    raise typer.Exit(commands.deliveries_acting.hold(configured(context), ids or [], everything=everything))


@app.command()
def resume(context: typer.Context, ids: SomeIds = None) -> None:
    """Let held deliveries go; without ids, lift every hold."""
    raise typer.Exit(commands.deliveries_acting.resume(configured(context), ids or []))
