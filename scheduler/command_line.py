"""What the words of all commands have in common."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from scheduler.terminal import show_times_in

if TYPE_CHECKING:
    from scheduler.config import Configuration


def configured(context: typer.Context) -> "Configuration":
    """The configuration that the command line names; times are shown in the first reader's zone from now on."""
    from scheduler import config  # not for --help and --version: with its checks it costs four times what they do

    configuration = config.load(context.obj.config)
    if configuration.subscribers:
        show_times_in(configuration.subscribers[0].timezone)
    return configuration


class _InWords:
    """Help that names values by their metavar alone: Typer would write Python's types, `<bool>`, `<list[str]>`."""

    def get_params(self, ctx: Any) -> list[Any]:
        params: list[Any] = super().get_params(ctx)  # type: ignore[misc]
        for each in params:
            if not isinstance(each, TyperOption):
                each.display_type = lambda _: ""
            elif each.is_flag and each.metavar is None:
                each.metavar = ""
        return params


class _Command(_InWords, TyperCommand):
    pass


class _Group(_InWords, TyperGroup):
    pass


class App(typer.Typer):
    """Commands that explain themselves by -h too, and that leave their errors to `main`."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(
            **settings,
            cls=_Group,
            add_completion=False,
            context_settings={"help_option_names": ["-h", "--help"]},
            pretty_exceptions_enable=False,
        )

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Any], Any]:
        return super().command(name, **{"cls": _Command, **settings})


JsonFlag = Annotated[bool, typer.Option("--json", help="One JSON object a line, and nothing else.")]
SavedOption = Annotated[
    str | None,
    typer.Option("--saved", metavar="DIR", help="Read saved pages (HOST/PATH below DIR) instead of the network."),
]
Outlets = Annotated[list[str] | None, typer.Argument(metavar="OUTLET", help="Ids of outlets; all when none is named.")]
