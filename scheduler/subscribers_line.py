"""The words of `veilleur subscribers` on the command line."""

from typing import Annotated

import typer

from scheduler import commands
from scheduler.command_line import App, JsonFlag, configured

app = App(no_args_is_help=True, help="Who is written to, and who is not.")


@app.command("list")
def subscribers_list(context: typer.Context, as_json: JsonFlag = False) -> None:
    """List subscribers and channels, and the addresses that nothing is sent to, with the reason."""
    raise typer.Exit(commands.subscribers.list_subscribers(configured(context), as_json=as_json))


@app.command("history")
def subscribers_history(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="EMAIL")],
    as_json: JsonFlag = False,
) -> None:
    """Show what is on record about an address: who left, who came back, what bounced."""
    raise typer.Exit(commands.subscribers.history(configured(context), address, as_json=as_json))


@app.command("resume")
def subscribers_resume(context: typer.Context, address: Annotated[str, typer.Argument(metavar="EMAIL")]) -> None:
    """Write to an address again that unsubscribed or bounced."""
    raise typer.Exit(commands.subscribers.resume(configured(context), address))
