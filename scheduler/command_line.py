"""What the words of all commands have in common."""

from typing import Annotated, Any

import typer


class App(typer.Typer):
    """Commands that explain themselves by -h too, and that leave their errors to `main`."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(
            **settings,
            add_completion=False,
            context_settings={"help_option_names": ["-h", "--help"]},
            pretty_exceptions_enable=False,
        )


JsonFlag = Annotated[bool, typer.Option("--json", help="One JSON object a line, and nothing else.")]
SavedOption = Annotated[
    str | None,
    typer.Option("--saved", metavar="DIR", help="Read saved pages (HOST/PATH below DIR) instead of the network."),
]
Outlets = Annotated[
    list[str] | None, typer.Argument(metavar="[OUTLET]...", help="Ids of outlets; all when none is named.")
]
